"""Records in: what `extract` wrote as JSON Lines, of this version or an earlier one, read back."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast

from pydantic import BaseModel, ValidationError

_CURE = "give the .jsonl that `pathstage extract -o` wrote"


class RecordsError(ValueError):
    """A file that holds no records; the message names it and the line, never what stands there."""


class Words(BaseModel):
    """Words of the report: characters `start:end` of its text. All are None for what is not printed in it."""

    text: str | None = None
    start: int | None = None
    end: int | None = None
    page: int | None = None


class Field(BaseModel):
    """A task's value."""

    value: str
    probability: float
    evidence: list[Words] = []


class Detail(BaseModel):
    """A value beyond the tasks."""

    value: str | float | list[float]
    evidence: list[Words] = []


class Possible(BaseModel):
    """One of the two stages, or what it may be."""

    stage: str | None = None
    possible: list[str] = []
    settled_by: list[str] = []
    assumed: list[str] = []
    reason: str | None = None


class Stage(BaseModel):
    """Both stages."""

    edition: str = ""
    neoadjuvant: bool | None = None
    anatomic: Possible
    prognostic: Possible


class Fact(Words):
    """One side of a contradiction."""

    field: str
    value: str | float | list[float]


class Finding(BaseModel):
    """A contradiction."""

    code: str
    message: str
    evidence: list[Fact] = []


class Reason(BaseModel):
    """Why to review a record."""

    code: str
    message: str
    fields: list[str] = []


class Model(BaseModel):
    """What made a record."""

    name: str = ""
    base: str = ""
    version: str = ""


class Record(BaseModel):
    """A line of the file (see `record.schema.json`). What an earlier version did not write is empty, `review` None."""

    id: str
    source: str = ""
    status: Literal["ok", "error"]
    error: str | None = None
    fields: dict[str, Field]
    stage: Stage | None = None
    details: dict[str, Detail] = {}
    findings: list[Finding] = []
    review: bool | None = None
    review_reasons: list[Reason] = []
    model: Model = Model()
    text: str | None = None


def read_records(path: Path) -> Iterator[Record]:
    """The records of a `.jsonl` or `.jsonl.gz` file, in order.

    Raises RecordsError for a file that is not there, cannot be unpacked, or holds a line that is no record.
    """
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    record = Record.model_validate_json(line)
                except ValidationError as error:
                    raise RecordsError(f"{path}, line {number}: no record, {_problem(error)}; {_CURE}") from None
                yield record
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise RecordsError(f"{path}: cannot be read ({reason})") from error


def _problem(error: ValidationError) -> str:
    place = error.errors(include_input=False)[0]["loc"]
    # Only the first part of the place is a name of ours; others may come from the file.
    return f"its {place[0]} is missing or of another kind" if place else "it is not a JSON object"


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")
