"""Results: the words and numbers in which the results of markers are given, as tokens.

A token is one name of a marker, one result, one method, or one word that ends what was said of a marker. What the
tokens look like is data (`markers.yaml`); how they belong together is told by `pathstage.rules.marker_statements`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Role = Literal["name", "group", "verdict", "stain", "other", "foreign", "method", "result"]

# A report is searched only where it names a marker, so far before and behind the name.
BEFORE, BEHIND = 200, 600
REFERENCE = 400
"""How far behind a name words may still refer to it."""
NEIGHBOURHOOD = 80
"""How far from another sign a sign that could be a dash may stand."""

_SIGNS = frozenset({"+", "-", "++", "+++", "--", "+ve", "-ve"})

# Tokens begin with a word or a sign, names with a word: told first, so that most characters need no other look.
_WORD = r"(?<!\w)(?=\w)"
_BEGINNING = rf"(?:{_WORD}|(?=[^\w\s.,;:]))"

# A blank of a pattern also matches the full stop or line end that OCR left there: not within brackets, lookbehinds or
# where the blank is optional or counted.
_BLANK = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\(\?<[!=](?:\\.|[^)])*\)| (?![?*{+])")
_CAPTURE = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True, slots=True)
class Token:
    """Characters `start:end` of a text: what they are and, of a result, what they say.

    tasks: the markers named, or those that a result can be of; empty for any.
    kind: of a result its kind ("positive", "percent", "score", ...), of a method its name.
    number, upper: of a measure its value and the other end of its range. less: "less than" stands before it.
    label: it counts only right behind a name; uncertain: and only near another sign. implied: it needs no name.
    refers: it stands for markers named before it ("both").
    note: the context its place implies ("definition", "control"), if any.
    """

    start: int
    end: int
    role: Role
    kind: str = ""
    tasks: tuple[str, ...] = ()
    number: float | None = None
    upper: float | None = None
    less: bool = False
    label: bool = False
    uncertain: bool = False
    implied: bool = False
    refers: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row of the vocabulary: what a match of `pattern` is."""

    pattern: re.Pattern[str]
    token: Token


@dataclass(frozen=True)
class Vocabulary:
    """The compiled vocabulary of a `markers.yaml`."""

    entries: tuple[_Entry, ...]
    any: re.Pattern[str]
    names: re.Pattern[str]
    spans: dict[str, re.Pattern[str]]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Vocabulary:
        """Compile the vocabulary of the content of a `markers.yaml`."""
        entries = tuple(_entries(data))
        one_pattern = "|".join(
            f"(?P<e{index}>{_CAPTURE.sub('(?:', entry.pattern.pattern)})" for index, entry in enumerate(entries)
        )
        names = [
            *(pattern for task in data["tasks"].values() for pattern in task["names"]),
            *(pattern for group in data["groups"] for pattern in group["names"]),
            *(verdict["pattern"] for verdict in data["verdicts"]),
        ]
        spans = {note: compiled("|".join(patterns)) for note, patterns in data["spans"].items()}
        return cls(
            entries,
            re.compile(_BEGINNING + rf"(?:{one_pattern})", re.IGNORECASE),
            compiled(_WORD + rf"(?:{'|'.join(names)})"),
            spans,
        )

    def tokens(self, text: str) -> list[Token]:
        """The tokens of `text` around the names of markers, in order; none for a text that names no marker."""
        found: list[Token] = []
        for start, end in self._windows(text):
            notes = sorted(
                (match.start(), match.end(), note)
                for note, pattern in self.spans.items()
                for match in pattern.finditer(text, start, end)
            )
            for match in self.any.finditer(text, start, end):
                token = self._token(text, match)
                if token.refers and not self._named(found, token):
                    continue
                note = next((note for first, last, note in notes if first < token.end and token.start < last), "")
                found.append(replace(token, note=note) if note and token.role == "result" else token)
        signs = [token.start for token in found if not token.uncertain and is_sign(text, token)]
        return [token for token in found if not token.uncertain or _near(signs, token.start)]

    def _named(self, found: Sequence[Token], token: Token) -> bool:
        """Whether a marker that `token` refers to was named shortly before, and nothing else since."""
        last = next((one for one in reversed(found) if one.role not in {"result", "method"}), None)
        return last is not None and token.start - last.end < REFERENCE and bool(set(last.tasks) & set(token.tasks))

    def _token(self, text: str, match: re.Match[str]) -> Token:
        entry = self.entries[int(str(match.lastgroup)[1:])]
        token = replace(entry.token, start=match.start(), end=match.end())
        if token.role != "result":
            return token
        own = entry.pattern.match(text, match.start())
        groups = own.groupdict() if own else {}
        if unstained := groups.get("unstained"):
            return replace(token, number=100.0 - float(unstained))
        number, upper = groups.get("number"), groups.get("upper")
        return replace(
            token,
            number=float(number) if number else token.number,
            upper=float(upper) if upper else None,
            less=bool(groups.get("less")),
        )

    def _windows(self, text: str) -> Iterator[tuple[int, int]]:
        """Where to look: the surroundings of the names, in order and disjoint."""
        start = end = 0
        for match in self.names.finditer(text):
            if match.start() - BEFORE > end:
                if end:
                    yield start, end
                start = match.start() - BEFORE
            end = min(len(text), match.end() + BEHIND)
        if end:
            yield start, end


def is_sign(text: str, token: Token) -> bool:
    """Whether `token` is a plus or minus, or several."""
    return token.role == "result" and text[token.start : token.end].strip("([ /])") in _SIGNS


def _near(places: Sequence[int], place: int) -> bool:
    at = bisect_left(places, place)
    return any(abs(other - place) <= NEIGHBOURHOOD for other in places[max(0, at - 1) : at + 1])


def compiled(pattern: str) -> re.Pattern[str]:
    """`pattern` without case, its blanks matching those that OCR put full stops or line ends in."""
    return re.compile(_flexible(pattern), re.IGNORECASE)


def _flexible(pattern: str) -> str:
    return _BLANK.sub(lambda match: r"(?:\.? |\n)" if match[0] == " " else match[0], pattern)


def _entries(data: Mapping[str, Any]) -> Iterator[_Entry]:
    def entry(patterns: Iterable[str], role: Role, **fields: Any) -> _Entry:
        return _Entry(compiled("|".join(patterns)), Token(0, 0, role, **fields))

    for verdict in data["verdicts"]:
        yield entry([verdict["pattern"]], "verdict", kind=verdict["value"], tasks=tuple(verdict["tasks"]))
    yield entry(data["others"], "other")  # before the names: hormones are no receptors
    for task, body in data["tasks"].items():
        yield entry(body["names"], "name", tasks=(task,))
    for group in data["groups"]:
        yield entry(group["names"], "group", tasks=tuple(group["tasks"]), refers=group.get("refers", False))
    for name, body in data["methods"].items():
        yield entry(body["names"], "method", kind=name)
    for row in data["results"]:
        fields = {
            "kind": row["kind"],
            "tasks": tuple(row.get("tasks", ())),
            "number": row.get("number"),
            "label": row.get("where") in {"label", "neighbour"},
            "uncertain": row.get("where") == "neighbour",
            "implied": row.get("implied", False),
        }
        for pattern in row["patterns"]:
            yield entry([pattern], "result", **fields)
    yield entry([data["foreign"]], "foreign")
    yield entry(data["stains"], "stain")
