"""Tables: results that do not stand behind their labels.

A table whose columns were read one after the other gives all labels first and all values later, or the values first;
one whose rows were read from right to left gives each value ahead of its label:

    ER. PR. HER2. Positive. Negative. 2+.        Positive. ER. Negative. PR. 2+. HER2.

The text is read as cells, which end with a line, a full stop or a colon.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, groupby
from typing import Literal

from pathstage.rules.marker_grammar import Grammar
from pathstage.rules.marker_results import Token, is_sign
from pathstage.rules.marker_statements import Statement

Kind = Literal["name", "label", "result", "text"]

LONGEST_CELL = 80
FARTHEST = 40
"""How many cells may stand between the labels and their values."""

_CELL_ENDS = re.compile(r"\n\s*|(?<=[.:])\s+|\s*\|\s*|\t\s*")


@dataclass(frozen=True, slots=True)
class _Cell:
    """Characters `start:end` of a text: the name of a marker, another label, a result or any text; `colon` ends it."""

    start: int
    end: int
    kind: Kind
    task: str
    colon: bool
    tokens: tuple[Token, ...]


def tables(grammar: Grammar, text: str, tokens: Sequence[Token]) -> Iterator[tuple[Statement, tuple[Token, ...]]]:
    """The statements that the tables of `text` make, each with those of `tokens` that it uses up."""
    if len({task for token in tokens if token.role == "name" for task in token.tasks}) < 2:
        return
    cells = list(_cells(text, tokens))
    used: set[int] = set()
    for pairs in (*_reversed_rows(grammar, cells), *_columns(grammar, cells)):
        if used & {cell.start for pair in pairs for cell in pair}:
            continue
        used |= {cell.start for pair in pairs for cell in pair}
        for name, result in pairs:
            own = tuple(token for token in result.tokens if grammar.accepts(name.task, token))
            yield Statement(name.task, own[0].start, own[-1].end, own), (*name.tokens, *result.tokens)


def _cells(text: str, tokens: Sequence[Token]) -> Iterator[_Cell]:
    starts = [token.start for token in tokens]
    start = max(0, starts[0] - LONGEST_CELL)
    last = min(len(text), tokens[-1].end + LONGEST_CELL)
    ends = [(match.start(), match.end()) for match in _CELL_ENDS.finditer(text, start, last)]
    for end, after in (*ends, (last, last)):
        if end > start:
            inside = tuple(tokens[bisect_left(starts, start) : bisect_left(starts, end)])
            if inside and inside[-1].role == "name" and inside[0].role == "result" and text[end - 1] == ":":
                cut = inside[-1].start  # "2+, HER2:"
                yield _cell(text, start, cut, inside[:-1])
                start, inside = cut, inside[-1:]
            yield _cell(text, start, end, inside)
        start = after


def _cell(text: str, start: int, end: int, tokens: tuple[Token, ...]) -> _Cell:
    names = [token for token in tokens if token.role == "name"]
    tasks = {task for token in names for task in token.tasks}
    results = [token for token in tokens if token.role == "result" and (not token.label or is_sign(text, token))]
    others = [token for token in tokens if token.role in {"stain", "other", "foreign", "verdict"}]
    kind: Kind = "text"
    if end - start <= LONGEST_CELL and not any(token.note for token in tokens):
        if len(tasks) == 1 and not results and not others:
            kind = "name"
        elif results and not others and not names and results[0].start - start <= LONGEST_CELL // 4:
            kind = "result"
        elif others and not results and not names:
            kind = "label"
    task = next(iter(tasks), "") if kind == "name" else ""
    return _Cell(start, end, kind, task, text[end - 1] == ":", tuple(results or names))


def _columns(grammar: Grammar, cells: Sequence[_Cell]) -> Iterator[list[tuple[_Cell, _Cell]]]:
    """The names of columns of labels, each with its value in the column of values behind it, else ahead of it."""
    runs = [
        (kind, list(run))
        for kind, run in groupby(cells, key=lambda cell: cell.kind != "result" and (cell.colon or cell.kind != "text"))
    ]
    at = 0
    for is_labels, labels in runs:
        at += len(labels)
        names = [cell for cell in labels if cell.kind == "name"]
        tasks = [task for task, _ in groupby(names, key=lambda cell: cell.task)]
        if not is_labels or len(tasks) < 2 or len(set(tasks)) < len(tasks):
            continue
        values = _values(cells[at : at + FARTHEST], len(names))
        pairs = _paired(grammar, labels, names, values)
        if not values:
            ahead = _values(cells[max(0, at - 2 * len(labels)) : at - len(labels)][::-1], len(names))[::-1]
            pairs = _paired(grammar, labels, names, ahead) if len(ahead) == len(names) else []
        if pairs:
            yield pairs


def _values(cells: Sequence[_Cell], count: int) -> list[_Cell]:
    """The first `count` or more results in a row among the short ones of `cells`, up to the next name or item."""
    values: list[_Cell] = []
    colons = 0
    for cell in cells:
        colons += cell.colon
        if cell.kind == "name" or colons > 1 or cell.end - cell.start > LONGEST_CELL:
            break
        if cell.kind == "result":
            values.append(cell)
        elif len(values) >= count:
            break
        else:
            values = []
    return values if len(values) >= count else []


def _paired(
    grammar: Grammar, labels: Sequence[_Cell], names: Sequence[_Cell], values: Sequence[_Cell]
) -> list[tuple[_Cell, _Cell]]:
    """Each of `names` with its value, if there are as many values as labels or names, or more ahead of the last."""
    if len(values) < len(labels):
        labels = list(dropwhile(lambda label: label.kind != "name", labels))  # what stands ahead is of other items
    if len(values) == len(labels):
        chosen = [value for label, value in zip(labels, values, strict=True) if label.kind == "name"]
    elif len(values) >= len(names) and labels[-1].kind == "name":
        chosen = list(values[-len(names) :])
    elif len(values) == len(names):
        chosen = list(values)
    else:
        return []
    pairs = list(zip(names, chosen, strict=True))
    fit = all(any(grammar.accepts(name.task, token) for token in value.tokens) for name, value in pairs)
    return pairs if fit else []


def _reversed_rows(grammar: Grammar, cells: Sequence[_Cell]) -> Iterator[list[tuple[_Cell, _Cell]]]:
    """Names that follow their values: the last label of the row has none behind it, and a value stands ahead of all."""
    at = 0
    while at < len(cells):
        rows: list[tuple[_Cell, _Cell]] = []
        first = at
        while at + 1 < len(cells) and cells[at].kind == "result" and cells[at + 1].kind in {"name", "label"}:
            rows.append((cells[at + 1], cells[at]))
            at += 2
        pairs = [(name, value) for name, value in rows if name.kind == "name"]
        follows = at < len(cells) and cells[at].kind == "result"
        ahead = cells[first - 1] if first else None
        if len(pairs) >= 2 and len(rows) >= 3 and not follows and not _labels(ahead, pairs):
            own = [any(grammar.accepts(name.task, token) for token in value.tokens) for name, value in pairs]
            if all(own) and len({name.task for name, _ in pairs}) == len(pairs):
                yield pairs
        at = max(at, first + 1)


def _labels(cell: _Cell | None, pairs: Sequence[tuple[_Cell, _Cell]]) -> bool:
    """Whether `cell` is the label of the value behind it, so that each value follows its label."""
    if cell is None:
        return False
    if cell.kind == "name" and any(cell.task == name.task for name, _ in pairs):
        return False  # a heading: the marker has a row of its own
    return cell.kind in {"name", "label"} or cell.colon
