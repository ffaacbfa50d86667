"""What runs in the worker process: one document's bytes → its pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from pathstage.ingest.document import PageText
from pathstage.ingest.docx import docx_text
from pathstage.ingest.formats import Format
from pathstage.ingest.image import image_pages
from pathstage.ingest.ocr import OcrEngine, load_engine
from pathstage.ingest.ocr.engine import PageImage
from pathstage.ingest.options import ReadError, ReadOptions
from pathstage.ingest.pdf import pdf_pages


class DocumentReader:
    """Reads documents and keeps the OCR engine, which is slow to load, between them."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options

    def read(self, data: bytes, fmt: Format) -> list[PageText]:
        """Pages of a document. Raises ReadError for one that cannot be read."""
        try:
            if fmt == "docx":
                return [PageText(1, docx_text(data), "text")]
            if fmt == "image":
                if self._options.ocr == "never":
                    raise ReadError("the file is an image and OCR is switched off; allow it")
                return list(image_pages(data, self._options, self._read_image))
            read_image = None if self._options.ocr == "never" else self._read_image
            return list(pdf_pages(data, self._options, self._dpi, read_image))
        except ReadError:
            raise
        except Exception as error:
            # Any library error may quote the document; only its type is safe to tell.
            raise ReadError(f"the file is damaged ({type(error).__name__}); export it again") from None

    @cached_property
    def _engine(self) -> OcrEngine:
        with _ocr_errors():
            return load_engine(self._options.ocr)

    def _dpi(self) -> int:
        return self._engine.dpi

    def _read_image(self, image: PageImage) -> str:
        with _ocr_errors():
            # opencv and the engine load slowly, and most documents are not scans.
            from pathstage.ingest.ocr.reading import read_page

            return read_page(image, self._engine)


@contextmanager
def _ocr_errors() -> Iterator[None]:
    """Tells a failing OCR engine from a damaged file."""
    try:
        yield
    except ReadError:
        raise
    except ImportError as error:
        raise ReadError(
            f"OCR cannot start, a library does not load ({type(error).__name__}); install what opencv needs "
            "(Debian: apt-get install libgl1 libglib2.0-0) or opencv-python-headless in its place"
        ) from None
    except Exception as error:
        raise ReadError(f"OCR failed on a page ({type(error).__name__}); try another engine") from None
