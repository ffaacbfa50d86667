"""The records: looking up pages and offsets, and that they stay as they were made."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.report import Page, PreparedText, Report


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_every_character_knows_its_page(lengths: list[int]) -> None:
    pages, at = [], 0
    for number, length in enumerate(lengths, start=1):
        pages.append(Page(number, at, at + length, "text_layer"))
        at += length
    report = Report("r", "r.pdf", "x" * at, tuple(pages))
    for page in pages:
        assert {report.page_at(offset) for offset in range(page.start, page.end)} == {page.number}


def test_a_report_without_pages_has_no_page() -> None:
    assert Report("r", "r.txt", "text").page_at(2) is None


def test_to_source_spans_from_the_first_to_the_last_character() -> None:
    # "em" was read as "cm", and a blank was taken out after "2".
    prepared = PreparedText("2cm", (0, 2, 3), (1, 3, 4))
    assert prepared.to_source(0, 3) == (0, 4)
    assert prepared.to_source(1, 2) == (2, 3)


def test_records_cannot_be_changed() -> None:
    report = Report("r", "r.txt", "text")
    with pytest.raises(FrozenInstanceError):
        report.text = "other"  # type: ignore[misc]
