"""Scores of predicted classes against labels, task by task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from sklearn.metrics import f1_score

from pathstage.schema import TaskSchema

Labels = Mapping[str, str]
"""Task name → class, for one report."""


@dataclass(frozen=True)
class TaskScore:
    """How well one task is answered. Scores lie between 0 and 1; `f1` and `support` are by class."""

    macro_f1: float
    accuracy: float
    f1: dict[str, float]
    support: dict[str, int]


def score(gold: Sequence[Labels], predicted: Sequence[Labels], schema: TaskSchema) -> dict[str, TaskScore]:
    """Score each task on the reports that have a label for it; tasks without any are left out.

    Macro-F1 is the plain mean of the F1 of the classes that occur among the labels: a class that no report has cannot
    be found, and one that is only ever predicted in error already lowers the F1 of the others. Raises ValueError when
    `gold` and `predicted` are not of the same length.
    """
    scores = {}
    for task in schema.tasks:
        pairs = [(g[task.name], p[task.name]) for g, p in zip(gold, predicted, strict=True) if task.name in g]
        if pairs:
            scores[task.name] = _score_task([g for g, _ in pairs], [p for _, p in pairs], task.classes)
    return scores


def _score_task(gold: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> TaskScore:
    support = Counter(gold)
    present = [label for label in classes if support[label]]
    by_class = f1_score(gold, predicted, labels=present, average=None, zero_division=0)
    return TaskScore(
        macro_f1=float(mean(by_class)),
        accuracy=float(mean(g == p for g, p in zip(gold, predicted, strict=True))),
        f1={label: float(value) for label, value in zip(present, by_class, strict=True)},
        support={label: support[label] for label in present},
    )


def mean_sd(values: Sequence[float]) -> str:
    """Mean and standard deviation, as tables print them; one value has no deviation."""
    return f"{mean(values):.3f} ± {stdev(values):.3f}" if len(values) > 1 else f"{mean(values):.3f}"
