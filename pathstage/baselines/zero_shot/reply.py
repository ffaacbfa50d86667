"""Reading what a language model wrote: tolerant of everything around and within the JSON but of other values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pathstage.schema import Task, TaskSchema

OUTSIDE = "(outside the schema)"
"""Stands for a value that is none of a task's classes. What was written is not kept: it may be a patient's data."""


def read_reply(reply: str, schema: TaskSchema) -> dict[str, str]:
    """Task → class, OUTSIDE for another value, or "" for a task that the reply says nothing of.

    The first JSON object that names a task counts; where there is none, lines such as "pT: T2" do. Case, blanks,
    hyphens and underscores, and the p, c or y before a category make no difference.
    """
    values = _json_object(reply, schema) or _lines(reply, schema)
    by_name = {_plain(name): value for name, value in values.items()}
    return {task.name: _class(by_name.get(_plain(task.name)), task) for task in schema.tasks}


def _json_object(reply: str, schema: TaskSchema) -> dict[str, Any]:
    names = {_plain(name) for name in schema.names}
    decoder = json.JSONDecoder()
    for brace in re.finditer(r"\{", reply):
        try:
            found, _ = decoder.raw_decode(reply, brace.start())
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(found, dict) and names & {_plain(str(name)) for name in found}:
            return {str(name): value for name, value in found.items()}
    return {}


def _lines(reply: str, schema: TaskSchema) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in schema.names:
        pattern = rf"(?<![\w-])[\"'*`]*{re.escape(name)}[\"'*`]*\s*[:=]\s*[\"'*`]*([^\"'*`,;}}\n]*)"
        if match := re.search(pattern, reply, re.IGNORECASE):
            found[name] = match[1]
    return found


def _class(value: Any, task: Task) -> str:
    if isinstance(value, Mapping):  # {"pT": {"value": "T2", ...}}
        value = next((value[key] for key in ("value", "answer", "class") if key in value), None)
    if value is None or not str(value).strip():
        return ""
    written = _plain(str(value))
    for label in task.classes:
        plain = _plain(label)
        if written in {plain, f"p{plain}", f"yp{plain}", f"c{plain}"}:
            return label
    return OUTSIDE


def _plain(text: str) -> str:
    return re.sub(r"[\s_.-]+", "", text).lower()
