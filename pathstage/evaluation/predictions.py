"""Saved predictions: what a system answered on labelled reports, a JSON object a line. Every measure starts from them.

A line has `id, hospital, fold, seed, gold` (task → class), `predicted` (task → value) and, from systems that have them,
`probabilities` (task → class → value). `pathstage crossval` writes such files.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathstage.corpus.dataset import CorpusError, decode_line, read_lines, shown, whole_file
from pathstage.schema import Task, TaskSchema

# How far the probabilities of a task may be from adding up to 1: float16 sums and four printed decimals stay within it.
_SLACK = 1e-2


class PredictionError(CorpusError):
    """A predictions file that cannot be used; the message names the file and the line, never report text."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a system, trained with `seed` without the hospitals of `fold`, answered on one report.

    `gold` may miss tasks. `predicted` has a value for every task of `gold`; a value that is not a class of the schema
    (what a language model made up, or "" where a report could not be read) counts as wrong. `probabilities` of a task
    are over all its classes; a system without any has an empty mapping.
    """

    id: str
    hospital: str
    fold: int
    seed: int
    gold: dict[str, str]
    predicted: dict[str, str]
    probabilities: dict[str, dict[str, float]] = field(default_factory=dict)


def read_predictions(path: str | Path, schema: TaskSchema) -> list[Prediction]:
    """All lines of a predictions file (`.jsonl`, `.jsonl.gz`).

    Tasks unknown to the schema are let be. Raises PredictionError for a missing or empty file, a line that is no
    prediction, a label the schema does not have, probabilities that are none, a report predicted twice with one seed,
    or lines that contradict each other about a report's hospital, fold or labels.
    """
    if not Path(path).is_file():
        raise PredictionError(f"{path}: no such predictions file")
    predictions: list[Prediction] = []
    first_of: dict[str, tuple[str, Prediction]] = {}
    seen: set[tuple[str, int]] = set()
    for where, line in read_lines(path):
        prediction = _build(decode_line(line, where), where)
        if problem := _problem(prediction, schema):
            raise PredictionError(f"{where}: {problem}")
        key = prediction.id, prediction.seed
        if key in seen:
            raise PredictionError(f"{where}: report {shown(key[0])} is predicted a second time with seed {key[1]}")
        seen.add(key)
        there, first = first_of.setdefault(prediction.id, (where, prediction))
        for name in ("hospital", "fold", "gold"):
            if getattr(first, name) != getattr(prediction, name):
                raise PredictionError(f"{where}: {name} of report {shown(prediction.id)} is not that of {there}")
        predictions.append(prediction)
    if not predictions:
        raise PredictionError(f"{path}: no predictions in it")
    return predictions


def write_predictions(predictions: Iterable[Prediction], path: str | Path) -> int:
    """Write a predictions file, compressed when the name ends in `.gz`, and return its number of lines.

    The file appears under its name only when every line has been written.
    """
    count = 0
    with whole_file(path) as file:
        for prediction in predictions:
            file.write(json.dumps(asdict(prediction), ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def by_seed(predictions: Iterable[Prediction]) -> dict[int, list[Prediction]]:
    """Seed → its predictions, the lowest seed first: in each list a report occurs once."""
    groups: dict[int, list[Prediction]] = {}
    for prediction in predictions:
        groups.setdefault(prediction.seed, []).append(prediction)
    return dict(sorted(groups.items()))


def lowest_seed(predictions: Iterable[Prediction]) -> list[Prediction]:
    """The predictions of the lowest seed, for what takes one answer a report."""
    return next(iter(by_seed(predictions).values()), [])


def require_one_seed(predictions: Iterable[Prediction]) -> None:
    """Raise ValueError unless every report occurs once: tests of independent reports would count seeds as evidence."""
    seen: set[str] = set()
    for prediction in predictions:
        if prediction.id in seen:
            raise ValueError(
                f"report {shown(prediction.id)} is predicted more than once; choose one seed (lowest_seed)"
            )
        seen.add(prediction.id)


def class_numbers(predictions: Sequence[Prediction], task: Task) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Labels and answers of a task as positions among its classes, each of shape (predictions,).

    -1 is a report without a label, or an answer that is no class of the task.
    """
    number = {label: at for at, label in enumerate(task.classes)}
    gold = [number.get(one.gold.get(task.name, ""), -1) for one in predictions]
    predicted = [number.get(one.predicted.get(task.name, ""), -1) for one in predictions]
    return np.array(gold, dtype=np.int64), np.array(predicted, dtype=np.int64)


def probability_matrix(predictions: Sequence[Prediction], task: Task) -> NDArray[np.float64]:
    """Probabilities of a task's classes, shape (predictions, classes); rows add up to 1, or are NaN without any."""
    none = dict.fromkeys(task.classes, math.nan)
    rows = [one.probabilities.get(task.name, none) for one in predictions]
    matrix = np.array([[row[label] for label in task.classes] for row in rows], dtype=np.float64)
    matrix = matrix.reshape(len(predictions), len(task.classes))
    return matrix / matrix.sum(axis=1, keepdims=True)


def confidences(predictions: Sequence[Prediction], task: Task) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probability of the answer given, and whether it is right, of the reports with a label. Shapes: (reports,).

    NaN is an answer without a probability: the system gave none, or the answer is no class of the task.
    """
    gold, predicted = class_numbers(predictions, task)
    matrix = probability_matrix(predictions, task)[gold >= 0]
    predicted, gold = predicted[gold >= 0], gold[gold >= 0]
    given = np.where(predicted >= 0, matrix[np.arange(len(gold)), predicted], math.nan)
    return given, gold == predicted


def _build(raw: Mapping[str, Any], where: str) -> Prediction:
    try:
        prediction = Prediction(
            id=str(raw["id"]),
            hospital=str(raw["hospital"]),
            fold=int(raw["fold"]),
            seed=int(raw["seed"]),
            gold=dict(raw["gold"]),
            predicted=dict(raw["predicted"]),
            probabilities={task: dict(classes) for task, classes in (raw.get("probabilities") or {}).items()},
        )
    except KeyError as error:
        needed = "id, hospital, fold, seed, gold and predicted"
        raise PredictionError(f"{where}: no {error.args[0]!r}; a line needs {needed}") from None
    except (TypeError, ValueError, AttributeError):
        raise PredictionError(
            f"{where}: not a prediction; fold and seed are whole numbers, gold, predicted and probabilities objects"
        ) from None
    return prediction


def _problem(prediction: Prediction, schema: TaskSchema) -> str | None:
    """What is wrong with a prediction, or None."""
    for task in schema.tasks:
        if task.name in prediction.gold:
            label = prediction.gold[task.name]
            if label not in task.classes:
                return f"gold {task.name} is {shown(label)}; the schema's classes are {task.classes}"
            if not isinstance(prediction.predicted.get(task.name), str):
                return f"nothing is predicted for {task.name}; write an empty value where a system gave no answer"
        if task.name in prediction.probabilities:
            probabilities = prediction.probabilities[task.name]
            if set(probabilities) != set(task.classes):
                return f"probabilities of {task.name} are not over the schema's classes {task.classes}"
            values = list(probabilities.values())
            if not all(isinstance(value, int | float) and 0 <= value <= 1 for value in values):
                return f"a probability of {task.name} is no number between 0 and 1"
            if abs(sum(values) - 1) > _SLACK:
                return f"probabilities of {task.name} add up to {sum(values):.3f}, not 1"
    return None
