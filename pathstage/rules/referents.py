"""Referents: what a length in a report is the length of, told by the nouns around it.

It is the noun right behind ("a 2.3 cm firm mass"), else the last one before ("mass measuring 2.3 cm"), else what the
sentences before are about ("Invasive carcinoma. Size: 2.3 cm"). Distances are lengths of nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pathstage.rules.document import Document
from pathstage.rules.measures import Length

WORD_BEGINS = r"(?<![a-z])(?=[a-z])"
"""Where the words of a pattern can begin: tried first, it spares most positions of a text most alternatives."""
_QUOTED = re.compile(r'"[^"]{1,80}"')
_NEW_LINE = re.compile(r"\n(?=[A-Z][a-z]|[-*(\d]|[A-Z][A-Za-z /-]{1,40}:)")
_LOOK_BACK, _LOOK_AHEAD, _SENTENCES_BACK = 500, 90, 3
# Referents of the data that the grammar knows.
_UNSPECIFIC = "tumour"
IMAGED = "imaging"
_BEHIND_LENGTH = {
    "imaged": IMAGED,
    "totalled": "total",
    "of_invasive": "invasive",
}  # patterns of the grammar that tell what a length is of
_PRIMARY = frozenset({"invasive", "carcinoma", "total", "satellite"})
_PRIMARY_OR_NOT = frozenset({"carcinoma", "tumour", "satellite"})
_NODAL = frozenset({"node", "metastasis"})
_MEASURED_FROM = frozenset({"margin", "depth"})
_OTHERS = _MEASURED_FROM | {"specimen", "breast", "benign"}


@dataclass(frozen=True, slots=True)
class Referent:
    """What a length can be of.

    weight: what it adds to the weight of a finding; None if it is not the tumour.
    decoy: whether it could be taken for the tumour, so that its size is worth reporting.
    sections: the kinds of section in which its nouns mean it; all if there are none.
    named: whether the words around the length name it.
    """

    name: str
    weight: float | None
    decoy: bool
    context: frozenset[str]
    sections: frozenset[str]
    named: bool = True


@dataclass(frozen=True, slots=True)
class ReferentRules:
    """The referents and patterns of `sizes.yaml`, compiled."""

    referents: dict[str, Referent]
    transparent: frozenset[str]
    nouns: re.Pattern[str]
    patterns: dict[str, re.Pattern[str]]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ReferentRules:
        """Compile the mapping `referents` (name → body with `patterns`) and the patterns of `grammar`."""
        bodies, grammar = data["referents"], data["grammar"]
        referents = {
            name: Referent(
                name,
                body.get("weight"),
                body.get("decoy", False),
                frozenset(filter(None, [body.get("context")])),
                frozenset(body.get("sections", ())),
            )
            for name, body in bodies.items()
        }
        transparent = frozenset(name for name, body in bodies.items() if body.get("transparent"))
        nouns = "|".join(f"(?P<{name}>{'|'.join(body['patterns'])})" for name, body in bodies.items())
        nouns = rf"{WORD_BEGINS}(?:{nouns})"
        patterns = {
            **{name: pattern for name, pattern in grammar.items() if isinstance(pattern, str)},
            "distance_before": rf"(?:{'|'.join(grammar['distance_before'])}) ?\Z",
            "distance_behind": rf"[ -]?(?:{'|'.join(grammar['distance_behind'])})",
        }
        compiled = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()}
        return cls(referents, transparent, re.compile(nouns, re.IGNORECASE), compiled)


@dataclass(frozen=True, slots=True)
class _Noun:
    start: int
    end: int
    referent: Referent


class Referents:
    """The nouns of a document, and what its lengths are of."""

    def __init__(self, document: Document, rules: ReferentRules) -> None:
        self._document, self._rules = document, rules
        self._text = document.text.replace("\n", " ")

    def of(self, length: Length) -> Referent | None:
        """What `length` is of; None for distances and where nothing is said."""
        patterns = self._rules.patterns
        first = max(self._document.sentence(length.start)[0], length.start - _LOOK_BACK)
        before = self._text[first : length.start]
        if not before.strip() and (label := self._label_sentence(first)):
            first, before = label
        ends_line = _NEW_LINE.match(self._document.text, length.end)  # what follows is another item
        if patterns["distance_before"].search(before[-60:]) or (not ends_line and self._is_distance_to(length)):
            return None
        for pattern, name in _BEHIND_LENGTH.items():
            if patterns[pattern].match(self._text, length.end):
                return self._rules.referents[name]
        if (inside := self._in_brackets_behind(length.end)) is not None:
            return inside
        named = [noun.referent for noun in self._between(first, length.start)]
        last = named[-1] if named else None
        behind = self._behind(length.end)
        if behind is not None:
            if behind.name in _PRIMARY_OR_NOT and patterns["held_by_node"].search(before):
                return self._rules.referents["metastasis"]
            if behind.name != _UNSPECIFIC or last is None or last.name == "metastasis":
                return behind
            if last.name in _PRIMARY or (last.name == IMAGED and patterns["shown"].search(before)):
                return last
            same = patterns["same"].search(before) and not any(referent.name == "invasive" for referent in named)
            return last if same else behind
        if last is not None:
            in_node = last.name in _PRIMARY_OR_NOT and _last_is_nodal(named)
            return self._rules.referents["metastasis"] if in_node else last
        return self._of_sentences_before(length.start, before)

    def _is_distance_to(self, length: Length) -> bool:
        """Whether what stands behind `length` makes it a distance; a thing of several dimensions only lies there."""
        patterns = self._rules.patterns
        if len(length.values) > 1 and not length.range and patterns["place_behind"].match(self._text, length.end):
            return False
        return bool(patterns["distance_behind"].match(self._text, length.end))

    def _label_sentence(self, at: int) -> tuple[int, str] | None:
        """The sentence that ends at `at` if it is the label of a size, "Greatest dimension. 2.1 cm", with a colon."""
        start = self._document.sentence(max(0, at - 1))[0]
        words = self._text[max(start, at - _LOOK_AHEAD) : at]
        return (start, words.rstrip(" .") + ": ") if self._rules.patterns["label_sentence"].search(words) else None

    def _in_brackets_behind(self, end: int) -> Referent | None:
        """The tumour or decoy that brackets behind a length name: "1.8 cm (invasive)"."""
        brackets = self._rules.patterns["brackets"].match(self._text, end)
        inside = next(self._between(*brackets.span(1)), None) if brackets else None
        return inside.referent if inside and (inside.referent.weight is not None or inside.referent.decoy) else None

    def _behind(self, end: int) -> Referent | None:
        """The noun that a length stands before as an adjective does."""
        patterns, text = self._rules.patterns, self._text
        dimension = patterns["dimension"].match(text, end)
        start = dimension.end() if dimension else end
        stops = [end + _LOOK_AHEAD]
        if stop := patterns["clause"].search(text, start, stops[0]):
            stops.append(stop.start())
        if stop := _NEW_LINE.search(self._document.text, start, stops[0]):
            stops.append(stop.start())
        noun = next(self._between(start, min(stops)), None)
        if noun is None:
            return None
        gap = text[start : noun.start]
        if "," in gap or start > end:
            # Another item may follow, "2.3 cm, margins free": only a tumour that is described is the same.
            adjectives = patterns["adjectives"].match(gap)
            described = gap.strip(" ,") and adjectives and not gap[adjectives.end() :].strip()
            if noun.referent.name != _UNSPECIFIC or not (described or (start == end and gap.lstrip()[:1] != ",")):
                return None
        if noun.referent.name == _UNSPECIFIC and (of := patterns["of"].match(text, noun.end)):
            owner = next(self._between(of.end(), of.end() + _LOOK_AHEAD), None)
            if owner and owner.start < of.end() + 30:
                return owner.referent
        return noun.referent

    def _of_sentences_before(self, at: int, before: str) -> Referent | None:
        """What a size that names nothing itself is of; a labelled one is of the tumour unless they say otherwise."""
        unspecific = replace(self._rules.referents[_UNSPECIFIC], named=False)
        labelled = bool(self._rules.patterns["label"].search(before))
        greatest = bool(self._rules.patterns["greatest"].search(before))
        start = self._document.sentence(at)[0]
        for _ in range(_SENTENCES_BACK):
            first = self._document.sentence(max(0, start - 1))[0]
            if first >= start or at - first > _LOOK_BACK:
                break
            if named := [noun.referent for noun in self._between(first, start)]:
                if greatest and named[-1].name in _OTHERS:
                    return unspecific
                if labelled and named[-1].name in _MEASURED_FROM:
                    named = [referent for referent in named if referent.name == "specimen"] or [unspecific]
                return replace(named[-1], named=False)
            start = first
        return unspecific if labelled else None

    @cached_property
    def _nouns(self) -> list[_Noun]:
        quoted = [match.span() for match in _QUOTED.finditer(self._text)]  # names of specimens: "left breast mass"
        nouns = []
        for match in self._rules.nouns.finditer(self._text):
            name = str(match.lastgroup)
            referent = self._rules.referents[name]
            if name in self._rules.transparent or (
                referent.sections and self._document.section(match.start()) not in referent.sections
            ):
                continue
            at = bisect_left(quoted, (match.start(), 0)) - 1
            if at < 0 or match.start() >= quoted[at][1]:
                nouns.append(_Noun(match.start(), match.end(), referent))
        return nouns

    @cached_property
    def _starts(self) -> list[int]:
        return [noun.start for noun in self._nouns]

    def _between(self, start: int, end: int) -> Iterator[_Noun]:
        """The nouns that begin in `start:end`, in order."""
        yield from self._nouns[bisect_left(self._starts, start) : bisect_left(self._starts, end)]


def _last_is_nodal(named: Sequence[Referent]) -> bool:
    """Whether a node was named, and no invasive tumour since: "Nodes: positive for carcinoma (2/8), 6 mm"."""
    names = [referent.name for referent in named if referent.name == "invasive" or referent.name in _NODAL]
    return bool(names) and names[-1] in _NODAL
