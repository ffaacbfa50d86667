"""What an OCR engine is, and which there are.

An engine only finds pieces of text on an upright image. Turning the page upright (`page_image`) and putting the
pieces in reading order (`layout`) are the same for all of them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

PageImage = npt.NDArray[np.uint8]
"""A grey page. Shape: (height, width), 0 black to 255 white."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """A piece of text on one line: a word or more. Box in pixels from the top left; confidence from 0 to 1."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float


class OcrEngine(Protocol):
    """Finds text on a page."""

    dpi: int
    """The resolution this engine reads best, in dots per inch, where the page can be rendered at will."""

    def recognize(self, image: PageImage) -> list[TextBox]:
        """Pieces of text of an upright page, in any order. Raises ReadError if the engine fails."""
        ...


# Engine → its module, which is imported when it is used, has `unavailable() -> str | None` and `load() -> OcrEngine`.
ENGINES = {
    "rapidocr": "pathstage.ingest.ocr.rapid",
    "tesseract": "pathstage.ingest.ocr.tesseract",
    "easyocr": "pathstage.ingest.ocr.easy",
}
DEFAULT_ENGINE = "rapidocr"


def why_unavailable(name: str) -> str | None:
    """None if the engine can be loaded, else what is missing and the cure. `auto` is the default engine."""
    answer: str | None = importlib.import_module(ENGINES[DEFAULT_ENGINE if name == "auto" else name]).unavailable()
    return answer


def load_engine(name: str) -> OcrEngine:
    """The engine called `name`. Raises ReadError if it is not installed."""
    engine: OcrEngine = importlib.import_module(ENGINES[DEFAULT_ENGINE if name == "auto" else name]).load()
    return engine
