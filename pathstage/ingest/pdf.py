"""PDF: for each page its text layer, if that can be trusted, else OCR of its image.

Text layers are read by pypdf; pdfium opens the file, tells what lies on a page and renders it.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from pathstage.ingest.document import PageText
from pathstage.ingest.ocr.engine import PageImage
from pathstage.ingest.options import ReadError, ReadOptions
from pathstage.ingest.plausibility import misread_quantities, plausible_share

ReadImage = Callable[[PageImage], str]

# An image on more of the page than this is a scan; its hidden text is what some OCR engine made of it.
SCAN_COVERAGE = 0.5
# Words that are printed over a scan, rather than hidden behind it, are the page only if there are this many of them:
# fewer are a stamp or a footer.
PRINTED_WORDS = 60
# Share of plausible words that makes a layer usable. A scan's hidden layer has to be nearly perfect, since OCR will do;
# a printed layer is what its author wrote, unless its fonts do not say which letters their shapes are.
HIDDEN_PLAUSIBLE = 0.97
PRINTED_PLAUSIBLE = 0.6
MIN_WORDS = 5

# The longest side a page is rendered with: a poster, or a hostile page size, does not fill the memory.
MAX_SIDE = 5000
_END_OF_FILE_WITHIN = 4096
_INVISIBLE = 3
_WIDE_GAP = re.compile(" {4,}")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Layer:
    """A page's text layer and where it comes from.

    `coverage` is the share of the page under images, `hidden` the share of text objects that are invisible.
    """

    text: str
    coverage: float
    hidden: float

    def usable(self) -> bool:
        """Whether the layer can stand for the page."""
        words = len(self.text.split())
        if words < MIN_WORDS:
            return False
        plausible = plausible_share(self.text)
        if self.coverage < SCAN_COVERAGE:
            return plausible >= PRINTED_PLAUSIBLE
        if self.hidden < 0.5:
            return words >= PRINTED_WORDS and plausible >= PRINTED_PLAUSIBLE
        return plausible >= HIDDEN_PLAUSIBLE and misread_quantities(self.text) == 0


def pdf_pages(
    data: bytes, options: ReadOptions, dpi: Callable[[], int], read_image: ReadImage | None
) -> Iterator[PageText]:
    """Pages of a PDF. `read_image` is None if OCR is not wanted; pages are rendered for it at `dpi()`.

    Raises ReadError for a PDF that cannot be opened: damaged, cut short, locked, or of too many pages.
    """
    # Copying and storage pad files; pdfium looks for the end where the bytes end.
    data = data.rstrip(b"\0 \t\r\n\f\x1a")
    if b"%%EOF" not in data[-_END_OF_FILE_WITHIN:]:
        raise ReadError("the PDF is cut short, its end is missing; copy or export it again")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError("the PDF is locked with a password; save it without one") from None
        raise ReadError("the PDF is damaged and cannot be opened; export it again") from None
    if len(document) > options.max_pages:
        raise ReadError(
            f"the PDF has {len(document):,} pages, more than the limit of {options.max_pages:,} (max_pages); "
            "raise it, or split the file into one report each"
        )
    texts = _layer_texts(data, len(document))
    for index, text in enumerate(texts):
        page = document[index]
        layer = Layer(text, *_image_coverage(page))
        if read_image is None or (layer.usable() and not options.force_ocr):
            yield PageText(index + 1, text, "text_layer")
        else:
            seen = read_image(_render(page, dpi()))
            # A page too faint for OCR still has what its layer says.
            yield PageText(index + 1, seen or text, "ocr" if seen else "text_layer")
        page.close()


def _layer_texts(data: bytes, count: int) -> list[str]:
    """Text layers of all pages; a page whose layer cannot be read has none, and is then read from its image."""
    # pypdf's warnings quote the document.
    logging.getLogger("pypdf").disabled = True
    try:
        pages = list(pypdf.PdfReader(io.BytesIO(data)).pages)
    except Exception:
        return [""] * count
    texts = []
    for index in range(count):
        try:
            texts.append(_layer_text(pages[index]))
        except Exception:
            texts.append("")
    return [text.replace("\0", "").encode("utf-8", "replace").decode() for text in texts]


def _layer_text(page: pypdf.PageObject) -> str:
    """Text as it stands on the page, so that a table row is one line; in drawing order where that loses text."""
    drawn = page.extract_text()
    placed = page.extract_text(extraction_mode="layout")
    if len("".join(placed.split())) < 0.9 * len("".join(drawn.split())):
        return drawn
    lines = (_WIDE_GAP.sub("   ", line.strip()) for line in placed.splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _image_coverage(page: pdfium.PdfPage) -> tuple[float, float]:
    """Share of the page that lies under images, and share of its text objects that are invisible."""
    page_left, page_bottom, page_right, page_top = page.get_cropbox()
    covered, text_objects, invisible = 0.0, 0, 0
    for item in page.get_objects(max_depth=4):
        if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            width = min(right, page_right) - max(left, page_left)
            height = min(top, page_top) - max(bottom, page_bottom)
            covered += max(0.0, width) * max(0.0, height)
        elif item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            text_objects += 1
            invisible += pdfium_c.FPDFTextObj_GetTextRenderMode(item) == _INVISIBLE
    area = (page_right - page_left) * (page_top - page_bottom)
    return min(1.0, covered / max(area, 1.0)), invisible / max(text_objects, 1)


def _render(page: pdfium.PdfPage, dpi: int) -> PageImage:
    scale = min(dpi / 72, MAX_SIDE / max(*page.get_size(), 1.0))
    image = page.render(scale=scale, grayscale=True).to_numpy()
    return np.ascontiguousarray(image[..., 0] if image.ndim == 3 else image)
