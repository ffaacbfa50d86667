"""A record as one row of a table, and its cells made safe for the programs that open tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pathstage.details import detail_types
from pathstage.schema import TaskSchema

Cell = str | float | None

EVIDENCE_SEPARATOR = LIST_SEPARATOR = " | "

_STAGES = {"anatomic": "stage", "prognostic": "prognostic_stage"}
"""Columns of each stage of a record."""

# Lead characters that make Excel, LibreOffice or Google Sheets run a cell as a formula (OWASP, "CSV Injection"), with
# their full-width forms. Leading blanks and invisible characters do not disarm them: some importers trim those away.
_FORMULA = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]\d+(?:\.\d+)?", re.ASCII)
# Control characters that XML 1.0, and so a workbook, cannot hold; NUL also ends a cell early in some CSV readers.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def columns(schema: TaskSchema, *, keep_text: bool = False) -> dict[str, type]:
    """Column name → type of its cells (str or float), in order; any cell may be empty (None)."""
    made: dict[str, type] = {"id": str, "status": str, "error": str}
    for name in schema.names:
        made |= {name: str, f"{name}_probability": float, f"{name}_evidence": str}
    made |= {"source": str, "model": str}
    for stage in _STAGES.values():
        made |= {stage: str, f"{stage}_possible": str, f"{stage}_missing": str, f"{stage}_assumed": str}
    made |= {name: float if kind is float else str for name, kind in detail_types(schema).items()}
    made |= {"findings": str, "review": str, "review_reasons": str}
    return made | {"text": str} if keep_text else made


def row(record: Mapping[str, Any], schema: TaskSchema, *, keep_text: bool = False) -> list[Cell]:
    """The cells of a record, in the order of `columns`; the fields of a failure are None.

    Pieces of evidence are joined by " | ", white space within each folded to single blanks. Where any of them is on a
    later page than the first, each is followed by its page: "pT2 (p. 2)". Lists are joined likewise; where a stage is
    certain, `…_possible` and `…_missing` are empty.
    """
    pieces = [piece for field in record["fields"].values() for piece in field["evidence"]]
    paged = any(piece["page"] is not None and piece["page"] > 1 for piece in pieces)
    cells: list[Cell] = [record["id"], record["status"], _folded(record["error"])]
    for name in schema.names:
        if record["status"] == "ok":
            field = record["fields"][name]
            evidence = EVIDENCE_SEPARATOR.join(_evidence(piece, paged) for piece in field["evidence"])
            cells += [field["value"], field["probability"], evidence]
        else:
            cells += [None, None, None]
    model = record["model"]
    cells += [record["source"], f"{model['name']} {model['version']} on {model['base']}"]
    cells += [cell for kind in _STAGES for cell in _stage((record["stage"] or {}).get(kind))]
    cells += [_detail(record["details"].get(name)) for name in detail_types(schema)]
    cells += [
        _listed(f"{one['code']}: {one['message']}" for one in record["findings"]),
        "yes" if record["review"] else "no",
        _listed(f"{one['code']}: {one['message']}" for one in record["review_reasons"]),
    ]
    return [*cells, record.get("text")] if keep_text else cells


def defuse(cell: Cell) -> Cell:
    """The cell as a spreadsheet may safely open it: text it would run as a formula gets a leading apostrophe.

    Control characters are dropped from text. Numbers, and text that is only a signed number, stay as they are.
    """
    if not isinstance(cell, str):
        return cell
    clean = _CONTROL.sub("", cell)
    if _FORMULA.match(clean) and not _PLAIN_NUMBER.fullmatch(clean):
        return "'" + clean
    return clean


def encodable(cell: Cell) -> Cell:
    """The cell with "?" for every lone surrogate."""
    return cell.encode("utf-8", "replace").decode("utf-8") if isinstance(cell, str) else cell


def _stage(stage: Mapping[str, Any] | None) -> list[Cell]:
    if stage is None:
        return [None] * 4
    certain = stage["stage"] is not None
    possible, missing = ([], []) if certain else (stage["possible"], stage["settled_by"])
    return [stage["stage"], _listed(possible), _listed(missing), _listed(stage["assumed"])]


def _detail(detail: Mapping[str, Any] | None) -> Cell:
    if detail is None:
        return None
    value = detail["value"]
    return "+".join(map(str, value)) if isinstance(value, list) else value


def _listed(items: Iterable[str]) -> str | None:
    return LIST_SEPARATOR.join(_folded(item) or "" for item in items) or None


def _evidence(piece: Mapping[str, Any], paged: bool) -> str:
    words = " ".join(piece["text"].split())
    return f"{words} (p. {piece['page']})" if paged and piece["page"] is not None else words


def _folded(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())
