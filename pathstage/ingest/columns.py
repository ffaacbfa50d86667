"""Which columns of a table hold the report's id and its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The most specific first: a report's own id before its patient's, which may repeat.
ID_NAMES = (
    "id",
    "reportid",
    "patientfilename",
    "filename",
    "documentid",
    "noteid",
    "accession",
    "accessionnumber",
    "accessionno",
    "accessionid",
    "specimenid",
    "specimennumber",
    "caseid",
    "casenumber",
    "recordid",
    "uid",
    "patientid",
)
TEXT_NAMES = (
    "text",
    "reporttext",
    "report",
    "fulltext",
    "notetext",
    "pathologyreport",
    "pathreport",
    "pathologytext",
    "narrative",
    "note",
    "document",
    "content",
    "body",
    "diagnosis",
    "finaldiagnosis",
)


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _find(columns: Sequence[str], names: Sequence[str]) -> str | None:
    keys = {_key(column): column for column in reversed(columns)}
    return next((keys[name] for name in names if name in keys), None)


def find_id_column(columns: Sequence[str]) -> str | None:
    """The column that names the report, by its usual names; None if there is none."""
    return _find(columns, ID_NAMES)


def find_text_column(columns: Sequence[str]) -> str | None:
    """The column that holds the report, by its usual names; None if there is none."""
    return _find(columns, TEXT_NAMES)
