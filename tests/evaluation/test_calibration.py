"""Temperatures and measures of calibration, against grids, scikit-learn and values by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from pathstage.evaluation.calibration import (
    apply_temperatures,
    calibration_quality,
    cross_fit,
    fit_temperatures,
    hospital_groups,
)
from pathstage.evaluation.predictions import Prediction, probability_matrix
from pathstage.schema import TaskSchema

MakePredictions = Callable[..., list[Prediction]]


def sure(rows: list[tuple[str, str, float]]) -> list[Prediction]:
    """Predictions of task b: (label, answer, probability of the answer)."""
    return [
        Prediction(
            str(at),
            f"H{at}",
            at,
            0,
            {"b": gold},
            {"b": answer},
            {"b": {answer: p, "q" if answer == "p" else "p": 1 - p}},
        )
        for at, (gold, answer, p) in enumerate(rows)
    ]


@pytest.mark.parametrize("sharpness", [0.5, 1, 4])
def test_an_over_or_underconfident_model_is_set_right(
    sharpness: float, make_predictions: MakePredictions, two_tasks: TaskSchema
) -> None:
    # With labels equally frequent and unit noise, softmax(skill · logits) is the true posterior.
    made = make_predictions(reports=3000, skill=1.5, sharpness=sharpness)
    for temperature in fit_temperatures(made, two_tasks).values():
        assert temperature == pytest.approx(sharpness / 1.5, rel=0.12)


def test_the_temperature_has_the_least_loss(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=400, skill=1.5, sharpness=3)
    temperature = fit_temperatures(made, two_tasks)["a"]

    def loss(at: float) -> float:
        return calibration_quality(apply_temperatures(made, {"a": at}, two_tasks), two_tasks)["a"].nll

    assert loss(temperature) < min(loss(1), loss(temperature * 1.15), loss(temperature / 1.15))


def test_a_task_without_errors_is_not_given_certainty(two_tasks: TaskSchema) -> None:
    made = sure([("p", "p", 0.9), ("q", "q", 0.9)] * 50)
    calibrated = apply_temperatures(made, fit_temperatures(made, two_tasks), two_tasks)
    assert 0.985 < calibrated[0].probabilities["b"]["p"] < 0.999


def test_applying_keeps_answers_order_and_what_has_no_temperature(
    make_predictions: MakePredictions, two_tasks: TaskSchema
) -> None:
    made = [replace(one, probabilities={}) if one.id == "r3" else one for one in make_predictions(reports=10)]
    calibrated = apply_temperatures(made, {"a": 2.0}, two_tasks)
    assert [replace(one, probabilities={}) for one in calibrated] == [replace(one, probabilities={}) for one in made]
    assert calibrated[3].probabilities == {}
    assert [one.probabilities.get("b") for one in calibrated] == [one.probabilities.get("b") for one in made]
    p = np.sqrt([made[0].probabilities["a"][label] for label in "xyz"])
    assert [calibrated[0].probabilities["a"][label] for label in "xyz"] == pytest.approx(list(p / p.sum()))


def test_quality_by_hand(two_tasks: TaskSchema) -> None:
    made = sure([("p", "p", 0.6), ("q", "p", 0.6), ("p", "p", 0.9), ("p", "p", 0.9)])
    found = calibration_quality(made, two_tasks, bins=2)["b"]
    assert [(point.confidence, point.accuracy, point.reports) for point in found.curve] == [
        (pytest.approx(0.6), 0.5, 2),
        (pytest.approx(0.9), 1.0, 2),
    ]
    assert found.ece == pytest.approx(0.5 * 0.1 + 0.5 * 0.1)
    assert found.brier == pytest.approx((2 * 0.4**2 + 2 * 0.6**2 + 2 * (2 * 0.1**2)) / 4)
    assert found.nll == pytest.approx(-np.log([0.6, 0.4, 0.9, 0.9]).mean())
    assert found.reports == 4


def test_quality_agrees_with_scikit_learn(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=300)
    for task in two_tasks.tasks:
        found = calibration_quality(made, two_tasks)[task.name]
        gold, p = [one.gold[task.name] for one in made], probability_matrix(made, task)
        assert found.nll == pytest.approx(log_loss(gold, p, labels=list(task.classes)))
        assert found.brier == pytest.approx(brier_score_loss(gold, p, labels=list(task.classes), scale_by_half=False))
        sizes = [point.reports for point in found.curve]
        assert len(sizes) == 10
        assert max(sizes) - min(sizes) <= 2


def test_equal_confidences_share_a_bin_whatever_their_order(two_tasks: TaskSchema) -> None:
    rows = [("p", "p", 0.75)] * 6 + [("q", "p", 0.75)] * 2
    found = calibration_quality(sure(rows), two_tasks)["b"]
    assert len(found.curve) == 1
    assert found.ece == pytest.approx(0)
    assert calibration_quality(sure(rows[::-1]), two_tasks)["b"].ece == pytest.approx(found.ece)


def test_tasks_without_probabilities_are_left_out(two_tasks: TaskSchema) -> None:
    made = [Prediction("1", "H", 0, 0, {"a": "x"}, {"a": "x"})]
    assert calibration_quality(made, two_tasks) == {}
    assert fit_temperatures(made, two_tasks) == {}


def test_a_zero_probability_of_the_label_does_not_decide_alone(two_tasks: TaskSchema) -> None:
    found = calibration_quality(sure([("q", "p", 1.0)]), two_tasks)["b"]
    assert found.nll == pytest.approx(-np.log(1e-7), rel=1e-3)


def test_nothing_is_calibrated_by_its_own_hospital(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=60, sharpness=3)
    crossed = cross_fit(made, two_tasks)
    assert [one.id for one in crossed] == [one.id for one in made]
    mine, others = [one for one in made if one.fold == 1], [one for one in made if one.fold != 1]
    assert [one for one in crossed if one.fold == 1] == apply_temperatures(
        mine, fit_temperatures(others, two_tasks), two_tasks
    )
    # Whatever the labels of fold 1, its own calibration is the same.
    flipped = [replace(one, gold={"a": "x", "b": "p"}) if one.fold == 1 else one for one in made]
    assert [one.probabilities for one in cross_fit(flipped, two_tasks) if one.fold == 1] == [
        one.probabilities for one in crossed if one.fold == 1
    ]
    by_hospital = cross_fit(made, two_tasks, group_of=lambda one: one.hospital)
    assert by_hospital != crossed


def test_cross_fitting_improves_an_overconfident_model(
    make_predictions: MakePredictions, two_tasks: TaskSchema
) -> None:
    made = make_predictions(reports=300, skill=1, sharpness=4)
    before, after = (calibration_quality(one, two_tasks) for one in (made, cross_fit(made, two_tasks)))
    for task in two_tasks.names:
        assert after[task].ece < before[task].ece / 2
        assert after[task].brier < before[task].brier
        assert after[task].nll < before[task].nll


def test_groups_must_hold_hospitals_out(make_predictions: MakePredictions) -> None:
    made = make_predictions(reports=12)
    assert sorted(len(group) for group in hospital_groups(made)) == [4, 4, 4]
    with pytest.raises(ValueError, match="hospital 'H0' is in more than one group"):
        hospital_groups(made, group_of=lambda one: one.id)
    with pytest.raises(ValueError, match="two groups of hospitals or more"):
        hospital_groups([one for one in made if one.fold == 0])
