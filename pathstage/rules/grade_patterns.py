"""What the readers of grades share: a grade as read, the compiled content of `grades.yaml`, numbers and levels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["grade", "level", "code", "differentiation", "scores"]


@dataclass(frozen=True)
class Reading:
    """A grade as read. `at` is where its value stands; `own` tells a label that only the invasive tumour has."""

    value: int
    detail: str
    kind: Kind
    start: int
    end: int
    at: int
    weight: float
    own: bool = False
    context: frozenset[str] = frozenset()


class Patterns:
    """The content of `grades.yaml`: its patterns, compiled, and its numbers."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.task: str = data["task"]
        self.classes: dict[int, str] = data["classes"]
        self.totals: dict[int, int] = data["totals"]
        self.words: dict[str, int] = data["words"]
        self.weights: dict[str, float] = data["weights"]
        self.adjust: dict[str, float] = data["adjust"]
        self.sections: dict[str, float] = data["sections"]
        self.contexts: dict[str, float] = data["contexts"]
        self.worthless = frozenset(data["worthless"])
        self._fragments: dict[str, str] = data["fragments"]
        self.one = {name: self._compile(pattern) for name, pattern in data["patterns"].items()}
        self.role = {name: self._compile(self._fragments[name]) for name in data["roles"]}
        self.levels = [(number, self._compile("|".join(some))) for number, some in data["levels"].items()]
        self.ranges = [self._compile(pattern) for pattern in data["ranges"]]
        self.behind, self.before, self.components, self.short_components = (
            {name: self._compile(pattern) for name, pattern in data[key].items()}
            for key in ("behind", "before", "components", "short_components")
        )

    def _compile(self, pattern: str) -> re.Pattern[str]:
        while (whole := re.sub(r"\{([a-z_]+)\}", lambda name: f"(?:{self._fragments[name[1]]})", pattern)) != pattern:
            pattern = whole
        return re.compile(pattern, re.IGNORECASE)


_compiled: dict[int, tuple[Mapping[str, Any], Patterns]] = {}


def compiled(data: Mapping[str, Any]) -> Patterns:
    """The patterns of `data`, compiled once for each mapping."""
    known = _compiled.get(id(data))
    if known is None or known[0] is not data:
        known = _compiled[id(data)] = data, Patterns(data)
    return known[1]


def of_number(words: str, patterns: Patterns) -> int:
    """The grade that a number is, the higher one of two: "2", "II", "1I", "G 2-3", "two"."""
    return max((_numeral(part, patterns) for part in re.split(r"[-\s]+(?:to|and|or)?[-\s]*", words.lower())), default=0)


def _numeral(word: str, patterns: Patterns) -> int:
    word = word.strip().lstrip("g")
    if word in {"2", "3"}:
        return int(word)
    if word in patterns.words:
        return patterns.words[word]
    return min(3, len(word.replace("h", "ii"))) if word else 0


def of_level(words: str, patterns: Patterns) -> int:
    """The grade that words give, the highest of several; 0 for none."""
    if patterns.one["between_well_and_poor"].search(words):
        return 2
    return max((number for number, level in patterns.levels if level.search(words)), default=0)
