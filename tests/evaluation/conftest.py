"""Made-up predictions of a schema of two tasks, with errors at a rate of the test's choice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pathstage.evaluation.predictions import Prediction
from pathstage.schema import TaskSchema, parse_schema

MakePredictions = Callable[..., list[Prediction]]


@pytest.fixture(scope="session")
def two_tasks() -> TaskSchema:
    """Task `a` with classes x, y, z (absent z) and task `b` with p, q (absent q)."""
    return parse_schema(
        "{name: two, version: 1, tasks: {a: {classes: [x, y, z], absent: z}, b: {classes: [p, q], absent: q}}}", "two"
    )


@pytest.fixture(scope="session")
def make_predictions(two_tasks: TaskSchema) -> MakePredictions:
    """Predictions whose probabilities are softmax(noise + skill · label), to the power of `sharpness`.

    The labels are the same whatever the skill, so that systems can be paired. Hospital h lies in fold h % 3.
    """

    def make(
        reports: int = 120,
        skill: float = 2.0,
        sharpness: float = 1.0,
        hospitals: int = 6,
        seeds: tuple[int, ...] = (0,),
        rng_seed: int = 0,
    ) -> list[Prediction]:
        labels = np.random.default_rng(99)
        gold = [{task.name: str(labels.choice(task.classes)) for task in two_tasks.tasks} for _ in range(reports)]
        rng = np.random.default_rng(rng_seed)
        made = []
        for seed in seeds:
            for number in range(reports):
                probabilities = {}
                for task in two_tasks.tasks:
                    logits = rng.normal(size=len(task.classes))
                    logits[task.index(gold[number][task.name])] += skill
                    p = np.exp(sharpness * logits)
                    probabilities[task.name] = dict(zip(task.classes, (p / p.sum()).tolist(), strict=True))
                hospital = number % hospitals
                made.append(
                    Prediction(
                        id=f"r{number}",
                        hospital=f"H{hospital}",
                        fold=hospital % 3,
                        seed=seed,
                        gold=gold[number],
                        predicted={task: max(p, key=p.__getitem__) for task, p in probabilities.items()},
                        probabilities=probabilities,
                    )
                )
        return made

    return make


@pytest.fixture(scope="session")
def answer_a() -> Callable[[str, str], list[Prediction]]:
    """Predictions of task `a`, a report for each letter; "?" is an answer that is no class."""

    def make(gold: str, predicted: str) -> list[Prediction]:
        return [
            Prediction(f"r{at}", f"H{at % 2}", at % 2, 0, {"a": g}, {"a": p})
            for at, (g, p) in enumerate(zip(gold, predicted, strict=True))
        ]

    return make
