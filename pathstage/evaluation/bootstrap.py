"""Percentile bootstrap intervals of any statistic, over reports or over whole hospitals.

A resample is a row of weights, how often each prediction was drawn, so that a statistic made of counts is computed for
all resamples by one product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathstage.evaluation.predictions import Prediction, by_seed, class_numbers
from pathstage.schema import TaskSchema

Weights = NDArray[np.float64]
"""How often each prediction counts. Shape: (resamples, predictions)."""

Statistic = Callable[[Weights], NDArray[np.float64]]
"""Weights → the statistic's values, shape (resamples,); NaN where it is undefined."""

Unit = Literal["report", "hospital"]
"""What is drawn: single reports, or hospitals with all their reports."""

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A statistic's value and the ends of its bootstrap interval; None where they are undefined.

    `undefined` is the share of resamples that left the statistic undefined; the interval rests on the others.
    """

    value: float | None
    low: float | None
    high: float | None
    undefined: float = 0.0

    def __str__(self) -> str:
        if self.value is None:
            return "undefined"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def draw_weights(groups: Sequence[str], resamples: int, seed: int) -> Weights:
    """Weights of `resamples` draws of groups with replacement, as many as there are, members drawn together.

    `groups` names each prediction's group: its report (the same one under several seeds is one group), or its hospital.
    The same groups, in whatever order, are drawn alike for the same seed, which is what pairs two systems.
    """
    names, member_of = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    if not len(names):
        raise ValueError("nothing to draw from: there are no predictions")
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return drawn[:, member_of].astype(np.float64)


def groups_of(predictions: Sequence[Prediction], unit: Unit) -> list[str]:
    """The group that each prediction is drawn with."""
    return [one.id if unit == "report" else one.hospital for one in predictions]


def bootstrap(
    statistic: Statistic,
    groups: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap interval of a statistic (Efron & Tibshirani, Introduction to the Bootstrap, 1993, ch. 13).

    With hospitals as groups this is the cluster bootstrap (Davison & Hinkley, Bootstrap Methods, 1997, § 3.8): it says
    how the value would vary with the choice of hospitals. With a dozen hospitals or fewer such intervals tend to be too
    narrow; read them as a lower bound of the uncertainty. Raises ValueError when there is nothing to draw from.
    """
    drawn = statistic(draw_weights(groups, resamples, seed))
    return interval(statistic(np.ones((1, len(groups))))[0], drawn, confidence)


def interval(value: float, drawn: NDArray[np.float64], confidence: float = 0.95) -> Interval:
    """The interval that the middle `confidence` of the drawn values, shape (resamples,), spans."""
    defined = drawn[~np.isnan(drawn)]
    undefined = 1 - len(defined) / len(drawn)
    if np.isnan(value) or not len(defined):
        return Interval(None if np.isnan(value) else float(value), None, None, undefined)
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high), undefined)


def macro_f1_of(predictions: Sequence[Prediction], schema: TaskSchema, task: str) -> Statistic:
    """Macro-F1 of a task as `metrics.score` defines it, the mean over the seeds.

    In a resample that lacks a class the mean is over the classes that it has, as in any sample.
    """
    return _mean_over_seeds(predictions, schema, task, _macro_f1)


def accuracy_of(predictions: Sequence[Prediction], schema: TaskSchema, task: str) -> Statistic:
    """Share of right answers to a task, the mean over the seeds."""
    return _mean_over_seeds(predictions, schema, task, _accuracy)


def macro_f1_intervals(
    predictions: Sequence[Prediction],
    schema: TaskSchema,
    means: Mapping[str, Sequence[str]] | None = None,
    *,
    unit: Unit = "report",
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """The interval of each labelled task's macro-F1 and of its `means`, name → the tasks that a mean is taken over.

    All rest on the same resamples. Raises ValueError for a mean over no tasks or over a task without labels.
    """
    tasks = [task for task in schema.names if any(task in one.gold for one in predictions)]
    means = means or {}
    for name, members in means.items():
        if not members or not set(members) <= set(tasks):
            missing = ", ".join(task for task in members if task not in tasks)
            raise ValueError(f"{name}: a mean over tasks without labels: {missing or 'it names no tasks'}")
    groups = groups_of(predictions, unit)
    # Row 0 is the sample itself.
    weights = np.vstack([np.ones((1, len(groups))), draw_weights(groups, resamples, seed)])
    values = {task: macro_f1_of(predictions, schema, task)(weights) for task in tasks}
    values |= {name: np.mean([values[task] for task in members], axis=0) for name, members in means.items()}
    return {name: interval(drawn[0], drawn[1:], confidence) for name, drawn in values.items()}


def mean_of(statistics: Sequence[Statistic]) -> Statistic:
    """The plain mean of statistics of the same predictions, such as the macro-F1 of several tasks."""
    return lambda weights: np.mean([one(weights) for one in statistics], axis=0)


def statistic_of_rows(function: Callable[[NDArray[np.int64]], float]) -> Statistic:
    """Any function of a sample as a statistic: it is called for each resample with the indices that were drawn.

    An index drawn twice occurs twice. Slow, but good for what is not made of counts, such as an AUROC.
    """

    def statistic(weights: Weights) -> NDArray[np.float64]:
        rows = np.arange(weights.shape[1])
        return np.array([function(np.repeat(rows, one.astype(np.int64))) for one in weights])

    return statistic


def _mean_over_seeds(
    predictions: Sequence[Prediction],
    schema: TaskSchema,
    task: str,
    of_confusions: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Statistic:
    classes = len(schema[task].classes)
    gold, predicted = class_numbers(predictions, schema[task])
    seeds = np.array([one.seed for one in predictions])
    # Cell of the confusion matrix that each prediction falls in: the last column is for answers that are no class.
    cell = gold * (classes + 1) + np.where(predicted < 0, classes, predicted)
    one_hot = (cell[:, None] == np.arange(classes * (classes + 1))) & (gold >= 0)[:, None]
    of_seed = [seeds == seed for seed in by_seed(predictions)]

    def statistic(weights: Weights) -> NDArray[np.float64]:
        confusions = (weights[:, rows] @ one_hot[rows].astype(np.float64) for rows in of_seed)
        return np.mean([of_confusions(one.reshape(len(weights), classes, classes + 1)) for one in confusions], axis=0)

    return statistic


def _macro_f1(confusions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape of the confusions: (resamples, classes, classes + 1), labels in rows."""
    support = confusions.sum(axis=2)
    answered = confusions[:, :, :-1].sum(axis=1)
    found = np.diagonal(confusions, axis1=1, axis2=2)
    f1 = 2 * found / np.maximum(support + answered, 1)
    present = support > 0
    with np.errstate(invalid="ignore"):
        return np.asarray((f1 * present).sum(axis=1) / present.sum(axis=1))


def _accuracy(confusions: NDArray[np.float64]) -> NDArray[np.float64]:
    right = np.trace(confusions, axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        return np.asarray(right / confusions.sum(axis=(1, 2)))
