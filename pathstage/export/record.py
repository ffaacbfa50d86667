"""The record: what pathstage says about one report, as the JSON object every output format is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pathstage.details import Detail, detail_types
from pathstage.report import Failure, FieldValue, ModelInfo, Report
from pathstage.schema import Task, TaskSchema
from pathstage.staged import REVIEW_CODES, ReviewReason, StagedRecord
from pathstage.staging.consistency import ConsistencyFinding, Fact, consistency_codes

_JSON_TYPE = {str: "string", float: "number", tuple: "array"}


def record(result: StagedRecord | Failure, model: ModelInfo, *, keep_text: bool = False) -> dict[str, Any]:
    """The JSON object of one report; a failure has an `error` and no fields.

    Offsets of evidence are Python string indices, half-open, into the report's text as ingested, which is added
    as `text` with `keep_text` (never for a failure, which holds no text).
    """
    if isinstance(result, Failure):
        return {
            "id": result.id,
            "source": result.source,
            "status": "error",
            "error": result.error,
            "fields": {},
            "stage": None,
            "details": {},
            "findings": [],
            "review": True,
            "review_reasons": _reasons([ReviewReason(result.code, result.error)]),
            "model": asdict(model),
        }
    report = result.extraction.report
    made = {
        "id": report.id,
        "source": report.source,
        "status": "ok",
        "error": None,
        "fields": {name: _field(value) for name, value in result.extraction.fields.items()},
        "stage": result.stage.to_dict() if result.stage else None,
        "details": {name: _detail(detail) for name, detail in result.details.items()},
        "findings": [_finding(finding, report) for finding in result.findings],
        "review": result.review,
        "review_reasons": _reasons(result.reasons),
        "model": asdict(model),
    }
    if keep_text:
        made["text"] = report.text
    return made


def _field(field: FieldValue) -> dict[str, Any]:
    return {
        "value": field.value,
        # Six places: more than a probability can mean, and no float32 noise in the file.
        "probability": round(float(field.probability), 6),
        "evidence": [asdict(evidence) for evidence in field.evidence],
    }


def _detail(detail: Detail) -> dict[str, Any]:
    value = list(detail.value) if isinstance(detail.value, tuple) else detail.value
    return {"value": value, "evidence": [asdict(evidence) for evidence in detail.evidence]}


def _finding(finding: ConsistencyFinding, report: Report) -> dict[str, Any]:
    evidence = [_fact(fact, report) for fact in finding.evidence]
    return {"code": finding.code, "message": finding.message, "evidence": evidence}


def _fact(fact: Fact, report: Report) -> dict[str, Any]:
    """A fact, with its words as evidence has them; they are null where it follows from others and is not printed."""
    words = asdict(report.quote(*fact.span)) if fact.span else dict.fromkeys(("text", "start", "end", "page"))
    return fact.to_dict() | words


def _reasons(reasons: Iterable[ReviewReason]) -> list[dict[str, Any]]:
    return [asdict(reason) | {"fields": list(reason.fields)} for reason in reasons]


def json_schema(schema: TaskSchema) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the records that a model with these tasks writes.

    What records did not have from the first is not required, so that older files are valid.
    """
    text = {"type": "string"}
    evidence = _object(
        {
            "text": {"type": "string", "description": "The words as they stand in the report."},
            "start": {"type": "integer", "minimum": 0, "description": "Index of the first character in the text."},
            "end": {"type": "integer", "minimum": 1, "description": "Index after the last character."},
            "page": {"type": ["integer", "null"], "minimum": 1, "description": "Page of the first character."},
        }
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pathstage:record:{schema.name}:{schema.version}",
        "title": f"pathstage record: {schema.title}",
        "description": "One report: its fields when status is ok, what went wrong when status is error.",
        **_object(
            {
                "id": text,
                "source": {"type": "string", "description": "The file, and row, that the report came from."},
                "status": {"enum": ["ok", "error"]},
                "error": {"type": ["string", "null"]},
                "fields": {"type": "object"},
                "model": _object({"name": text, "base": text, "version": text}),
            },
            optional=_beyond_fields(schema)
            | {"text": {"type": "string", "description": "The report as ingested; offsets point into it."}},
        ),
        "if": {"properties": {"status": {"const": "ok"}}},
        "then": {
            "properties": {
                "error": {"type": "null"},
                "fields": _object({task.name: _task(task) for task in schema.tasks}),
            }
        },
        "else": {
            "properties": {
                "error": {"type": "string"},
                "fields": {"maxProperties": 0},
                "stage": {"type": "null"},
                "review": {"const": True},
            }
        },
        "$defs": {"evidence": evidence},
    }


def _beyond_fields(schema: TaskSchema) -> dict[str, Any]:
    """What records have had since they are staged."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    possible = _object(
        {
            "stage": {"type": ["string", "null"], "description": "The stage if it is certain."},
            "possible": {**texts, "description": "The stages it may be, in order."},
            "settled_by": {**texts, "description": "The missing items that the stage depends on."},
            "assumed": {**texts, "description": "What was taken for granted, such as cM0."},
            "reason": {"type": ["string", "null"], "description": "Why there is no stage, where none is possible."},
        }
    )
    stage = _object(
        {
            "edition": text,
            "neoadjuvant": {"type": ["boolean", "null"], "description": "Treated before surgery; null: not said."},
            "anatomic": possible,
            "prognostic": possible,
        }
    )
    details = {
        name: _object(
            {"value": {"type": _JSON_TYPE[kind]}, "evidence": {"type": "array", "items": {"$ref": "#/$defs/evidence"}}}
        )
        for name, kind in detail_types(schema).items()
    }
    fact = _object(
        {
            "field": text,
            "value": {"type": ["string", "number", "array"]},
            "text": {"type": ["string", "null"]},
            "start": {"type": ["integer", "null"], "minimum": 0},
            "end": {"type": ["integer", "null"], "minimum": 1},
            "page": {"type": ["integer", "null"], "minimum": 1},
        }
    )
    finding = _object(
        {"code": {"enum": list(consistency_codes())}, "message": text, "evidence": {"type": "array", "items": fact}}
    )
    reason = _object(
        {
            "code": {"enum": list(REVIEW_CODES)},
            "message": text,
            "fields": {"type": "array", "items": {"enum": list(schema.names)}},
        }
    )
    return {
        "stage": {
            "description": "Null for a text that is no report of this cancer.",
            "anyOf": [stage, {"type": "null"}],
        },
        "details": {"description": "What the rules read beyond the fields.", **_object({}, optional=details)},
        "findings": {"description": "What in the report contradicts itself.", "type": "array", "items": finding},
        "review": {"type": "boolean", "description": "Whether a person should look at this record."},
        "review_reasons": {"type": "array", "items": reason},
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        **_object(
            {
                "value": {"enum": list(task.classes)},
                "probability": {"type": "number", "minimum": 0, "maximum": 1},
                "evidence": {"type": "array", "items": {"$ref": "#/$defs/evidence"}},
            }
        ),
    }


def _object(properties: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with exactly these properties, all required but the `optional` ones."""
    return {
        "type": "object",
        "properties": properties | (optional or {}),
        "required": list(properties),
        "additionalProperties": False,
    }
