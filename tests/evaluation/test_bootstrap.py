"""Bootstrap intervals, against scipy and against metrics computed resample by resample."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap

from pathstage.evaluation.bootstrap import (
    Interval,
    accuracy_of,
    bootstrap,
    draw_weights,
    groups_of,
    interval,
    macro_f1_of,
    mean_of,
    statistic_of_rows,
)
from pathstage.evaluation.metrics import score_predictions
from pathstage.evaluation.predictions import Prediction
from pathstage.schema import TaskSchema, load_schema

MakePredictions = Callable[..., list[Prediction]]


def test_as_many_groups_are_drawn_as_there_are_and_members_together() -> None:
    weights = draw_weights(["b", "a", "b", "c"], 500, seed=1)
    assert weights.shape == (500, 4)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert weights.mean(axis=0) == pytest.approx(1, abs=0.15)


def test_draws_depend_on_seed_and_groups_only() -> None:
    first = draw_weights(["a", "b", "c"], 50, seed=1)
    assert np.array_equal(first, draw_weights(["a", "b", "c"], 50, seed=1))
    assert np.array_equal(first[:, [2, 0, 1, 0]], draw_weights(["c", "a", "b", "a"], 50, seed=1))
    assert not np.array_equal(first, draw_weights(["a", "b", "c"], 50, seed=2))
    with pytest.raises(ValueError, match="there are no predictions"):
        draw_weights([], 50, seed=1)


@pytest.mark.parametrize("unit", ["report", "hospital"])
def test_statistics_are_those_of_the_reports_drawn(
    unit: str, make_predictions: MakePredictions, two_tasks: TaskSchema
) -> None:
    made = make_predictions(reports=40, skill=1)
    weights = draw_weights(groups_of(made, unit), 25, seed=3)  # type: ignore[arg-type]
    macro, accuracy = (of(made, two_tasks, "a")(weights) for of in (macro_f1_of, accuracy_of))
    for at, row in enumerate(weights):
        sample = [one for one, count in zip(made, row, strict=True) for _ in range(int(count))]
        expected = score_predictions(sample, two_tasks)["a"]
        assert macro[at] == pytest.approx(expected.macro_f1)
        assert accuracy[at] == pytest.approx(expected.accuracy)


def test_answers_outside_the_schema_and_missing_labels(
    answer_a: Callable[[str, str], list[Prediction]], two_tasks: TaskSchema
) -> None:
    made = [*answer_a("xxyyz", "x?yxx"), Prediction("other", "H", 0, 0, {"b": "p"}, {"b": "p"})]
    expected = score_predictions(made, two_tasks)["a"]
    once = np.ones((1, 6))
    assert macro_f1_of(made, two_tasks, "a")(once) == pytest.approx(expected.macro_f1)
    assert accuracy_of(made, two_tasks, "a")(once) == pytest.approx(expected.accuracy)
    found = bootstrap(accuracy_of(made, two_tasks, "b"), groups_of(made, "report"), resamples=400)
    assert (found.value, found.low, found.high) == (1, 1, 1)
    assert found.undefined == pytest.approx((5 / 6) ** 6, abs=0.08), "resamples without the one report that has a label"


def test_several_seeds_are_averaged_and_drawn_together(
    make_predictions: MakePredictions, two_tasks: TaskSchema
) -> None:
    made = make_predictions(reports=30, skill=1, seeds=(0, 1))
    by_seed = [score_predictions([one for one in made if one.seed == seed], two_tasks)["a"] for seed in (0, 1)]
    found = bootstrap(macro_f1_of(made, two_tasks, "a"), groups_of(made, "report"), resamples=200)
    assert found.value == pytest.approx(np.mean([one.macro_f1 for one in by_seed]))
    weights = draw_weights(groups_of(made, "report"), 200, seed=0)
    assert np.array_equal(weights[:, :30], weights[:, 30:])


def test_it_agrees_with_scipy(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=200, skill=1)
    right = np.array([one.gold["a"] == one.predicted["a"] for one in made], dtype=float)
    expected = scipy_bootstrap(
        (right,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    found = bootstrap(accuracy_of(made, two_tasks, "a"), groups_of(made, "report"), resamples=4000)
    assert found.value == pytest.approx(right.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.011)


def test_any_function_of_the_rows_is_a_statistic(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=50, skill=1)
    right = np.array([one.gold["a"] == one.predicted["a"] for one in made])
    slow = statistic_of_rows(lambda rows: float(right[rows].mean()))
    groups = groups_of(made, "report")
    fast = accuracy_of(made, two_tasks, "a")
    expected, found = (bootstrap(one, groups, resamples=100) for one in (fast, slow))
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_means_over_tasks_use_the_same_resamples(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=40, skill=1)
    weights = draw_weights(groups_of(made, "report"), 10, seed=0)
    both = [macro_f1_of(made, two_tasks, task) for task in two_tasks.names]
    assert mean_of(both)(weights) == pytest.approx((both[0](weights) + both[1](weights)) / 2)


def test_hospitals_that_differ_widen_the_interval(
    answer_a: Callable[[str, str], list[Prediction]], two_tasks: TaskSchema
) -> None:
    # Odd reports are of the other hospital, where every answer is wrong.
    made = answer_a("xy" * 40, "xx" * 40)
    statistic = accuracy_of(made, two_tasks, "a")
    reports, hospitals = (bootstrap(statistic, groups_of(made, unit)) for unit in ("report", "hospital"))
    assert reports.low is not None
    assert 0.35 < reports.low < 0.45
    assert (hospitals.low, hospitals.high) == (0, 1)


def test_intervals_of_what_is_undefined() -> None:
    assert interval(0.5, np.array([np.nan, np.nan])) == Interval(0.5, None, None, 1.0)
    assert interval(np.nan, np.array([0.1, 0.2])) == Interval(None, None, None, 0.0)
    found = interval(0.5, np.array([0.0, 1.0, np.nan, np.nan]), confidence=0.5)
    assert found == Interval(0.5, 0.25, 0.75, 0.5)
    assert [str(one) for one in (found, Interval(0.5, None, None), Interval(None, None, None))] == [
        "0.500 [0.250, 0.750]",
        "0.500",
        "undefined",
    ]


def test_the_size_of_the_benchmark_takes_seconds() -> None:
    schema = load_schema()
    rng = np.random.default_rng(0)
    made = [
        Prediction(
            f"r{at}",
            f"H{at % 12}",
            at % 5,
            0,
            {task.name: str(rng.choice(task.classes)) for task in schema.tasks},
            {task.name: str(rng.choice(task.classes)) for task in schema.tasks},
        )
        for at in range(217)
    ]
    start = time.process_time()
    for task in schema.names:
        bootstrap(macro_f1_of(made, schema, task), groups_of(made, "report"), resamples=2000)
    assert time.process_time() - start < 10
