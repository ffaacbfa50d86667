"""Boxes of checklists: which options of a printed list are checked, "[ ] pT1  [x] pT2" or "pT1 ___  pT2 _X_".

Where boxes and options alternate, a box belongs to the option before or behind it by the habit of the report: its list
begins with a box or ends with one, so that one of the two sides has more boxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_NEAR = 15
"""Characters before and behind an option in which its box stands."""

Span = tuple[int, int]


@dataclass(frozen=True)
class BoxRules:
    """The `boxes` of a `categories.yaml`; unassessed: options in words that are no category ("Not applicable")."""

    brackets: re.Pattern[str]
    before: re.Pattern[str]
    behind: re.Pattern[str]
    unassessed: re.Pattern[str]

    @classmethod
    def from_data(cls, data: Mapping[str, Any], unassessed: str) -> BoxRules:
        """Compile the patterns; cheap when repeated, as `re` keeps what it has compiled."""
        box = rf"(?:(?P<checked>{data['checked']})|{data['blank']})"
        patterns = (data["brackets"], rf"{box}[ .:]{{0,3}}\Z", rf"\A ?{box}", unassessed)
        return cls(*(re.compile(pattern, re.IGNORECASE) for pattern in patterns))


def boxes(text: str, options: Iterable[Iterable[Span]], rules: BoxRules) -> dict[int, bool]:
    """Where the options of checklists begin, and whether their box is checked; the options come by list."""
    lists = [list(one) for one in options]
    words = [
        [mark if mark and mark["checked"] else None for mark in _marks(text, match.span(), rules)]
        for match in rules.unassessed.finditer(text)
    ]
    marks = {span: _marks(text, span, rules) for one in lists for span in one}
    boxed = [[pair[side] for pair in (*marks.values(), *words) if pair[side]] for side in (0, 1)]
    habit = 0 if len(boxed[0]) >= len(boxed[1]) else 1
    words_checked = any(pair[habit] for pair in words)
    found: dict[int, bool] = {}
    for one in lists:
        of_list = {start: mark for start, end in one if (mark := marks[start, end][habit])}
        # A lone line to fill in is no box: "pT category: ___pT2___".
        if (
            words_checked
            or len(of_list) > 1
            or any(mark["checked"] or rules.brackets.match(mark[0].strip()) for mark in of_list.values())
        ):
            found |= {start: bool(mark["checked"]) for start, mark in of_list.items()}
    return found


def _marks(text: str, span: Span, rules: BoxRules) -> list[re.Match[str] | None]:
    """The boxes before and behind an option."""
    start, end = span
    return [rules.before.search(text[max(0, start - _NEAR) : start]), rules.behind.search(text[end : end + _NEAR])]
