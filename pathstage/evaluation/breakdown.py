"""Scores of parts of the reports: by run, hospital, length, or by whether the label was printed or derived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pathstage.evaluation.metrics import TaskScore, score_predictions
from pathstage.evaluation.predictions import Prediction
from pathstage.schema import TaskSchema

Scores = dict[str, TaskScore]
"""Task name → its score."""


def breakdown(
    predictions: Sequence[Prediction], schema: TaskSchema, part_of: Callable[[Prediction], str | None]
) -> dict[str, Scores]:
    """Part → scores of its predictions, in the order in which parts first occur; a part None is left out."""
    parts: dict[str, list[Prediction]] = {}
    for one in predictions:
        if (part := part_of(one)) is not None:
            parts.setdefault(part, []).append(one)
    return {part: score_predictions(members, schema) for part, members in parts.items()}


def by_run(predictions: Sequence[Prediction], schema: TaskSchema) -> dict[str, Scores]:
    """Scores of each training run, that is of each seed and fold: what a mean ± sd is taken over."""
    return breakdown(predictions, schema, lambda one: f"seed {one.seed}, fold {one.fold}")


def by_hospital(predictions: Sequence[Prediction], schema: TaskSchema) -> dict[str, Scores]:
    """Scores of each hospital, the one with the most predictions first."""
    found = breakdown(predictions, schema, lambda one: one.hospital)
    sizes = Counter(one.hospital for one in predictions)
    return {hospital: found[hospital] for hospital, _ in sizes.most_common()}


def by_basis(
    predictions: Sequence[Prediction], schema: TaskSchema, corpus_details: Mapping[str, Mapping[str, Any]]
) -> dict[str, Scores]:
    """Scores of the labels that the reports state, and of those that had to be derived: "stated", "derived", ....

    `corpus_details` is report id → the `details` of its corpus row, where `<task>_basis` holds the basis of a task's
    label. A report counts for different tasks in different parts. Labels without a basis are left out. Raises KeyError
    for a report without details.
    """
    found: dict[str, Scores] = {}
    for task in schema.names:
        parts: dict[str, list[Prediction]] = {}
        for one in predictions:
            basis = corpus_details[one.id].get(f"{task}_basis")
            if basis is not None and task in one.gold:
                parts.setdefault(basis, []).append(one)
        for basis, members in parts.items():
            found.setdefault(basis, {})[task] = score_predictions(members, schema)[task]
    return found


def by_length(
    predictions: Sequence[Prediction], schema: TaskSchema, lengths: Mapping[str, int], parts: int = 3
) -> dict[str, Scores]:
    """Scores of the shortest to the longest reports, in parts of about equal size.

    `lengths` is report id → number of characters. Parts are named by their range of lengths; reports of one length are
    in one part.
    """
    edges = np.quantile([lengths[one.id] for one in predictions], np.linspace(0, 1, parts + 1)[1:-1])
    part_of = {one.id: int(np.searchsorted(edges, lengths[one.id])) for one in predictions}
    names = {
        part: f"{min(members)}–{max(members)} characters"
        for part in sorted(set(part_of.values()))
        if (members := [lengths[row_id] for row_id, its_part in part_of.items() if its_part == part])
    }
    found = breakdown(predictions, schema, lambda one: names[part_of[one.id]])
    return {name: found[name] for name in names.values()}
