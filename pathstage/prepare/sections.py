"""Sections: which part of a report is its history, gross description, diagnosis and so on, told by the headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

PREAMBLE = "preamble"
SYNOPTIC = "synoptic"

# Where a heading can begin: a line or, as OCR text may have lost its lines, whatever follows a sentence or a label.
_BEGINNING = re.compile(r"""(?:\A|\n|(?<=[.:;!?)\]"'] ))[ *#=_-]{0,6}(?=[A-Z][A-Za-z/-])""")
_ENDING = r"(?= ?[*=_]{0,4}(?:[:.\n]| ?-|\Z))"
# In capitals a heading also ends where text in lower case, a part or a list begins.
_CAPITALS_ENDING = r"(?-i:(?= (?:PART\b|[A-Z0-9]{1,2}[.):]|\([A-Z0-9]{1,2}\)|[A-Z][a-z])))"


@dataclass(frozen=True, slots=True)
class Section:
    """Characters `start:end` of a text, its heading included, that belong to one part of a report.

    `kind` is a key of `headings.yaml`, or "preamble" for what stands before the first heading: all of a report
    without headings.
    """

    kind: str
    start: int
    end: int


def sections(text: str) -> tuple[Section, ...]:
    """The sections of `text`, in order, which cover it without gaps; none for an empty text.

    A heading that repeats the one in force, as page headers do, opens no new section.
    """
    found: list[Section] = []
    kind, start = PREAMBLE, 0
    for at, new, weak in _headings(text):
        if new == kind or (weak and kind == SYNOPTIC):
            continue
        if text[start:at].strip():
            found.append(Section(kind, start, at))
            start = at
        kind = new
    if text:
        found.append(Section(kind, start, len(text)))
    return tuple(found)


def _headings(text: str) -> Iterator[tuple[int, str, bool]]:
    """Each heading of `text`: where it starts, its kind, and whether it is a weak one."""
    strong, weak, capitals = _patterns()
    for beginning in _BEGINNING.finditer(text):
        at = beginning.end()
        match = strong.match(text, at) or _in_capitals(capitals.match(text, at))
        if match:
            yield at, str(match.lastgroup), False
        elif (match := weak.match(text, at)) and (match[0].isupper() or _own_line(match)):
            yield at, str(match.lastgroup), True


def _in_capitals(match: re.Match[str] | None) -> re.Match[str] | None:
    return match if match and match[0].isupper() and " " in match[0] else None


def _own_line(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()].rstrip(" *#=_-"), match.string[match.end() :].lstrip(" *#=_:-")
    return before[-1:] in {"", "\n"} and after[:1] in {"", "\n"}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Strong headings, weak ones, and strong ones that end as capitals do; a named group for each kind."""
    kinds = yaml.safe_load((resources.files("pathstage.prepare") / "headings.yaml").read_text(encoding="utf-8"))
    strong = _alternatives({kind: body["strong"] for kind, body in kinds.items()})
    weak = _alternatives({kind: body["weak"] for kind, body in kinds.items() if "weak" in body})
    return (
        re.compile(rf"(?:{strong}){_ENDING}", re.IGNORECASE),
        re.compile(rf"(?:{weak}){_ENDING}", re.IGNORECASE),
        re.compile(rf"(?:{strong}){_CAPITALS_ENDING}", re.IGNORECASE),
    )


def _alternatives(patterns: dict[str, list[str]]) -> str:
    return "|".join(f"(?P<{kind}>{'|'.join(some)})".replace(" ", r"(?:\.? |\n)") for kind, some in patterns.items())
