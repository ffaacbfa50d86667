"""Reader of node counts and deposits, and the N category they give (AJCC 8th edition, breast, pathological N).

    statements (`node_statements.py`) and items of a synoptic report
        ──▶ those of the side of the index tumour ──▶ the total of the most trusted telling ──▶ category

A report tells its nodes several times: by specimen in the diagnosis, in the synopsis, at frozen section, in a comment.
Specimens are added up within one telling and never across two; a printed total goes before a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.measures import lengths
from pathstage.rules.node_items import Item, items, synopses
from pathstage.rules.node_parts import Parts, Patterns
from pathstage.rules.node_statements import Statement, statements
from pathstage.rules.node_totals import Total, add_up, total_of


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of node counts and deposits: the total, the statements it is made of, and that there are no nodes."""
    reader = _reader(_Data(data))
    yield from reader.find(document, context)


class _Data:
    """`nodes.yaml`, told apart by identity, so that its patterns are compiled once."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def __hash__(self) -> int:
        return id(self.data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Data) and self.data is other.data


@cache
def _reader(data: _Data) -> NodeReader:
    return NodeReader(data.data)


class NodeReader:
    """Reads nodes by the patterns, thresholds and weights of one `nodes.yaml`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._patterns = Patterns(data)
        self._zones = {section: zone for zone in data["zones"] for section in zone["sections"]}

    def find(self, document: Document, context: ContextRules) -> Iterator[Finding]:
        """The findings of `document`; see `find` of this module."""
        parts = Parts(document, self._patterns)
        printed = items(document, self._patterns, self._data)
        found = [
            one
            for one in statements(document, self._patterns, parts)
            if one.form == "ratio" or not any(item.start < one.end and one.start < item.end for item in printed)
        ]
        contexts = {one: self._contexts(document, one, context) for one in found}
        ignored = set(self._data["ignored_contexts"])
        told = [one for one in found if not contexts[one] & ignored]
        index = self._index_side(document, parts)
        total = self._total(document, told, index, printed)
        if total is not None:
            yield self._finding(document, total)
        for one in found:
            yield self._separate(document, one, contexts[one], index)
        if total is None:
            yield from self._none_received(document)

    def category(self, positive: int | None, deposit: str, sites: Iterable[str]) -> tuple[str, str]:
        """Class and subcategory of `positive` nodes (None: some) whose largest deposit is `deposit`, at `sites`."""
        for name in sites:
            site = self._data["sites"][name]
            if "with_axillary" not in site:
                return site["value"], site["detail"]
        if positive is None and not deposit:
            return self._data["unspecified"]["value"], self._data["unspecified"]["detail"]
        if positive == 0 and deposit != "itc":
            least = self._data["categories"][-1]
            return least["value"], least["detail"]
        size = self._data["deposits"].get(deposit, {})
        if "value" in size:
            return size["value"], size["detail"]
        count = 1 if positive is None else positive
        chosen = next(one for one in self._data["categories"] if count >= one["at_least"])
        return chosen["value"], chosen["detail"]

    def _contexts(self, document: Document, one: Statement, context: ContextRules) -> frozenset[str]:
        found = set(context.around(document, one.start, one.end)) - {"negated", "in_situ", "clinical"}
        first, _ = document.sentence(one.start)
        before = document.text[max(first, one.start - 60) : one.start]
        for name, cue in self._patterns.cues.items():
            if cue.search(before if name == "history" else document.text[max(first, one.start - 80) : one.end]):
                found.add(name)
            elif name == "history":
                found.discard(name)
        specimen = one.part.labelled and one.part.nodal and one.form == "ratio"
        if document.section(one.start) in self._data["ignored_sections"] and not specimen:
            found.add("history")
        return frozenset(found)

    def _zone(self, document: Document, one: Statement) -> Mapping[str, Any]:
        section = document.section(one.start)
        zone: Mapping[str, Any] = self._zones.get(section, self._data["zones"][0])
        return zone

    def _index_side(self, document: Document, parts: Parts) -> str:
        """Side of the invasive carcinoma; of two, that of the larger; "" where the text does not tell."""
        sizes: dict[str, float] = {}
        for part in parts.all:
            if not part.side or part.nodal or document.section(part.start) in self._data["ignored_sections"]:
                continue
            for match in self._patterns.invasive.finditer(document.text, part.start, part.end):
                near = lengths(document.text, match.end(), min(part.end, match.end() + 220))
                size = max((one.greatest for one in near if one.printed_unit), default=0.0)
                sizes[part.side] = max(size, sizes.get(part.side, 0.0))
        if not sizes:
            return ""
        return max(sizes, key=lambda side: sizes[side])

    def _total(
        self, document: Document, told: Sequence[Statement], index: str, found: tuple[Item, ...]
    ) -> Total | None:
        weights = self._data["weights"]
        near = [one for one in told if one.side != "contralateral"]
        ours = [one for one in near if not (index and one.side and one.side != index)]
        penalty = 0.0 if ours else weights["other_side"]
        ours = ours or near
        sides = [""] if index else sorted({one.side for one in ours} - {""}) or [""]
        best = None
        for zone in self._data["zones"]:
            here = [one for one in ours if not one.total and self._zone(document, one) is zone]
            # Without an index side the side with more positive nodes is taken for it.
            totals = [
                add_up(document, [one for one in here if one.side in {side, ""} or not side], zone["weight"] + penalty)
                for side in sides
            ]
            best = max((one for one in totals if one), key=lambda one: one.positive or 0, default=None)
            if best:
                break
        if best and not best.sure:
            best = replace(best, weight=best.weight + weights["status"])
        sites = frozenset(one.site for one in ours if one.site and one.positive != 0)
        for one in ours:
            if one.total and (best is None or not best.sure or (one.examined or 0) >= (best.examined or 0)):
                best = total_of(one, sites, weights["total"] + penalty)
        told_by_items = list(synopses(document, self._patterns, found, self._data["keyed"]["same_report"]))
        told_by_items = [one for one in told_by_items if one.side == index] or told_by_items
        synopsis = max(told_by_items, key=lambda one: (one.positive, one.examined or 0), default=None)
        if synopsis is None or (best and best.examined is not None and synopsis.positive == 0 and best.positive):
            return best
        deposit = synopsis.deposit
        if best and not deposit and (best.positive == synopsis.positive or not synopsis.positive):
            deposit = best.deposit
        sites = sites if synopsis.positive else frozenset()
        return Total(
            synopsis.positive, synopsis.examined, deposit, sites, synopsis.start, synopsis.end, weights["keyed"]
        )

    def _finding(self, document: Document, total: Total) -> Finding:
        value, category = self.category(total.positive, total.deposit, total.sites)
        count = "+" if total.positive is None else str(total.positive)
        ratio = count if total.examined is None else f"{count}/{total.examined}"
        detail = f"{category} {ratio}" if total.deposit in {"micro", "itc"} or total.sites else ratio
        return Finding(
            self._data["task"], value, detail, "derived", self._data["kind"], total.start, total.end,
            document.section(total.start), frozenset(), total.weight,
        )  # fmt: skip

    def _separate(self, document: Document, one: Statement, contexts: frozenset[str], index: str) -> Finding:
        """The finding of one statement, which never outweighs a total."""
        value, category = self.category(one.positive, one.deposit, [one.site] if one.site and one.positive else [])
        if (index and one.side and one.side != index) or one.side == "contralateral":
            contexts |= {"other_side"}
        count = "+" if one.positive is None else str(one.positive)
        ratio = count if one.examined is None else f"{count}/{one.examined}"
        detail = f"{category} {ratio}" if one.deposit in {"micro", "itc"} or one.site else ratio
        loses = contexts & {*self._data["ignored_contexts"], "other_side"}
        weight = self._data["weights"]["loser" if loses else "separate"]
        return Finding(
            self._data["task"], value, detail, "derived", self._data["kind"], one.start, one.end,
            document.section(one.start), contexts, weight,
        )  # fmt: skip

    def _none_received(self, document: Document) -> Iterator[Finding]:
        match = self._patterns.none_received.search(document.text)
        if match:
            absent = self._data["absent"]
            yield Finding(
                self._data["task"], absent["value"], absent["detail"], "derived", self._data["kind"], match.start(),
                match.end(), document.section(match.start()), frozenset(), self._data["weights"]["absent"],
            )  # fmt: skip
