"""Sentences: the units that truncation keeps or drops and evidence is shown in."""

from __future__ import annotations

import re

MAX_LENGTH = 600
"""Longest sentence, in characters: a page that lost its full stops is cut at commas or blanks."""

# Where a sentence may end: after a full stop with its closing quotes and brackets, or at the end of a line.
_END = re.compile(r"""[.!?]["')\]]{0,3}[ \t]+|(?<![ \t])[ \t]*\n\s*""")
_ABBREVIATIONS = frozenset({
    "dr", "drs", "mr", "mrs", "ms", "prof", "vs", "ca", "cf", "e.g", "i.e", "eg", "ie", "fig", "figs", "approx",
    "incl", "resp", "max", "min", "st", "jr", "sr", "al", "viz", "lt", "rt", "sup", "inf", "ant", "post", "lat",
    "med", "diff", "bx", "hx", "dx", "pt",
})  # fmt: skip
_NUMBER_SIGNS = frozenset({"no", "nos"})
# What numbers the items of a list, "A", "1", "(B", "IV", "A1": at the beginning of a sentence it is none yet.
_LIST_MARKER = re.compile(r"[\s*#-]*\(?(?:[A-Za-z]?\d{0,2}|[IVXivx]{1,4})")
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
    capitals = begins_sentences_with_capitals(text)
    for end in _END.finditer(text):
        if _ends_sentence(text, start, end, capitals):
            spans += _pieces(text, start, end.end())
            start = end.end()
    spans += _pieces(text, start, len(text))
    return tuple(spans)


def begins_sentences_with_capitals(text: str) -> bool:
    """Whether more than one in five of the words behind a full stop or line end begins with a capital.

    Words all in capitals do not count: names like those of genes are written so in any text.
    """
    capitals, small = len(re.findall(r"[.\n] ?[A-Z][a-z]", text)), len(re.findall(r"[.\n] ?[a-z]", text))
    return capitals * 4 > small


def _ends_sentence(text: str, start: int, end: re.Match[str], capitals: bool) -> bool:
    """Whether the sentence that began at `start` ends at `end`, in a text that begins sentences with `capitals`."""
    mark, after = text[end.start()], end.end()
    if mark == ".":
        # "carcinoma. with" goes on, "8. pTNM: pT2" does not.
        if capitals and text[after : after + 1].islower() and not text[after + 1 : after + 2].isupper():
            return False
        return _ends_at_stop(text, start, end.start(), after)
    if mark in "!?":
        return not text[after : after + 1].islower()
    following = text[after : after + 20]
    if end[0].count("\n") > 1 or _BULLET.match(following):
        return True
    return text[end.start() - 1 : end.start()] in {".", ":", ";"} or not _LINE_GOES_ON.match(following)


def _ends_at_stop(text: str, start: int, stop: int, after: int) -> bool:
    if stop - start <= 8 and _LIST_MARKER.fullmatch(text, start, stop):
        return False
    before, _, word = text[max(start, stop - 12) : stop].rpartition(" ")
    word = word.lstrip("([\"'/-")
    if word.lower() in _NUMBER_SIGNS:
        return not text[after : after + 1].isdigit() and not text.startswith(("of ", "OF "), after)
    if len(word) == 1 and word.isupper() and before.endswith((":", "-")):
        return False  # an item of a list that begins in mid-sentence: "FINAL DIAGNOSIS: A. Left breast"
    return word.lower() not in _ABBREVIATIONS


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
