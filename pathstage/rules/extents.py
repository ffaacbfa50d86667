"""Signs that give a T category without a size: extent to skin or chest wall, in situ carcinoma only, nothing left.

AJCC Cancer Staging Manual, 8th edition, chapter 48: ulceration, macroscopic satellite nodules or oedema of the skin are
T4b, the chest wall T4a, inflammatory carcinoma T4d; invasion of the dermis alone is none of these. Behind neoadjuvant
treatment no residual invasive tumour is ypT0, or ypTis where in situ carcinoma is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.referents import WORD_BEGINS

_MOST_OF_A_SIGN = 2


@dataclass(frozen=True, slots=True)
class Sign:
    """Words that give a category by themselves."""

    category: str
    value: str
    name: str
    weight: float
    pattern: re.Pattern[str]

    @classmethod
    def from_data(cls, body: Mapping[str, Any]) -> Sign:
        """Compile one sign of `sizes.yaml`."""
        pattern = re.compile(rf"{WORD_BEGINS}(?:{'|'.join(body['patterns'])})", re.IGNORECASE)
        return cls(body["category"], body["class"], body["name"], body["weight"], pattern)


@dataclass(frozen=True, slots=True)
class ExtentRules:
    """The signs of `sizes.yaml`, compiled.

    beside_invasion: the weight of microinvasion in a report that has invasive carcinoma.
    limits: the heaviest that a sign can be in a kind of section.
    history: sections that tell of the past.
    """

    task: str
    extents: tuple[Sign, ...]
    microinvasion: Sign
    beside_invasion: float
    in_situ: Sign
    residual: Sign
    limits: dict[str, float]
    history: frozenset[str]
    patterns: dict[str, re.Pattern[str]]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ExtentRules:
        """Compile the signs of `sizes.yaml`."""
        patterns = {
            **{f"denied_{where}": data["denied"][where] for where in ("before", "inside", "behind")},
            "label": data["denied"]["label"],
            "affirmed": data["denied"]["affirmed"],
            "invasion": rf"{WORD_BEGINS}(?:{'|'.join(data['invasion'])})",
            "of_margins": data["invasion_of_margins"],
            "treated": rf"{WORD_BEGINS}(?:{data['residual']['treated']})",
            "untreated": data["residual"]["untreated"],
        }
        return cls(
            data["task"],
            tuple(Sign.from_data(body) for body in data["extents"]),
            Sign.from_data(data["microinvasion"]),
            data["microinvasion"]["weight_beside_invasion"],
            Sign.from_data(data["in_situ"]),
            Sign.from_data(data["residual"]),
            data["extent_sections"],
            frozenset(data["denied"]["sections"]),
            {name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()},
        )


class Extents:
    """What a document says of the extent of the tumour, and whether it has an invasive one."""

    def __init__(self, document: Document, rules: ExtentRules, context: ContextRules) -> None:
        self._document, self._rules, self._context = document, rules, context
        self._text = document.text.replace("\n", " ")
        self.invasive = any(
            not rules.patterns["of_margins"].match(self._text, match.end())
            for match in self._affirmed(rules.patterns["invasion"])
        )

    def find(self) -> Iterator[Finding]:
        """Findings of extents, of microinvasion, and of reports without invasive tumour."""
        for sign in self._rules.extents:
            found = sorted(self._findings(sign), key=lambda finding: -finding.weight)
            yield from found[:_MOST_OF_A_SIGN]
        for finding in list(self._findings(self._rules.microinvasion))[:1]:
            yield replace(finding, weight=self._rules.beside_invasion) if self.invasive else finding
        yield from self._without_invasion()

    def _without_invasion(self) -> Iterator[Finding]:
        in_situ = [] if self.invasive else list(self._findings(self._rules.in_situ))
        if in_situ:
            yield max(in_situ, key=lambda finding: finding.weight)
        elif self._treated():
            residual = [
                self._finding(self._rules.residual, match)
                for match in self._rules.residual.pattern.finditer(self._text)
            ]
            if residual:
                best = max(residual, key=lambda finding: finding.weight)
                yield replace(best, weight=0.0) if self.invasive else best

    def _treated(self) -> bool:
        """Whether the tumour was treated before surgery."""
        patterns = self._rules.patterns
        return any(
            not patterns["untreated"].search(self._before(match.start()))
            and not patterns["denied_behind"].match(self._text, match.end())
            for match in patterns["treated"].finditer(self._text)
        )

    def _findings(self, sign: Sign) -> Iterator[Finding]:
        label, affirmed = self._rules.patterns["label"], self._rules.patterns["affirmed"]
        for match in self._affirmed(sign.pattern):
            if not label.match(self._text, match.end()) or affirmed.match(self._text, match.end()):
                yield self._finding(sign, match)

    def _affirmed(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches that are neither denied nor told of the past."""
        patterns = self._rules.patterns
        for match in pattern.finditer(self._text):
            if (
                not self._is_history(match.start())
                and not patterns["denied_inside"].search(match[0])
                and not patterns["denied_before"].search(self._before(match.start()))
                and not patterns["denied_behind"].match(self._text, match.end())
            ):
                yield match

    def _is_history(self, offset: int) -> bool:
        return self._context.section(self._document, offset) in self._rules.history

    def _before(self, start: int) -> str:
        return self._text[max(self._document.sentence(start)[0], start - 60) : start]

    def _finding(self, sign: Sign, match: re.Match[str]) -> Finding:
        start, end = match.span()
        section = self._document.section(start)
        return Finding(
            task=self._rules.task,
            value=sign.value,
            detail=f"{sign.category} {sign.name}",
            basis="derived",
            kind="extent",
            start=start,
            end=end,
            section=section,
            context=self._context.around(self._document, start, end),
            weight=min(sign.weight, self._rules.limits.get(section, sign.weight)),
        )
