"""Reader of descriptors: what a registry asks of a tumour beside the schema's tasks, such as its side or histology.

Each descriptor has one of the ways of reading below; which one, and what it looks for, is data. Its findings have the
descriptor's name for a task, which no schema has, so that no head reads them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from statistics import mean
from typing import Any, NamedTuple

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.measures import lengths

NUMBER = "number"
"""The value of descriptors that are numbers, which stand in a finding's detail: "23 %"."""
_BEFORE, _BEHIND = 70, 160
"""Characters around a mention in which the words stand that say what it means."""


class _Reading(NamedTuple):
    """Characters `start:end` say `value`, and are to be believed by `weight`, 0 to 100."""

    value: str
    start: int
    end: int
    weight: float
    detail: str | None = None


class _Item:
    """A descriptor of `descriptors.yaml`: its patterns, with their fragments put in, and its weights."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.weights: Mapping[str, float] = body.get("weights", {})

    def __getitem__(self, name: str) -> re.Pattern[str]:
        return self.compiled(self.body[name])

    def group(self, name: str) -> dict[str, re.Pattern[str]]:
        """The patterns of the mapping `name`."""
        return {key: self.compiled(pattern) for key, pattern in self.body[name].items()}

    def compiled(self, pattern: str) -> re.Pattern[str]:
        """`pattern` with fragments for their names in braces; fragments may name fragments."""
        fragments: Mapping[str, str] = self.body.get("fragments", {})
        while (whole := re.sub(r"\{([a-z_]+)\}", lambda name: f"(?:{fragments[name[1]]})", pattern)) != pattern:
            pattern = whole
        return _compile(pattern)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """All that a document says of the descriptors of `data`, the content of a `descriptors.yaml`."""
    spared = frozenset(data["spared"])
    for name, body in data["items"].items():
        for value, start, end, weight, detail in _READERS[body["reader"]](document.text, _Item(body)):
            section = context.section(document, start)
            said = context.around(document, start, end)
            believed = 0.0 if said & spared else weight * data["sections"].get(section, 1.0)
            words = detail or document.text[start:end]
            yield Finding(name, value, words, "stated", "descriptor", start, end, section, said, believed)


def _statements(text: str, item: _Item) -> Iterator[_Reading]:
    """Values with the patterns that say them; those of numbers hold them in groups, two for a range."""
    for statement in item.body["statements"]:
        for match in item.compiled(statement["pattern"]).finditer(text):
            numbers = [float(group) for group in match.groups() if group]
            detail = f"{mean(numbers):g} {statement['unit']}" if statement["value"] == NUMBER else None
            yield _Reading(statement["value"], *match.span(), statement["weight"], detail)


def _invasion(text: str, item: _Item) -> Iterator[_Reading]:
    """Present or absent, by the words behind its name, else before it."""
    behind, before, weights = item.group("behind"), item.group("before"), item.weights
    for match in item["mention"].finditer(text):
        start, end = match.span()
        left, right = text[max(0, start - _BEFORE) : start], text[end : end + _BEFORE]
        if behind["unsettled"].search(right):
            continue
        # "No lymphovascular invasion is identified": what stands before it tells which way what follows is meant.
        denied = None if item["label"].match(right) else before["absent"].search(left)
        said = {name: behind[name].search(right) for name in ("absent", "present")}
        if denied:
            value, weight, start = "absent", weights["behind"], start - len(denied[0])
            end += max((found.end() for found in said.values() if found), default=0)
        elif found := said["absent"] or said["present"]:
            value, weight = "absent" if said["absent"] else "present", weights["behind"]
            end += found.end()
        elif (no := before["absent"].search(left)) or before["present"].search(left):
            value, weight = "absent" if no else "present", weights["before"]
        elif right[:1] in (".", "\n", "") and before["nothing"].search(left):
            value, weight = "present", weights["bare"]
        else:
            continue
        if item["skin"].search(left):
            weight = weights["skin_present" if value == "present" else "skin_absent"]
        yield _Reading(value, start, end, weight)
    for match in item["codes"].finditer(text):
        marks = {group for group in match.groups() if group}
        if marks != {"X"}:
            yield _Reading("present" if marks & {"1", "2"} else "absent", *match.span(), weights["code"])
    for match in item["within"].finditer(text):
        yield _Reading("present", *match.span(), weights["within"])


def _side(text: str, item: _Item) -> Iterator[_Reading]:
    """Left or right; both where labels name both, or where invasive carcinoma is told of both and no label of one."""
    weights = item.weights
    labelled = [(_named(match["side"]), *match.span()) for match in item["labelled"].finditer(text)]
    invaded = []
    mentions = list(item["beside"].finditer(text))
    count = Counter(_named(match["side"] or match["side2"]) for match in mentions)
    for match in mentions:
        value = _named(match["side"] or match["side2"])
        behind = item["benign"].split(text[match.end() : match.end() + _BEHIND], maxsplit=1)[0]
        weight = weights["beside"] + weights["mention"] * min(10, count[value])
        weight += weights["with_carcinoma"] if item["carcinoma"].search(behind) else 0
        yield _Reading(value, *match.span(), weight)
        if item["invasive"].search(behind):
            invaded.append((value, *match.span()))
    for value, start, end in labelled:
        yield _Reading(value, start, end, weights["labelled"])
    for sides in (labelled, [] if labelled else invaded):
        other = next((one for one in sides if one[0] != sides[0][0]), None)
        if other is not None:
            yield _Reading("bilateral", *other[1:], weights["both"])
    for match in item["alone"].finditer(text):
        yield _Reading(_named(match["side"]), *match.span(), weights["alone"])
    for match in item["bilateral"].finditer(text):
        yield _Reading("bilateral", *match.span(), weights["labelled"])


def _named(side: str) -> str:
    """The side that a word or its abbreviation names."""
    return {"b": "bilateral", "l": "left", "r": "right"}[side[0].lower()]


def _histology(text: str, item: _Item) -> Iterator[_Reading]:
    """The type that the words of a diagnosis of invasive carcinoma name, the features it has left aside."""
    types, unspecified = item.group("types"), item.group("unspecified")
    for kind in ("labelled", "phrase", "reversed"):
        for match in item[kind].finditer(text):
            start = match.start("words") if kind == "labelled" else match.start()
            words, before = text[start : match.end()], text[max(0, match.start() - _BEFORE) : match.start()]
            if item["in_situ"].search(words) or item["denied"].search(before):
                continue
            head = item["features"].split(words, maxsplit=1)[0]
            value = _first(types, head) or _first(types, words) or _first(unspecified, words)
            if value is not None:
                share = item.weights["metastatic"] if item["metastatic"].search(before) else 1
                yield _Reading(value, start, match.end(), item.weights[kind] * share)
    for value, abbreviation in item.group("abbreviations").items():
        for match in abbreviation.finditer(text):
            yield _Reading(value, *match.span(), item.weights["abbreviation"])


def _largest(text: str, item: _Item) -> Iterator[_Reading]:
    """The largest of the lengths behind the words for it; no others where some are said to be the largest."""
    found: list[tuple[float, float, int, int]] = []
    for kind, words in item.group("sizes").items():
        for match in words.finditer(text):
            length = next(lengths(text, match.end(), match.end() + _BEFORE), None)
            if length is None or length.start != match.end() or not length.printed_unit:
                continue
            # "metastases (0.2 to 2 mm)": without "the largest", what the manual says of a kind of metastasis.
            if kind != "labelled" and (length.range or length.bound):
                continue
            if item["near"].search(text, max(0, match.start() - item.body["distance"]), length.end + _BEFORE):
                found.append((item.weights[kind], length.greatest, match.start(), length.end))
    if found:
        weight, greatest, start, end = max(found, key=lambda one: (one[0], one[1], -one[2]))
        yield _Reading(NUMBER, start, end, weight, f"{greatest:g} {item.body['unit']}")


def _first(types: Mapping[str, re.Pattern[str]], words: str) -> str | None:
    return next((name for name, pattern in types.items() if pattern.search(words)), None)


_READERS: dict[str, Callable[[str, _Item], Iterator[_Reading]]] = {
    "statements": _statements,
    "invasion": _invasion,
    "side": _side,
    "histology": _histology,
    "largest": _largest,
}
