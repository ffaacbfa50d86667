"""What a caller may set about reading, and the two ways reading goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

OcrChoice = Literal["auto", "rapidocr", "tesseract", "easyocr", "never"]


class UsageError(ValueError):
    """The call itself is wrong (a path that matches nothing, a column that no table has); nothing has been read."""


class ReadError(Exception):
    """One report cannot be read. The message says what is wrong and the cure, and holds no report text."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How reports are read and how much one may cost.

    `id_column` and `text_column` name the columns of tables (None: found by their usual names).
    `ocr` names the engine for page images: `auto` is RapidOCR, or Tesseract where only that is installed;
    `never` reads text layers only.
    `force_ocr` reads every PDF page from its image, whatever its text layer says.
    `max_pages` and `max_seconds` bound one document; `max_bytes` bounds what is held in memory at once: one document,
    workbook or table row, unpacked. CSV, TSV, JSONL and Parquet tables of any size are streamed.
    """

    id_column: str | None = None
    text_column: str | None = None
    ocr: OcrChoice = "auto"
    force_ocr: bool = False
    max_pages: int = 200
    max_bytes: int = 256 * 1024 * 1024
    max_seconds: float = 600.0

    def __post_init__(self) -> None:
        if self.ocr not in get_args(OcrChoice):
            raise UsageError(f"unknown OCR engine {self.ocr!r}; choose one of {', '.join(get_args(OcrChoice))}")
        if self.force_ocr and self.ocr == "never":
            raise UsageError("force_ocr asks for OCR and ocr='never' forbids it; drop one of them")
        for name in ("max_pages", "max_bytes", "max_seconds"):
            if getattr(self, name) <= 0:
                raise UsageError(f"{name} must be above 0, not {getattr(self, name)}")
