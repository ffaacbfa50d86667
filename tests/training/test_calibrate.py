"""Calibrate: what a cross-validation supports, written into a checkpoint."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pathstage import cli
from pathstage.evaluation.predictions import Prediction, PredictionError, write_predictions
from pathstage.model.calibration import read_calibration
from pathstage.model.checkpoint import CheckpointError
from pathstage.schema import TaskSchema
from pathstage.training.calibrate import calibrate, calibration_table, fit_calibration


def made(schema: TaskSchema, reports: int = 400, skill: float = 7.0, sharpness: float = 2.0) -> list[Prediction]:
    """Predictions of six hospitals in three folds: softmax(sharpness · (noise + skill · label))."""
    rng = np.random.default_rng(0)
    predictions = []
    for number in range(reports):
        gold = {task.name: str(rng.choice(task.classes)) for task in schema.tasks}
        probabilities, predicted = {}, {}
        for task in schema.tasks:
            logits = rng.normal(size=len(task.classes))
            logits[task.index(gold[task.name])] += skill
            p = np.exp(sharpness * logits)
            probabilities[task.name] = dict(zip(task.classes, (p / p.sum()).tolist(), strict=True))
            predicted[task.name] = task.classes[int(p.argmax())]
        hospital = number % 6
        predictions.append(Prediction(f"r{number}", f"H{hospital}", hospital % 3, 0, gold, predicted, probabilities))
    return predictions


def test_an_overconfident_model_is_cooled_and_a_good_one_has_thresholds(schema: TaskSchema) -> None:
    bold = fit_calibration(made(schema, skill=2.0, sharpness=4.0), schema)
    assert all(task.temperature > 1.5 for task in bold.tasks.values())
    good = fit_calibration(made(schema), schema)
    assert good.targets() == (0.01, 0.02, 0.05)
    assert good.confidence == pytest.approx(0.9)
    for task in good.tasks.values():
        assert task.reports == 400
        for one in task.acceptance:
            assert one.threshold is not None
            assert one.bound is not None
            assert one.bound <= one.max_error
            assert 0 < one.elsewhere_accepted <= 400


def test_a_bad_model_has_no_thresholds(schema: TaskSchema) -> None:
    bad = fit_calibration(made(schema, skill=0.2), schema)
    assert {one.threshold for task in bad.tasks.values() for one in task.acceptance} == {None}


def test_the_command_writes_the_file_and_a_table(schema: TaskSchema, checkpoint: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(checkpoint, tmp_path / "copy"))
    write_predictions(made(schema), tmp_path / "predictions.jsonl")
    result = CliRunner().invoke(cli.app, ["calibrate", str(tmp_path / "predictions.jsonl"), "-o", str(copy)])
    assert result.exit_code == 0
    assert result.stdout.strip() == calibration_table(read_calibration(copy))
    assert set(json.loads((copy / "calibration.json").read_text())["tasks"]) == set(schema.names)


def test_wrong_inputs_are_named(schema: TaskSchema, checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        calibrate(tmp_path / "predictions.jsonl", tmp_path)
    with pytest.raises(PredictionError, match="no such predictions file"):
        calibrate(tmp_path / "predictions.jsonl", checkpoint)
    write_predictions([one for one in made(schema) if one.fold == 0], tmp_path / "one-fold.jsonl")
    with pytest.raises(ValueError, match="two groups"):
        calibrate(tmp_path / "one-fold.jsonl", Path(shutil.copytree(checkpoint, tmp_path / "copy")))
    assert not (tmp_path / "copy" / "calibration.json").exists()
