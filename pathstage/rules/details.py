"""Reader of items that registries want beside the tasks: lymphovascular invasion, laterality, histology, Ki-67.

They are findings of kinds that no task of the schema has; their values are those of the annotation protocol. What is
looked for is data, `details.yaml` in the folder of the schema.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document


@dataclass(frozen=True, slots=True)
class Detail:
    """Characters `start:end` of a document that say that `item` has `value`: "present", "left", "ductal", "15".

    context: what the words around it say of it, "earlier", "hedged", "dermal" …
    weight: how far it is to be believed, 0 to 100; the heaviest of an item decides, and one of no weight never does.
    """

    item: str
    value: str
    start: int
    end: int
    context: frozenset[str]
    weight: float


class _Item:
    """One item of `details.yaml`: its patterns, compiled when they are first asked for, and its weights."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._known: dict[str, re.Pattern[str]] = {}
        self.name: str = data["item"]
        self.weights: dict[str, float] = data["weights"]

    def __getitem__(self, name: str) -> re.Pattern[str]:
        """The pattern `name`; "behind.absent" is the pattern `absent` of the mapping `behind`."""
        if name not in self._known:
            pattern: Any = self._data
            for key in name.split("."):
                pattern = pattern[key]
            self._known[name] = self._compile(pattern)
        return self._known[name]

    def names(self, group: str) -> tuple[str, ...]:
        """The keys of the mapping `group`, with its name before them."""
        return tuple(f"{group}.{key}" for key in self._data[group])

    def _compile(self, pattern: str) -> re.Pattern[str]:
        fragments: Mapping[str, str] = self._data.get("fragments", {})
        while (whole := re.sub(r"\{([a-z_]+)\}", lambda name: f"(?:{fragments[name[1]]})", pattern)) != pattern:
            pattern = whole
        return re.compile(pattern, re.IGNORECASE)


class _Rules:
    """The content of `details.yaml`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.items = {name: _Item(data[name]) for name in _READERS}
        self.contexts = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in data["contexts"].items()}
        self.costs: dict[str, float] = data["costs"]
        self.sections: dict[str, float] = data["sections"]


_compiled: dict[int, tuple[Mapping[str, Any], _Rules]] = {}


def find_details(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Detail]:
    """Details of a normalized report, item by item, in the order they stand in it."""
    known = _compiled.get(id(data))
    if known is None or known[0] is not data:
        known = _compiled[id(data)] = data, _Rules(data)
    rules = known[1]
    for name, read in _READERS.items():
        for detail in sorted(read(document.text, rules.items[name]), key=lambda one: one.start):
            yield _weighed(detail, document, rules)


def decide_details(details: Iterator[Detail]) -> dict[str, Detail]:
    """For each item that has a detail of any weight, the heaviest; the first in the text among equals."""
    best: dict[str, Detail] = {}
    for detail in sorted(details, key=lambda one: (-one.weight, one.start)):
        if detail.weight > 0:
            best.setdefault(detail.item, detail)
    return best


def _weighed(detail: Detail, document: Document, rules: _Rules) -> Detail:
    """`detail` with the contexts of its sentence, and its section's and their cost off its weight."""
    before = document.text[max(document.sentence(detail.start)[0], detail.start - 200) : detail.start]
    found = {name for name, pattern in rules.contexts.items() if pattern.search(before)} | detail.context
    section = document.section(detail.start)
    if section == "clinical_history":
        found.add("history")
    weight = detail.weight + rules.sections.get(section, 0) + sum(rules.costs.get(name, 0) for name in found)
    return replace(detail, context=frozenset(found), weight=round(max(0.0, weight), 1))


def _lymphovascular_invasion(text: str, item: _Item) -> Iterator[Detail]:
    for match in item["mention"].finditer(text):
        behind, before = text[match.end() : match.end() + 70], text[max(0, match.start() - 70) : match.start()]
        if item["behind.unsettled"].search(behind):
            continue
        value, reach = None, match.end()
        weight = 0.0
        for group, around in (("behind", behind), ("before", before)):
            for name in ("absent", "present"):
                if value is None and (found := item[f"{group}.{name}"].search(around)):
                    value, weight = name, item.weights[group]
                    reach = match.end() + found.end() if group == "behind" else match.end()
        # "No lymphovascular invasion is identified": what stands before it tells which way what follows is meant.
        denied = None if re.match(r"\s?[:=-]", behind) else item["before.absent"].search(before)
        if denied:
            value, weight = "absent", item.weights["behind"]
        if value is None and behind[:1] in (".", "\n", "") and item["bare_before"].search(before):
            value, weight = "present", item.weights["bare"]
        if value is None:
            continue
        context: set[str] = set()
        start = match.start() - len(denied[0]) if denied else match.start()
        if item["dermal"].search(before):
            context.add("dermal")
            weight = item.weights["dermal_present" if value == "present" else "dermal_absent"]
        yield Detail(item.name, value, start, reach, frozenset(context), weight)
    for match in item["codes"].finditer(text):
        marks = {match[name] for name in ("l", "v", "l2", "v2") if match[name]}
        if marks != {"X"}:
            value = "present" if marks & {"1", "2"} else "absent"
            yield Detail(item.name, value, match.start(), match.end(), frozenset(), item.weights["code"])
    for match in item["tumor_in_vessels"].finditer(text):
        weight = item.weights["tumor_in_vessels"]
        yield Detail(item.name, "present", match.start(), match.end(), frozenset(), weight)


def _laterality(text: str, item: _Item) -> Iterator[Detail]:
    for match in item["labelled"].finditer(text):
        yield Detail(
            item.name, match["side"].lower(), match.start(), match.end(), frozenset(), item.weights["labelled"]
        )
    mentions = []
    for match in item["beside"].finditer(text):
        side = (match["side"] or match["side2"]).lower()
        behind = text[match.end() : match.end() + 160]
        benign = item["benign"].search(behind)
        behind = behind[: benign.start()] if benign else behind
        mentions.append(("right" if side.startswith("r") else "left", match.start(), match.end(), behind))
    count = Counter(value for value, _, _, _ in mentions)
    for value, start, end, behind in mentions:
        weight = item.weights["beside"] + item.weights["mention"] * min(10, count[value])
        weight += item.weights["with_carcinoma"] if item["carcinoma"].search(behind) else 0
        yield Detail(item.name, value, start, end, frozenset(), weight)
    invaded = [(value, start, end) for value, start, end, behind in mentions if item["invasive"].search(behind)]
    if len({value for value, _, _ in invaded}) == 2:
        _, start, end = next(one for one in invaded if one[0] != invaded[0][0])
        yield Detail(item.name, "bilateral", start, end, frozenset(), item.weights["both"])
    for match in item["alone"].finditer(text):
        value = match["side"].lower()
        yield Detail(item.name, value, match.start(), match.end(), frozenset(), item.weights["alone"])
    for match in item["bilateral"].finditer(text):
        yield Detail(item.name, "bilateral", match.start(), match.end(), frozenset(), item.weights["labelled"])


def _histology(text: str, item: _Item) -> Iterator[Detail]:
    for kind in ("labelled", "phrase", "reversed"):
        for match in item[kind].finditer(text):
            words = match[0] if kind != "labelled" else match["words"]
            before = text[max(0, match.start() - 60) : match.start()]
            if item["in_situ"].search(words) or item["denied"].search(before):
                continue
            value = _type(item["features"].split(words)[0], "types", item)
            value = value or _type(words, "types", item) or _type(words, "unspecified", item)
            if value is None:
                continue
            weight = item.weights[kind] / (2 if item["metastatic"].search(before) else 1)
            start = match.start("words") if kind == "labelled" else match.start()
            yield Detail(item.name, value, start, match.end(), frozenset(), weight)
    for name in item.names("abbreviations"):
        for match in item[name].finditer(text):
            weight = item.weights["abbreviation"]
            yield Detail(item.name, name.partition(".")[2], match.start(), match.end(), frozenset(), weight)


def _type(words: str, group: str, item: _Item) -> str | None:
    return next((name.partition(".")[2] for name in item.names(group) if item[name].search(words)), None)


def _proliferation(text: str, item: _Item) -> Iterator[Detail]:
    """Percentages of Ki-67: the middle of a range; the bound of "<5 %"."""
    for name in item["name"].finditer(text):
        gap = item["gap_and_percent"].match(text, name.end())
        if not gap:
            continue
        low = float(gap["low"])
        value = (low + float(gap["high"])) / 2 if gap["high"] else low
        if value <= 100 and not item["definition"].search(text[gap.end() : gap.end() + 20]):
            yield Detail(item.name, f"{value:g}", name.start(), gap.end(), frozenset(), item.weights["percent"])


_READERS: dict[str, Callable[[str, _Item], Iterator[Detail]]] = {
    "lymphovascular_invasion": _lymphovascular_invasion,
    "laterality": _laterality,
    "histology": _histology,
    "proliferation": _proliferation,
}
