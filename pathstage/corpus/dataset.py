"""The corpus format: one JSON object a line, a report with its labels and the words they rest on.

A row has `id, hospital, text, labels` (task → class) and, where known, `patient`, `details`, `numbers`, `evidence`
(task → list of {start, end, text}, offsets into `text`) and `registry` (what a cancer registry recorded, verbatim).
Labels may miss tasks: training masks them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pathstage.schema import TaskSchema

# A label or column value longer than this may be report text pasted into the wrong place: messages do not print it.
_LONGEST_SHOWN = 32


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
    patient: str = ""
    registry: dict[str, str] = field(default_factory=dict)


def read_corpus(path: str | Path, schema: TaskSchema) -> Iterator[LabelledReport]:
    """Stream the rows of a `.jsonl` or `.jsonl.gz` corpus.

    Raises CorpusError for a missing file, a line that is no row, a label the schema does not have, or an evidence
    span outside the text.
    """
    for where, line in read_lines(path):
        row = build_row(decode_line(line, where), where)
        problem = next(label_problems(row, schema), None)
        if problem:
            raise CorpusError(f"{where}: {problem}")
        yield row


def write_corpus(rows: Iterable[LabelledReport], path: str | Path) -> int:
    """Write rows as `.jsonl`, compressed when the name ends in `.gz`, and return how many there were.

    The file appears under its name only when every row has been written. The same rows give the same bytes.
    """
    count = 0
    with whole_file(path) as file:
        for row in rows:
            file.write((encode_row(row) + "\n").encode())
            count += 1
    return count


@contextmanager
def whole_file(path: str | Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """A file to write to, compressed when the name ends in `.gz`, that appears only when the block ends well."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as raw:
            if path.suffix == ".gz":
                # No name and no time in the gzip header, which would make equal corpora differ.
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as compressed:
                    yield compressed
            else:
                yield raw
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def encode_row(row: LabelledReport) -> str:
    """One row as the JSON object that `read_corpus` reads, without a line end; fields the row lacks are left out."""
    raw: dict[str, Any] = {"id": row.id, "hospital": row.hospital}
    if row.patient:
        raw["patient"] = row.patient
    raw |= {"text": row.text, "labels": row.labels}
    if row.evidence:
        raw["evidence"] = {
            task: [{"start": start, "end": end, "text": row.text[start:end]} for start, end in spans]
            for task, spans in row.evidence.items()
        }
    raw |= {name: part for name in ("details", "numbers", "registry") if (part := getattr(row, name))}
    return json.dumps(raw, ensure_ascii=False)


def read_lines(path: str | Path) -> Iterator[tuple[str, str]]:
    """Stream (where, line) for the non-blank lines of a corpus file; `where` names file and line for messages.

    Raises CorpusError when there is no such file or its bytes are not UTF-8 text (gzip-compressed for `.gz`).
    """
    path = Path(path)
    if not path.is_file():
        raise CorpusError(f"{path}: no such corpus file")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{path}, line {number}", line
        except UnicodeDecodeError:
            raise CorpusError(f"{path}: not UTF-8 text; convert it to UTF-8") from None
        except (gzip.BadGzipFile, EOFError):
            raise CorpusError(f"{path}: not a whole gzip file; fetch or compress it again") from None


def decode_line(line: str, where: str) -> dict[str, Any]:
    """The JSON object of one line. Raises CorpusError when it is not one."""
    try:
        raw = json.loads(line)
    except json.JSONDecodeError:
        raise CorpusError(f"{where}: not JSON") from None
    if not isinstance(raw, dict):
        raise CorpusError(f"{where}: not a JSON object")
    return raw


def build_row(raw: dict[str, Any], where: str) -> LabelledReport:
    """A row of the decoded object, its labels not yet checked. Raises CorpusError when a field is missing or wrong."""
    try:
        if not isinstance(raw["text"], str):
            raise TypeError
        return LabelledReport(
            id=str(raw["id"]),
            hospital=str(raw.get("hospital", "")),
            text=raw["text"],
            labels=dict(raw["labels"]),
            evidence={
                task: tuple((int(span["start"]), int(span["end"])) for span in spans)
                for task, spans in (raw.get("evidence") or {}).items()
            },
            details=dict(raw.get("details") or {}),
            numbers=dict(raw.get("numbers") or {}),
            patient=str(raw.get("patient") or ""),
            registry=dict(raw.get("registry") or {}),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CorpusError(f"{where}: not a corpus row with id, text and labels ({type(error).__name__})") from None


def label_problems(row: LabelledReport, schema: TaskSchema) -> Iterator[str]:
    """What is wrong with a row's labels and evidence spans, a phrase each; tasks unknown to the schema are let be."""
    for task, label in row.labels.items():
        if task in schema.names and label not in schema[task].classes:
            yield f"{task} is {shown(label)}; the schema's classes are {schema[task].classes}"
    for task, spans in row.evidence.items():
        if any(not 0 <= start < end <= len(row.text) for start, end in spans):
            yield f"evidence for {shown(task)} lies outside the text"


def shown(value: object) -> str:
    """A value fit for a message: quoted when short, only its length when it is long enough to be report text."""
    text = str(value)
    return repr(text) if len(text) <= _LONGEST_SHOWN else f"a text of {len(text)} characters"
