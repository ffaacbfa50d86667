"""The blind sets, blind no longer: what was mended stays mended, and nothing but classes of the schema is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.prepare import repair
from pathstage.rules import answers, decide, find
from pathstage.schema import TaskSchema, load_schema

BLIND = Path(__file__).parents[2] / "benchmarks" / "blind"
SCHEMA = load_schema()


def read(rows: list[LabelledReport], schema: TaskSchema) -> list[dict[str, str]]:
    found = []
    for row in rows:
        findings = find(repair(row.text, schema).text, schema.name)
        for finding in findings:
            if finding.task in schema.names:
                assert finding.value in schema[finding.task].classes, (row.id, finding.task, finding.value)
        found.append(answers(decide(findings), schema))
    return found


@pytest.mark.parametrize("name", ["set1", "set2", "set3", "set4", "set5"])
def test_nearly_every_answer_is_right(name: str) -> None:
    rows = list(read_corpus(BLIND / f"{name}.jsonl.gz", SCHEMA))
    wrong = [
        f"{row.id} {task}: {said[task]} instead of {row.labels[task]}"
        for row, said in zip(rows, read(rows, SCHEMA), strict=True)
        for task in SCHEMA.names
        if said[task] != row.labels[task]
    ]
    assert len(wrong) <= 0.01 * len(rows) * len(SCHEMA.names), wrong


def test_what_was_not_found_is_answered_with_the_absent_class() -> None:
    assert answers({}, SCHEMA) == {task.name: task.absent for task in SCHEMA.tasks}
    decided = decide(find("FINAL DIAGNOSIS: Invasive ductal carcinoma, pT2 pN1a.", "breast"))
    assert answers(decided, SCHEMA) | {"pT": "T2", "pN": "N1"} == answers(decided, SCHEMA)
