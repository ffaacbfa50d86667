"""What runs in the worker process: one document's bytes → its pages."""

from __future__ import annotations

from pathstage.ingest.document import PageText
from pathstage.ingest.docx import docx_text
from pathstage.ingest.formats import Format
from pathstage.ingest.options import ReadError, ReadOptions


class DocumentReader:
    """Reads documents and keeps the OCR engine, which is slow to load, between them."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options

    def read(self, data: bytes, fmt: Format) -> list[PageText]:
        """Pages of a document. Raises ReadError for one that cannot be read."""
        try:
            if fmt == "docx":
                return [PageText(1, docx_text(data), "text")]
            raise ReadError("not yet readable")
        except ReadError:
            raise
        except Exception as error:
            # Any library error may quote the document; only its type is safe to tell.
            raise ReadError(f"the file is damaged ({type(error).__name__}); export it again") from None
