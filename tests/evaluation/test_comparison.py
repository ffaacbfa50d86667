"""Paired tests of two systems, against scipy, statsmodels and counts by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from pathstage.evaluation.bootstrap import accuracy_of, macro_f1_of
from pathstage.evaluation.comparison import McNemar, compare, holm, mcnemar_test, paired_difference
from pathstage.evaluation.predictions import Prediction
from pathstage.schema import TaskSchema

MakePredictions = Callable[..., list[Prediction]]
AnswerA = Callable[[str, str], list[Prediction]]


def test_a_system_does_not_differ_from_itself(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=40)
    statistic = macro_f1_of(made, two_tasks, "a")
    found = paired_difference(made, made[::-1], (statistic, macro_f1_of(made[::-1], two_tasks, "a")), resamples=200)
    assert (found.interval.value, found.interval.low, found.interval.high) == pytest.approx((0, 0, 0))
    assert found.p == 1


def test_pairing_sees_what_separate_intervals_hide(answer_a: AnswerA, two_tasks: TaskSchema) -> None:
    gold = "xy" * 50
    better, worse = answer_a(gold, "xy" * 40 + "y" * 20), answer_a(gold, "xy" * 34 + "y" * 32)
    statistics = accuracy_of(better, two_tasks, "a"), accuracy_of(worse, two_tasks, "a")
    found = paired_difference(better, worse, statistics, resamples=20000)
    # Six of 100 reports are answered rightly by the first system only, none by the second only.
    assert found.interval.value == pytest.approx(0.06)
    assert found.interval.low == pytest.approx(0.02, abs=0.01)
    assert found.interval.high == pytest.approx(0.11, abs=0.01)
    # P(no such report drawn) = 0.94¹⁰⁰ = 0.002.
    assert found.p == pytest.approx(2 * 0.94**100, abs=0.0015)
    swapped = paired_difference(worse, better, statistics[::-1], resamples=20000)
    assert swapped.p == found.p
    assert swapped.interval.value == pytest.approx(-0.06)


def test_p_is_about_uniform_for_equal_systems(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    found = []
    for number in range(40):
        first, second = (make_predictions(reports=60, skill=1, rng_seed=rng) for rng in (number, 1000 + number))
        statistics = accuracy_of(first, two_tasks, "a"), accuracy_of(second, two_tasks, "a")
        found.append(paired_difference(first, second, statistics, resamples=200).p or 0)
    assert np.mean(np.array(found) < 0.1) < 0.25
    assert 0.3 < np.mean(found) < 0.75


def test_mcnemar_by_hand_and_by_the_binomial(answer_a: AnswerA, two_tasks: TaskSchema) -> None:
    gold = "x" * 20
    first = answer_a(gold, "x" * 16 + "yyyy")
    second = answer_a(gold, "x" * 7 + "?" * 9 + "xyyy")
    assert mcnemar_test(first, second, two_tasks, "a") == McNemar(9, 1, pytest.approx(binomtest(1, 10).pvalue))
    assert mcnemar_test(second, first[::-1], two_tasks, "a") == McNemar(1, 9, pytest.approx(22 / 1024))
    assert mcnemar_test(first, first, two_tasks, "a") == McNemar(0, 0, 1.0)


def test_holm_by_hand() -> None:
    # Sorted 0.01 · 3, then 0.02 · 2, then max(0.04, 0.03 · 1).
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.9, 0.8]) == pytest.approx([1, 1])
    assert holm([]) == []


def test_systems_are_compared_on_every_task(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    systems = {
        "reference": make_predictions(skill=1, rng_seed=1),
        "better": make_predictions(skill=4, rng_seed=2, seeds=(0, 1)),
        "equal": make_predictions(skill=1, rng_seed=3),
    }
    found = compare(systems, "reference", two_tasks, resamples=400)
    assert [(one.system, one.task) for one in found] == [
        ("better", "a"),
        ("better", "b"),
        ("equal", "a"),
        ("equal", "b"),
    ]
    for one in found[:2]:
        assert one.macro_f1.interval.low is not None
        assert one.macro_f1.interval.low > 0
        assert one.p_mcnemar_holm < 0.01
        assert one.p_macro_f1_holm is not None
        assert one.p_macro_f1_holm < 0.05
    for one in found[2:]:
        assert one.p_mcnemar_holm > 0.05
    assert [one.p_mcnemar_holm for one in found] == pytest.approx(holm([one.mcnemar.p for one in found]))
    assert [one.p_macro_f1_holm for one in found] == pytest.approx(holm([one.macro_f1.p or 0 for one in found]))
    first_seed = [one for one in systems["better"] if one.seed == 0]
    assert found[0].mcnemar == mcnemar_test(first_seed, systems["reference"], two_tasks, "a")


def test_systems_must_have_been_asked_the_same(make_predictions: MakePredictions, two_tasks: TaskSchema) -> None:
    made = make_predictions(reports=10)
    with pytest.raises(ValueError, match="1 reports were predicted by one system only, 'r9' for one"):
        mcnemar_test(made, made[:9], two_tasks, "a")
    other = [*made[:9], replace(made[9], hospital="elsewhere")]
    with pytest.raises(ValueError, match="different labels or hospitals for report 'r9'"):
        mcnemar_test(made, other, two_tasks, "a")
    several = make_predictions(reports=10, seeds=(0, 1))
    with pytest.raises(ValueError, match="predicted more than once"):
        mcnemar_test(several, several, two_tasks, "a")
    with pytest.raises(KeyError):
        compare({"one": made}, "another", two_tasks)
