"""Boxes of checklists that stand behind their options: "Positive [ ]  Negative [X]", "0 ___ 1+ ___ 2+ _X_ 3+ ___".

Boxes ahead of their options are told by the words behind them alone (`spans` of `markers.yaml`). A list whose first
option has no box ahead of it and whose last one has a box behind it is one of boxes behind.

Without boxes a mark tells the option: "Positive  Negative X" the one ahead of it, or the one behind it where the report
prints marks ahead of its options.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pathstage.rules.marker_results import Token

NOTE = "unchecked"
"""The note of the results whose box is open."""

_NEAR = 20
"""How many characters may stand between an option and its box, the box among them."""


@dataclass(frozen=True)
class BoxRules:
    """box: a box behind an option, its groups `checked` and `line` set for a checked one and a line to write on.

    ahead: a box that the text ahead of an option ends with. mark: what stands beside options without boxes.
    """

    box: re.Pattern[str]
    ahead: re.Pattern[str]
    mark: re.Pattern[str]

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> BoxRules:
        """Compile the `boxes` of a `markers.yaml`."""
        either = f"(?:(?P<checked>{data['checked']})|{data['open']})"
        return cls(
            re.compile(rf"[\s).,:]{{0,3}}{either}[ .,;|]*"),
            re.compile(rf"{either}[\s.:(]{{0,3}}\Z"),
            re.compile(rf"[ /|,]*(?P<mark>{data['mark']})?[ /|,]*"),
        )


@dataclass(frozen=True, slots=True)
class _Option:
    """The tokens from `first` up to `last` of a list, and the box behind them, which ends at `end`."""

    first: int
    last: int
    checked: bool
    line: bool
    end: int


def read_boxes(text: str, tokens: Sequence[Token], rules: BoxRules) -> tuple[str, list[Token]]:
    """`text` with the options not chosen of lists without boxes ahead blanked out; `tokens`, those options noted."""
    text, tokens = _read_marks(text, tokens, rules)
    kept = [token for token in tokens if not rules.box.fullmatch(text[token.start : token.end])]
    found = [*kept]
    letters = [*text]
    at = 0
    while at < len(kept):
        options = _options(text, kept, at, rules)
        at = max(at + 1, options[-1].last if options else 0)
        if not _counts(text, kept, options, rules):
            continue
        for option in options:
            for index in range(option.first, option.last):
                found[index] = replace(found[index], note="" if option.checked else NOTE)
            start = kept[option.last - 1].end if option.checked else kept[option.first].start
            letters[start : option.end] = " " * (option.end - start)
    return ("".join(letters), found) if found != list(tokens) else (text, list(tokens))


def _options(text: str, tokens: Sequence[Token], first: int, rules: BoxRules) -> list[_Option]:
    """The options from `first` on that have boxes behind them, one right behind the other."""
    options: list[_Option] = []
    at = first
    while at < len(tokens) and tokens[at].role == "result":
        box = rules.box.match(text, tokens[at].end)
        if options and first == at and text[options[-1].end : tokens[at].start].strip(" \n|/,;("):
            break
        if box:
            options.append(_Option(first, at + 1, bool(box["checked"]), bool(box["line"]), box.end()))
            first = at + 1
        else:
            behind = text[tokens[at].end : tokens[at + 1].start] if at + 1 < len(tokens) else "\n"
            if len(behind) > _NEAR or re.search(r"\n|\.\s", behind):
                break
        at += 1
    return options


def _counts(text: str, tokens: Sequence[Token], options: Sequence[_Option], rules: BoxRules) -> bool:
    """Whether `options` are a list with its boxes behind, not one with boxes ahead or with lines to fill in."""
    start = tokens[options[0].first].start if options else 0
    if len(options) < 2 or rules.ahead.search(text[max(0, start - _NEAR) : start]):
        return False
    behind = options[-1].last
    follows = behind < len(tokens) and tokens[behind].role == "result"
    if follows and not text[options[-1].end : tokens[behind].start].strip():
        return False  # the last option has no box behind it: its box is the one ahead
    return any(option.checked for option in options) or not any(option.line for option in options)


def _read_marks(text: str, tokens: Sequence[Token], rules: BoxRules) -> tuple[str, list[Token]]:
    """`text` and `tokens` as `read_boxes` gives them, for lists of options of which a mark without a box tells one."""
    lists = [(run, place) for run in _runs(text, tokens, rules) if (place := _marked(text, tokens, run, rules))[1]]
    ends = [at == len(run) for run, (at, _) in lists]
    ahead = not any(ends) and any(at == 0 for _, (at, _) in lists)
    found = [*tokens]
    letters = [*text]
    for run, (at, mark) in lists:
        chosen = run[at if at == 0 or (ahead and at < len(run)) else at - 1]
        spans = [(tokens[index].start, tokens[index].end) for index in run if index != chosen]
        for index in run:
            found[index] = found[index] if index == chosen else replace(found[index], note=NOTE)
        for start, end in (*spans, (mark, mark + 1)):
            letters[start:end] = " " * (end - start)
    return "".join(letters), found


def _runs(text: str, tokens: Sequence[Token], rules: BoxRules) -> list[range]:
    """The indices of options that stand side by side, two or more."""
    runs: list[range] = []
    first = 0
    for at in range(1, len(tokens) + 1):
        options = at < len(tokens) and _is_option(tokens[at - 1]) and _is_option(tokens[at])
        if options and rules.mark.fullmatch(text, tokens[at - 1].end, tokens[at].start):
            continue
        if at - first > 1:
            runs.append(range(first, at))
        first = at
    return runs


def _is_option(token: Token) -> bool:
    return token.role == "result" and not token.note and (token.number is None or token.kind == "score")


def _marked(text: str, tokens: Sequence[Token], run: range, rules: BoxRules) -> tuple[int, int]:
    """How many options of `run` stand ahead of the only mark beside them, and where it is; 0 and 0 if there is none."""
    ends = [max(0, tokens[run[0]].start - 3), *(tokens[index].end for index in run)]
    starts = [*(tokens[index].start for index in run), len(text)]
    found = []
    for at, (end, start) in enumerate(zip(ends, starts, strict=True)):
        if at == 0:
            end += len(text[end:start]) - len(text[end:start].lstrip(" .:\n"))
        match = rules.mark.match(text, end, start)
        if match and match["mark"] and (at > 0 or match.end() == start):
            found.append((at, match.start("mark")))
    return found[0] if len(found) == 1 else (0, 0)
