"""Text that remembers which of its characters state which fact."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from pathstage.corpus.synthetic.grammar import Choice, GrammarError, Literal, Marked, Sequence_, parse, rules

# American wording of the phrase files → British. Whole words, so that "color" in "colorectal" stays.
_BRITISH = {
    "tumor": "tumour", "tumors": "tumours", "estrogen": "oestrogen", "center": "centre", "gray": "grey",
    "edema": "oedema", "hematoxylin": "haematoxylin", "color": "colour", "hemorrhage": "haemorrhage",
    "hemorrhagic": "haemorrhagic", "fiber": "fibre", "labeled": "labelled",
    "millimeters": "millimetres", "centimeters": "centimetres", "neoadjuvant": "neo-adjuvant", "grayish": "greyish",
}  # fmt: skip
_ARTICLE = re.compile(r"(?:^|[\s(])[aA] $")
_WORD = re.compile("|".join(rf"\b{word}\b" for word in _BRITISH), re.IGNORECASE)


class Exact(str):
    """A slot's value that capitals must not touch: a code such as "pT1c"."""


class Template(str):
    """A slot's value that is itself a template."""


Value = str | Callable[["Writer"], None]


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start:end` state a fact, or set a trap, of this kind."""

    kind: str
    start: int
    end: int


def _british(match: re.Match[str]) -> str:
    word = match.group(0)
    british = _BRITISH[word.lower()]
    if word.isupper():
        return british.upper()
    return british.capitalize() if word[0].isupper() else british


@lru_cache(maxsize=65536)
def _styled(text: str, upper: bool, british: bool) -> str:
    if british:
        text = _WORD.sub(_british, text)
    return text.upper() if upper else text


class Writer:
    """Builds one text from templates and keeps the spans of its marks.

    `upper` and `british` restyle what is written while they are set; codes (`Exact`) keep their case.
    """

    def __init__(self, rng: random.Random, capitalise: bool = True) -> None:
        self.rng = rng
        self.upper = False
        self.british = False
        self.rename: dict[str, str] = {}  # mark prefix → what it stands for just now ("R" → a receptor)
        self.marks: list[Mark] = []
        self._pieces: list[str] = []
        self._length = 0
        self._capitalise = capitalise
        self._last = "\n"

    @property
    def text(self) -> str:
        """All that has been written."""
        return "".join(self._pieces)

    @property
    def last(self) -> str:
        """The last character written, a line break at the start."""
        return self._last

    def capitalise_next(self) -> None:
        """Write the next letter as a capital: a sentence starts."""
        self._capitalise = True

    def put(self, text: str) -> None:
        """Append plain text. Runs of spaces that optional words leave behind are closed."""
        if not text:
            return
        if not isinstance(text, Exact):
            text = _styled(text, self.upper, self.british)
        if text[0] == " " and self._last in " \n":
            text = text.lstrip(" ")
        if not text:
            return
        if self._capitalise and not text[0].isspace():
            self._capitalise = False
            if not isinstance(text, Exact) and text[0].islower() and not text[1:2].isupper():
                text = text[0].upper() + text[1:]
        if text[0] in "aeiouAEIO" and self._last == " " and _ARTICLE.search("".join(self._pieces[-3:])):
            # A mark that starts here now starts a blank early, which marking() strips.
            self._pieces[-1] = self._pieces[-1][:-1] + ("N " if self.upper else "n ")
            self._length += 1
        self._pieces.append(text)
        self._length += len(text)
        self._last = text[-1]

    def end_line(self) -> None:
        """Break the line, unless one has just been broken."""
        if self._last == " ":
            kept = self._pieces[-1].rstrip(" ")
            self._length -= len(self._pieces[-1]) - len(kept)
            self._pieces[-1] = kept
        if self._last != "\n":
            self._pieces.append("\n")
            self._length += 1
            self._last = "\n"
        self._capitalise = True

    def write(self, template: str, slots: Mapping[str, Value]) -> None:
        """Expand a template at the end of the text. Raises GrammarError for a slot that nothing fills."""
        self._expand(parse(template), slots)

    def _expand(self, nodes: Sequence_, slots: Mapping[str, Value]) -> None:
        for node in nodes:
            if isinstance(node, Literal):
                self.put(node.text)
            elif isinstance(node, Choice):
                self._expand(self.rng.choice(node.options), slots)
            elif isinstance(node, Marked):
                self._marked(node, slots)
            else:
                self._fill(node.name, slots)

    def _fill(self, name: str, slots: Mapping[str, Value]) -> None:
        value = slots.get(name)
        if value is None:
            templates = rules().get(name)
            if templates is None:
                raise GrammarError(f"nothing fills <{name}>")
            self._expand(parse(self.rng.choice(templates)), slots)
        elif isinstance(value, Template):
            self._expand(parse(value), slots)
        elif isinstance(value, str):
            self.put(value)
        else:
            value(self)

    def _marked(self, node: Marked, slots: Mapping[str, Value]) -> None:
        with self.marking(node.kind):
            self._expand(node.body, slots)

    @contextmanager
    def marking(self, kind: str) -> Iterator[None]:
        """Mark what is written inside as stating `kind`."""
        start = self._length
        place = len(self.marks)
        yield
        words = self.text_from(start)
        lead = len(words) - len(words.lstrip())
        if words.strip():
            prefix, _, rest = kind.partition(".")
            kind = f"{self.rename[prefix]}.{rest}" if prefix in self.rename else kind
            self.marks.insert(place, Mark(kind, start + lead, start + lead + len(words.strip())))

    def text_from(self, start: int) -> str:
        """What was written from offset `start` on."""
        taken: list[str] = []
        length = self._length
        for piece in reversed(self._pieces):
            if length <= start:
                break
            taken.append(piece)
            length -= len(piece)
        return "".join(reversed(taken))[start - length :]


def phrase(template: str, slots: Mapping[str, Value], rng: random.Random) -> str:
    """A template expanded to plain words, without marks: for what a report must say alike each time."""
    writer = Writer(rng, capitalise=False)
    writer.write(template, slots)
    return writer.text.strip()
