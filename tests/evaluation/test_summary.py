"""The summary of a system holds what the measures say, each of the right predictions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from pathstage.evaluation.bootstrap import bootstrap, groups_of, macro_f1_intervals, macro_f1_of, mean_of
from pathstage.evaluation.breakdown import by_hospital
from pathstage.evaluation.calibration import calibration_quality, cross_fit
from pathstage.evaluation.metrics import details
from pathstage.evaluation.predictions import Prediction
from pathstage.evaluation.summary import summarize
from pathstage.schema import TaskSchema

MakePredictions = Callable[..., list[Prediction]]


def test_each_measure_is_of_the_right_predictions(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=60, seeds=(4, 2), sharpness=2)
    lowest = [one for one in made if one.seed == 2]
    found = summarize(made, two_tasks, {"both": ["a", "b"]}, resamples=50)
    assert (found.reports, found.seeds) == (60, (2, 4))
    assert found.tasks == details(made, two_tasks)
    assert found.macro_f1 == macro_f1_intervals(made, two_tasks, {"both": ["a", "b"]}, resamples=50)
    assert found.macro_f1_hospitals["a"] == macro_f1_intervals(made, two_tasks, unit="hospital", resamples=50)["a"]
    assert len(found.runs) == 6
    assert found.by_hospital == by_hospital(lowest, two_tasks)
    assert found.calibration == calibration_quality(lowest, two_tasks)
    assert found.calibrated == calibration_quality(cross_fit(lowest, two_tasks), two_tasks)
    assert list(found.selective["b"]) == [0.01, 0.02, 0.05]
    json.dumps(asdict(found), allow_nan=False)


def test_intervals_of_tasks_and_means(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=50, skill=1)
    found = macro_f1_intervals(made, two_tasks, {"both": ["a", "b"]}, unit="hospital", resamples=80, seed=3)
    statistics = [macro_f1_of(made, two_tasks, task) for task in two_tasks.names]
    for name, statistic in zip(found, [*statistics, mean_of(statistics)], strict=True):
        expected = bootstrap(statistic, groups_of(made, "hospital"), resamples=80, seed=3)
        assert (found[name].low, found[name].high) == pytest.approx((expected.low, expected.high))
        assert found[name].value == pytest.approx(expected.value)


def test_a_mean_needs_labels_of_its_tasks(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = [replace(one, gold={"a": one.gold["a"]}) for one in make_predictions(reports=20)]
    assert list(summarize(made, two_tasks, {}, resamples=10).macro_f1) == ["a"]
    with pytest.raises(ValueError, match="all: a mean over tasks without labels: b"):
        summarize(made, two_tasks, {"all": ["a", "b"]}, resamples=10)
    with pytest.raises(ValueError, match=r"none: .* names no tasks"):
        summarize(made, two_tasks, {"none": []}, resamples=10)


def test_rules_have_no_probabilities_to_calibrate(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = [replace(one, fold=0, probabilities={}) for one in make_predictions(reports=20)]
    found = summarize(made, two_tasks, {}, resamples=10)
    assert (found.calibration, found.calibrated, found.selective) == ({}, {}, {})
    assert found.tasks["a"].auroc is None
