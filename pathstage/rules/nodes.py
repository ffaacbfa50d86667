"""Reader of node counts and deposits, and the N category they give (AJCC 8th edition, breast, pathological N).

    statements (`node_statements.py`) and items of a synoptic report
        ──▶ those of the side of the index tumour ──▶ the total of the most trusted telling ──▶ category

A report tells its nodes several times: by specimen in the diagnosis, in the synopsis, at frozen section, in a comment.
Specimens are added up within one telling and never across two; a printed total goes before a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.measures import lengths
from pathstage.rules.node_statements import Parts, Patterns, Statement, statements


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
    side: str = ""


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
        found = statements(document, self._patterns, parts)
        contexts = {one: self._contexts(document, one, context) for one in found}
        ignored = set(self._data["ignored_contexts"])
        told = [one for one in found if not contexts[one] & ignored]
        index = self._index_side(document, parts)
        total = self._total(document, told, index)
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
        first, last = document.sentence(one.start)
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

    def _total(self, document: Document, told: Sequence[Statement], index: str) -> Total | None:
        sides = {one.side for one in told if one.side and one.side != "contralateral"}
        ours = [one for one in told if one.side != "contralateral" and not (index and one.side and one.side != index)]
        penalty = 0.0
        if not ours and told and index:
            penalty, ours = self._data["weights"]["other_side"], [one for one in told if one.side != "contralateral"]
        printed = [one for one in ours if one.total]
        sums = []
        for zone in self._data["zones"]:
            here = [one for one in ours if not one.total and self._zone(document, one) is zone]
            if not index and len(sides) > 1:
                by_side = [[one for one in here if one.side in {side, ""}] for side in sorted(sides)]
                totals = [total for some in by_side if (total := self._sum(document, some, zone["weight"] + penalty))]
                total = max(totals, key=lambda one: one.positive or 0, default=None)
            else:
                total = self._sum(document, here, zone["weight"] + penalty)
            if total:
                sums.append(total)
        best = sums[0] if sums else None
        for one in printed:
            total = self._of_statement(one, self._data["weights"]["total"] + penalty)
            if best is None or (total.examined or 0) >= (best.examined or 0):
                best = total
        sites = frozenset(one.site for one in ours if one.site and one.positive != 0)
        keyed = self._keyed(document, index, sites)
        if keyed and (best is None or best.examined is None or not (keyed.positive == 0 and best.positive)):
            if best and keyed.positive and keyed.deposit == "" and best.positive == keyed.positive:
                keyed = _with(keyed, best.deposit)
            if best and best.deposit == "itc" and keyed.positive == 0:
                keyed = _with(keyed, "itc")
            return keyed
        return best

    def _sum(self, document: Document, told: Sequence[Statement], weight: float) -> Total | None:
        """The sum of the statements of one telling, a specimen once."""
        told = _without_repeats(told)
        labelled: dict[tuple[str, bool], list[list[Statement]]] = {}
        for part in dict.fromkeys(one.part for one in told if one.part.labelled):
            labelled.setdefault((part.label, part.nodal), []).append([one for one in told if one.part is part])
        # The same label again is the same specimen, told again: the fuller telling counts.
        specimens = [
            one
            for tellings in labelled.values()
            for one in max((_of_part(some) for some in tellings), key=lambda some: sum(map(_weight, some)))
        ]
        others = dict.fromkeys(one.part for one in told if not one.part.labelled)
        sections = {document.section(one.part.start) for one in told if one.part.heading and not one.part.whole}
        named = [
            part for part in others if not part.whole and (part.heading or document.section(part.start) in sections)
        ]
        specimens += [one for part in named for one in _of_part([one for one in told if one.part is part])]
        # What stands under no label or heading of a specimen is a telling of its own.
        case = _of_part([one for one in told if one.part in others and one.part not in named])
        chosen = max(_without_sum(specimens), case, key=lambda some: sum(map(_weight, some)))
        if not chosen:
            return None
        sure = [one for one in chosen if one.form != "status"]
        if not sure:
            weight += self._data["weights"]["status"]
        positives = [one for one in chosen if one.positive != 0]
        large = [one for one in positives if one.deposit != "itc"]
        unknown = any(one.examined is None for one in chosen)
        count: int | None = sum(1 if one.positive is None else one.positive for one in large)
        if large and all(one.positive is None for one in large) and len(large) == 1:
            count = None
        deposit = ""
        if positives:
            deposits = {one.deposit for one in large}
            deposit = (
                "itc" if not large else "micro" if deposits == {"micro"} else "macro" if "macro" in deposits else ""
            )
        telling = max(chosen, key=lambda one: ((one.positive or (one.positive is None)), one.examined or 0))
        sites = frozenset(one.site for one in large if one.site)
        examined = None if unknown else sum(one.examined or 0 for one in chosen)
        return Total(count, examined, deposit, sites, telling.start, telling.end, weight)

    def _of_statement(self, one: Statement, weight: float) -> Total:
        positive = 0 if one.deposit == "itc" else one.positive
        sites = frozenset([one.site]) if one.site and one.positive else frozenset[str]()
        return Total(positive, one.examined, one.deposit, sites, one.start, one.end, weight)

    def _keyed(self, document: Document, index: str, sites: frozenset[str]) -> Total | None:
        """The total of a synoptic report's items; of two synoptic reports, that of the index side."""
        text, patterns = document.text, self._patterns
        items: list[tuple[int, int, str, int]] = []
        for name, key in patterns.keys.items():
            for match in key.finditer(text):
                value = patterns.keyed_value.match(text, match.end())
                number = patterns.numbers.value(value["value"]) if value else None
                if value is None or number is None or patterns.keyed_blank.match(text, match.end() - 9):
                    continue
                if document.section(match.start()) in self._data["ignored_sections"]:
                    continue
                behind = text[match.end() : value.end()]
                if not patterns.keyed_sure.match(behind) and not patterns.keyed_beginning.search(
                    text[max(0, match.start() - 6) : match.start()]
                ):
                    continue
                items.append((match.start(), value.end(), name, number))
        blocks: list[dict[str, tuple[int, int, int]]] = []
        last = -self._data["keyed"]["same_report"]
        seen: list[tuple[int, int]] = []
        for start, end, name, number in sorted(items, key=lambda item: (item[0], -item[1])):
            if any(first <= start < stop for first, stop in seen):
                continue
            seen.append((start, end))
            if start - last > self._data["keyed"]["same_report"] or (blocks and name in blocks[-1]):
                blocks.append({})
            blocks[-1][name] = (number, start, end)
            last = end
        totals = [total for block in blocks if (total := self._of_block(document, block, sites))]
        if not totals:
            return None
        ours = [one for one in totals if one.side == index] or totals
        return max(ours, key=lambda one: (one.positive or 0, one.examined or 0))

    def _of_block(
        self, document: Document, block: Mapping[str, tuple[int, int, int]], sites: frozenset[str]
    ) -> Total | None:
        number = {name: item[0] for name, item in block.items()}
        examined = max((number[name] for name in ("examined", "sentinel_examined") if name in number), default=None)
        if "positive" in number:
            positive = number["positive"]
        elif "macro" in number or "micro" in number:
            positive = number.get("macro", 0) + number.get("micro", 0)
        elif number.get("itc"):
            positive = 0
        else:
            return None
        if examined == 0 and positive == 0:
            return None
        if examined is not None and positive > examined:
            return None
        deposit = ""
        if positive and number.get("macro"):
            deposit = "macro"
        elif positive and number.get("micro") == positive:
            deposit = "micro"
        elif not positive and number.get("itc"):
            deposit = "itc"
        name = next(
            (name for name in ("positive", "macro", "micro", "itc") if number.get(name)),
            next(name for name in ("positive", "macro", "micro", "itc") if name in number),
        )
        _, start, end = block[name]
        before = [match["side"].lower() for match in self._patterns.laterality.finditer(document.text, 0, start)]
        weight = self._data["weights"]["keyed"]
        return Total(
            positive,
            examined,
            deposit,
            sites if positive else frozenset(),
            start,
            end,
            weight,
            before[-1] if before else "",
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


def _with(total: Total, deposit: str) -> Total:
    return Total(total.positive, total.examined, deposit, total.sites, total.start, total.end, total.weight, total.side)


def _weight(one: Statement) -> int:
    return {"ratio": 10_000, "count": 100, "status": 1}[one.form] + (one.examined or 0)


def _of_part(told: Sequence[Statement]) -> list[Statement]:
    """What one specimen holds: its ratios, else its counts, else its status, each said once."""
    for form in ("ratio", "count", "status"):
        said: dict[tuple[int | None, int | None, str], Statement] = {}
        for one in told:
            if one.form == form:
                said.setdefault((one.positive, one.examined, one.site), one)
        some = list(said.values())
        if not some:
            continue
        some = _without_sum(some)
        return some[:1] if form == "status" else some
    return []


def _without_sum(told: list[Statement]) -> list[Statement]:
    """`told`, or the one of them that is the sum of two or more others and tells what they tell."""
    if len(told) > 2:
        for one in told:
            if one.part.labelled and one.part.nodal and any(other.part is not one.part for other in told):
                continue
            others = [other for other in told if other is not one]
            if (one.positive, one.examined) == tuple(
                sum(getattr(other, count) or 0 for other in others) for count in ("positive", "examined")
            ):
                return [one]
    return told


def _without_repeats(told: Sequence[Statement]) -> list[Statement]:
    """`told` less what a labelled item for the whole case repeats: "9. Lymph nodes: 2/14" behind the specimens."""
    kept = list(told)
    for one in told:
        if one.part.labelled and one.part.whole:
            others = [other for other in kept if other.part is not one.part and other.form == "ratio"]
            counts = [(other.positive, other.examined) for other in others]
            both = tuple(sum(count or 0 for count in column) for column in zip(*counts, strict=True))
            if (one.positive, one.examined) == both or (one.positive, one.examined) in counts:
                kept.remove(one)
    return kept
