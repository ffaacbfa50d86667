"""Word documents: paragraphs, tables, text boxes and headers, in the order they are read.

The XML is walked, since python-docx's own text leaves out what synoptic templates are made of: content controls
(`w:sdt`), tracked insertions (`w:ins`) and text boxes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import docx
from docx.document import Document
from docx.oxml.ns import qn
from lxml import etree

_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT = frozenset({qn("w:t"), qn("m:t")})
_TEXT_BOX = qn("w:txbxContent")
_CHARACTERS = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
# Deleted or moved away, a second rendering of what stands beside it, or settings (which hold tab stops).
_SKIPPED = frozenset(
    {
        qn("w:del"),
        qn("w:moveFrom"),
        qn("w:pPr"),
        qn("w:rPr"),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)


def docx_text(data: bytes) -> str:
    """Text of a .docx: the page headers, the body, the page footers; a table row is one line, its cells tab-separated.

    Tracked changes are read as accepted; a text box follows the paragraph that it is anchored in.
    Raises whatever python-docx raises for a damaged file.
    """
    document = docx.Document(io.BytesIO(data))
    headers, footers = _headers_and_footers(document)
    parts = [*headers, document.element.body, *footers]
    return "\n".join(line for part in parts for line in _lines(part)).strip()


def _headers_and_footers(document: Document) -> tuple[list[etree._Element], list[etree._Element]]:
    """Those that are shown on some page: first and even pages have their own only where the document says so."""
    headers, footers = [], []
    even = document.settings.odd_and_even_pages_header_footer
    for section in document.sections:
        first = section.different_first_page_header_footer
        shown = [
            *([(section.first_page_header, section.first_page_footer)] if first else []),
            (section.header, section.footer),
            *([(section.even_page_header, section.even_page_footer)] if even else []),
        ]
        headers += [header._element for header, _ in shown if not header.is_linked_to_previous]
        footers += [footer._element for _, footer in shown if not footer.is_linked_to_previous]
    return headers, footers


def _lines(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag == _PARAGRAPH:
            boxes: list[etree._Element] = []
            yield "".join(_pieces(child, boxes))
            for box in boxes:
                yield from _lines(box)
        elif child.tag == _TABLE:
            for row in _outermost(child, _ROW):
                # A row whose deletion is tracked says so in its properties.
                if row.find(f"{qn('w:trPr')}/{qn('w:del')}") is None:
                    yield "\t".join("\n".join(_lines(cell)).strip() for cell in _outermost(row, _CELL))
        elif child.tag not in _SKIPPED:
            yield from _lines(child)


def _pieces(element: etree._Element, boxes: list[etree._Element]) -> Iterator[str]:
    """Text inside a paragraph; text boxes anchored there go to `boxes`."""
    for child in element:
        if child.tag in _TEXT:
            yield child.text or ""
        elif child.tag in _CHARACTERS:
            yield _CHARACTERS[child.tag]
        elif child.tag == _TEXT_BOX:
            boxes.append(child)
        elif child.tag not in _SKIPPED:
            yield from _pieces(child, boxes)


def _outermost(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _SKIPPED:
            yield from _outermost(child, tag)
