"""Calibration: whether answers given with 90 % probability are right 90 times in 100, and temperatures that help.

A temperature is fitted on some hospitals and judged on others (`cross_fit`): one judged on the reports it was fitted
on looks better than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from pathstage.evaluation.predictions import Prediction, class_numbers, confidences, probability_matrix
from pathstage.schema import Task, TaskSchema

Temperatures = dict[str, float]
"""Task name → temperature; above 1 the model was too sure of itself, below 1 not sure enough."""

# Where the search ends: beyond, every answer would be equally sure, or equally unsure.
_LOWEST, _HIGHEST = 0.05, 20.0
# Saved probabilities that were rounded to 0 are taken for this, or they would decide a fit alone.
_LEAST_PROBABILITY = 1e-7


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """A bin of `reports` answers: their mean probability and the share of them that is right."""

    confidence: float
    accuracy: float
    reports: int


@dataclass(frozen=True, slots=True)
class CalibrationQuality:
    """How well a task's probabilities are calibrated, over `reports` labelled reports. Lower is better.

    `ece`, expected calibration error: Σ over bins of (share of the answers) · |accuracy − mean confidence|, confidence
    being the probability of the answer given (Naeini et al., AAAI 2015), in bins of about equal mass, which biases it
    less than bins of equal width (Nguyen & O'Connor, EMNLP 2015). `brier`: mean over the reports of Σ over classes of
    (probability − 1 if it is the label else 0)², from 0 to 2 (Brier, Mon Weather Rev 1950). `nll`: mean of −ln
    probability of the label. `curve` holds the bins, from the least to the most confident.
    """

    reports: int
    ece: float
    brier: float
    nll: float
    curve: tuple[ReliabilityPoint, ...]


def fit_temperatures(predictions: Sequence[Prediction], schema: TaskSchema) -> Temperatures:
    """A temperature for each task that has labelled reports with probabilities, by least negative log-likelihood.

    p'ₖ = softmax(ln p / T)ₖ (Guo et al., On Calibration of Modern Neural Networks, ICML 2017); which class comes first
    does not change. The fit sees one report in n + 1 as labelled by chance, or a task that happens to have no error
    among its n reports would be given certainty (the idea of Platt's smoothed targets, Adv Large Margin Classif 1999).
    Fit on out-of-fold predictions only: of reports it has seen a model is always too sure.
    """
    temperatures = {}
    for task in schema.tasks:
        gold, probabilities = _labelled(predictions, task)
        if len(gold):
            temperatures[task.name] = _fit(gold, probabilities)
    return temperatures


def apply_temperatures(
    predictions: Sequence[Prediction], temperatures: Mapping[str, float], schema: TaskSchema
) -> list[Prediction]:
    """The predictions with calibrated probabilities; a task without a temperature keeps its own."""
    probabilities: list[dict[str, dict[str, float]]] = [dict(one.probabilities) for one in predictions]
    for name, temperature in temperatures.items():
        classes = schema[name].classes
        matrix = softmax(_logits(probability_matrix(predictions, schema[name])) / temperature, axis=1)
        for at, row in enumerate(matrix.tolist()):
            if name in probabilities[at]:
                probabilities[at][name] = dict(zip(classes, row, strict=True))
    return [replace(one, probabilities=its) for one, its in zip(predictions, probabilities, strict=True)]


def cross_fit(
    predictions: Sequence[Prediction],
    schema: TaskSchema,
    group_of: Callable[[Prediction], Hashable] = lambda one: one.fold,
) -> list[Prediction]:
    """Calibrated predictions, in the order given, each by temperatures fitted on the hospitals of the other groups.

    What remains shared: the networks of the other folds were trained on this fold's hospitals, which a single number a
    task can hardly betray. Raises ValueError for fewer than two groups, or a hospital that lies in several.
    """
    groups = hospital_groups(predictions, group_of)
    calibrated: dict[int, Prediction] = {}
    for rows in groups:
        held_out = set(rows)
        others = [one for at, one in enumerate(predictions) if at not in held_out]
        temperatures = fit_temperatures(others, schema)
        mine = apply_temperatures([predictions[at] for at in rows], temperatures, schema)
        calibrated |= dict(zip(rows, mine, strict=True))
    return [calibrated[at] for at in range(len(predictions))]


def hospital_groups(
    predictions: Sequence[Prediction], group_of: Callable[[Prediction], Hashable] = lambda one: one.fold
) -> list[list[int]]:
    """Positions of the predictions of each group. Raises ValueError for fewer than two, or a hospital in several."""
    groups: dict[Hashable, list[int]] = {}
    group_of_hospital: dict[str, Hashable] = {}
    for at, one in enumerate(predictions):
        group = group_of(one)
        groups.setdefault(group, []).append(at)
        if group_of_hospital.setdefault(one.hospital, group) != group:
            raise ValueError(f"hospital {one.hospital!r} is in more than one group: nothing would be held out")
    if len(groups) < 2:
        raise ValueError("fitting on some hospitals and judging on others takes two groups of hospitals or more")
    return list(groups.values())


def calibration_quality(
    predictions: Sequence[Prediction], schema: TaskSchema, bins: int = 10
) -> dict[str, CalibrationQuality]:
    """The calibration of each task that has labelled reports with probabilities."""
    found = {}
    for task in schema.tasks:
        gold, probabilities = _labelled(predictions, task)
        if len(gold):
            curve = _curve(*confidences(predictions, task), bins)
            answers = sum(point.reports for point in curve)
            one_hot = np.arange(len(task.classes)) == gold[:, None]
            found[task.name] = CalibrationQuality(
                reports=len(gold),
                ece=sum(point.reports * abs(point.accuracy - point.confidence) for point in curve) / max(answers, 1),
                brier=float(((probabilities - one_hot) ** 2).sum(axis=1).mean()),
                nll=_nll(gold, _logits(probabilities)),
                curve=curve,
            )
    return found


def _labelled(predictions: Sequence[Prediction], task: Task) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels (reports,) and probabilities (reports, classes) of the reports that have both."""
    gold, _ = class_numbers(predictions, task)
    matrix = probability_matrix(predictions, task)
    usable = (gold >= 0) & ~np.isnan(matrix).any(axis=1)
    return gold[usable], matrix[usable]


def _logits(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities, _LEAST_PROBABILITY))


def _nll(gold: NDArray[np.int64], logits: NDArray[np.float64]) -> float:
    return float(-log_softmax(logits, axis=1)[np.arange(len(gold)), gold].mean())


def _fit(gold: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    logits = _logits(probabilities)
    by_chance = 1 / (len(gold) + 1)

    def loss(log_temperature: float) -> float:
        log_p = log_softmax(logits / np.exp(log_temperature), axis=1)
        likelihood = log_p[np.arange(len(gold)), gold].mean()
        return float(-(1 - by_chance) * likelihood - by_chance * log_p.mean())

    # In the inverse temperature the loss has one valley; in its logarithm the bounds are symmetric.
    return float(np.exp(minimize_scalar(loss, bounds=(np.log(_LOWEST), np.log(_HIGHEST)), method="bounded").x))


def _curve(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int) -> tuple[ReliabilityPoint, ...]:
    """Bins of about equal mass, of the answers that have a probability."""
    right, confidence = right[~np.isnan(confidence)], confidence[~np.isnan(confidence)]
    if not len(confidence):
        return ()
    # Edges are quantiles, so equal confidences stay together in one bin whatever the order of the reports.
    edges = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1]))
    bin_of = np.searchsorted(edges, confidence)
    return tuple(
        ReliabilityPoint(float(confidence[bin_of == one].mean()), float(right[bin_of == one].mean()), int(count))
        for one, count in enumerate(np.bincount(bin_of))
        if count
    )
