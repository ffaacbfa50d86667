"""Puts back the spaces that a recogniser trained on Chinese leaves out ("20%EOSINOPHILICCELLS"), from the page itself:
where the paper between two letters is wider than letters of that line stand apart, there is a space.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pathstage.ingest.ocr.engine import PageImage

# A space is at least this share of the line's height, and this many times the usual distance of its letters: in
# proportional type spaces are narrow, and in typewriter type letters stand far apart.
MIN_SPACE = 0.17
MIN_RATIO = 2.0
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
    threshold = max(MIN_SPACE * height, MIN_RATIO * float(np.median(list(gaps.values()))) + 1)
    restored = text[:1]
    for position, (previous, character) in enumerate(pairwise(text), start=1):
        apart = not character.isspace() and not previous.isspace() and gaps[position] >= threshold
        if apart and character not in _CLOSING and previous not in _OPENING:
            restored += " "
        restored += character
    return restored


def _widest_gap(columns: np.ndarray) -> int:
    """Length of the longest run of columns without ink."""
    edges = np.flatnonzero(np.concatenate(([True], columns, [True])))
    return int(np.diff(edges).max()) - 1
