from __future__ import annotations

import gzip
import io
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsmap
from hypothesis import given
from hypothesis import strategies as st

from pathstage.ingest import ReadOptions, read_bytes
from pathstage.ingest.document import PageText, assemble, split_pages
from pathstage.ingest.text import decode
from pathstage.report import Failure, Report

GERMAN = "Mammakarzinom links, Größe 2,3 cm, µm, 25 °C."


def one(data: bytes, name: str, options: ReadOptions | None = None) -> Report | Failure:
    [result] = read_bytes(data, name, options)
    return result


def text_of(data: bytes, name: str) -> str:
    result = one(data, name)
    assert isinstance(result, Report), result
    return result.text


def error_of(data: bytes, name: str, options: ReadOptions | None = None) -> str:
    result = one(data, name, options)
    assert isinstance(result, Failure), result
    assert name in result.error
    return result.error


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings(codec: str) -> None:
    assert text_of(GERMAN.encode(codec), "r.txt") == GERMAN


def test_windows_punctuation() -> None:
    assert decode("“ER” – 95 %…".encode("cp1252")) == "“ER” – 95 %…"


def test_one_bad_byte_does_not_change_the_encoding() -> None:
    assert text_of("Größe ≥ 2 cm, µm".encode() + b" \xff.", "r.txt") == "Größe ≥ 2 cm, µm \ufffd."


def test_line_ends_become_newlines_and_gzip_is_unpacked() -> None:
    assert text_of(gzip.compress(b"one\r\ntwo\rthree"), "r.txt.gz") == "one\ntwo\nthree"


@given(st.binary())
def test_decode_never_raises(data: bytes) -> None:
    decode(data).encode("utf-8")


def test_form_feeds_part_pages() -> None:
    result = one(b"first\fsecond", "r.txt")
    assert isinstance(result, Report)
    assert [(page.number, result.text[page.start : page.end]) for page in result.pages] == [
        (1, "first\f"),
        (2, "second"),
    ]
    assert result.page_at(result.text.index("second")) == 2


@given(st.lists(st.text(max_size=20), max_size=8))
def test_pages_cover_the_text_without_gap(texts: list[str]) -> None:
    text, pages = assemble(PageText(number, page, "ocr") for number, page in enumerate(texts, start=1))
    assert [page.start for page in pages] == [0, *(page.end for page in pages)][: len(pages)]
    assert (pages[-1].end if pages else 0) == len(text)
    for page in pages:
        assert text[page.start : page.end].startswith(texts[page.number - 1])


@given(st.text(alphabet="ab\f\n", max_size=30))
def test_splitting_pages_loses_nothing(text: str) -> None:
    assert "".join(page.text for page in split_pages(text)) == text


def test_word_document_in_reading_order() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "General Hospital"
    document.add_paragraph("Final diagnosis")
    table = document.add_table(2, 2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["ER", "Positive", "", ""], strict=True):
        cell.text = text
    table.cell(1, 0).merge(table.cell(1, 1)).text = "see comment"
    document.add_paragraph("Comment")
    buffer = io.BytesIO()
    document.save(buffer)
    for name in ("r.docx", "r.txt", "r"):
        text = text_of(buffer.getvalue(), name)
        assert [line.strip() for line in text.splitlines()] == [
            "General Hospital",
            "Final diagnosis",
            "ER\tPositive",
            "see comment",
            "Comment",
        ]


def test_word_controls_insertions_and_text_boxes_are_read_and_deletions_are_not() -> None:
    """What synoptic templates are made of, and what python-docx's own text leaves out."""
    document = docx.Document()
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "Page one only"
    w = f'xmlns:w="{nsmap["w"]}"'
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:txbxContent><w:p><w:r><w:t>Grade 3</w:t></w:r></w:p></w:txbxContent>"
    row = "<w:tr>{}<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc></w:tr>"
    for xml in (
        f'<w:p {w}><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t xml:space="preserve">ER: </w:t></w:r>'
        "<w:sdt><w:sdtContent><w:r><w:t>positive</w:t></w:r></w:sdtContent></w:sdt></w:p>",
        f"<w:sdt {w}><w:sdtContent><w:p><w:r><w:t>pT2</w:t><w:tab/><w:t>pN0</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        f"<w:p {w}><w:ins><w:r><w:t>HER2 negative</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>HER2 positive</w:delText></w:r></w:del></w:p>",
        f"<w:p {w} {mc}><w:r><w:t>Anchor</w:t><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>",
        f"<w:tbl {w}>{row.format('<w:trPr><w:del/></w:trPr>', 'old')}"
        f"<w:sdt><w:sdtContent>{row.format('', 'kept')}</w:sdtContent></w:sdt></w:tbl>",
    ):
        document.element.body.insert_element_before(parse_xml(xml), "w:sectPr")
    buffer = io.BytesIO()
    document.save(buffer)
    lines = text_of(buffer.getvalue(), "r.docx").splitlines()
    assert lines == ["Page one only", "ER: positive", "pT2\tpN0", "HER2 negative", "Anchor", "Grade 3", "kept"]


def test_zip_bombs_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 5_000_000)
    options = ReadOptions(max_bytes=1_000_000)
    assert "max_bytes" in error_of(buffer.getvalue(), "bomb.docx", options)
    assert "max_bytes" in error_of(gzip.compress(b"a" * 5_000_000), "bomb.txt.gz", options)


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        (b"", "r.txt", "empty"),
        (b" \n\t ", "r.txt", "no text"),
        (bytes(range(256)) * 10, "r.txt", "binary"),
        (b"PK\x03\x04 cut short", "r.docx", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "r.doc", "Office"),
        (b"{\\rtf1 Text}", "r.rtf", "RTF"),
        (b"<!DOCTYPE html><p>Report", "r.pdf", "HTML"),
        (b'{"text": "Report"}', "r.json", "jsonl"),
        (gzip.compress(b"Report" * 100)[:30], "r.txt.gz", "gzip"),
        (gzip.compress(gzip.compress(b"Report")), "r.txt.gz", "twice"),
    ],
)
def test_what_is_no_report_fails_with_a_reason(data: bytes, name: str, word: str) -> None:
    assert word in error_of(data, name)


def test_a_zip_of_something_else_is_named() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("report.txt", "secret words")
    error = error_of(buffer.getvalue(), "r.docx")
    assert "unpack" in error
    assert "secret" not in error
