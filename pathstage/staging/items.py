"""Items of a stage (T, N, M, grade, receptors): what the spelling of a category says, and what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pathstage.staging.tnm import Category, parse_tnm


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one item.

    options: the categories it may be, of those the stage tables distinguish; one when it is known.
    name: what has to be known to tell the options apart.
    written: the known category as finely as it was given, "T1c", or "".
    assumed: what was taken for granted to be left with these options, or "".
    other: a category that the spelling may also mean, but that was not taken, or "".
    prefix: the TNM prefix of the spelling, "yp".
    """

    options: tuple[str, ...]
    name: str
    written: str = ""
    assumed: str = ""
    other: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a stage.

    field: the schema's name of it. categories: those the stage tables distinguish. spellings: by the plain form of each
    accepted spelling the name it stands for, "T1c", and the category of that, "T1". unknown: the plain forms of what is
    not known. unspecific: categories whose bare name may also mean another one. assume: the category, with its prefix,
    taken when nothing is known. accepted: the names, for messages.
    """

    field: str
    categories: tuple[str, ...]
    spellings: Mapping[str, tuple[str, str]]
    unknown: frozenset[str]
    unspecific: Mapping[str, str]
    assume: str
    accepted: str

    @classmethod
    def from_data(cls, data: Mapping[str, Any], unknown: Iterable[str]) -> Item:
        """An item of a staging data file; `unknown` are spellings that say of any item that it is not known."""
        spellings = {
            _plain(name): (name, category)
            for category, finer in data["categories"].items()
            for name in (category, *finer)
        } | {_plain(other): (name, name) for other, name in data.get("synonyms", {}).items()}
        return cls(
            field=data["field"],
            categories=tuple(data["categories"]),
            spellings=spellings,
            unknown=frozenset(_plain(name) for name in (*unknown, *data.get("unknown", ()))),
            unspecific=data.get("unspecific", {}),
            assume=data.get("assume", ""),
            accepted=", ".join(
                f"{category} ({', '.join(finer)})" if finer else category
                for category, finer in data["categories"].items()
            ),
        )

    def read(self, value: str | None) -> Reading:
        """What `value` says, a category in any accepted spelling or None. Raises ValueError for what is none."""
        name, prefix = "" if value is None else str(value), ""
        if _plain(name) not in self.spellings and _plain(name) not in self.unknown:
            written = _single_category(name)
            if written is None or _plain(written.name) not in self.spellings.keys() | self.unknown:
                raise ValueError(
                    f"{_shown(name)} is no {self.field} category; accepted are {self.accepted}, and None for unknown"
                )
            name, prefix = written.name, written.prefix
        if _plain(name) in self.unknown:
            if self.assume:
                return Reading(self.read(self.assume).options, self.field, assumed=self.assume, prefix=prefix)
            return Reading(self.categories, self.field, prefix=prefix)
        finest, category = self.spellings[_plain(name)]
        other = self.unspecific.get(category, "") if finest == category else ""
        return Reading((category,), self.field, written=finest, other=other, prefix=prefix)

    def accepts(self, value: str) -> bool:
        """Whether `read` takes `value`."""
        try:
            self.read(value)
        except ValueError:
            return False
        return True

    def read_class(self, value: str | None) -> Reading:
        """What `value` says as a class whose subcategory is not known: all that its bare name may mean."""
        reading = self.read(value)
        if not reading.other:
            return reading
        return Reading((reading.other, *reading.options), f"{self.field} subcategory", prefix=reading.prefix)

    def category(self, value: str | None) -> str | None:
        """The category that `value` folds into; None when it is not known. Raises ValueError for what is none."""
        reading = self.read(value)
        return reading.options[0] if reading.written else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).casefold()


def _single_category(value: str) -> Category | None:
    """The category that the whole of `value` is, with its prefix and suffixes: "ypT1c(m)", "pN1mi(sn)"."""
    value = value.strip()
    tnm = parse_tnm(value)
    if tnm is None or (tnm.start, tnm.end) != (0, len(value)) or tnm.codes or len(tnm.categories) != 1:
        return None
    return tnm.categories[0]


def _shown(value: str) -> str:
    # A longer text is no mistyped category but perhaps a piece of a report, which no message may quote.
    return repr(value) if len(value) <= 16 else f"a text of {len(value)} characters"
