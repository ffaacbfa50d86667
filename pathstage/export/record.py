"""The record: what pathstage says about one report, as the JSON object every output format is made from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pathstage.report import Extraction, Failure, FieldValue, ModelInfo
from pathstage.schema import Task, TaskSchema


def record(result: Extraction | Failure, model: ModelInfo, *, keep_text: bool = False) -> dict[str, Any]:
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
            "model": asdict(model),
        }
    made = {
        "id": result.report.id,
        "source": result.report.source,
        "status": "ok",
        "error": None,
        "fields": {name: _field(value) for name, value in result.fields.items()},
        "model": asdict(model),
    }
    if keep_text:
        made["text"] = result.report.text
    return made


def _field(field: FieldValue) -> dict[str, Any]:
    return {
        "value": field.value,
        # Six places: more than a probability can mean, and no float32 noise in the file.
        "probability": round(float(field.probability), 6),
        "evidence": [asdict(evidence) for evidence in field.evidence],
    }


def json_schema(schema: TaskSchema) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the records that a model with these tasks writes."""
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
            optional={"text": {"type": "string", "description": "The report as ingested; offsets point into it."}},
        ),
        "if": {"properties": {"status": {"const": "ok"}}},
        "then": {
            "properties": {
                "error": {"type": "null"},
                "fields": _object({task.name: _task(task) for task in schema.tasks}),
            }
        },
        "else": {"properties": {"error": {"type": "string"}, "fields": {"maxProperties": 0}}},
        "$defs": {"evidence": evidence},
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
