"""Lengths: the measurements of a text in millimetres, however they are written; missing units are repaired."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Bound = Literal["", "<", "<=", ">", ">="]

_WORDS = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0,
    "nine": 9.0, "ten": 10.0, "half a": 0.5, "one half": 0.5, "one-half": 0.5,
}  # fmt: skip
_WORD = (
    rf"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?: and (?:a|one)[ -]half)?(?= ?-?(?:[cm]m|centim|millim))"
)
_UNIT_NAME = r"(?:cm|mm|cms|mms|c\.m|m\.m|centimet(?:er|re)s?|millimet(?:er|re)s?)(?![\w²³^])"
_DIGITS = r"\d{1,3}(?:(?:[.,]| \.|(?<=x \d)\. (?=\d ?[cm]m))\d{1,2}(?!\d)(?: \d(?= ?x ))?)?(?: [13]/[234](?!\d))?(?!\d)"
_NUMBER = rf"(?:[13]/[234](?!\d)|{_DIGITS}|\.\d{{1,2}}|{_WORD})"
# "2.3cm", "2.3-cm", "2.3. cm"; behind it, or before it, the direction: "2.3 cm (length) x", "2.3 (SI) cm".
_UNIT = rf"(?:\.? ?-? ?{_UNIT_NAME})"
_DIRECTION = r"(?: ?\([A-Za-z -]{1,24}\)| (?:SI|AP|ML|S-I|A-P|M-L|long|wide|deep|thick|high))"
_ITEM = rf"{_NUMBER}(?:{_UNIT}{_DIRECTION}?|{_DIRECTION}(?= ?(?:x|by)\b| ?[cm]m\b){_UNIT}?)?"
_TIMES = r"(?:\.? ?(?:x|\*|[bdrh]y)\.? ?(?=[\d.]))"
_UPTO = r"(?: ?- ?(?=[\d.])| to (?:about |approximately )?|(?<=[.,]\d) and (?=\d))"
_BEFORE = r"(?P<before>(?<!\d )\(?(?:cm|mm)\)?[ :=.]{1,3})"
_LENGTH = re.compile(
    rf"(?<![\w/.,]){_BEFORE}?(?P<length>{_ITEM}(?:(?:{_TIMES}{_ITEM}){{1,3}}|{_UPTO}{_ITEM})?)(?![\w%]|/\d|[.,]\d)",
    re.IGNORECASE,
)
_PART = re.compile(rf"(?P<number>{_NUMBER})(?:{_DIRECTION})?(?P<unit>{_UNIT})?", re.IGNORECASE)
_PRODUCT = re.compile(rf"\d{_UNIT}?{_DIRECTION}?{_TIMES}", re.IGNORECASE)
_DECIMAL = re.compile(r"[.,]\d")
_TRAILING_DIRECTION = re.compile(rf"{_DIRECTION}\Z", re.IGNORECASE)
_MULTIPLIERS = {"c": 10.0, "m": 1.0}

_BOUNDS: tuple[tuple[Bound, str], ...] = (
    ("<=", r"[≤]|<=|up to|(?:not|no) (?:more|greater|larger) than|at most|not exceeding|maximum of"),
    (">=", r"[≥]|>=|at least|minimum of"),
    ("<", r"<|(?:less|smaller) than|under|below"),
    (">", r">|(?:more|greater|larger) than|over|above|exceed(?:s|ing)"),
)
_BEHIND: tuple[tuple[Bound, str], ...] = (
    ("<=", r" ?or (?:less|smaller)\b"),
    (">=", r" ?or (?:more|greater|larger)\b"),
)
_FILLERS = r"(?: or equal to)? ?(?:an? |about |approximately |estimated ){0,2}\Z"
_BOUND_BEFORE = [(bound, re.compile(rf"(?<![\w<>])(?:{words}){_FILLERS}", re.IGNORECASE)) for bound, words in _BOUNDS]
_BOUND_BEHIND = [(bound, re.compile(words, re.IGNORECASE)) for bound, words in _BEHIND]

# "measuring 23, 9 and 4 mm": all but the last, which has the unit.
_LIST_BEFORE = re.compile(
    r"\b(?:measur\w+|sizes?|diameters?|dimensions?|foci|tumou?rs?|masses|lesions|nodules)"
    r"(?: (?:of|are|were|is|measur\w+|with|:))*"
    r"[ :(]{1,2}(?P<list>(?:\d{1,3}(?:[.,]\d)?,? ){0,4}\d{1,3}(?:[.,]\d)?,? (?:and|&) )\Z",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\d{1,3}(?:[.,]\d)?")

_IMPLAUSIBLE = 300.0
"""A length in mm that nothing in a breast specimen has: OCR lost the point of "2.70 cm" if another is far shorter."""

_IMPOSSIBLE = 600.0
"""A length in mm that no specimen has: OCR lost the point of the last of "10.0 x 9.0 x 8.5 cm"."""


@dataclass(frozen=True, slots=True)
class Length:
    """The measurement at `start:end` of a text: its dimensions in mm, in the order they are printed.

    range: whether `values` are the ends of a range ("2 to 3 cm") or items of a list ("2.1 and 0.8 cm") and not the
    dimensions of one thing ("2 x 3 cm").
    bound: "<" where the text says "less than", "<=" for "up to", ">" for "more than" and ">=" for "at least".
    printed_unit: whether a unit is printed; where it is not, it was guessed of the numbers.
    """

    values: tuple[float, ...]
    start: int
    end: int
    range: bool = False
    bound: Bound = ""
    printed_unit: bool = True

    @property
    def greatest(self) -> float:
        """The greatest dimension, in mm."""
        return max(self.values)


def lengths(text: str, start: int = 0, end: int | None = None) -> Iterator[Length]:
    """The measurements of `text[start:end]`, in order: "2.3 x 1.8 cm", "23 mm", "cm 2.3", "1-2 cm", "two cm", "<1 mm".

    Numbers without a unit are measurements only as products that have a decimal or three dimensions ("2.3 x 1.8"); a
    dimension without one takes that of the next that has it. Areas, volumes and rates ("mm2", "/mm") are none.
    """
    for match in _LENGTH.finditer(text, start, len(text) if end is None else end):
        unit_before = match["before"]
        length = _TRAILING_DIRECTION.sub("", match["length"])
        parts = list(_PART.finditer(length))
        is_product = bool(_PRODUCT.search(length))
        units = [_multiplier(part["unit"]) for part in parts]
        numbers = [_number(part["number"]) for part in parts]
        printed = any(units) or bool(unit_before)
        if not printed and not (is_product and (len(parts) > 2 or _DECIMAL.search(length))):
            continue
        fallback = _multiplier(unit_before) or _guess(numbers, length)
        values = tuple(number * unit for number, unit in zip(numbers, _filled(units, fallback), strict=True))
        if not any(values):
            continue
        begin, finish = match.start("before" if unit_before else "length"), match.start("length") + len(length)
        if printed and len(values) == 1 and (listed := _LIST_BEFORE.search(text, max(start, begin - 60), begin)):
            values = (*(_number(item) * (units[-1] or fallback) for item in _LISTED.findall(listed["list"])), *values)
            begin = listed.start("list")
        yield Length(
            values=tuple(round(value, 3) for value in _points_restored(values)),
            start=begin,
            end=finish,
            range=len(values) > 1 and not is_product,
            bound=_bound(text, begin, finish),
            printed_unit=printed,
        )


def _number(text: str) -> float:
    words = text.lower()
    if words[0].isalpha():
        whole, _, half = words.partition(" and ")
        return _WORDS[whole] + (0.5 if half else 0.0)
    total = 0.0
    for piece in words.replace(" .", ".").replace(". ", ".").split(" ")[: 2 if "/" in words else 1]:
        top, _, below = piece.replace(",", ".").partition("/")
        total += float(top) / float(below) if below else float(top)
    return total


def _multiplier(unit: str | None) -> float:
    """Millimetres in one of `unit`, 0 for none."""
    letter = next((char for char in (unit or "").lower() if char.isalpha()), "")
    return _MULTIPLIERS.get(letter, 0.0)


def _filled(units: list[float], fallback: float) -> list[float]:
    """Each missing (zero) unit replaced by the next, else by the last before it, else by `fallback`."""
    known = [unit for unit in units if unit]
    filled, following = [], (known[-1] if known else fallback)
    for unit in reversed(units):
        following = unit or following
        filled.append(following)
    return filled[::-1]


def _guess(numbers: list[float], text: str) -> float:
    """The unit of numbers printed without one: a decimal is one of centimetres, large whole numbers are millimetres."""
    return 10.0 if max(numbers) <= (20 if _DECIMAL.search(text) else 12) else 1.0


def _points_restored(values: tuple[float, ...]) -> tuple[float, ...]:
    shortest = min(values)
    if shortest * 10 <= _IMPLAUSIBLE:
        values = tuple(value / 100 if value >= _IMPLAUSIBLE and value > 20 * shortest else value for value in values)
    if len(values) > 1:
        values = tuple(value / 10 if value >= _IMPOSSIBLE else value for value in values)
    return values


def _bound(text: str, start: int, end: int) -> Bound:
    for bound, pattern in _BOUND_BEFORE:
        if pattern.search(text, max(0, start - 40), start):
            return bound
    return next((bound for bound, pattern in _BOUND_BEHIND if pattern.match(text, end)), "")
