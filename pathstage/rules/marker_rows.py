"""Rows: markers side by side, and under them rows of values, each with a label of its own.

    ER PR HER2  Percent 95 0 -  Intensity 3+ 0 -  IHC - - 2+  Result Pos Neg Equivocal

A row has a value for each of the markers, or for each of those that its label can be about. What labels and values look
like is data (`rows` of `markers.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pathstage.rules.marker_grammar import Grammar
from pathstage.rules.marker_results import Token
from pathstage.rules.marker_statements import Statement

_BETWEEN = re.compile(r"[\s,/|.;]{1,5}")


@dataclass(frozen=True)
class RowRules:
    """label: that of a row, a group for each kind of its values. value: its groups `empty`, `number` and the words.

    order: the kinds of values, those that tell most first.
    """

    label: re.Pattern[str]
    value: re.Pattern[str]
    order: tuple[str, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> RowRules:
        """Compile the `rows` of a `markers.yaml`."""
        labels = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in data["labels"].items())
        words = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in data["words"].items())
        return cls(
            re.compile(rf"[\s,/|.;]*(?:{labels})(?!\w)[\s:.=|]{{0,4}}", re.IGNORECASE),
            re.compile(rf"[\s,/|.;:]{{0,5}}(?:{words}|(?:{data['number']})|(?P<empty>{data['empty']}))", re.IGNORECASE),
            tuple(data["order"]),
        )


def rows(
    grammar: Grammar, rules: RowRules, text: str, tokens: Sequence[Token]
) -> Iterator[tuple[Statement, tuple[Token, ...]]]:
    """The statements that such tables of `text` make, each with those of `tokens` that it uses up."""
    at = 0
    while at < len(tokens):
        columns = _header(text, tokens, at)
        at += max(1, len(columns))
        if len(columns) < 2:
            continue
        cells, kinds, end = _cells(grammar, rules, text, columns)
        if kinds == ["status"]:
            continue  # a list of words, which is read as one
        used = tuple(token for token in tokens if columns[0].start <= token.start < end)
        for column, own in zip(columns, cells, strict=True):
            if best := min(own, key=lambda token: rules.order.index(token.kind), default=None):
                yield Statement(column.tasks[0], best.start, best.end, (best,)), used


def _header(text: str, tokens: Sequence[Token], first: int) -> list[Token]:
    """The markers from `first` on that stand side by side, each named once, two or more of them read ones."""
    columns: list[Token] = []
    for token in tokens[first:]:
        if token.role not in {"name", "stain"} or token.note:
            break
        if columns and not _BETWEEN.fullmatch(text, columns[-1].end, token.start):
            break
        columns.append(token)
    tasks = [task for token in columns for task in token.tasks]
    return columns if len(set(tasks)) > 1 and len(set(tasks)) == len(tasks) else columns[:1]


def _cells(
    grammar: Grammar, rules: RowRules, text: str, columns: Sequence[Token]
) -> tuple[list[list[Token]], list[str], int]:
    """The values of each of the `columns`, the kinds of the rows, and where the last row ends."""
    cells: list[list[Token]] = [[] for _ in columns]
    kinds: list[str] = []
    end = columns[-1].end
    while label := rules.label.match(text, end):
        kind = str(label.lastgroup)
        values, last = _values(rules, text, label.end(), kind)
        able = [at for at, column in enumerate(columns) if not column.tasks or _able(grammar, column, kind)]
        takers = next((some for some in (list(range(len(columns))), able) if len(some) == len(values)), [])
        if not takers:
            break
        for at, value in zip(takers, values, strict=True):
            if value and columns[at].tasks and grammar.accepts(columns[at].tasks[0], value):
                cells[at].append(value)
        kinds.append(kind)
        end = last
    return cells, kinds, end


def _able(grammar: Grammar, column: Token, kind: str) -> bool:
    return kind in grammar.accepted.get(column.tasks[0], ()) and kind not in grammar.silent.get(column.tasks[0], {})


def _values(rules: RowRules, text: str, start: int, kind: str) -> tuple[list[Token | None], int]:
    """The values from `start` on, None for an empty place; and where the last one ends."""
    values: list[Token | None] = []
    while match := rules.value.match(text, start):
        start = match.end()
        groups = match.groupdict()
        if match["empty"]:
            values.append(None)
        elif match["number"]:
            first = match.start("number")
            own = "percent" if match["sign"] == "%" else "score" if match["sign"] == "+" or kind == "status" else kind
            upper = float(groups["upper"]) if groups["upper"] else None
            less = bool(match["less"])
            values.append(Token(first, start, "result", own, (), float(match["number"]), upper, less))
        else:
            word = next(name for name, found in groups.items() if found and name not in {"sign", "less", "upper"})
            values.append(Token(match.start(word), start, "result", word))
    return values, start
