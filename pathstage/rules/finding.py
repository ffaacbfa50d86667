"""Finding: one place of a report that speaks for one class of one task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from pathstage.report import PreparedText

Basis = Literal["stated", "derived"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Characters `start:end` of a document that speak for `value`, a class of `task`.

    detail: what was read, finer than the class: "T1c", "23 mm", "2/14", "3+2+2", "95 %", "ihc 2+".
    basis: `stated` when the text prints the class itself, `derived` when a rule makes it of a size, a count or scores.
    kind: which reading it is ("category", "size", "nodes", "grade", "scores", "status", "percent", "ihc", "ish" …).
    section: the kind of section it stands in (see `pathstage.prepare.sections`).
    context: what the words around it say of it: "history", "clinical", "other_side", "in_situ", "negated", "hedged",
    "definition", "pending" … (see `pathstage.rules.context`).
    weight: how far it is to be believed; the heaviest finding of a task decides, and one of no weight never does.
    """

    task: str
    value: str
    detail: str
    basis: Basis
    kind: str
    start: int
    end: int
    section: str
    context: frozenset[str]
    weight: float


def in_source(findings: Iterable[Finding], whole: PreparedText) -> Iterator[Finding]:
    """The findings of `whole.text`, with offsets into the report that it was prepared from."""
    for finding in findings:
        start, end = whole.to_source(finding.start, finding.end)
        yield replace(finding, start=start, end=end)
