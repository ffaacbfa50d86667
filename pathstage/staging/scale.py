"""Scale: the category a number gives, by the numbers that the rules read reports with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Step = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """Ascending `bounds` between `categories`, one more of these than of those.

    up_to: a bound itself belongs to the category below it (sizes), else to the one above (counts, percentages).
    """

    bounds: tuple[float, ...]
    categories: tuple[str | None, ...]
    up_to: bool

    @classmethod
    def from_data(cls, data: Sequence[Step] | Mapping[Any, Any], above: str | None = None) -> Scale:
        """A scale of any form the rules use.

        Steps with `up_to` (the last may have none), steps with `at_least`, named steps with `up_to_mm`, or a mapping
        of first numbers. `above` is the category above the last step's end. Raises ValueError for other forms.
        """
        if isinstance(data, Mapping) and all(isinstance(start, int | float) for start in data):
            starts = sorted(data.items())
            return cls(tuple(start for start, _ in starts), (None, *(str(name) for _, name in starts)), up_to=False)
        steps = list(data.values()) if isinstance(data, Mapping) else list(data)
        if any("at_least" in step for step in steps):
            steps.sort(key=lambda step: step["at_least"])
            return cls(tuple(step["at_least"] for step in steps), (None, *map(_category, steps)), up_to=False)
        limited = sorted(((end, step) for step in steps if (end := _end(step)) is not None), key=lambda pair: pair[0])
        if not limited:
            raise ValueError("a scale needs steps with up_to, up_to_mm or at_least, or a mapping of numbers")
        last = next((_category(step) for step in steps if _end(step) is None and _names_category(step)), above)
        return cls(tuple(end for end, _ in limited), (*(_category(step) for _, step in limited), last), up_to=True)

    def category(self, number: float) -> str | None:
        """The category of `number`; None below the first and above the last, and for a length of nothing."""
        if self.up_to and number <= 0:
            return None
        at = bisect_left(self.bounds, number) if self.up_to else bisect_right(self.bounds, number)
        return self.categories[at]


def _end(step: Step) -> float | None:
    return step.get("up_to", step.get("up_to_mm"))


def _names_category(step: Step) -> bool:
    return "category" in step or "detail" in step


def _category(step: Step) -> str:
    return str(step["category"] if "category" in step else step["detail"])
