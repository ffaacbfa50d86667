"""Scores of parts of the reports."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pathstage.evaluation.breakdown import breakdown, by_basis, by_hospital, by_length, by_run
from pathstage.evaluation.metrics import score_predictions
from pathstage.evaluation.predictions import Prediction
from pathstage.schema import TaskSchema

MakePredictions = Callable[..., list[Prediction]]


def test_parts_are_scored_by_themselves(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=20)
    found = breakdown(made, two_tasks, lambda one: {0: "first", 1: None}.get(one.fold, "other"))
    assert list(found) == ["first", "other"]
    assert found["first"] == score_predictions([one for one in made if one.fold == 0], two_tasks)


def test_runs_are_seeds_and_folds(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=24, seeds=(0, 1))
    found = by_run(made, two_tasks)
    assert sorted(found) == [f"seed {seed}, fold {fold}" for seed in (0, 1) for fold in (0, 1, 2)]
    assert found["seed 1, fold 2"] == score_predictions(
        [one for one in made if one.seed == 1 and one.fold == 2], two_tasks
    )


def test_the_largest_hospital_comes_first(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = [one for one in make_predictions(reports=30) if one.hospital != "H3" or one.id == "r3"]
    found = by_hospital(made, two_tasks)
    assert list(found) == ["H0", "H1", "H2", "H4", "H5", "H3"]
    assert sum(found["H3"]["a"].support.values()) == 1


def test_a_report_has_a_basis_for_each_task(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=4)
    basis = {
        "r0": {"a_basis": "stated", "b_basis": "derived"},
        "r1": {"a_basis": "stated", "b_basis": "stated"},
        "r2": {"a_basis": "derived"},
        "r3": {},
    }
    found = by_basis(made, two_tasks, basis)
    assert {
        part: {task: sum(its.support.values()) for task, its in tasks.items()} for part, tasks in found.items()
    } == {
        "stated": {"a": 2, "b": 1},
        "derived": {"a": 1, "b": 1},
    }
    assert found["stated"]["a"] == score_predictions(made[:2], two_tasks)["a"]
    with pytest.raises(KeyError):
        by_basis(made, two_tasks, {})


def test_short_and_long_reports(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=9)
    lengths = {f"r{number}": length for number, length in enumerate([900, 100, 200, 300, 400, 500, 600, 700, 800])}
    found = by_length(made, two_tasks, lengths)
    assert list(found) == ["100–300 characters", "400–600 characters", "700–900 characters"]
    assert found["700–900 characters"] == score_predictions([made[0], *made[7:]], two_tasks)
    assert list(by_length(made, two_tasks, dict.fromkeys(lengths, 50))) == ["50–50 characters"]
