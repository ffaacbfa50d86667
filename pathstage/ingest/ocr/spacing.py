"""Puts back the spaces that a recogniser trained on Chinese leaves out ("20%EOSINOPHILICCELLS"), from the page itself:
where the paper between two letters is wider than letters of that line stand apart, there is a space.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pathstage.ingest.ocr.engine import PageImage

# A space is at least this share of the line's height, this many times the usual distance of its letters (in typewriter
# type letters stand far apart), and this share of the spaces that the recogniser did see in the line.
MIN_SPACE = 0.25
MIN_RATIO = 2.0
MIN_OF_SEEN = 0.75
# A 1 is as wide as the other digits but has little ink: more paper than this much of a space must stand beside it.
BESIDE_ONE = 1.5
# No space is written before or after these.
_CLOSING = frozenset(".,;:)]%?!'’\"-/")
_OPENING = frozenset("([-/'’\".")


def restore_spaces(text: str, centres: Sequence[float], line: PageImage) -> str:
    """`text` with the spaces that `line` shows.

    `centres` are the x positions in `line`, in pixels, of the characters of `text`, spaces included.
    """
    if len(text) != len(centres) or len(text) < 3 or not line.size:
        return text
    ink = line < (int(line.min()) + int(line.max())) / 2
    inked_rows = np.flatnonzero(np.any(ink, axis=1))
    height = float(inked_rows[-1] - inked_rows[0] + 1) if inked_rows.size else 0.0
    columns = np.asarray(np.any(ink, axis=0))
    letters = [position for position, character in enumerate(text) if not character.isspace()]
    gaps = {
        right: _widest_gap(columns[int(centres[left]) : int(centres[right]) + 1]) for left, right in pairwise(letters)
    }
    if not gaps:
        return text
    seen = [gap for position, gap in gaps.items() if text[position - 1].isspace()]
    unparted = [gap for position, gap in gaps.items() if not text[position - 1].isspace()]
    threshold = max(
        MIN_SPACE * height,
        MIN_RATIO * float(np.median(unparted or [0])) + 1,
        MIN_OF_SEEN * float(np.median(seen or [0])),
    )
    restored = text[:1]
    for position, (previous, character) in enumerate(pairwise(text), start=1):
        needed = threshold * (BESIDE_ONE if "1" in (previous, character) else 1)
        apart = not character.isspace() and not previous.isspace() and gaps[position] >= needed
        if apart and character not in _CLOSING and previous not in _OPENING:
            restored += " "
        restored += character
    return restored


def _widest_gap(columns: np.ndarray) -> int:
    """Length of the longest run of columns without ink."""
    edges = np.flatnonzero(np.concatenate(([True], columns, [True])))
    return int(np.diff(edges).max()) - 1
