from collections.abc import Callable

import pytest

from pathstage.report import Evidence, Extraction, Failure, FieldValue, ModelInfo, Page, Report
from pathstage.schema import TaskSchema, load_schema
from pathstage.staged import StagedRecord, stage_record


@pytest.fixture(scope="session")
def schema() -> TaskSchema:
    return load_schema()


@pytest.fixture(scope="session")
def model() -> ModelInfo:
    return ModelInfo("breast-v1", "SmolLM2-135M-Instruct", "0.1.0")


@pytest.fixture(scope="session")
def make_record(schema: TaskSchema) -> Callable[..., StagedRecord]:
    """Build the record of an extraction whose every field rests on the whole of `text`."""

    def make(text: str = "Invasive ductal carcinoma,\n 2.1 cm: pT2", id: str = "r1") -> StagedRecord:
        evidence = (Evidence(text, 0, len(text), 1),) * 2
        extraction = Extraction(
            Report(id, f"{id}.txt", text, (Page(1, 0, len(text), "text"),)),
            {task.name: FieldValue(task.classes[0], 0.875, evidence) for task in schema.tasks},
        )
        return stage_record(extraction, schema)

    return make


@pytest.fixture(scope="session")
def failure() -> Failure:
    return Failure("r2", "r2.pdf", "r2.pdf: is encrypted; remove the password first")
