"""Reader of tumour sizes and extent, and the T category they give (AJCC 8th edition, chapter 48; CAP breast protocol).

A length speaks for a category only if it is a length of the invasive tumour. What it is of is told by the nouns around
it: the one right behind ("a 2.3 cm firm mass"), else the last before ("mass measuring 2.3 cm").
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.measures import Length, lengths

MOST_SIZES, MOST_OF_ONE_SIZE, MOST_DECOYS = 6, 2, 3
"""Most sizes that are reported: in all, of one value, and of things other than the tumour."""
_LOOK_BACK, _LOOK_AHEAD = 250, 90


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of the T category that the size of the invasive tumour, its extent or its absence gives."""
    return _Reader(document, _rules(json.dumps(data)), context).read()


@dataclass(frozen=True, slots=True)
class _Step:
    """The category and class of tumours up to `limit` mm."""

    limit: float
    category: str
    value: str


@dataclass(frozen=True, slots=True)
class _Referent:
    """What a length can be of. `weight` None: not the tumour; `decoy`: not it, but worth reporting."""

    name: str
    weight: float | None
    decoy: bool
    transparent: bool
    context: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Sign:
    """Words that give a category by themselves."""

    category: str
    value: str
    name: str
    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    """The content of `sizes.yaml`, compiled."""

    task: str
    steps: tuple[_Step, ...]
    plausible: float
    referents: dict[str, _Referent]
    nouns: re.Pattern[str]
    patterns: dict[str, re.Pattern[str]]
    section_weights: dict[str, float]
    extent_limits: dict[str, float]
    weights: dict[str, float]
    extents: tuple[_Sign, ...]
    microinvasion: _Sign
    in_situ: _Sign
    residual: _Sign
    denied_sections: frozenset[str]

    def step(self, size: float) -> _Step:
        """The first step that holds a size in mm."""
        return next(step for step in self.steps if size <= step.limit)


@cache
def _rules(content: str) -> _Rules:
    data = json.loads(content)
    referents = {
        name: _Referent(
            name,
            body.get("weight"),
            body.get("decoy", False),
            body.get("transparent", False),
            frozenset([body["context"]] if "context" in body else []),
        )
        for name, body in data["referents"].items()
    }
    nouns = "|".join(f"(?P<{name}>{'|'.join(body['patterns'])})" for name, body in data["referents"].items())
    named = {name: data[name] for name in ("brackets", "dimension", "adjectives", "clause", "of", "same")}
    named |= {name: data[name] for name in ("label", "formal_label", "gross")}
    named |= {f"definition_{where}": data["definition"][where] for where in ("before", "behind")}
    named |= {f"denied_{where}": data["denied"][where] for where in ("before", "inside", "behind")}
    named |= {
        "distance_before": rf"(?:{'|'.join(data['distance']['before'])}) ?\Z",
        "distance_behind": rf"[ -]?(?:{'|'.join(data['distance']['behind'])})",
        "invasion": "|".join(data["invasion"]),
        "confirmed": data["in_situ"]["confirmed"],
        "treated": data["residual"]["treated"],
        "untreated": data["residual"]["untreated"],
    }
    return _Rules(
        task=data["task"],
        steps=tuple(_Step(float(step.get("up_to", "inf")), step["category"], step["class"]) for step in data["steps"]),
        plausible=data["plausible"],
        referents=referents,
        nouns=re.compile(nouns, re.IGNORECASE),
        patterns={name: re.compile(pattern, re.IGNORECASE) for name, pattern in named.items()},
        section_weights=data["weights"]["sections"],
        extent_limits=data["extent_sections"],
        weights={name: weight for name, weight in data["weights"].items() if name != "sections"},
        extents=tuple(_sign(body) for body in data["extents"]),
        microinvasion=_sign(data["microinvasion"]),
        in_situ=_sign(data["in_situ"]),
        residual=_sign(data["residual"]),
        denied_sections=frozenset(data["denied"]["sections"]),
    )


def _sign(body: Mapping[str, Any]) -> _Sign:
    pattern = re.compile("|".join(body["patterns"]), re.IGNORECASE)
    return _Sign(body["category"], body["class"], body["name"], body["weight"], pattern)


class _Reader:
    """Reads one document."""

    def __init__(self, document: Document, rules: _Rules, context: ContextRules) -> None:
        self.document, self.rules, self.context = document, rules, context
        self.text = document.text.replace("\n", " ")  # of the same length

    def read(self) -> Iterator[Finding]:
        invasive = any(self._affirmed(self.rules.patterns["invasion"]))
        yield from self._sizes(invasive)
        yield from self._extents()
        yield from self._microinvasion()
        yield from self._without_invasion(invasive)

    # Sizes

    def _sizes(self, invasive: bool) -> Iterator[Finding]:
        """The sizes of the tumour, heaviest first, and those of other things that could be taken for it."""
        sizes, decoys = [], []
        for length in lengths(self.document.text):
            referent = self._referent(length)
            if referent is None or (referent.weight is None and not referent.decoy):
                continue
            size = self._size(length, referent)
            if referent.weight is None or self._is_definition(length):
                decoys.append((size, 0.0))
            else:
                sizes.append((size, length.greatest))
        if not invasive:
            sizes = [(replace(size, weight=0.0), greatest) for size, greatest in sizes]
        yield from _fewer((size for size, _ in self._with_index(sizes)), MOST_SIZES)
        yield from _fewer((size for size, _ in decoys), MOST_DECOYS)

    def _size(self, length: Length, referent: _Referent) -> Finding:
        rules, weights = self.rules, self.rules.weights
        start, end = length.start, length.end
        section = self.document.section(start)
        size = length.greatest
        if size > rules.plausible:
            size /= 10
        step = rules.step(size - 0.001 if length.bound == "<" else size + 0.001 if length.bound == ">" else size)
        context = self.context.around(self.document, start, end) | referent.context
        if referent.weight is None:
            weight = weights["decoy"]
        elif self._is_definition(length):
            context |= {"definition"}
            weight = weights["decoy"]
        else:
            weight = rules.section_weights[section] + referent.weight
            if rules.patterns["formal_label"].search(self._before(start, 80)):
                weight += weights["formal_label"]
            if not length.printed_unit:
                weight += weights["guessed_unit"]
            if rules.patterns["gross"].search(self.text, max(0, start - 30), end + 20):
                weight += weights["grossly"]
        detail = f"{size:g} mm"
        return Finding(
            rules.task, step.value, detail, "derived", "size", start, end, section, context, max(0.0, float(weight))
        )

    def _with_index(self, sizes: list[tuple[Finding, float]]) -> list[tuple[Finding, float]]:
        """The sizes, heaviest first, once the greatest of those as good as the heaviest is put first."""
        if not sizes:
            return []
        sizes = sorted(sizes, key=lambda pair: -pair[0].weight)
        best, weights = sizes[0][0], self.rules.weights
        peers = [
            pair
            for pair in sizes
            if pair[0].section == best.section and pair[0].weight >= best.weight - weights["margin_of_index"]
        ]
        index = max(peers, key=lambda pair: pair[1])
        raised = replace(index[0], weight=best.weight + (weights["greatest"] if best.weight else 0))
        return [(raised, index[1]), *(pair for pair in sizes if pair is not index)]

    def _referent(self, length: Length) -> _Referent | None:
        """What `length` is of, as the words around it say; None for distances and where nothing is said."""
        patterns, unnamed = self.rules.patterns, self.rules.referents["tumour"]
        before = self._before(length.start, _LOOK_BACK)
        behind = self.text[length.end : length.end + _LOOK_AHEAD]
        if patterns["distance_before"].search(before[-60:]) or patterns["distance_behind"].match(behind):
            return None
        brackets = patterns["brackets"].match(behind)
        inside = self._first(brackets[1]) if brackets else None
        if inside and (inside.weight is not None or inside.decoy):
            return inside
        last = self._last(before)
        if noun := self._noun_behind(behind):
            if noun.name != unnamed.name or last is None or last.name == "metastasis":
                return noun
            if patterns["same"].search(before) or last.name in {"invasive", "carcinoma", "total", "satellite"}:
                return last
            return noun
        if last:
            return last
        return self._from_sentences_before(length, before)

    def _noun_behind(self, behind: str) -> _Referent | None:
        patterns = self.rules.patterns
        dimension = patterns["dimension"].match(behind)
        window = behind[dimension.end() if dimension else 0 :]
        stop = patterns["clause"].search(window)
        clause = window[: stop.start()] if stop else window
        noun = next(self._nouns(clause), None)
        if noun is None:
            return None
        at, found, finish = noun
        gap = clause[:at]
        if "," in gap or (dimension and dimension[0]):
            adjectives = patterns["adjectives"].match(gap)
            if not gap.strip(" ,") or not adjectives or gap[adjectives.end() :].strip():
                return None
            if found.name != "tumour":
                return None
        if found.name == "tumour" and (of := patterns["of"].match(window, finish)):
            return next((kind for start, kind, _ in self._nouns(window[of.end() : of.end() + 50]) if start < 30), found)
        return found

    def _from_sentences_before(self, length: Length, before: str) -> _Referent | None:
        """What the size that names nothing itself is of: "Invasive carcinoma. Size: 2.3 cm"."""
        labelled = bool(self.rules.patterns["label"].search(before))
        start = self.document.sentence(length.start)[0]
        unnamed = self.rules.referents["tumour"]
        for _ in range(3):
            first = self.document.sentence(max(0, start - 1))[0]
            if first >= start or length.start - first > 400:
                break
            if found := self._last(self.text[first:start]):
                if found.name in {"margin", "depth"} and labelled:
                    return self._unnamed(unnamed)
                return self._unnamed(found)
            start = first
        return self._unnamed(unnamed) if labelled else None

    def _unnamed(self, referent: _Referent) -> _Referent:
        if referent.weight is None:
            return referent
        return replace(referent, weight=referent.weight + self.rules.weights["unnamed"])

    def _is_definition(self, length: Length) -> bool:
        patterns = self.rules.patterns
        behind = self.text[length.end : length.end + _LOOK_AHEAD]
        return bool(
            patterns["definition_before"].search(self.text[max(0, length.start - 90) : length.start])
            or (length.bound in {">", ">="} and patterns["definition_behind"].match(behind))
        )

    def _before(self, start: int, most: int) -> str:
        """The text of the sentence of `start`, up to it."""
        return self.text[max(self.document.sentence(start)[0], start - most) : start]

    def _nouns(self, text: str) -> Iterator[tuple[int, _Referent, int]]:
        for match in self.rules.nouns.finditer(text):
            referent = self.rules.referents[str(match.lastgroup)]
            if not referent.transparent:
                yield match.start(), referent, match.end()

    def _first(self, text: str) -> _Referent | None:
        return next((referent for _, referent, _ in self._nouns(text)), None)

    def _last(self, text: str) -> _Referent | None:
        return next((referent for _, referent, _ in reversed(list(self._nouns(text)))), None)

    # Signs

    def _extents(self) -> Iterator[Finding]:
        for sign in self.rules.extents:
            found = sorted(self._affirmed_findings(sign, "extent"), key=lambda finding: -finding.weight)
            yield from found[:MOST_OF_ONE_SIZE]

    def _microinvasion(self) -> Iterator[Finding]:
        yield from list(self._affirmed_findings(self.rules.microinvasion, "extent"))[:1]

    def _without_invasion(self, invasive: bool) -> Iterator[Finding]:
        """In situ carcinoma only, or nothing left of a tumour that was treated."""
        rules = self.rules
        if not invasive:
            in_situ = sorted(self._affirmed_findings(rules.in_situ, "extent"), key=lambda finding: -finding.weight)
            if in_situ:
                yield in_situ[0]
                return
        if self._treated():
            residual = [self._finding(rules.residual, match, "extent") for match in self._matches(rules.residual)]
            if residual:
                best = max(residual, key=lambda finding: finding.weight)
                yield replace(best, weight=best.weight / 4) if invasive else best

    def _treated(self) -> bool:
        patterns = self.rules.patterns
        return any(
            not patterns["untreated"].search(self._before(match.start(), 60))
            and not patterns["denied_behind"].match(self.text[match.end() : match.end() + 40])
            for match in patterns["treated"].finditer(self.text)
        )

    def _matches(self, sign: _Sign) -> Iterator[re.Match[str]]:
        return sign.pattern.finditer(self.text)

    def _affirmed(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches that are neither denied nor told of the past."""
        patterns = self.rules.patterns
        for match in pattern.finditer(self.text):
            if (
                self.document.section(match.start()) not in self.rules.denied_sections
                and not patterns["denied_inside"].search(match[0])
                and not patterns["denied_before"].search(self._before(match.start(), 60))
                and not patterns["denied_behind"].match(self.text[match.end() : match.end() + 40])
            ):
                yield match

    def _affirmed_findings(self, sign: _Sign, kind: str) -> Iterator[Finding]:
        for match in self._affirmed(sign.pattern):
            yield self._finding(sign, match, kind)

    def _finding(self, sign: _Sign, match: re.Match[str], kind: str) -> Finding:
        section = self.document.section(match.start())
        return Finding(
            self.rules.task,
            sign.value,
            f"{sign.category} {sign.name}",
            "derived",
            kind,
            match.start(),
            match.end(),
            section,
            self.context.around(self.document, match.start(), match.end()),
            min(sign.weight, self.rules.extent_limits.get(section, sign.weight)),
        )


def _fewer(findings: Iterable[Finding], most: int) -> Iterator[Finding]:
    """The first `most` findings, and of one detail no more than `MOST_OF_ONE_SIZE`."""
    seen: Counter[str] = Counter()
    for finding in findings:
        if seen.total() < most and seen[finding.detail] < MOST_OF_ONE_SIZE:
            seen[finding.detail] += 1
            yield finding
