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

from pathstage.ingest.options import ReadError

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
# `auto` is the first of these that is installed.
AUTOMATIC = ("rapidocr", "tesseract")


def why_unavailable(name: str) -> str | None:
    """None if the engine is installed, else what is missing and the cure; `auto` is any of AUTOMATIC.

    No engine is loaded to find out.
    """
    if name == "auto":
        reasons = [why_unavailable(engine) for engine in AUTOMATIC]
        return None if None in reasons else "no OCR engine is installed: " + ", or: ".join(filter(None, reasons))
    answer: str | None = importlib.import_module(ENGINES[name]).unavailable()
    return answer


def load_engine(name: str) -> OcrEngine:
    """The engine called `name`. Raises ReadError if it is not installed."""
    if name == "auto":
        missing = why_unavailable(name)
        if missing:
            raise ReadError(missing)
        name = next(engine for engine in AUTOMATIC if why_unavailable(engine) is None)
    engine: OcrEngine = importlib.import_module(ENGINES[name]).load()
    return engine
