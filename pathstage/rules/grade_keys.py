"""Printed keys to the grades, and lists of the three grades of which one is checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from pathstage.rules.grade_patterns import Patterns, Reading


def without_keys(text: str, readings: list[Reading], patterns: Patterns) -> list[Reading]:
    """`readings` with those in a printed key to the grades, or among choices not made, marked as such."""
    keys = list(_keys(text, patterns))
    marked = []
    for reading in readings:
        checked = patterns.one["checked"].search(text, max(0, reading.at - 12), reading.at)
        in_key = any(_in_key(text, reading, key, patterns) for key in keys)
        if in_key and not checked:
            reading = replace(reading, context=reading.context | {"definition"})
        marked.append(reading)
    for index in range(len(marked) - 2):
        three = marked[index : index + 3]
        if (
            [one.value for one in three] in ([1, 2, 3], [3, 2, 1])
            and three[2].end - three[0].start < 150
            and {one.kind for one in three} == {three[0].kind}
            and three[0].kind != "scores"
            and _one_list(text, three, patterns)
        ):
            marked[index : index + 3] = _with_boxes(text, three, patterns)
    return marked


def _one_list(text: str, three: list[Reading], patterns: Patterns) -> bool:
    """Whether grades are of one label, as "grade I, nuclear grade II" are not, and of one tumour."""
    owners = {one.context & {*patterns.role, *patterns.behind} for one in three}
    between = [(one.end, following.start) for one, following in pairwise(three)]
    apart = any(patterns.one[name].search(text, *gap) for name in ("next_tumor", "size") for gap in between)
    return len(owners) == 1 and not apart


def _with_boxes(text: str, three: list[Reading], patterns: Patterns) -> list[Reading]:
    """The three grades of a list, those that are not checked as a definition; boxes before, or else behind, them."""
    first = three[0].start
    opens = any(patterns.one[name].search(text, max(0, first - 12), first) for name in ("checked", "unchecked"))
    before, behind = patterns.one["checked_stopped" if opens else "checked"], patterns.one["checked_behind"]
    boxed = [bool(before.search(text, max(0, one.start - 12), one.start)) for one in three]
    if patterns.one["ends_with_box"].match(text, three[-1].end):
        boxed = [bool(behind.match(text, one.end)) for one in three]
    elif not any(boxed):
        behind = patterns.one["checked_far_behind"]
        ends = [*(one.start for one in three[1:]), three[-1].end + 40]
        boxed = [bool(behind.match(text, one.end, end)) for one, end in zip(three, ends, strict=True)]
    return [
        replace(one, context=one.context - {"unchecked", "definition"} if is_checked else one.context | {"definition"})
        for one, is_checked in zip(three, boxed, strict=True)
    ]


def _keys(text: str, patterns: Patterns) -> Iterator[list[tuple[int, int, int]]]:
    """Printed keys to the grades: for each the ranges of total scores in it, as start, end and grade."""
    found = sorted(
        (match.start(), match.end(), grade)
        for grade, pattern in enumerate(patterns.ranges, start=1)
        for match in pattern.finditer(text)
    )
    key: list[tuple[int, int, int]] = []
    for one in found:
        if key and (one[0] - key[-1][1] > 90 or one[2] == key[-1][2]):
            if len(key) > 1:
                yield key
            key = []
        key.append(one)
    if len(key) > 1:
        yield key


def _in_key(text: str, reading: Reading, key: list[tuple[int, int, int]], patterns: Patterns) -> bool:
    if key[0][0] <= reading.start <= key[-1][1] + 20:
        return True
    # "Grade 1: 3-5" is of the key, "Nottingham grade 2 (3-5 = 1, ..." is not.
    gap = text[reading.end : key[0][0]]
    near = -2 <= key[0][0] - reading.end <= 20 or (len(gap) < 50 and patterns.one["key_words"].fullmatch(gap))
    labels = bool(near) and reading.value == key[0][2]
    return labels or reading.start < key[0][0] < reading.end
