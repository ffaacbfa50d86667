"""Character error rate of the OCR engines on pathology pages of our own writing, rendered and degraded.

    python benchmarks/ocr_cer.py --output ocr.md

Six pages (narrative, synoptic, tables; five fonts) are rendered and degraded in ten ways; every degradation is measured
on `--pages` of them in turn. An engine that is not installed is left out. Two numbers:

* CER: Levenshtein distance by characters ÷ characters of the truth, runs of white space as one space.
* exact: share of the strings that decide a stage or a status ("pN1a(sn)", "ER   Positive   95%") that are read exactly.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
from rapidfuzz.distance import Levenshtein
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

from pathstage.ingest.ocr import ENGINES, load_engine, why_unavailable
from pathstage.ingest.ocr.engine import PageImage
from pathstage.ingest.ocr.page_image import rotate
from pathstage.ingest.ocr.reading import read_page


@dataclass(frozen=True)
class Sheet:
    """A page of text; a tab moves to the next column. `critical` are strings of it that must be read exactly."""

    font: str
    size: float
    text: str
    critical: tuple[str, ...]


SHEETS = (
    Sheet(
        "Helvetica",
        11,
        """SURGICAL PATHOLOGY REPORT

FINAL DIAGNOSIS
A. Left breast, lumpectomy:
   Invasive ductal carcinoma, Nottingham grade 2 (tubules 3, nuclei 2, mitoses 1; total 6/9).
   Greatest dimension of invasive tumor: 2.3 cm.
   Margins are free; the closest margin is posterior, 4 mm away.
   Lymphovascular invasion is not identified.
B. Left axillary sentinel lymph nodes:
   One of three lymph nodes contains a macrometastasis of 5 mm (1/3).
   No extranodal extension.

Pathologic stage: pT2 pN1a(sn) pMX""",
        ("pT2", "pN1a(sn)", "pMX", "grade 2", "2.3 cm", "(1/3)"),
    ),
    Sheet(
        "Courier",
        10,
        """BIOMARKER RESULTS (block A4)

Marker\tResult\tPercent\tIntensity
ER\tPositive\t95%\tstrong
PR\tPositive\t40%\tmoderate
HER2 (IHC)\tEquivocal\t2+\tincomplete
Ki-67\t\t18%

HER2 by FISH: NOT AMPLIFIED, ratio 1.2, mean copy number 2.8.
Estrogen receptor clone SP1, progesterone receptor clone 1E2.
Fixation time: 9 hours in 10% neutral buffered formalin.""",
        ("ER Positive 95%", "PR Positive 40%", "HER2 (IHC) Equivocal 2+", "NOT AMPLIFIED", "ratio 1.2", "18%"),
    ),
    Sheet(
        "Times-Roman",
        11,
        """SYNOPTIC SUMMARY: INVASIVE CARCINOMA OF THE BREAST

Procedure\tTotal mastectomy, right
Tumor site\tUpper outer quadrant
Histologic type\tInvasive lobular carcinoma
Tumor size\t5.6 x 4.1 x 3.0 cm
Overall grade\tGrade 1 (score 5)
Skin\tUninvolved
Lymph nodes examined\t14
Lymph nodes with macrometastases\t4
Primary tumor (pT)\tpT3
Regional lymph nodes (pN)\tpN2a
Distant metastasis (pM)\tNot applicable""",
        ("pT3", "pN2a", "Grade 1 (score 5)", "5.6 x 4.1 x 3.0 cm", "Lymph nodes examined 14"),
    ),
    Sheet(
        "Helvetica",
        9,
        """GROSS DESCRIPTION
Received fresh, labeled "right breast", is a 640 gram mastectomy specimen measuring 22.0 x 18.5 x 4.5 cm with
an ellipse of skin of 14.0 x 6.2 cm. Serial sectioning reveals a firm, stellate, tan-white mass of 1.8 x 1.5 x 1.2 cm
in the lower inner quadrant, 2.1 cm from the deep margin. The remainder is fibrofatty with a ratio of 30:70.
Twelve possible lymph nodes are found in the axillary tail; the largest measures 1.6 cm.
Representative sections are submitted: A1-A4 tumor, A5 nipple, A6-A9 quadrants, A10-A14 lymph nodes.

ADDENDUM
HER2 immunohistochemistry is negative (1+). ER negative (0%), PR negative (0%). Ki-67 is 65%.
AJCC 8th edition: pT1c pN0(i-). Nottingham score 9 of 9, grade 3.""",
        ("1.8 x 1.5 x 1.2 cm", "negative (1+)", "ER negative (0%)", "PR negative (0%)", "pT1c", "pN0(i-)", "grade 3"),
    ),
    Sheet(
        "Courier-Bold",
        11,
        """DIAGNOSIS:
BREAST, LEFT, CORE BIOPSY AT 2 O'CLOCK:
  - INVASIVE CARCINOMA OF NO SPECIAL TYPE
  - PROVISIONAL GRADE: 3 (3 + 3 + 2 = 8)
  - LARGEST FOCUS: 11 MM
  - DUCTAL CARCINOMA IN SITU, HIGH GRADE

ER:\tPOSITIVE (8/8)
PR:\tNEGATIVE (0/8)
HER2:\tPOSITIVE (3+)
STAGE:\tpT4b pN3a pM1""",
        ("POSITIVE (8/8)", "NEGATIVE (0/8)", "POSITIVE (3+)", "pT4b", "pN3a", "pM1", "11 MM"),
    ),
    Sheet(
        "Times-Bold",
        10,
        """MICROSCOPIC DESCRIPTION
Sections of the tumor show cords and single files of small discohesive cells in a fibrous stroma.
E-cadherin is lost. There are 6 mitoses in 10 high power fields (field diameter 0.55 mm).
Residual tumor bed after neoadjuvant therapy: 12 x 8 mm, cellularity 10%. Residual cancer burden class II.
Two sentinel nodes hold isolated tumor cells, each below 0.2 mm.

Staging after therapy (AJCC 8):  ypT1c  ypN0(i+)
Hormone receptors:  estrogen 80%, progesterone less than 1%.
Her-2/neu: score 0.""",
        ("ypT1c", "ypN0(i+)", "estrogen 80%", "less than 1%", "score 0", "0.2 mm"),
    ),
)


def render(sheet: Sheet, dpi: int) -> PageImage:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=LETTER)
    canvas.setFont(sheet.font, sheet.size)
    y = 720.0
    for line in sheet.text.splitlines():
        columns = line.split("\t")
        step = 200 if len(columns) == 2 else 120
        for column, cell in enumerate(columns):
            canvas.drawString(54 + column * step, y, cell)
        y -= 1.45 * sheet.size
    canvas.save()
    page = pdfium.PdfDocument(buffer.getvalue())[0].render(scale=dpi / 72, grayscale=True).to_numpy()
    # Half a page holds the text; the rest would only cost time.
    return np.ascontiguousarray(page.reshape(page.shape[:2])[: page.shape[0] // 2])


def noise(image: PageImage, sigma: float) -> PageImage:
    grain = np.random.default_rng(0).normal(0, sigma, image.shape)
    return np.clip(image * 0.82 + 25 + grain, 0, 255).astype(np.uint8)


def jpeg(image: PageImage, quality: int) -> PageImage:
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def fax(image: PageImage) -> PageImage:
    """204 × 98 dpi and one bit a dot, as a standard fax line sends it, at 200 dpi again."""
    height, width = image.shape
    coarse = cv2.resize(image, (width, height // 2), interpolation=cv2.INTER_AREA)
    bits = ((noise(coarse, 12) > 150) * 255).astype(np.uint8)
    return np.asarray(cv2.resize(bits, (width, height), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def blur(image: PageImage) -> PageImage:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.4), dtype=np.uint8)


def turned(quarters: int) -> Callable[[PageImage], PageImage]:
    return lambda image: np.ascontiguousarray(np.rot90(image, quarters))


DEGRADATIONS: dict[str, tuple[int, Callable[[PageImage], PageImage]]] = {
    "300 dpi, clean": (300, lambda image: image),
    "200 dpi, clean": (200, lambda image: image),
    "150 dpi, clean": (150, lambda image: image),
    "200 dpi, blur and noise": (200, lambda image: noise(blur(image), 14)),
    "150 dpi, JPEG quality 20": (150, lambda image: jpeg(noise(image, 6), 20)),
    "200 dpi, skew 2°, noise": (200, lambda image: noise(rotate(image, 2.0), 8)),
    "200 dpi, skew -7°": (200, lambda image: rotate(image, -7.0)),
    "200 dpi, lying on its side": (200, turned(1)),
    "200 dpi, upside down": (200, turned(2)),
    "fax, standard resolution": (200, fax),
}


@dataclass
class Score:
    edits: int = 0
    characters: int = 0
    exact: int = 0
    critical: int = 0
    seconds: float = 0.0
    pages: int = 0

    def add(self, sheet: Sheet, text: str, seconds: float) -> None:
        truth, found = " ".join(sheet.text.split()), " ".join(text.split())
        self.edits += Levenshtein.distance(truth, found)
        self.characters += len(truth)
        self.exact += sum(string in found for string in sheet.critical)
        self.critical += len(sheet.critical)
        self.seconds += seconds
        self.pages += 1

    def cells(self) -> str:
        return f"{self.edits / self.characters:.1%} | {self.exact / self.critical:.0%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--pages", type=int, default=2, choices=range(1, len(SHEETS) + 1), help="pages a degradation")
    parser.add_argument("--output", type=Path, help="also write the table to this Markdown file")
    arguments = parser.parse_args()
    names = [name for name in arguments.engines if why_unavailable(name) is None]
    scores = {(name, row): Score() for name in names for row in (*DEGRADATIONS, "all")}
    for name in names:
        engine = load_engine(name)
        for number, (row, (dpi, degrade)) in enumerate(DEGRADATIONS.items()):
            for step in range(arguments.pages):
                sheet = SHEETS[(number * arguments.pages + step) % len(SHEETS)]
                image = degrade(render(sheet, dpi))
                start = time.perf_counter()
                text = read_page(image, engine)
                seconds = time.perf_counter() - start
                for key in (row, "all"):
                    scores[name, key].add(sheet, text, seconds)
    lines = [
        "| page | " + " | ".join(f"{name} CER | {name} exact" for name in names) + " |",
        "|---|" + "---|---|" * len(names),
        *(
            f"| {row} | " + " | ".join(scores[name, row].cells() for name in names) + " |"
            for row in (*DEGRADATIONS, "all")
        ),
        "| seconds a half page | "
        + " | ".join(f"{scores[name, 'all'].seconds / scores[name, 'all'].pages:.1f} |" for name in names)
        + " |",
    ]
    table = "\n".join(lines)
    print(table)
    if arguments.output:
        arguments.output.write_text(table + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
