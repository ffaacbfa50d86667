"""Scores, against counts done by hand and against scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    roc_auc_score,
)

from pathstage.evaluation.metrics import (
    Adherence,
    MeanScore,
    TaskScore,
    adherence,
    details,
    mean_score,
    score,
    score_predictions,
)
from pathstage.evaluation.predictions import Prediction
from pathstage.schema import TaskSchema, load_schema, parse_schema

SCHEMA = parse_schema(
    """
name: two
version: 1
tasks:
  a: {classes: [x, y, z], absent: z}
  b: {classes: [p, q], absent: q}
""",
    "two",
)


def answers(task: str, labels: str) -> list[dict[str, str]]:
    return [{task: label} for label in labels]


def test_scores_of_a_small_example_by_hand() -> None:
    # x: 2 of 3 found, 1 false → F1 2/3; y: 1 of 2 found, 1 false → F1 1/2; z does not occur and is predicted once.
    found = score(answers("a", "xxxyy"), answers("a", "xxyyx"), SCHEMA)["a"]
    assert found.accuracy == pytest.approx(3 / 5)
    assert found.f1 == pytest.approx({"x": 2 / 3, "y": 1 / 2})
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert found.support == {"x": 3, "y": 2}


def test_a_class_no_report_has_is_not_averaged_but_costs_the_others() -> None:
    found = score(answers("a", "xxyy"), answers("a", "xxyz"), SCHEMA)["a"]
    assert found.f1 == pytest.approx({"x": 1, "y": 2 / 3})
    assert found.macro_f1 == pytest.approx(5 / 6)


def test_a_class_never_found_scores_zero() -> None:
    found = score(answers("a", "xxy"), answers("a", "xxx"), SCHEMA)["a"]
    assert found.f1["y"] == 0
    assert found.macro_f1 == pytest.approx(0.4)


def test_reports_without_a_label_and_tasks_without_any_are_left_out() -> None:
    gold = [{"a": "x"}, {}, {"a": "y", "other": "?"}]
    predicted = [{"a": "x", "b": "p"}, {"a": "y", "b": "p"}, {"a": "y", "b": "p"}]
    found = score(gold, predicted, SCHEMA)
    assert list(found) == ["a"]
    assert found["a"].accuracy == 1
    assert sum(found["a"].support.values()) == 2
    assert score([], [], SCHEMA) == {}


def test_scores_are_numbers_in_json_too() -> None:
    found = score(answers("a", "xx"), answers("a", "xx"), SCHEMA)["a"]
    assert json.dumps([found.accuracy, found.macro_f1]) == "[1.0, 1.0]"


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        score(answers("a", "xy"), answers("a", "x"), SCHEMA)


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.sampled_from(load_schema()["pT"].classes)] * 2), min_size=1, max_size=30))
def test_it_agrees_with_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    found = score([{"pT": g} for g in gold], [{"pT": p} for p in predicted], load_schema())["pT"]
    expected = f1_score(gold, predicted, labels=sorted(set(gold)), average="macro", zero_division=0)
    assert found.macro_f1 == pytest.approx(expected)
    assert found.accuracy == pytest.approx(accuracy_score(gold, predicted))
    assert 0 <= found.macro_f1 <= 1


def test_classes_are_listed_in_the_schemas_order(schema: TaskSchema) -> None:
    gold = [{"grade": label} for label in ("GX", "G3", "G1")]
    assert list(score(gold, gold, schema)["grade"].f1) == ["G1", "G3", "GX"]


def test_details_of_a_small_example_by_hand(
    answer_a: Callable[[str, str], list[Prediction]], two_tasks: TaskSchema
) -> None:
    # x: answered 3 times, 2 rightly; y: answered twice, once rightly; one answer is no class.
    found = details(answer_a("xxxyyy", "xxyyx?"), two_tasks)["a"]
    assert found.precision == pytest.approx({"x": 2 / 3, "y": 1 / 2})
    assert found.recall == pytest.approx({"x": 2 / 3, "y": 1 / 3})
    assert found.balanced_accuracy == pytest.approx(1 / 2)
    assert found.confusion == ((2, 1, 0, 0), (1, 1, 0, 1), (0, 0, 0, 0))
    # Agreement 1/2; by chance 1/2 · 1/2 (x) + 1/2 · 1/3 (y).
    assert found.kappa == pytest.approx((1 / 2 - 5 / 12) / (1 - 5 / 12))
    assert (found.auroc, found.with_probabilities) == (None, 0)
    assert found.score == score(answers("a", "xxxyyy"), answers("a", "xxyyx?"), two_tasks)["a"]


def test_details_agree_with_scikit_learn(
    make_predictions: Callable[..., list[Prediction]], two_tasks: TaskSchema
) -> None:
    made = make_predictions(reports=150, skill=1.5)
    for name, found in details(made, two_tasks).items():
        classes = two_tasks[name].classes
        gold, predicted = [one.gold[name] for one in made], [one.predicted[name] for one in made]
        assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(gold, predicted))
        assert found.kappa == pytest.approx(cohen_kappa_score(gold, predicted))
        assert np.array_equal(np.array(found.confusion)[:, :-1], confusion_matrix(gold, predicted, labels=classes))
        p = np.array([[one.probabilities[name][label] for label in classes] for one in made])
        expected = (
            roc_auc_score(gold, p, multi_class="ovr", average="macro", labels=list(classes))
            if len(classes) > 2
            else roc_auc_score(np.array(gold) == classes[1], p[:, 1])
        )
        assert found.auroc == pytest.approx(expected)
        assert found.with_probabilities == 150


def test_auroc_leaves_out_what_cannot_be_ranked(two_tasks: TaskSchema) -> None:
    def one(number: int, gold: str, x: float) -> Prediction:
        return Prediction(str(number), "H", 0, 0, {"a": gold}, {"a": "x"}, {"a": {"x": x, "y": 0.9 - x, "z": 0.1}})

    unread = Prediction("unread", "H", 0, 0, {"a": "x"}, {"a": ""})
    # No z among the labels; x and y are ranked rightly in 3 of 4 pairs.
    found = details([one(1, "x", 0.8), one(2, "x", 0.3), one(3, "y", 0.4), one(4, "y", 0.1), unread], two_tasks)["a"]
    assert found.auroc == pytest.approx(3 / 4)
    assert found.with_probabilities == 4
    assert details([one(1, "x", 0.8), one(2, "x", 0.3)], two_tasks)["a"].auroc is None


def test_kappa_of_a_single_class_is_undefined(
    answer_a: Callable[[str, str], list[Prediction]], two_tasks: TaskSchema
) -> None:
    assert details(answer_a("xxx", "xxx"), two_tasks)["a"].kappa is None
    assert details(answer_a("xxx", "xxy"), two_tasks)["a"].kappa == 0
    assert details(answer_a("xyx", "xyx"), two_tasks)["a"].kappa == 1


def test_means_are_over_the_tasks_named() -> None:
    scores = {
        name: TaskScore(f1, accuracy, {}, {}) for name, f1, accuracy in [("a", 0.5, 0.6), ("b", 1, 0.8), ("c", 0, 0)]
    }
    assert mean_score(scores, ["a", "b"]) == MeanScore(("a", "b"), 0.75, pytest.approx(0.7))
    assert mean_score(scores, ["a", "b", "c"]).macro_f1 == pytest.approx(0.5)
    with pytest.raises(ValueError, match="a mean over a, d lacks scores of d"):
        mean_score(scores, ["a", "d"])
    with pytest.raises(ValueError, match="no task"):
        mean_score(scores, [])


def test_adherence_by_hand(answer_a: Callable[[str, str], list[Prediction]], two_tasks: TaskSchema) -> None:
    # Of 3 undocumented reports (z) one is given a class; of 5 documented ones, 2 are called undocumented.
    found = adherence(answer_a("xxyyyzzz", "xz?yzzx?"), two_tasks)
    assert found == Adherence(outside=2 / 8, invented=pytest.approx(1 / 3), missed=2 / 5)
    assert adherence(answer_a("xy", "xz"), two_tasks).invented is None
    assert adherence(answer_a("xy", "xz"), two_tasks, tasks=["b"]) == Adherence(None, None, None)


def test_saved_predictions_are_scored_alike(
    make_predictions: Callable[..., list[Prediction]], two_tasks: TaskSchema
) -> None:
    made = make_predictions(reports=30)
    assert score_predictions(made, two_tasks) == score(
        [one.gold for one in made], [one.predicted for one in made], two_tasks
    )
