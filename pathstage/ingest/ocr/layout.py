"""Pieces of text found on a page → its text in reading order: rows from top to bottom, each from left to right.

A table row stays on one line; wide gaps within a row become several spaces, and wide gaps between rows a blank line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from pathstage.ingest.ocr.engine import TextBox

# A gap of this many line heights parts two cells of a row, or two paragraphs.
CELL_GAP = 1.2
PARAGRAPH_GAP = 1.2
CELL_SEPARATOR = "   "


def reading_order(boxes: Sequence[TextBox]) -> list[list[TextBox]]:
    """Rows of boxes, from top to bottom, the boxes of a row from left to right; every box is in exactly one row."""
    rows: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda box: (box.top + box.bottom, box.left)):
        # A row drifts on a page that is not quite straight, so a box is held against its nearest neighbour in the row.
        row = next((row for row in reversed(rows[-4:]) if _on_one_line(box, _nearest(box, row))), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    for row in rows:
        row.sort(key=lambda box: box.left)
    rows.sort(key=lambda row: median(box.top + box.bottom for box in row))
    return rows


def page_text(boxes: Sequence[TextBox]) -> str:
    """The text of a page; empty if there are no boxes."""
    rows = reading_order([box for box in boxes if box.text.strip()])
    lines: list[str] = []
    bottom: float | None = None
    for row in rows:
        height = median(box.bottom - box.top for box in row)
        if bottom is not None and min(box.top for box in row) - bottom > PARAGRAPH_GAP * height:
            lines.append("")
        lines.append(_line(row, height))
        bottom = max(box.bottom for box in row)
    return "\n".join(lines)


def _line(row: Sequence[TextBox], height: float) -> str:
    line = row[0].text.strip()
    for left, right in pairwise(row):
        line += (CELL_SEPARATOR if right.left - left.right > CELL_GAP * height else " ") + right.text.strip()
    return line


def _nearest(box: TextBox, row: Sequence[TextBox]) -> TextBox:
    return min(row, key=lambda other: max(other.left - box.right, box.left - other.right))


def _on_one_line(box: TextBox, other: TextBox) -> bool:
    overlap = min(box.bottom, other.bottom) - max(box.top, other.top)
    return overlap > 0.5 * min(box.bottom - box.top, other.bottom - other.top)
