"""Tesseract, run as a program, when it is on the PATH."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess

from pathstage.ingest.ocr.engine import OcrEngine, PageImage, TextBox
from pathstage.ingest.options import ReadError

_WORD_LEVEL = "5"


class Tesseract:
    """Tesseract's LSTM engine, English, with automatic page segmentation."""

    dpi = 300

    def recognize(self, image: PageImage) -> list[TextBox]:
        """See OcrEngine."""
        import cv2

        done, png = cv2.imencode(".png", image)
        assert done
        run = subprocess.run(
            ["tesseract", "stdin", "stdout", "--dpi", str(self.dpi), "-l", "eng", "--psm", "3", "tsv"],
            input=png.tobytes(),
            capture_output=True,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": os.environ.get("OMP_NUM_THREADS", "2")},
        )
        if run.returncode != 0:
            raise ReadError("Tesseract failed on a page; check its English data (package tesseract-ocr-eng)")
        boxes = []
        for row in csv.DictReader(run.stdout.decode().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["level"] == _WORD_LEVEL and row["text"].strip():
                left, top = float(row["left"]), float(row["top"])
                right, bottom = left + float(row["width"]), top + float(row["height"])
                boxes.append(TextBox(row["text"], left, top, right, bottom, float(row["conf"]) / 100))
        return boxes


def unavailable() -> str | None:
    """None if the program is on the PATH."""
    if shutil.which("tesseract"):
        return None
    return "the program tesseract is not on the PATH; install it (Debian: apt-get install tesseract-ocr)"


def load() -> OcrEngine:
    """A Tesseract engine. Raises ReadError if the program is not there."""
    missing = unavailable()
    if missing:
        raise ReadError(missing)
    return Tesseract()
