"""Spelling: words that a scan damaged by one letter, set right before they are read.

A word at a distance of one letter put in, left out or exchanged from a long word of the vocabulary is taken for it
("negatlve", "postive"), unless it is a word of its own; two that make one together are put together ("nega tive").
Found by what is left when a letter is deleted (Garbe's symmetric delete spelling correction,
https://github.com/wolfgarbe/SymSpell).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pathstage.prepare.align import Edit, apply, identity
from pathstage.report import PreparedText

_WORD = re.compile(r"(?<!\w)[A-Za-z][\w|!]{5,17}(?!\w)")
_HALVES = re.compile(r"(?<!\w)(?=(?P<left>[A-Za-z]{1,16})(?P<gap>-? |-?\n|\. )(?P<right>[A-Za-z]{1,16})(?!\w))")


@dataclass(frozen=True)
class Spelling:
    """words: the vocabulary. own: words that look damaged and are not. glued: where a blank between two is missing."""

    words: frozenset[str]
    own: frozenset[str]
    glued: re.Pattern[str] | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Spelling:
        """The `spelling` of a file of rules: its `words`, its `own` ones and, if it has one, its pattern `glued`."""
        glued = re.compile(data["glued"]) if "glued" in data else None
        return cls(frozenset(data["words"]), frozenset(data["own"]), glued)

    @cached_property
    def _reduced(self) -> dict[str, list[str]]:
        """The words by what is left of them."""
        reduced: dict[str, list[str]] = {}
        for word in sorted(self.words):
            for rest in _rests(word):
                reduced.setdefault(rest, []).append(word)
        return reduced

    def repaired(self, text: str) -> PreparedText | None:
        """`text` with its damaged words set right; None where there are none."""
        meant: dict[str, str | None] = {}
        halves = [match for match in _HALVES.finditer(text) if (match["left"] + match["right"]).lower() in self.words]
        edits = [Edit(*match.span("gap"), "") for match in halves]
        parts = {match.start(side) for match in halves for side in ("left", "right")}
        for match in _WORD.finditer(text):
            if match.start() in parts:
                continue
            word = match[0].lower()
            if word not in meant:
                meant[word] = self._meant(word)
            if right := meant[word]:
                edits.append(Edit(match.start(), match.end(), right.upper() if match[0].isupper() else right))
        if self.glued:
            edits += [Edit(match.start(), match.start(), " ") for match in self.glued.finditer(text)]
        edits.sort(key=lambda edit: edit.start)
        return apply(identity(text), edits) if edits else None

    def _meant(self, word: str) -> str | None:
        if word in self.words or word in self.own:
            return None
        found = {right for rest in _rests(word) for right in self._reduced.get(rest, ()) if _near(word, right)}
        return found.pop() if len(found) == 1 else None


def _rests(word: str) -> Iterator[str]:
    """`word`, and what is left of it without each of its letters."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _near(word: str, right: str) -> bool:
    """Whether one letter put in, left out or exchanged tells them apart, and not an ending alone."""
    head = next((at for at, pair in enumerate(zip(word, right, strict=False)) if pair[0] != pair[1]), None)
    if head is None:
        return len(word) < len(right)  # the last letter is missing, not an ending added
    left, rest = word[head:], right[head:]
    return left[1:] == rest[1:] or left[1:] == rest or left == rest[1:]
