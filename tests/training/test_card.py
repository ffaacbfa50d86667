"""The model card: what it says is what the run knows, and it says so when nothing was measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pathstage.model.checkpoint import read_settings
from pathstage.schema import TaskSchema
from pathstage.training import load_config, train


@pytest.fixture
def trained(write_config: Callable[..., Path]) -> Path:
    return train(write_config(optimizer={"epochs": 1}), log=lambda _: None)


def test_it_tells_tasks_balance_base_and_configuration(
    trained: Path, write_config: Callable[..., Path], schema: TaskSchema
) -> None:
    card = (trained / "README.md").read_text(encoding="utf-8")
    identity = read_settings(trained).base_identity
    _, front, body = card.split("---\n", 2)
    assert yaml.safe_load(front)["base_model"] == identity.name
    assert schema.name in yaml.safe_load(front)["tags"]
    assert "12 reports of 4 hospitals" in body
    assert "| pT | T0 0, Tis 0, T1 6, T2 6, T3 0, T4 0, TX 0 |" in body
    assert "| PR | positive 0, negative 0, not_reported 0 |" in body
    assert identity.weights_sha256
    assert identity.weights_sha256 in body
    assert "first 4 blocks" in body
    for task in schema.tasks:
        assert f"| {task.name}: {task.title} | {', '.join(task.classes)} |" in body
    written = yaml.safe_load(body.split("```yaml\n")[1].split("```")[0])
    assert written["optimizer"] == load_config(write_config(optimizer={"epochs": 1})).as_dict()["optimizer"]


def test_it_says_that_nothing_was_measured(trained: Path) -> None:
    assert "Not measured" in (trained / "README.md").read_text(encoding="utf-8")
    assert json.loads((trained / "metrics.json").read_text()) == {}


def test_it_says_that_a_person_verifies(trained: Path) -> None:
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert "A person verifies" in card
    assert "not calibrated" in card
