"""One document's pages → one text whose every character has its page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pathstage.report import Origin, Page

PAGE_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class PageText:
    """What one page says, and how it was read. `number` is 1-based."""

    number: int
    text: str
    origin: Origin


def assemble(pages: Iterable[PageText]) -> tuple[str, tuple[Page, ...]]:
    """Joins pages into a text and the pages that cover it without gap; a blank page holds no character and is left out.

    The blank line after a page belongs to it.
    """
    texts: list[str] = []
    spans: list[Page] = []
    length = 0
    filled = [page for page in pages if page.text]
    for page in filled:
        last = page is filled[-1]
        text = page.text if last or page.text.endswith("\f") else page.text + PAGE_BREAK
        texts.append(text)
        spans.append(Page(page.number, length, length + len(text), page.origin))
        length += len(text)
    return "".join(texts), tuple(spans)


def split_pages(text: str) -> Iterator[PageText]:
    """Pages of a text file, which end in form feeds; the form feeds stay in the text."""
    for number, page in enumerate(re.findall(r"[^\f]*\f|[^\f]+", text), start=1):
        yield PageText(number, page, "text")
