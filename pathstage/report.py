"""The records that travel from stage to stage: plain, typed, without logic beyond looking themselves up.

    bytes ──ingest──▶ Report ──prepare──▶ PreparedText ──model──▶ Extraction ──staged──▶ StagedRecord (in `staged.py`)

A report that cannot go on becomes a Failure, which travels beside the others to the output.

All offsets are Python string indices, half-open, and count characters of `Report.text`, the text as ingested.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathstage.rules.finding import Finding

Origin = Literal["text", "text_layer", "ocr"]


@dataclass(frozen=True, slots=True)
class Page:
    """Characters `start:end` of a report's text, which stood on page `number` (1-based) of its source.

    `origin` says how they were read: a `text` file or cell, a PDF's `text_layer`, or `ocr` of the page's image.
    """

    number: int
    start: int
    end: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Report:
    """One report as ingested. `source` names the file (and row) it came from; `pages` cover `text` in order."""

    id: str
    source: str
    text: str
    pages: tuple[Page, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """Number of the page that holds the character at `offset`; None for a report that has no pages."""
        at = bisect_right(self.pages, offset, key=lambda page: page.start) - 1
        return self.pages[at].number if at >= 0 else None

    def quote(self, start: int, end: int) -> Evidence:
        """The words `start:end` of the text, with their page."""
        return Evidence(self.text[start:end], start, end, self.page_at(start))


@dataclass(frozen=True, slots=True)
class Failure:
    """A report that could not be read or extracted. `error` says what is wrong and the cure, not what it holds.

    `code` is "blank" where there was nothing to read.
    """

    id: str
    source: str
    error: str
    code: str = "not_read"


@dataclass(frozen=True, slots=True)
class PreparedText:
    """What the model reads of a report.

    Character `i` of `text` stands for characters `starts[i]:ends[i]` of the report it was prepared from.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The report's span for the non-empty span `start:end` of the prepared text."""
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a report that a value rests on: `text` is `report.text[start:end]`, on page `page`."""

    text: str
    start: int
    end: int
    page: int | None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A task's answer: one of its classes, the probability of that class, and the words that support it.

    `probabilities` are those of every class of the task; a system that has none leaves it empty.
    """

    value: str
    probability: float
    evidence: tuple[Evidence, ...] = ()
    probabilities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model made a record: the checkpoint's name and version and the base LLM under it."""

    name: str
    base: str
    version: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """The answers to one report: a value for every task of the schema, in the schema's order.

    `findings` are what the rules found in it; their offsets count characters of `report.text`.
    """

    report: Report
    fields: dict[str, FieldValue]
    findings: tuple[Finding, ...] = ()
