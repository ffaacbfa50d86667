"""Shares: which of the results that stand together belong to which of the names that stand together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pathstage.rules.marker_grammar import Grammar
from pathstage.rules.marker_results import Token


@dataclass(slots=True)
class Names:
    """Names that stand together; `listed` one below the other, so that one result is not for all of them.

    tasks: the markers named; in the place of another one (`mixed`) something that is no task.
    """

    start: int
    end: int
    tasks: list[str]
    generic: bool
    last: Token
    listed: bool = False
    displaced: bool = False
    mixed: bool = False
    methods: list[Token] = field(default_factory=list)


@dataclass(frozen=True)
class Shares:
    """Shares the results of one `text` out."""

    grammar: Grammar
    text: str

    def of(self, names: Names, results: Sequence[Token]) -> dict[str, list[Token]]:
        """The results of each of the `names`: one each if there are as many, else all for each."""
        results = [*results]
        if len(names.tasks) == 1:
            return {task: [one for one in results if self.grammar.accepts(task, one)] for task in names.tasks}
        if names.listed and (row := self._row(names, results)):
            return {task: [one] for task, one in zip(names.tasks, row, strict=True)}
        units = self.units(results)
        markers = [task for task in names.tasks if task in self.grammar.accepted]
        for tasks in (names.tasks, markers):
            if len(units) == len(tasks) > 1 and tasks == names.tasks[: len(tasks)]:
                return {
                    task: [one for one in unit if self.grammar.accepts(task, one)]
                    for task, unit in zip(tasks, units, strict=True)
                }
        if names.listed and len(units) > 1:
            return {}
        if names.mixed and results and not self.grammar.collective.fullmatch(self.text, names.end, results[0].start):
            return {}
        shares: dict[str, list[Token]] = {task: [] for task in names.tasks}
        for kind in dict.fromkeys(one.kind for one in results):
            same = [one for one in results if one.kind == kind]
            takers = [task for task in names.tasks if any(self.grammar.accepts(task, one) for one in same)]
            if len(same) == len(takers):
                for task, one in zip(takers, same, strict=True):
                    shares[task].append(one)
            else:
                for task in takers:
                    shares[task] += same[:1]
        return {task: sorted(own, key=lambda one: one.start) for task, own in shares.items()}

    def _row(self, names: Names, results: Sequence[Token]) -> list[Token]:
        """The first row of `results` that has one for each of `names`; a full stop or a word begins another row."""
        rows: list[list[Token]] = []
        for one in results:
            if not rows or re.search(r"\.\s|\n|[^\W\d]{3}", self.text[rows[-1][-1].end : one.start]):
                rows.append([])
            rows[-1].append(one)
        fits = (
            row
            for row in rows
            if len(row) == len(names.tasks)
            and all(self.grammar.accepts(task, one) for task, one in zip(names.tasks, row, strict=True))
        )
        return next(fits, [])

    def units(self, results: Sequence[Token]) -> list[list[Token]]:
        """The results cut where a second one of the kind of the first begins, as in "positive negative 1+"."""
        units: list[list[Token]] = []
        for token in results:
            status = token.kind in self.grammar.statuses
            before = self.text[units[-1][-1].end : token.start] if units else ""
            has_status = bool(units) and any(one.kind in self.grammar.statuses for one in units[-1])
            same = bool(units) and any(one.kind == token.kind for one in units[-1])
            apart = token.kind == "score" and re.fullmatch(r"\.?\s+", before)
            if not units or (status and has_status) or same or apart:
                units.append([])
            units[-1].append(token)
        return units
