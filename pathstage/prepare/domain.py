"""Domain: whether a text is a pathology report, in the language and of the organ that a model was made for.

A model names classes for whatever it is given, a letter or another organ's cancer included. This check knows nothing
of the model: it counts words, which are data (`domain.yaml`), and says what it counted. It judges texts, not values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from pathstage.ingest.plausibility import plausible_share

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class DomainProblem:
    """Why a text is not one to be read for values.

    code: "blank", "unreadable_text", "foreign_language", "not_pathology" or "other_organ".
    message: what was counted; it never quotes the text.
    """

    code: str
    message: str


@dataclass(frozen=True)
class DomainRules:
    """The content of `domain.yaml`, compiled."""

    expected: str
    languages: Mapping[str, frozenset[str]]
    documents: Mapping[str, tuple[re.Pattern[str], ...]]
    organs: Mapping[str, Mapping[str, tuple[re.Pattern[str], ...]]]
    thresholds: Mapping[str, float]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> DomainRules:
        """Compile the content of a `domain.yaml`."""
        language = data["language"]
        return cls(
            language["expected"],
            {name: frozenset(words.split()) for name, words in language["words"].items()},
            {name: _compiled(patterns) for name, patterns in data["documents"].items()},
            {
                name: {kind: _compiled(patterns) for kind, patterns in kinds.items()}
                for name, kinds in data["organs"].items()
            },
            data["thresholds"],
        )

    def problem(self, text: str, organ: str) -> DomainProblem | None:
        """The first of the problems that `text` has as a report of `organ`; None if it has none."""
        limits = self.thresholds
        words = [word.lower() for word in _WORD.findall(text)]
        if sum(map(len, words)) < limits["letters"]:
            return DomainProblem("blank", "the report holds no text, or hardly any")
        if (share := plausible_share(text)) < limits["plausible_share"]:
            return DomainProblem("unreadable_text", f"only {share:.0%} of the text looks like words")
        pathology = sum(pattern.search(text) is not None for pattern in self.documents["pathology"])
        if foreign := self._foreign(words, pathology):
            return foreign
        other = sum(pattern.search(text) is not None for pattern in self.documents["other"])
        if pathology < limits["pathology"] or pathology <= other:
            return DomainProblem(
                "not_pathology",
                f"not a pathology report: {pathology} words of pathology, {other} of letters, imaging or forms",
            )
        return self._other_organ(text, organ)

    def _foreign(self, words: list[str], pathology: int) -> DomainProblem | None:
        counts = {name: sum(word in known for word in words) for name, known in self.languages.items()}
        expected = counts.pop(self.expected)
        language, most = max(counts.items(), key=lambda pair: pair[1])
        limits = self.thresholds
        if most >= limits["foreign_words"] and most >= limits["foreign_share"] * expected:
            return DomainProblem(
                "foreign_language",
                f"not in {self.expected}: {expected} function words of it, {most} of {language}",
            )
        if expected < limits["expected_share"] * len(words) and pathology < limits["pathology"]:
            return DomainProblem(
                "foreign_language", f"not in {self.expected}: {expected} function words of it among {len(words)} words"
            )
        return None

    def _other_organ(self, text: str, organ: str) -> DomainProblem | None:
        if organ not in self.organs:
            return None
        points = {name: self._points(words, text) for name, words in self.organs.items()}
        own = points.pop(organ)
        other, most = max(points.items(), key=lambda pair: pair[1])
        if own > most:
            return None
        found = f"{own} points for {organ}" + (f", {most} for {other}" if most else "")
        return DomainProblem("other_organ", f"not a report on the {organ}: by its words {found}")

    def _points(self, words: Mapping[str, Iterable[re.Pattern[str]]], text: str) -> int:
        """Mentions of an organ; a word counts up to `most_mentions` times, one that names the organ more."""
        most, named = int(self.thresholds["most_mentions"]), int(self.thresholds["named"])
        return sum(
            (named if kind == "named" else 1) * min(most, len(pattern.findall(text)))
            for kind, patterns in words.items()
            for pattern in patterns
        )


def domain_problem(text: str, schema_name: str) -> DomainProblem | None:
    """Why `text` is no report for the schema of this name: blank, unreadable, in another language, not of pathology, or
    of another organ; None if it is one. An organ that `domain.yaml` does not know is not checked."""
    return _rules().problem(text, schema_name)


def _compiled(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


@cache
def _rules() -> DomainRules:
    content = (resources.files("pathstage.prepare") / "domain.yaml").read_text(encoding="utf-8")
    return DomainRules.from_data(yaml.safe_load(content))
