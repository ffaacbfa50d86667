"""Word documents: paragraphs, tables and headers, in the order they are read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import docx
from docx.blkcntnr import BlockItemContainer
from docx.document import Document
from docx.table import Table
from docx.text.paragraph import Paragraph


def docx_text(data: bytes) -> str:
    """Text of a .docx: the page headers, the body, the page footers; a table row is one line, its cells tab-separated.

    Raises whatever python-docx raises for a damaged file.
    """
    document = docx.Document(io.BytesIO(data))
    headers = [section.header for section in document.sections if not section.header.is_linked_to_previous]
    footers = [section.footer for section in document.sections if not section.footer.is_linked_to_previous]
    parts: list[Document | BlockItemContainer] = [*headers, document, *footers]
    lines = [line for part in parts for line in _lines(part)]
    return "\n".join(lines).strip()


def _lines(container: Document | BlockItemContainer) -> Iterator[str]:
    for block in container.iter_inner_content():
        if isinstance(block, Paragraph):
            yield block.text
        else:
            yield from _table_lines(block)


def _table_lines(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        previous = None
        for cell in row.cells:
            # A merged cell is listed once for each column it spans.
            if previous is None or cell._tc is not previous:
                cells.append("\n".join(_lines(cell)).strip())
            previous = cell._tc
        yield "\t".join(cells)
