"""Foci: of markers given for several tumours, those of the index tumour.

Two sides or several foci with panels of their own are told apart by the labels ahead of them ("Right breast", "Tumor
2", "Part B"). The index tumour is that with the highest T category or else the greatest size told under its label
(annotation protocol; AJCC 8th edition: the largest tumour gives T).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pathstage.rules.finding import Finding
from pathstage.rules.measures import lengths

REACH = 400
"""How many characters behind a label results and sizes are still of its tumour."""

_SIZE_REACH = 120

_IN_SITU = 0.5
"""The rank of a T category without a number, below all others."""


@dataclass(frozen=True)
class FocusRules:
    """labels: for each way to tell tumours apart what names one, its name the group `key`. invasive: what has the
    sizes that count. category: what prints a T category, its rank the group `rank`. context: what other tumours'
    findings get, weight: the most that they can weigh; least: the weight from which a finding counts."""

    labels: tuple[re.Pattern[str], ...]
    invasive: re.Pattern[str]
    category: re.Pattern[str]
    context: str
    weight: float
    least: float

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> FocusRules:
        """Compile the `foci` of a `markers.yaml`."""
        return cls(
            tuple(re.compile(pattern, re.IGNORECASE) for pattern in data["labels"]),
            re.compile(data["invasive"], re.IGNORECASE),
            re.compile(data["category"]),
            data["context"],
            data["weight"],
            data["least"],
        )


def of_index(text: str, found: Sequence[Finding], rules: FocusRules) -> Iterator[Finding]:
    """`found`, the findings of other tumours of little weight where those of the index tumour tell something else."""
    for labels in rules.labels if _contradict(found, rules.least) else ():
        marks = [(match.end(), match["key"].lower()) for match in labels.finditer(text)]
        keys = [_key(marks, finding.start) for finding in found]
        if not any(
            keys[one] != keys[other]
            and keys[one]
            and keys[other]
            and _contradict((found[one], found[other]), rules.least)
            for one in range(len(found))
            for other in range(one)
        ):
            continue
        extents = _extents(text, marks, rules)
        told = {key for key in keys if key}
        if len(told & set(extents)) < 2:
            continue
        index = max((key for key in told if key in extents), key=lambda key: extents[key])
        others = {
            at
            for at, key in enumerate(keys)
            if key
            and key != index
            and any(keys[one] == index and found[one].task == found[at].task for one in range(len(found)))
        }
        found = [
            replace(
                finding,
                context=finding.context | {rules.context},
                weight=min(finding.weight, rules.weight),
            )
            if at in others
            else finding
            for at, finding in enumerate(found)
        ]
    yield from found


def _contradict(found: Sequence[Finding], least: float) -> bool:
    """Whether findings that count say different things of one marker."""
    values: dict[str, set[str]] = {}
    for finding in found:
        if finding.weight >= least:
            values.setdefault(finding.task, set()).add(finding.value)
    return any(len(one) > 1 for one in values.values())


def _key(marks: Sequence[tuple[int, str]], offset: int) -> str:
    """The tumour whose label is the last before `offset`, if it is near."""
    at = bisect_right(marks, (offset, "\uffff")) - 1
    return marks[at][1] if at >= 0 and offset - marks[at][0] <= REACH else ""


def _extents(text: str, marks: Sequence[tuple[int, str]], rules: FocusRules) -> dict[str, tuple[float, float]]:
    """For each tumour its highest T category, 0 for none, and greatest size in mm."""
    extents: dict[str, tuple[float, float]] = {}

    def larger(offset: int, rank: float, size: float) -> None:
        if key := _key(marks, offset):
            old = extents.get(key, (0.0, 0.0))
            extents[key] = max(old[0], rank), max(old[1], size)

    for match in rules.category.finditer(text):
        larger(match.start(), float(match["rank"]) if match["rank"].isdigit() else _IN_SITU, 0.0)
    for match in rules.invasive.finditer(text):
        near = [one for one in lengths(text, match.end(), match.end() + _SIZE_REACH) if one.printed_unit]
        if near:
            larger(near[0].start, 0.0, near[0].greatest)
    if not all(rank for rank, _ in extents.values()):
        return {key: (0.0, size) for key, (_, size) in extents.items() if size}
    return extents
