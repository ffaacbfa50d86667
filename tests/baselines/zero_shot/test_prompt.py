"""Prompts: everything they say comes from the schema, the report and the two files."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

from pathstage.baselines.zero_shot.prompt import choose_examples, json_schema, messages
from pathstage.corpus.dataset import LabelledReport
from pathstage.schema import TaskSchema


def test_the_model_is_told_every_task_class_and_rule(schema: TaskSchema) -> None:
    system, user = messages(schema, "FINAL DIAGNOSIS: Invasive carcinoma, 2.3 cm, pT2. Price: $report.", 500)
    assert (system["role"], user["role"]) == ("system", "user")
    for task in schema.tasks:
        assert all(label in system["content"] for label in (task.name, task.title, task.rule, *task.classes))
        assert f"{task.absent} (not documented)" in system["content"]
    assert "2.3 cm, pT2" in user["content"]
    assert "Price: $report" in user["content"]


def test_long_reports_are_cut_to_what_matters(schema: TaskSchema) -> None:
    padding = "The specimen was received fresh and oriented with a suture. " * 400
    user = messages(schema, f"{padding}\nFINAL DIAGNOSIS: Stage pT3 pN1.\n{padding}", 100)[-1]["content"]
    assert "pT3 pN1" in user
    assert len(user) < 1200


def test_examples_are_answered_turns_and_show_many_classes(schema: TaskSchema) -> None:
    def row(name: str, length: int, **labels: str) -> LabelledReport:
        everything = {task.name: task.absent for task in schema.tasks} | labels
        return LabelledReport(name, "H", "words " * length, everything)

    rows = [
        row("plain", 1),
        row("stage", 9, pT="T2", pN="N1"),
        row("same", 20, pT="T2", pN="N1"),
        row("er", 3, ER="positive"),
    ]
    rows.append(replace(row("partly labelled", 1), labels={"pT": "T4"}))
    assert [one.id for one in choose_examples(rows, schema, 3)] == ["plain", "stage", "er"]
    assert len(choose_examples(rows, schema, 9)) == 4
    asked = messages(schema, "text", 100, choose_examples(rows, schema, 2))
    assert [one["role"] for one in asked] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert '"pT": "T2"' in asked[4]["content"]


def test_the_json_schema_takes_the_classes_and_nothing_else(schema: TaskSchema) -> None:
    form = json_schema(schema)
    good = {task.name: task.classes[0] for task in schema.tasks}
    jsonschema.validate(good, form)
    for bad in ({}, good | {"pT": "T9"}, good | {"more": "x"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, form)
