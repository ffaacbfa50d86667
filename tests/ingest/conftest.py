"""Makers of small inputs: everything hostile or binary is generated here, nothing is stored."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

PARAGRAPH = (
    "Left breast, lumpectomy: invasive ductal carcinoma, grade 2.",
    "The tumor measures 2.3 cm in greatest dimension.",
    "Pathologic stage: pT2 pN1a. Margins are free of tumor.",
)
TABLE = (("Marker", "Result", "Percent"), ("ER", "Positive", "95%"), ("PR", "Negative", "0%"))


def _draw(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 12)
    y = 740
    for line in PARAGRAPH:
        canvas.drawString(60, y, line)
        y -= 20
    y -= 30
    for row in TABLE:
        for column, cell in enumerate(row):
            canvas.drawString(60 + 150 * column, y, cell)
        y -= 20


@pytest.fixture(scope="session")
def digital_pdf() -> bytes:
    """Two pages of text, with a table."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for _ in range(2):
        _draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@pytest.fixture(scope="session")
def page_image(digital_pdf: bytes) -> Image.Image:
    """The text of the first page as it would be scanned at 200 dpi."""
    page = pdfium.PdfDocument(digital_pdf)[0].render(scale=200 / 72, grayscale=True).to_numpy()
    page = page.reshape(page.shape[:2])
    return Image.fromarray(np.ascontiguousarray(page[200:800, 80:1400]))


@pytest.fixture(scope="session")
def scanned_pdf(page_image: Image.Image) -> Callable[[str | None], bytes]:
    """A page image that covers its page, over a hidden text layer if one is given."""

    def make(hidden: str | None = None) -> bytes:
        buffer = io.BytesIO()
        width, height = page_image.size
        canvas = Canvas(buffer, pagesize=(width * 72 / 200, height * 72 / 200))
        canvas.drawImage(ImageReader(page_image), 0, 0, width * 72 / 200, height * 72 / 200)
        if hidden:
            text = canvas.beginText(60, 300)
            text.setTextRenderMode(3)
            text.textLines(hidden)
            canvas.drawText(text)
        canvas.save()
        return buffer.getvalue()

    return make


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder of two text reports, one in a sub-folder."""
    folder = tmp_path / "reports"
    (folder / "north").mkdir(parents=True)
    (folder / "a.txt").write_text("Invasive carcinoma, pT1c.", encoding="utf-8")
    (folder / "north" / "b.txt").write_text("Ductal carcinoma in situ.", encoding="utf-8")
    return folder
