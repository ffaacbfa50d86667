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

# Other words that head columns of registry exports; with the above, what may be shown of a table in a message.
_SAFE_KEYS = frozenset(
    {"age", "category", "date", "hospital", "label", "name", "number", "sex", "site", "type", "year"}
).union(ID_NAMES, TEXT_NAMES)
# A name as programs write it. "Jane Doe" and "S-1234" are none.
_IDENTIFIER = re.compile(r"(column \d+|[a-z][A-Za-z_]{0,29}\d{0,2})")
_MAX_SHOWN = 20


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


def looks_like_header(columns: Sequence[str]) -> bool:
    """Whether a first row names columns, rather than being the first report of a table without a header.

    One known name is proof; else every cell must be short, begin with a letter and hold no sentence and few digits.
    """
    return bool(find_id_column(columns) or find_text_column(columns)) or all(map(_could_be_name, columns))


def listed(columns: Sequence[str]) -> str:
    """What a message may say of a table's columns: only names that could not be a patient's data are shown."""
    shown = [repr(name) for name in columns if _IDENTIFIER.fullmatch(name) or _key(name) in _SAFE_KEYS]
    hidden = len(columns) - len(shown[:_MAX_SHOWN])
    if not shown:
        return f"{len(columns)} columns, whose names do not look like a header and are not shown"
    return ", ".join(shown[:_MAX_SHOWN]) + (f" and {hidden} whose names are not shown" if hidden else "")


def _could_be_name(name: str) -> bool:
    letters, digits = sum(map(str.isalpha, name)), sum(map(str.isdigit, name))
    return (
        name[:1].isalpha()
        and len(name) <= 40
        and len(name.split()) <= 5
        and digits < letters
        and not re.search(r"[.;:,](\s|$)", name)
    )
