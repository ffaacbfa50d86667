"""What the language model is told: the prompts of this folder, filled in from the schema and the report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import Any

from pathstage.corpus.dataset import LabelledReport
from pathstage.prepare import repair, truncate
from pathstage.schema import Task, TaskSchema

Message = dict[str, str]
"""`role` ("system", "user" or "assistant") and `content`, as chat templates and OpenAI-compatible servers take them."""

_CHARACTERS_A_TOKEN = 3.5  # of English medical text, for models whose tokenizer is not at hand


def messages(schema: TaskSchema, text: str, max_tokens: int, examples: Sequence[LabelledReport] = ()) -> list[Message]:
    """The conversation that ends with the question about a report.

    The report is prepared as for every system, and cut down to the passages that speak of the tasks, about `max_tokens`
    tokens of them. `examples` come before it, as questions that were answered rightly.
    """
    found = [{"role": "system", "content": _system(schema)}]
    for row in examples:
        found.append({"role": "user", "content": _user(schema, row.text, max_tokens)})
        found.append({"role": "assistant", "content": json.dumps({name: row.labels[name] for name in schema.names})})
    found.append({"role": "user", "content": _user(schema, text, max_tokens)})
    return found


def json_schema(schema: TaskSchema) -> dict[str, Any]:
    """The JSON Schema of an answer: an object with one of the classes for every task."""
    return {
        "type": "object",
        "properties": {task.name: {"type": "string", "enum": list(task.classes)} for task in schema.tasks},
        "required": list(schema.names),
        "additionalProperties": False,
    }


def choose_examples(rows: Sequence[LabelledReport], schema: TaskSchema, number: int) -> tuple[LabelledReport, ...]:
    """So many reports, labelled for every task, that together show most classes; the shortest among equals."""
    left = sorted((row for row in rows if set(schema.names) <= set(row.labels)), key=lambda row: len(row.text))
    chosen: list[LabelledReport] = []
    shown: set[tuple[str, str]] = set()
    while left and len(chosen) < number:
        best = max(left, key=lambda row: len(set(row.labels.items()) - shown))
        left.remove(best)
        chosen.append(best)
        shown |= set(best.labels.items())
    return tuple(chosen)


def _system(schema: TaskSchema) -> str:
    return _fill(
        "system.txt", title=schema.title, tasks="\n".join(map(_line, schema.tasks)), keys=", ".join(schema.names)
    )


def _line(task: Task) -> str:
    values = ", ".join(f"{label} (not documented)" if label == task.absent else label for label in task.classes)
    return f"- {task.name}: {task.title}. {task.rule} Values: {values}."


def _user(schema: TaskSchema, text: str, max_tokens: int) -> str:
    prepared = truncate(repair(text, schema), schema, max_tokens, _count_tokens)
    form = json.dumps(dict.fromkeys(schema.names, "..."))
    return _fill("user.txt", report=prepared.text, form=form)


def _count_tokens(texts: Sequence[str]) -> list[int]:
    return [1 + round(len(text) / _CHARACTERS_A_TOKEN) for text in texts]


def _fill(name: str, **values: str) -> str:
    return Template((resources.files(__package__) / name).read_text(encoding="utf-8")).substitute(values)
