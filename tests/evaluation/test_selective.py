"""Certified thresholds: values by hand and scipy, and the guarantee itself, simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from pathstage.evaluation.predictions import Prediction
from pathstage.evaluation.selective import (
    Observed,
    best_coverage,
    certify,
    certify_tasks,
    error_bound,
    risk_coverage,
    selective_results,
    smallest_sample,
)
from pathstage.schema import TaskSchema

MakePredictions = Callable[..., list[Prediction]]


def test_how_many_right_answers_it_takes() -> None:
    assert (smallest_sample(0.05, 0.1), smallest_sample(0.02, 0.1), smallest_sample(0.01, 0.1)) == (45, 114, 230)
    for count, certified in [(44, False), (45, True)]:
        found = certify(np.full(count, 0.9), np.ones(count, dtype=bool), 0.05)
        assert (found.threshold is not None) == certified
    assert found.coverage == 1
    assert found.threshold == 0, "all answers may be accepted, even ones less sure than any seen"
    assert found.bound == pytest.approx(1 - 0.1 ** (1 / 45))


def test_it_stops_at_the_first_threshold_that_is_not_certain() -> None:
    confidence = np.concatenate([np.full(60, 0.99), np.full(40, 0.7)])
    right = np.concatenate([np.ones(60, dtype=bool), np.zeros(40, dtype=bool)])
    found = certify(confidence, right, 0.05)
    assert (found.accepted, found.wrong, found.reports, found.coverage) == (60, 0, 100, 0.6)
    assert found.threshold is not None
    assert 0.7 < found.threshold <= 0.99
    assert found.bound == pytest.approx(error_bound(0, 60))
    # Wrong where it is most sure: nothing is certified, though accepting all would keep the target.
    confidence = np.concatenate([np.full(60, 0.99), np.full(900, 0.7)])
    right = np.arange(960) >= 10
    assert certify(confidence, right, 0.05).threshold is None


def test_the_bound_is_clopper_and_pearsons() -> None:
    for wrong, accepted in [(0, 50), (3, 80), (10, 10)]:
        two_sided = binomtest(wrong, accepted).proportion_ci(confidence_level=0.8, method="exact")
        assert error_bound(wrong, accepted, delta=0.1) == pytest.approx(two_sided.high)


def test_answers_without_probability_are_never_accepted() -> None:
    confidence = np.concatenate([np.full(60, 0.9), np.full(20, np.nan)])
    found = certify(confidence, np.ones(80, dtype=bool), 0.05)
    assert (found.threshold, found.accepted, found.reports) == (0, 60, 80)
    assert certify(np.full(80, np.nan), np.ones(80, dtype=bool), 0.05).threshold is None
    assert certify(np.array([]), np.array([], dtype=bool), 0.05).coverage == 0


@pytest.mark.parametrize(("max_error", "delta"), [(0, 0.1), (1, 0.1), (0.05, 0), (0.05, 1), (-1, 0.1)])
def test_targets_that_make_no_sense_are_refused(max_error: float, delta: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify(np.array([0.5]), np.array([True]), max_error, delta)


@pytest.mark.parametrize("power", [1, 2])
def test_the_guarantee_holds(power: int) -> None:
    """The true error of what is accepted exceeds the target in at most δ of many calibrations."""
    rng = np.random.default_rng(5)
    max_error, delta, trials = 0.05, 0.1, 1000
    population = rng.uniform(0.3, 1, 200_000)
    error = 0.5 * (1 - population) ** power  # the surer, the less often wrong
    order = np.argsort(-population)
    risk = np.cumsum(error[order]) / np.arange(1, len(order) + 1)  # of accepting the surest
    broken = certified = 0
    for _ in range(trials):
        rows = rng.integers(len(population), size=300)
        found = certify(population[rows], rng.random(300) >= error[rows], max_error, delta)
        if found.threshold is not None:
            certified += 1
            broken += risk[(population >= found.threshold).sum() - 1] > max_error
    assert broken / trials <= delta + 3 * np.sqrt(delta * (1 - delta) / trials)
    assert certified > {1: 0.1, 2: 0.8}[power] * trials, "a guarantee that certifies nothing is worth nothing"


def test_risk_and_coverage_by_hand() -> None:
    confidence = np.array([0.9, 0.8, 0.8, 0.6, np.nan])
    right = np.array([True, True, False, True, False])
    coverage, error = risk_coverage(confidence, right)
    assert coverage.tolist() == [0.2, 0.6, 0.8]
    assert error == pytest.approx([0, 1 / 3, 1 / 4])
    assert best_coverage(confidence, right, 0.25) == 0.8
    assert best_coverage(confidence, right, 0.05) == 0.2
    assert best_coverage(confidence, ~right, 0.05) == 0
    assert best_coverage(np.array([np.nan]), np.array([True]), 0.05) == 0


def test_each_task_has_its_threshold(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=300, skill=4)
    found = certify_tasks(made, two_tasks, 0.05)
    assert list(found) == ["a", "b"]
    for one in found.values():
        assert one.threshold is not None
        assert one.bound is not None
        assert one.bound <= 0.05
    with pytest.raises(ValueError, match="choose one seed"):
        certify_tasks(make_predictions(seeds=(0, 1)), two_tasks, 0.05)


def test_thresholds_are_checked_on_other_hospitals(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=300, skill=5)
    found = selective_results(made, two_tasks)["a"]
    assert list(found) == [0.01, 0.02, 0.05]
    observed = found[0.05].observed
    assert observed.reports == 300
    assert 0.8 < observed.coverage <= 1
    assert observed.error is not None
    assert observed.error < 0.05
    assert found[0.01].certified.coverage <= found[0.05].certified.coverage <= found[0.05].best_coverage
    # One fold's hospitals are all sure and wrong: calibrating on the others does not help them, and it shows.
    shifted = [replace(one, gold={"a": "x", "b": "p"}) if one.fold == 0 else one for one in made]
    error = selective_results(shifted, two_tasks)["a"][0.05].observed.error
    assert error is not None
    assert error > 0.2


def test_nothing_accepted_has_no_error() -> None:
    assert Observed(10, 0, 0).error is None
    assert (Observed(10, 4, 1).error, Observed(10, 4, 1).coverage, Observed(0, 0, 0).coverage) == (0.25, 0.4, 0)
