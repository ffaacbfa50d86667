"""A page image, however it lies → its text."""

from __future__ import annotations

from collections.abc import Sequence

from pathstage.ingest.ocr.engine import OcrEngine, PageImage, TextBox
from pathstage.ingest.ocr.layout import page_text
from pathstage.ingest.ocr.page_image import is_blank, upright, upside_down
from pathstage.ingest.plausibility import plausible_share

# Below this a page that was read may be upside down, and is read that way too. Upright prose scores above 0.8.
DOUBTFUL = 0.7


def read_page(image: PageImage, engine: OcrEngine) -> str:
    """Text of a page in reading order; empty for a blank one. Raises ReadError if the engine fails."""
    if is_blank(image):
        return ""
    page = upright(image)
    boxes = engine.recognize(page)
    if _score(boxes) < DOUBTFUL:
        boxes = max(boxes, engine.recognize(upside_down(page)), key=_score)
    return page_text(boxes)


def _score(boxes: Sequence[TextBox]) -> float:
    """How much a reading looks like words, from 0 to 1: the engine's confidence times the share of plausible words."""
    letters = sum(len(box.text) for box in boxes)
    if not letters:
        return 0.0
    confidence = sum(box.confidence * len(box.text) for box in boxes) / letters
    return confidence * plausible_share(page_text(boxes))
