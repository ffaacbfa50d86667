"""PDF and image files, whole: text layers, OCR, limits and damage."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image

from pathstage.ingest import ReadOptions, read, read_bytes
from pathstage.ingest import worker as worker_module
from pathstage.ingest.image import image_pages
from pathstage.report import Failure, Report

SCANS = Path(__file__).parents[2].parent / "shared" / "data" / "scans"
ONE_PAGE_OF_OCR = ("pT2 pN1a", "2.3 cm", "grade 2", "lumpectomy")


def one(data: bytes, name: str, **options: object) -> Report | Failure:
    [result] = read_bytes(data, name, ReadOptions(**options))  # type: ignore[arg-type]
    return result


def report_of(data: bytes, name: str = "r.pdf", **options: object) -> Report:
    result = one(data, name, **options)
    assert isinstance(result, Report), result
    for page in result.pages:
        assert result.page_at(page.start) == page.number
    assert [page.start for page in result.pages] == [0, *(page.end for page in result.pages[:-1])]
    assert result.pages[-1].end == len(result.text)
    return result


def error_of(data: bytes, name: str = "r.pdf", **options: object) -> str:
    result = one(data, name, **options)
    assert isinstance(result, Failure), result
    return result.error


def origins(report: Report) -> list[str]:
    return [page.origin for page in report.pages]


def written(writer: pypdf.PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_a_digital_pdf_is_read_from_its_text_layer(digital_pdf: bytes) -> None:
    report = report_of(digital_pdf, "r.txt")
    assert origins(report) == ["text_layer", "text_layer"]
    assert "Pathologic stage: pT2 pN1a." in report.text
    assert report.page_at(report.text.rindex("grade 2")) == 2


def test_table_rows_of_a_digital_pdf_stay_on_one_line(digital_pdf: bytes) -> None:
    rows = [line.split() for line in report_of(digital_pdf).text.splitlines()]
    assert ["ER", "Positive", "95%"] in rows


def test_a_scan_without_a_text_layer_is_read_by_ocr(scanned_pdf: Callable[[str | None], bytes]) -> None:
    report = report_of(scanned_pdf(None))
    assert origins(report) == ["ocr"]
    for words in ONE_PAGE_OF_OCR:
        assert words in report.text
    assert ["ER", "Positive", "95%"] in [line.split() for line in report.text.splitlines()]


def test_a_poor_hidden_layer_gives_way_to_ocr(scanned_pdf: Callable[[str | None], bytes]) -> None:
    poor = "Left breast: the tumor measures 2.3 em. in greatest dimension of the bovml and is invasive."
    report = report_of(scanned_pdf(poor))
    assert origins(report) == ["ocr"]
    assert "2.3 cm" in report.text


def test_a_good_hidden_layer_is_used(scanned_pdf: Callable[[str | None], bytes]) -> None:
    good = "Left breast: the tumor measures 2.3 cm in greatest dimension and is invasive."
    assert origins(report_of(scanned_pdf(good))) == ["text_layer"]


def test_ocr_can_be_forbidden(scanned_pdf: Callable[[str | None], bytes], page_image: Image.Image) -> None:
    assert "OCR is switched off" in error_of(scanned_pdf(None), ocr="never")
    buffer = io.BytesIO()
    page_image.save(buffer, "PNG")
    assert "OCR is switched off" in error_of(buffer.getvalue(), "r.png", ocr="never")


def test_images_are_read_however_they_lie(page_image: Image.Image, tmp_path: Path) -> None:
    page_image.rotate(90, expand=True).save(tmp_path / "side.png")
    page_image.rotate(180).save(tmp_path / "upside_down.jpg")
    for report in read([tmp_path]):
        assert isinstance(report, Report), report
        for words in ONE_PAGE_OF_OCR:
            assert words in report.text


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "TIFF", "BMP"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "CMYK"])
def test_every_kind_of_image_becomes_a_grey_page(page_image: Image.Image, fmt: str, mode: str) -> None:
    buffer = io.BytesIO()
    shown = (
        page_image.point(lambda grey: grey * 256, "I").convert("I;16") if mode == "I;16" else page_image.convert(mode)
    )
    try:
        shown.save(buffer, fmt)
    except (OSError, ValueError):
        pytest.skip(f"{fmt} files have no mode {mode}")
    seen: list[np.ndarray] = []

    def read_image(image: np.ndarray) -> str:
        seen.append(image)
        return ""

    list(image_pages(buffer.getvalue(), ReadOptions(), read_image))
    [grey] = seen
    assert grey.shape == (page_image.height, page_image.width)
    assert abs(float(grey.mean()) - float(np.asarray(page_image).mean())) < 6


def test_pages_of_a_fax_are_pages_and_blank_ones_do_not_fail_it(page_image: Image.Image) -> None:
    buffer = io.BytesIO()
    blank = Image.new("1", page_image.size, 1)
    blank.save(buffer, "TIFF", save_all=True, append_images=[page_image.convert("1")], compression="group4")
    report = report_of(buffer.getvalue(), "fax.tif")
    assert [page.number for page in report.pages] == [2]
    assert "pT2 pN1a" in report.text


def test_an_empty_user_password_is_no_obstacle_and_a_real_one_is_named(digital_pdf: bytes) -> None:
    for user, algorithm in (("", "AES-256"), ("", "RC4-128"), ("secret", "AES-256")):
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(digital_pdf))
        writer.encrypt(user, "owner", algorithm=algorithm)
        if user:
            assert "password" in error_of(written(writer))
        else:
            assert origins(report_of(written(writer))) == ["text_layer", "text_layer"]


def test_a_text_file_called_pdf_is_read_as_the_text_it_is() -> None:
    assert report_of(b"Benign breast tissue.").text == "Benign breast tissue."


def test_a_pdf_cut_short_fails(digital_pdf: bytes) -> None:
    assert "cut short" in error_of(digital_pdf[: len(digital_pdf) // 2])


def test_padding_after_a_pdf_is_no_damage(digital_pdf: bytes) -> None:
    assert origins(report_of(digital_pdf + b"\0" * 5000)) == ["text_layer", "text_layer"]


def test_without_ocr_only_scans_fail_and_with_the_cure(
    tmp_path: Path, digital_pdf: bytes, scanned_pdf: Callable[[str | None], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine is installed; then one is, but its library does not load."""
    none = (
        "import importlib.util as u\nfind = u.find_spec\nu.find_spec = lambda n, *a: 'rapid' not in n and find(n, *a)\n"
    )
    broken = "import sys\nsys.modules['cv2'] = None\n"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for hook, word in ((none, "no OCR engine is installed"), (broken, "libgl1")):
        (tmp_path / "sitecustomize.py").write_text(hook)
        assert origins(report_of(digital_pdf)) == ["text_layer", "text_layer"]
        error = error_of(scanned_pdf(None))
        assert word in error
        assert "damaged" not in error


def test_a_damaged_pdf_fails() -> None:
    assert "damaged" in error_of(b"%PDF-1.7\n" + b"\x93garbage\n" * 50 + b"%%EOF")


def test_blank_pages_alone_are_no_report() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(612, 792)
    assert "no text" in error_of(written(writer))


def test_too_many_pages_fail_fast() -> None:
    writer = pypdf.PdfWriter()
    for _ in range(10_000):
        writer.add_blank_page(612, 792)
    data = written(writer)
    start = time.monotonic()
    assert "10,000 pages" in error_of(data)
    assert time.monotonic() - start < 30


def test_a_poster_does_not_fill_the_memory() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200_000, 200_000)
    assert "no text" in error_of(written(writer))


def test_damaged_images_fail(page_image: Image.Image) -> None:
    buffer = io.BytesIO()
    page_image.save(buffer, "PNG")
    assert "damaged" in error_of(buffer.getvalue()[:2000], "r.png")


def test_a_document_that_hangs_is_ended_and_the_next_is_read(
    tmp_path: Path, digital_pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pypdf is replaced, in the worker, by one that never returns."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, time, pypdf\n"
        "real = pypdf.PdfReader\n"
        "def reader(stream):\n"
        "    while b'hang' in stream.getvalue(): pass\n"
        "    return real(stream)\n"
        "pypdf.PdfReader = reader\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(digital_pdf + b"\n%hang\n%%EOF\n")
    (folder / "b.pdf").write_bytes(digital_pdf)
    bad, good = read([folder], ReadOptions(max_seconds=8))
    assert isinstance(bad, Failure)
    assert "8 seconds" in bad.error
    assert isinstance(good, Report)


def test_a_document_that_kills_its_process_is_a_failure(
    tmp_path: Path, digital_pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, pypdf\ndef reader(stream): os.abort()\npypdf.PdfReader = reader\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "ended abruptly" in error_of(digital_pdf)


def test_errors_hold_no_report_text(
    tmp_path: Path, digital_pdf: bytes, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A library that quotes and prints what it reads is kept quiet."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nimport pathstage.ingest.extract as extract\n"
        "def leak(*args):\n"
        "    print('Jane Doe'); print('Jane Doe', file=sys.stderr); raise RuntimeError('Jane Doe')\n"
        "extract.pdf_pages = leak\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(worker_module.__file__).parents[2]}")
    error = error_of(digital_pdf)
    assert "RuntimeError" in error
    captured = capfd.readouterr()
    assert "Jane" not in error + captured.out + captured.err


@pytest.mark.skipif(not SCANS.is_dir(), reason="the shared scans are not here")
def test_a_real_scan_with_a_poor_hidden_layer_is_read_by_ocr() -> None:
    [report] = read([SCANS / "lung-2.pdf"])
    assert isinstance(report, Report)
    assert origins(report) == ["ocr"]
    assert "4.8 cm" in report.text
