"""The same page through every engine that is installed here."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pathstage.ingest import ReadOptions, UsageError, read_bytes
from pathstage.ingest.ocr import ENGINES, load_engine, why_unavailable
from pathstage.ingest.ocr.easy import PYTHON_VARIABLE, EasyOcr
from pathstage.ingest.ocr.reading import read_page
from pathstage.ingest.options import ReadError


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_reads_a_page(name: str, page_image: Image.Image) -> None:
    missing = why_unavailable(name)
    if missing:
        pytest.skip(missing)
    engine = load_engine(name)
    text = read_page(np.asarray(page_image), engine)
    if isinstance(engine, EasyOcr):
        engine.close()
    for words in ("lumpectomy", "invasive ductal carcinoma", "greatest dimension"):
        assert words in text
    assert ["ER", "Positive", "95%"] in [line.split() for line in text.splitlines()]


def test_an_engine_that_is_not_installed_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(PYTHON_VARIABLE, "nowhere/python")
    for name in ("tesseract", "easyocr"):
        with pytest.raises(UsageError, match=name):
            read_bytes(b"Benign", "r.txt", ReadOptions(ocr=name))  # type: ignore[arg-type]
        with pytest.raises(ReadError, match=name):
            load_engine(name)
