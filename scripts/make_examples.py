"""Write the two PDFs of examples/reports from their texts in scripts/example_texts: one digital, one scanned.

The same text gives the same bytes, as long as the libraries (reportlab, pypdfium2, Pillow) stay the same.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "scripts" / "example_texts"
DPI = 200


def digital_pdf(text: str) -> bytes:
    """A PDF with a text layer, as a laboratory system prints it; `#` marks the title, `##` a heading."""
    styles = getSampleStyleSheet()
    story: list[Flowable] = []
    for line in filter(None, text.splitlines()):
        marks = line[: len(line) - len(line.lstrip("#"))]
        style = {"#": "Title", "##": "Heading3"}.get(marks, "BodyText")
        story.append(Paragraph(escape(line[len(marks) :].strip()), styles[style]))
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=LETTER, invariant=1, title="Surgical pathology report").build(story)
    return out.getvalue()


def scanned_pdf(text: str, skew_degrees: float = 0.8, noise: float = 9.0, seed: int = 7) -> bytes:
    """A PDF that holds nothing but page images: typewriter text, printed, laid crooked on a scanner, saved as JPEG."""
    rng = np.random.default_rng(seed)
    pages = [_scan(page, skew_degrees, noise, rng) for page in pypdfium2.PdfDocument(_typewritten(text))]
    out = io.BytesIO()
    epoch = time.gmtime(0)
    pages[0].save(
        out,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=DPI,
        quality=35,
        creationDate=epoch,
        modDate=epoch,
    )
    return out.getvalue()


def _typewritten(text: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LETTER, invariant=1)
    lines = canvas.beginText(1.1 * inch, LETTER[1] - 0.9 * inch)
    lines.setFont("Courier", 11)
    for line in text.splitlines():
        lines.textLine(line)
    canvas.drawText(lines)
    canvas.save()
    return out.getvalue()


def _scan(page: pypdfium2.PdfPage, skew_degrees: float, noise: float, rng: np.random.Generator) -> Image.Image:
    paper = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
    paper = paper.rotate(skew_degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    paper = paper.filter(ImageFilter.GaussianBlur(0.6))
    grey = np.asarray(paper, dtype=np.float64) * 0.86 + 22  # ink is never black on paper, nor paper white
    return Image.fromarray(np.clip(grey + rng.normal(0, noise, grey.shape), 0, 255).astype(np.uint8))


def write(folder: Path) -> list[Path]:
    """Write both PDFs into `folder`, which must exist; the paths written."""
    made = []
    for name, make in (("digital_mastectomy", digital_pdf), ("scanned_lumpectomy", scanned_pdf)):
        path = folder / f"{name}.pdf"
        path.write_bytes(make((TEXTS / f"{name}.txt").read_text(encoding="utf-8")))
        made.append(path)
    return made


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "examples" / "reports", help="where the PDFs go")
    for written in write(parser.parse_args().folder):
        print(f"{written}: {written.stat().st_size:,} bytes")
