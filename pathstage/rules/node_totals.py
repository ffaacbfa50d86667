"""Node totals: statements of one telling added up, every specimen once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pathstage.rules.document import Document
from pathstage.rules.node_parts import Part
from pathstage.rules.node_statements import Statement

_SUMMARY = re.compile(r"\b(?:summary|conclusions?|impression|opinion|diagnos[ei]s)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Total:
    """Nodes of the index side: `positive` of `examined` (None: not told), found at `start:end`."""

    positive: int | None
    examined: int | None
    deposit: str
    sites: frozenset[str]
    start: int
    end: int
    weight: float
    sure: bool = True


def total_of(one: Statement, sites: frozenset[str], weight: float) -> Total:
    """The total that a statement prints; nodes with isolated tumour cells only are not positive."""
    positive = 0 if one.deposit == "itc" else one.positive
    return Total(
        positive, one.examined, one.deposit, sites if one.positive else frozenset(), one.start, one.end, weight
    )


def add_up(document: Document, told: Sequence[Statement], weight: float) -> Total | None:
    """The sum of the statements of one telling; None where it holds none."""
    chosen = _chosen(document, told)
    if not chosen:
        return None
    # Of nodes that are counted elsewhere words without a number tell nothing.
    counted = [one for one in chosen if one.form != "status" or one.positive != 0 or one.part.nodal]
    chosen = counted if any(one.form != "status" for one in chosen) else chosen
    positives = [one for one in chosen if one.positive != 0]
    large = [one for one in positives if one.deposit != "itc"]
    some = len(large) == 1 and large[0].positive is None
    count = None if some else sum(1 if one.positive is None else one.positive for one in large)
    examined = None if any(one.examined is None for one in chosen) else sum(one.examined or 0 for one in chosen)
    deposits = {one.deposit for one in large}
    deposit = "macro" if "macro" in deposits else "micro" if deposits == {"micro"} else ""
    if positives and not large:
        deposit = "itc"
    telling = max(chosen, key=lambda one: (one.positive is None or one.positive, one.examined or 0))
    sites = frozenset(one.site for one in (*large, *told) if one.site and one.positive != 0)
    sure = any(one.form != "status" for one in chosen)
    return Total(count, examined, deposit, sites, telling.start, telling.end, weight, sure)


def _chosen(document: Document, told: Sequence[Statement]) -> list[Statement]:
    by_part: dict[Part, list[Statement]] = {}
    for one in told:
        by_part.setdefault(one.part, []).append(one)
    labelled: dict[tuple[str, bool], list[list[Statement]]] = {}
    for part, some in by_part.items():
        if part.labelled and not part.whole:
            labelled.setdefault((part.label, part.nodal), []).append(_of_part(some))
    # The same label again is the same specimen, told again: the fuller telling counts.
    specimens = [one for tellings in labelled.values() for one in max(tellings, key=_fullness)]
    headed = {document.section(part.start) for part in by_part if part.heading and not part.whole}
    for part, some in by_part.items():
        if not part.labelled and not part.whole and (part.heading or document.section(part.start) in headed):
            again = _of_part(some)
            if not _says_again(document, again, specimens):
                specimens += again
    # What stands under the heading of all nodes, or under none, tells of the whole case; several such headings in a
    # row name specimens.
    cases: dict[str, list[Part]] = {}
    for part in by_part:
        if part.whole or not (part.labelled or part.heading or document.section(part.start) in headed):
            cases.setdefault(document.section(part.start), []).append(part)
    tellings = []
    for section, parts in cases.items():
        several = [one for part in parts for one in _of_part(by_part[part])]
        if len([part for part in parts if part.whole]) > 1:
            several += [one for one in specimens if document.section(one.start) == section and not one.part.labelled]
        elif len(parts) > 1:
            several = _of_part(several)
        tellings.append(_without_sum(several))
    # Of two that tell as much the first decides: one sentence is better evidence than a sum.
    return max([*tellings, _without_sum(specimens)], key=_fullness)


def _says_again(document: Document, told: Sequence[Statement], specimens: Sequence[Statement]) -> bool:
    """Whether `told`, behind a word for summary, has the counts of all `specimens`, which stand before it."""
    if not told or not specimens or _counts(told) != _counts(specimens):
        return False
    first, last = max(one.end for one in specimens), told[0].start
    return first < last and _SUMMARY.search(document.text, first, last) is not None


def _fullness(told: Sequence[Statement]) -> tuple[int, int]:
    """How much a telling tells: ratios before counts before statuses, then the number of nodes."""
    best = max(({"ratio": 2, "count": 1, "status": 0}[one.form] for one in told), default=-1)
    return best, sum(one.examined or 0 for one in told)


def _of_part(told: Sequence[Statement]) -> list[Statement]:
    """What one specimen holds: its ratios, else its counts, else its status, each said once."""
    counted = [one for one in told if one.form != "status"]
    for one in counted:
        # "three of ten low nodes; eight high nodes free (3/18)"
        others = [other for other in counted if other is not one]
        if one.form == "ratio" and len(others) > 1 and _counts([one]) == _counts(others):
            return [one]
    for form in ("ratio", "count", "status"):
        said: dict[tuple[int | None, int | None, str], Statement] = {}
        for one in told:
            if one.form == form:
                said.setdefault((one.positive, one.examined, one.site), one)
        some = _without_sum(list(said.values()))
        if some:
            return some if form != "status" else [next((one for one in some if one.positive != 0), some[0])]
    return []


def _without_sum(told: list[Statement]) -> list[Statement]:
    """`told`, or the one of them that is the sum of the others and tells what they tell."""
    for one in told:
        others = [other for other in told if other is not one]
        if others and _may_be_sum(one, others) and _counts([one]) == _counts(others):
            return [one]
    return told


def _may_be_sum(one: Statement, others: Sequence[Statement]) -> bool:
    """Whether `one` stands where sums do: under the heading of all nodes or of the breast, or with what it adds up."""
    if one.part.whole:
        return True
    if one.part.labelled and one.part.nodal:
        return len(others) > 1 and all(other.part is one.part for other in others)
    return len(others) > 1 or (one.form == "ratio" and (one.examined or 0) > 1)


def _counts(told: Sequence[Statement]) -> tuple[int, int]:
    return sum(one.positive or 0 for one in told), sum(one.examined or 0 for one in told)
