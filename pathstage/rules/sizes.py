"""Reader of tumour sizes and extent, and the T category they give.

AJCC Cancer Staging Manual, 8th edition, chapter 48, and CAP protocol for invasive carcinoma of the breast: T goes by
the greatest dimension of the largest contiguous invasive focus; foci are not added, in situ carcinoma does not count.
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
from pathstage.rules.extents import ExtentRules, Extents
from pathstage.rules.finding import Finding
from pathstage.rules.measures import Length, lengths
from pathstage.rules.referents import IMAGED, Referent, ReferentRules, Referents

MOST_SIZES, MOST_OF_ONE_SIZE, MOST_DECOYS = 6, 2, 3
"""Most sizes that are reported: in all, of one value, and of things that only could be taken for the tumour."""


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of the T category that the size of the invasive tumour, its extent or its absence gives."""
    rules = _rules(json.dumps(data))
    extents = Extents(document, rules.extents, context)
    yield from _Sizes(document, rules, context).find(extents.invasive)
    yield from extents.find()


@dataclass(frozen=True, slots=True)
class _Step:
    """The category and class of tumours of up to `limit` mm."""

    limit: float
    category: str
    value: str


@dataclass(frozen=True, slots=True)
class _Size:
    """A size of the tumour, its greatest dimension in mm, and whether it was taken with the naked eye."""

    finding: Finding
    greatest: float
    gross: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """The content of `sizes.yaml`, compiled."""

    task: str
    steps: tuple[_Step, ...]
    plausible: float
    referents: ReferentRules
    extents: ExtentRules
    patterns: dict[str, re.Pattern[str]]
    sections: dict[str, float]
    weights: dict[str, float]


@cache
def _rules(content: str) -> _Rules:
    data = json.loads(content)
    patterns = {f"definition_{where}": data["definition"][where] for where in ("title", "before", "behind", "at_most")}
    patterns |= {f"gross_{where}": data["gross"][where] for where in ("before", "sentence", "behind")}
    patterns["imaging_sentence"] = data["imaging_sentence"]
    patterns["formal_label"] = data["formal_label"]
    return _Rules(
        task=data["task"],
        steps=tuple(_Step(float(step.get("up_to", "inf")), step["category"], step["class"]) for step in data["steps"]),
        plausible=data["plausible"],
        referents=ReferentRules.from_data(data),
        extents=ExtentRules.from_data(data),
        patterns={name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()},
        sections=data["weights"]["sections"],
        weights={name: weight for name, weight in data["weights"].items() if name != "sections"},
    )


class _Sizes:
    """The sizes of one document."""

    def __init__(self, document: Document, rules: _Rules, context: ContextRules) -> None:
        self._document, self._rules, self._context = document, rules, context
        self._text = document.text.replace("\n", " ")
        self._referents = Referents(document, rules.referents)

    def find(self, invasive: bool) -> Iterator[Finding]:
        """The sizes of the tumour, heaviest first, and those of others; none has weight without an `invasive` one."""
        sizes: list[_Size] = []
        decoys: list[Finding] = []
        end, referent = 0, None
        for length in lengths(self._document.text):
            if self._text[end : length.start].strip() != "(":  # "7 cm (70 mm)" is one length said twice
                referent = self._referents.of(length)
            end = length.end
            if referent is None or (referent.weight is None and not referent.decoy):
                continue
            if self._rules.patterns["imaging_sentence"].match(self._sentence(length)):
                referent = self._rules.referents.referents[IMAGED]
            size = self._finding(length, referent, invasive)
            if referent.weight is None or "definition" in size.context:
                decoys.append(size)
            else:
                sizes.append(_Size(size, length.greatest, self._is_gross(length)))
        yield from _fewer(self._index_first(sizes), MOST_SIZES)
        yield from _fewer(decoys, MOST_DECOYS)

    def _finding(self, length: Length, referent: Referent, invasive: bool) -> Finding:
        rules = self._rules
        size = length.greatest / 10 if length.greatest > rules.plausible else length.greatest
        strictly = {"<": size - 0.001, ">": size + 0.001}.get(length.bound, size)
        step = next(step for step in rules.steps if strictly <= step.limit)
        context = self._context.around(self._document, length.start, length.end) | referent.context
        if self._is_definition(length):
            context |= {"definition"}
        section = self._document.section(length.start)
        weight = rules.weights["decoy"]
        if invasive and referent.weight is not None and "definition" not in context:
            weight = rules.sections[self._context.section(self._document, length.start)]
            weight += referent.weight + self._adjustment(length, referent) if weight else 0.0
        return Finding(
            task=rules.task,
            value=step.value,
            detail=f"{size:g} mm",
            basis="derived",
            kind="size",
            start=length.start,
            end=length.end,
            section=section,
            context=context,
            weight=max(0.0, float(weight)),
        )

    def _sentence(self, length: Length) -> str:
        first, last = self._document.sentence(length.start)
        return self._text[first : max(last, length.end)]

    def _adjustment(self, length: Length, referent: Referent) -> float:
        """What the way in which a size is given adds to its weight."""
        patterns, weights = self._rules.patterns, self._rules.weights
        sentence = self._document.sentence(length.start)[0]
        holds = {
            "formal_label": patterns["formal_label"].search(
                self._text[max(sentence, length.start - 80) : length.start]
            ),
            "grossly": self._is_gross(length),
            "guessed_unit": not length.printed_unit,
            "unnamed": not referent.named,
        }
        return sum(weights[name] for name, does in holds.items() if does)

    def _is_gross(self, length: Length) -> bool:
        """Whether the words around the length say that it was taken with the naked eye."""
        patterns = self._rules.patterns
        before = self._text[max(0, length.start - 50) : length.start]
        return bool(
            patterns["gross_before"].search(before)
            or patterns["gross_behind"].match(self._text, length.end)
            or patterns["gross_sentence"].search(self._sentence(length))
        )

    def _is_definition(self, length: Length) -> bool:
        """Whether the length belongs to the definition of a category: "pT2: tumor > 20 mm but <= 50 mm"."""
        patterns = self._rules.patterns
        before = self._text[max(0, length.start - 90) : length.start]
        if patterns["definition_before"].search(before) or patterns["definition_at_most"].match(self._text, length.end):
            return True
        if (length.bound or length.range) and patterns["definition_title"].search(before):
            return True
        if length.range and length.bound in {">", ">="}:  # "tumor > 2 to 5 cm"
            return True
        return length.bound in {">", ">="} and bool(patterns["definition_behind"].match(self._text, length.end))

    def _index_first(self, sizes: list[_Size]) -> Iterator[Finding]:
        """The sizes, heaviest first, behind the index tumour's: the greatest of those as good as the heaviest."""
        if not sizes:
            return
        sizes = sorted(sizes, key=lambda size: -size.finding.weight)
        first, heaviest, weights = sizes[0], sizes[0].finding, self._rules.weights
        peers = [
            size
            for size in sizes
            if size.finding.section == heaviest.section
            and size.finding.weight >= heaviest.weight - weights["margin_of_index"]
            and (first.gross or not size.gross)
        ]
        index = max(peers, key=lambda size: size.greatest)
        yield replace(index.finding, weight=heaviest.weight + weights["greatest"] if heaviest.weight else 0.0)
        yield from (size.finding for size in sizes if size is not index)


def _fewer(findings: Iterable[Finding], most: int) -> Iterator[Finding]:
    """The first `most` findings, and of one detail no more than `MOST_OF_ONE_SIZE`."""
    seen: Counter[str] = Counter()
    for finding in findings:
        if seen.total() < most and seen[finding.detail] < MOST_OF_ONE_SIZE:
            seen[finding.detail] += 1
            yield finding
