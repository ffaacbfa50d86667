"""The corpus format: one JSON object a line, a report with its labels and the words they rest on.

A row has `id, hospital, text, labels` (task → class) and, where known, `details`, `numbers` and `evidence`
(task → list of {start, end, text}, offsets into `text`). Labels may miss tasks: training masks them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pathstage.schema import TaskSchema


class CorpusError(ValueError):
    """A corpus file that cannot be used; the message names the file, the line and what is wrong, never report text."""


@dataclass(frozen=True, slots=True)
class LabelledReport:
    """A report with what its annotators found. `evidence` holds half-open spans of `text` for each task."""

    id: str
    hospital: str
    text: str
    labels: dict[str, str]
    evidence: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)


def read_corpus(path: str | Path, schema: TaskSchema) -> Iterator[LabelledReport]:
    """Stream the rows of a `.jsonl` or `.jsonl.gz` corpus.

    Raises CorpusError for a missing file, a line that is no row, a label the schema does not have, or an evidence
    span outside the text.
    """
    path = Path(path)
    if not path.is_file():
        raise CorpusError(f"{path}: no such corpus file")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _row(line, schema, f"{path}, line {number}")


def _row(line: str, schema: TaskSchema, where: str) -> LabelledReport:
    try:
        raw = json.loads(line)
        row = LabelledReport(
            id=str(raw["id"]),
            hospital=str(raw.get("hospital", "")),
            text=raw["text"],
            labels=dict(raw["labels"]),
            evidence={
                task: tuple((int(span["start"]), int(span["end"])) for span in spans)
                for task, spans in raw.get("evidence", {}).items()
            },
            details=dict(raw.get("details", {})),
            numbers=dict(raw.get("numbers", {})),
        )
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"{where}: not a corpus row with id, text and labels ({type(error).__name__})") from None
    _check(row, schema, where)
    return row


def _check(row: LabelledReport, schema: TaskSchema, where: str) -> None:
    for task, label in row.labels.items():
        if task in schema.names and label not in schema[task].classes:
            raise CorpusError(f"{where}: {task} is {label!r}; the schema's classes are {schema[task].classes}")
    for task, spans in row.evidence.items():
        if any(not 0 <= start < end <= len(row.text) for start, end in spans):
            raise CorpusError(f"{where}: evidence for {task} lies outside the text")
