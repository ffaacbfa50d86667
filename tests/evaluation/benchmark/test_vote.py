"""The vote: agreement is sure, a sure member overrules, one without probabilities is taken at its word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pathstage.evaluation.benchmark.vote import vote
from pathstage.evaluation.predictions import Prediction
from pathstage.schema import TaskSchema


def one(value: str, seed: int = 0, row_id: str = "r", **p: float) -> Prediction:
    return Prediction(row_id, "H", 0, seed, {"a": "x"}, {"a": value}, {"a": p} if p else {})


@pytest.mark.parametrize(
    ("model", "wins"),
    [({"x": 0.9, "y": 0.1, "z": 0}, "x"), ({"x": 0.1, "y": 0.9, "z": 0}, "y"), ({"x": 0.3, "y": 0.7, "z": 0}, "x")],
)
def test_a_model_overrules_the_rules_when_it_is_sure(model: dict[str, float], wins: str, two_tasks: TaskSchema) -> None:
    answer = max(model, key=model.__getitem__)
    (pooled,) = vote({"rules": [one("x")], "model": [one(answer, **model)]}, {"rules": 0.4, "model": 0.6}, two_tasks)
    assert pooled.predicted == {"a": wins}
    assert pooled.probabilities["a"] == pytest.approx({"x": 0.4 + 0.6 * model["x"], "y": 0.6 * model["y"], "z": 0})


def test_weights_need_not_add_up_and_nonsense_counts_as_absent(two_tasks: TaskSchema) -> None:
    (pooled,) = vote({"a": [one("gibberish")], "b": [one("x")]}, {"a": 1, "b": 3}, two_tasks)
    assert pooled.probabilities["a"] == pytest.approx({"x": 0.75, "y": 0, "z": 0.25})


def test_every_seed_is_voted_on(make_predictions: Callable[..., list[Prediction]], two_tasks: TaskSchema) -> None:
    many, few = make_predictions(reports=10, seeds=(0, 1, 2)), make_predictions(reports=10, skill=0)
    pooled = vote({"few": few, "many": many}, {"few": 0.01, "many": 1}, two_tasks)
    assert [(p.id, p.seed, p.predicted) for p in pooled] == [(p.id, p.seed, p.predicted) for p in many]


def test_members_were_asked_the_same(two_tasks: TaskSchema) -> None:
    with pytest.raises(ValueError, match="predicted by one system only"):
        vote({"a": [one("x")], "b": [one("x", row_id="s")]}, {"a": 1, "b": 1}, two_tasks)
