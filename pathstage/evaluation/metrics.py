"""Scores of predicted classes against labels, task by task."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, f1_score, precision_recall_fscore_support, roc_auc_score

from pathstage.evaluation.predictions import Prediction, class_numbers, probability_matrix
from pathstage.schema import Task, TaskSchema

Labels = Mapping[str, str]
"""Task name → class, for one report."""


@dataclass(frozen=True)
class TaskScore:
    """How well one task is answered. Scores lie between 0 and 1; `f1` and `support` are by class."""

    macro_f1: float
    accuracy: float
    f1: dict[str, float]
    support: dict[str, int]


@dataclass(frozen=True)
class TaskDetails:
    """Everything that is measured of one task's answers, beyond its `score`.

    `precision` and `recall` are by class, over the classes that occur among the labels, and 0 where nothing was
    answered with the class; `balanced_accuracy` is the mean recall. `kappa` is Cohen's κ of answer and label (Educ
    Psychol Meas 1960), None where both only ever say one class. `auroc` is the plain mean over the classes of the area
    under the ROC curve of the class against the rest (Hand & Till, Mach Learn 2001, give the alternatives); it rests
    on the `with_probabilities` reports whose system gave probabilities, and is None where none of them can be ranked.
    `confusion` has a row for each class of the schema and a column for each class and, last, for answers that are none.
    """

    score: TaskScore
    precision: dict[str, float]
    recall: dict[str, float]
    balanced_accuracy: float
    kappa: float | None
    auroc: float | None
    with_probabilities: int
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class MeanScore:
    """Plain means over `tasks`, as benchmarks print them."""

    tasks: tuple[str, ...]
    macro_f1: float
    accuracy: float


@dataclass(frozen=True)
class Adherence:
    """How far a system's answers keep to the schema and to what the reports document. All are shares.

    `outside`: answers that are no class of their task, of all answers. `invented`: answers with a class other than the
    absent one, of the labels that say the report does not document the item. `missed`: answers with the absent class,
    of the labels that say it does. None where there is nothing to take a share of.
    """

    outside: float | None
    invented: float | None
    missed: float | None


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


def score_predictions(predictions: Sequence[Prediction], schema: TaskSchema) -> dict[str, TaskScore]:
    """`score` of saved predictions, all of them pooled."""
    return score([one.gold for one in predictions], [one.predicted for one in predictions], schema)


def details(predictions: Sequence[Prediction], schema: TaskSchema) -> dict[str, TaskDetails]:
    """All measures of each task that has labels, over all predictions pooled."""
    scores = score_predictions(predictions, schema)
    return {name: _details_of(predictions, schema[name], one) for name, one in scores.items()}


def mean_score(scores: Mapping[str, TaskScore], tasks: Sequence[str]) -> MeanScore:
    """Mean macro-F1 and accuracy over the tasks named. Raises ValueError when one of them has no score."""
    missing = [task for task in tasks if task not in scores]
    if missing or not tasks:
        raise ValueError(f"a mean over {', '.join(tasks) or 'no task'} lacks scores of {', '.join(missing) or 'any'}")
    chosen = [scores[task] for task in tasks]
    return MeanScore(tuple(tasks), mean(one.macro_f1 for one in chosen), mean(one.accuracy for one in chosen))


def adherence(predictions: Sequence[Prediction], schema: TaskSchema, tasks: Sequence[str] | None = None) -> Adherence:
    """Values outside the schema, values given for what is not documented, and the other way round.

    Over the given tasks (all of the schema's if left out), of the reports that have a label for them.
    """
    outside, invented, missed = [], [], []
    for name in schema.names if tasks is None else tasks:
        task = schema[name]
        absent = task.index(task.absent)
        gold, predicted = class_numbers(predictions, task)
        predicted, gold = predicted[gold >= 0], gold[gold >= 0]
        outside += list(predicted < 0)
        invented += list(((predicted >= 0) & (predicted != absent))[gold == absent])
        missed += list((predicted == absent)[gold != absent])
    return Adherence(*(float(np.mean(part)) if part else None for part in (outside, invented, missed)))


def mean_sd(values: Sequence[float]) -> str:
    """Mean and standard deviation, as tables print them; one value has no deviation."""
    return f"{mean(values):.3f} ± {stdev(values):.3f}" if len(values) > 1 else f"{mean(values):.3f}"


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


def _details_of(predictions: Sequence[Prediction], task: Task, found: TaskScore) -> TaskDetails:
    labelled = [one for one in predictions if task.name in one.gold]
    gold, predicted = class_numbers(labelled, task)
    present = [task.index(label) for label in found.support]
    precision, recall, _, _ = precision_recall_fscore_support(gold, predicted, labels=present, zero_division=0)
    # A single class on both sides leaves nothing for chance to explain: κ is 0/0.
    single = len({*gold.tolist(), *predicted.tolist()}) == 1
    probabilities = probability_matrix(labelled, task)
    known = ~np.isnan(probabilities).any(axis=1)
    confusion = np.zeros((len(task.classes), len(task.classes) + 1), dtype=np.int64)
    np.add.at(confusion, (gold, predicted), 1)  # -1, no class, is the last column
    return TaskDetails(
        score=found,
        precision=dict(zip(found.support, map(float, precision), strict=True)),
        recall=dict(zip(found.support, map(float, recall), strict=True)),
        balanced_accuracy=float(np.mean(recall)),
        kappa=None if single else float(cohen_kappa_score(gold, predicted)),
        auroc=_auroc(gold[known], probabilities[known]),
        with_probabilities=int(known.sum()),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
    )


def _auroc(gold: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float | None:
    """Mean area under the ROC curves, class against the rest, of the classes that some reports have and some do not."""
    areas = [
        roc_auc_score(gold == number, probabilities[:, number])
        for number in range(probabilities.shape[1])
        if 0 < (gold == number).sum() < len(gold)
    ]
    return math.fsum(areas) / len(areas) if areas else None
