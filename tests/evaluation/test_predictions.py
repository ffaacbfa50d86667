"""Prediction files: written and read back, and every way in which they can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pathstage.corpus.dataset import CorpusError
from pathstage.evaluation.predictions import (
    Prediction,
    PredictionError,
    by_seed,
    class_numbers,
    confidences,
    probability_matrix,
    read_predictions,
    require_one_seed,
    write_predictions,
)
from pathstage.schema import TaskSchema

SECRET = "Patient Jane Roe, left mastectomy, invasive carcinoma"


def line(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "id": "r1",
        "hospital": "H",
        "fold": 0,
        "seed": 0,
        "gold": {"a": "x"},
        "predicted": {"a": "y"},
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["p.jsonl", "p.jsonl.gz"])
def test_what_is_written_is_read_back(
    name: str, tmp_path: Path, make_predictions: Callable[..., list[Prediction]], two_tasks: TaskSchema
) -> None:
    made = make_predictions(reports=9, seeds=(0, 1))
    assert write_predictions(made, tmp_path / name) == 18
    assert read_predictions(tmp_path / name, two_tasks) == made
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_probabilities_are_optional_and_other_tasks_let_be(tmp_path: Path, two_tasks: TaskSchema) -> None:
    path = write(tmp_path / "p.jsonl", line(gold={"a": "x", "laterality": "left"}, more=1))
    (found,) = read_predictions(path, two_tasks)
    assert found == Prediction("r1", "H", 0, 0, {"a": "x", "laterality": "left"}, {"a": "y"}, {})


def test_an_answer_outside_the_schema_is_no_error_of_the_file(tmp_path: Path, two_tasks: TaskSchema) -> None:
    found = read_predictions(write(tmp_path / "p.jsonl", line(predicted={"a": "maybe x"})), two_tasks)
    assert class_numbers(found, two_tasks["a"])[1].tolist() == [-1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hospital": None}, "no 'hospital'; a line needs id"),
        ({"gold": None}, "no 'gold'"),
        ({"fold": "first"}, "fold and seed are whole numbers"),
        ({"gold": ["x"]}, "not a prediction"),
        ({"probabilities": {"a": 3}}, "not a prediction"),
        ({"gold": {"a": "w"}}, "gold a is 'w'; the schema's classes are"),
        ({"gold": {"a": SECRET}}, "gold a is a text of 53 characters"),
        ({"predicted": {}}, "nothing is predicted for a"),
        ({"predicted": {"a": None}}, "nothing is predicted for a"),
        ({"probabilities": {"a": {"x": 1.0}}}, "probabilities of a are not over the schema's classes"),
        ({"probabilities": {"a": {"x": 0.5, "y": 0.6, "z": 0.1}}}, "probabilities of a add up to 1.200, not 1"),
        ({"probabilities": {"a": {"x": -0.5, "y": 1, "z": 0.5}}}, "no number between 0 and 1"),
        ({"probabilities": {"a": {"x": "1", "y": 0, "z": 0}}}, "no number between 0 and 1"),
        ({"probabilities": {"a": {"x": float("nan"), "y": 0, "z": 0}}}, "no number between 0 and 1"),
    ],
)
def test_a_wrong_line_is_named(changes: dict[str, Any], message: str, tmp_path: Path, two_tasks: TaskSchema) -> None:
    path = write(tmp_path / "p.jsonl", line(id="r0"), line(**changes))
    with pytest.raises(PredictionError) as error:
        read_predictions(path, two_tasks)
    assert str(error.value).startswith(f"{path}, line 2: ")
    assert message in str(error.value)
    assert "Jane" not in str(error.value)


def test_lines_must_not_contradict_each_other(tmp_path: Path, two_tasks: TaskSchema) -> None:
    path = tmp_path / "p.jsonl"
    for second, message in [
        (line(), "line 2: report 'r1' is predicted a second time with seed 0"),
        (line(seed=1, hospital="K"), f"hospital of report 'r1' is not that of {path}, line 1"),
        (line(seed=1, fold=3), "fold of report 'r1' is not that"),
        (line(seed=1, gold={"a": "z"}), "gold of report 'r1' is not that"),
    ]:
        with pytest.raises(PredictionError, match=message):
            read_predictions(write(path, line(), second), two_tasks)
    assert len(read_predictions(write(path, line(), line(seed=1)), two_tasks)) == 2


def test_missing_empty_and_broken_files_are_named(tmp_path: Path, two_tasks: TaskSchema) -> None:
    with pytest.raises(PredictionError, match=r"none\.jsonl: no such predictions file"):
        read_predictions(tmp_path / "none.jsonl", two_tasks)
    (tmp_path / "p.jsonl").write_text("\n")
    with pytest.raises(PredictionError, match="no predictions in it"):
        read_predictions(tmp_path / "p.jsonl", two_tasks)
    (tmp_path / "p.jsonl").write_text("{no\n")
    with pytest.raises(CorpusError, match="line 1: not JSON"):
        read_predictions(tmp_path / "p.jsonl", two_tasks)


def test_seeds_are_told_apart(make_predictions: Callable[..., list[Prediction]]) -> None:
    made = make_predictions(reports=4, seeds=(3, 1))
    assert {seed: [one.id for one in its] for seed, its in by_seed(made).items()} == {
        1: ["r0", "r1", "r2", "r3"],
        3: ["r0", "r1", "r2", "r3"],
    }
    assert list(by_seed(made)) == [1, 3]
    require_one_seed(by_seed(made)[1])
    with pytest.raises(ValueError, match="'r0' is predicted more than once; choose one seed"):
        require_one_seed(made)


def test_arrays_of_answers(two_tasks: TaskSchema) -> None:
    half = {"x": 0.5, "y": 0.25, "z": 0.25}
    made = [
        Prediction("1", "H", 0, 0, {"a": "x"}, {"a": "x"}, {"a": half}),
        Prediction("2", "H", 0, 0, {}, {"a": "y"}, {"a": half}),
        Prediction("3", "H", 0, 0, {"a": "z"}, {"a": "y"}, {"a": {"x": 0.2, "y": 0.6, "z": 0.198}}),
        Prediction("4", "H", 0, 0, {"a": "z"}, {"a": "??"}, {"a": half}),
        Prediction("5", "H", 0, 0, {"a": "z"}, {"a": "z"}),
    ]
    gold, predicted = class_numbers(made, two_tasks["a"])
    assert gold.tolist() == [0, -1, 2, 2, 2]
    assert predicted.tolist() == [0, 1, 1, -1, 2]
    matrix = probability_matrix(made, two_tasks["a"])
    assert matrix[:4].sum(axis=1) == pytest.approx(1)
    assert matrix[2, 1] == pytest.approx(0.6 / 0.998)
    assert np.isnan(matrix[4]).all()
    confidence, right = confidences(made, two_tasks["a"])
    np.testing.assert_allclose(confidence, [0.5, 0.6 / 0.998, np.nan, np.nan])
    assert right.tolist() == [True, False, False, True]
    assert probability_matrix([], two_tasks["a"]).shape == (0, 3)
