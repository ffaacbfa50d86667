"""Sentences: the units that truncation keeps or drops and evidence is shown in."""

from __future__ import annotations

import re

MAX_LENGTH = 600
"""Longest sentence, in characters: a page that lost its full stops is cut at commas or blanks."""

# Where a sentence may end: after a full stop with its closing quotes and brackets, or at the end of a line.
_END = re.compile(r"""[.!?;]["')\]]{0,3}[ \t]+|(?<![ \t])[ \t]*\n\s*""")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'/-])(?:dr|drs|mr|mrs|ms|prof|vs|ca|cf|e\.g|i\.e|eg|ie|fig|figs|approx|incl|resp|max|min|st|jr|sr|al|viz"
    r"|lt|rt|sup|inf|ant|post|lat|med|diff|bx|hx|dx|pt|[a-z]\.[a-z])$",
    re.IGNORECASE,
)
_NUMBER_SIGN = re.compile(r"(?:^|[\s(])nos?$", re.IGNORECASE)
# What numbers the items of a list: "A", "1", "(B", "IV", "A1"; at the beginning of a sentence it is no sentence yet.
_LIST_MARKER = re.compile(r"[\s*#-]*\(?(?:[A-Za-z]?\d{0,2}|[IVXivx]{1,4})")
# The same in the middle of one: "FINAL DIAGNOSIS: A. Left breast", "MASTECTOMY - B. Carcinoma".
_INNER_LIST_MARKER = re.compile(r"[-:] ?\(?[A-Z]$")
_LINE_GOES_ON = re.compile(r"[a-z](?![.)\s])|\d[\d.,x ]{0,12}[cm]m\b|\(")
_BULLET = re.compile(r"[-*+>o]\s|\(?[A-Za-z0-9]{1,2}[.):]\s")
_CUT = re.compile(r"[,;:]\s|\s(?=[-(])")


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open spans of the sentences of `text`: in order, disjoint, trimmed, covering every non-blank character.

    A line of its own, an item of a list and a "Key: value." of a synoptic report are sentences too. None is longer
    than `MAX_LENGTH`.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(text):
        if _ends_sentence(text, start, end):
            spans += _pieces(text, start, end.end())
            start = end.end()
    spans += _pieces(text, start, len(text))
    return tuple(spans)


def _ends_sentence(text: str, start: int, end: re.Match[str]) -> bool:
    mark = end[0][0]
    following = text[end.end() : end.end() + 16]
    if mark == ";":
        return False
    if mark in "!?":
        return not following[:1].islower()
    if mark == ".":
        before = text[max(start, end.start() - 12) : end.start()]
        if _NUMBER_SIGN.search(before):
            return not (following[:1].isdigit() or following[:3] in {"of ", "OF "})
        if following[:1].islower() and not following[1:2].isupper():
            return False
        if _ABBREVIATION.search(before) or _INNER_LIST_MARKER.search(before):
            return False
        return end.start() - start > 8 or not _LIST_MARKER.fullmatch(text, start, end.start())
    if "\n" in end[0][1:].strip(" \t") or end[0].count("\n") > 1:
        return True
    if _BULLET.match(following):
        return True
    return not _LINE_GOES_ON.match(following) or text[max(start, end.start() - 1) : end.start()] in {".", ":", ";"}


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The trimmed span `start:end`, cut where it is too long; nothing for a blank one."""
    pieces: list[tuple[int, int]] = []
    while True:
        start, end = _trim(text, start, end)
        if start >= end:
            return pieces
        cut = end if end - start <= MAX_LENGTH else _cut(text, start)
        pieces.append(_trim(text, start, cut))
        start = cut


def _cut(text: str, start: int) -> int:
    """Where to cut a sentence that is too long: after a comma or the like, else a blank, in its last two thirds."""
    latest = start + MAX_LENGTH
    marks = [match.end() for match in _CUT.finditer(text, start + MAX_LENGTH // 3, latest)]
    if marks:
        return marks[-1]
    blank = max(text.rfind(" ", start, latest), text.rfind("\n", start, latest))
    return blank if blank > start else latest


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
