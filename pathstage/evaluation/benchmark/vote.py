"""A vote of systems: their probabilities are pooled, report by report, from the predictions they saved.

The linear opinion pool (Stone, Ann Math Stat 1961): Σ weight · probability. A system without probabilities is taken at
its word: probability 1 for its answer. Of the rules (weight 0.4) and a model (0.6), say, the model overrules the rules
where it gives its own answer two thirds more than theirs; an answer on which both agree has the highest probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pathstage.evaluation.comparison import require_same_reports
from pathstage.evaluation.predictions import Prediction, by_seed
from pathstage.schema import Task, TaskSchema


def vote(
    systems: Mapping[str, Sequence[Prediction]], weights: Mapping[str, float], schema: TaskSchema
) -> list[Prediction]:
    """The pooled predictions, with the seeds of the system that has most; one with fewer lends its lowest to the rest.

    Raises ValueError when the systems were asked different reports.
    """
    names = list(weights)
    for name in names[1:]:
        require_same_reports(systems[names[0]], systems[name])
    seeds = {
        name: {seed: {one.id: one for one in its} for seed, its in by_seed(systems[name]).items()} for name in names
    }
    leader = max(names, key=lambda name: len(seeds[name]))
    total = sum(weights.values())
    pooled = []
    for seed, reports in seeds[leader].items():
        for row_id, first in reports.items():
            votes = [
                (weights[name] / total, seeds[name].get(seed, next(iter(seeds[name].values())))[row_id])
                for name in names
            ]
            probabilities = {
                task.name: _pool(votes, task)
                for task in schema.tasks
                if all(task.name in one.predicted for _, one in votes)
            }
            predicted = {name: max(its, key=its.__getitem__) for name, its in probabilities.items()}
            pooled.append(Prediction(row_id, first.hospital, first.fold, seed, first.gold, predicted, probabilities))
    return pooled


def _pool(votes: Sequence[tuple[float, Prediction]], task: Task) -> dict[str, float]:
    pooled = dict.fromkeys(task.classes, 0.0)
    for weight, one in votes:
        # An answer outside the schema says nothing about any class: its weight goes to what is not documented.
        answer = one.predicted[task.name] if one.predicted[task.name] in pooled else task.absent
        for label, p in one.probabilities.get(task.name, {answer: 1.0}).items():
            pooled[label] += weight * p
    total = sum(pooled.values())
    return {label: round(p / total, 6) for label, p in pooled.items()}
