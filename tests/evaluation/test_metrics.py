"""Scores, against counts done by hand and against scikit-learn."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from pathstage.evaluation.metrics import score
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
