"""From saved predictions to everything that is published of a dataset."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

from pathstage import __version__
from pathstage.corpus.dataset import LabelledReport, whole_file
from pathstage.corpus.split import corpus_digest
from pathstage.evaluation.benchmark.foreign import Invention
from pathstage.evaluation.benchmark.run import Cost
from pathstage.evaluation.bootstrap import macro_f1_intervals, macro_f1_of, mean_of
from pathstage.evaluation.breakdown import Scores, by_basis
from pathstage.evaluation.comparison import Comparison, Difference, compare, holm, paired_difference
from pathstage.evaluation.predictions import Prediction, lowest_seed
from pathstage.evaluation.summary import CurvePoint, SystemResult, summarize
from pathstage.schema import TaskSchema

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "statsmodels", "torch", "transformers")


@dataclass(frozen=True)
class Answers:
    """What a system left: its `predictions`, those of each disturbance (name → strength → predictions), those after
    learning from fewer reports (their number → predictions), and the rest.

    All but the first are empty for a system whose predictions came from elsewhere.
    """

    predictions: Sequence[Prediction]
    disturbed: Mapping[str, Mapping[float, Sequence[Prediction]]] = field(default_factory=dict)
    learned: Mapping[int, Sequence[Prediction]] = field(default_factory=dict)
    costs: Sequence[Cost] = ()
    inventions: Mapping[str, Invention] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeanComparison:
    """A system against the reference on a mean of tasks; `p_holm` is corrected for all systems and means together."""

    system: str
    mean: str
    macro_f1: Difference
    p_holm: float | None


@dataclass(frozen=True, slots=True)
class MeanCost:
    """Costs over all runs of a system; seconds are a report's, but `fit_cpu_seconds`, which are a run's."""

    fit_cpu_seconds: float
    cpu_seconds_a_report: float
    seconds_a_report: float
    declined: int
    peak_memory: int | None
    trained_parameters: int
    deployed_models: int


@dataclass(frozen=True)
class DatasetResult:
    """All measures of all systems on one dataset.

    `by_basis`: system → "stated", "derived" … → scores, lowest seed; empty where the corpus does not say.
    """

    benchmark: str
    dataset: str
    reports: int
    hospitals: int
    folds: int
    reference: str
    means: Mapping[str, Sequence[str]]
    systems: dict[str, SystemResult]
    comparisons: list[Comparison]
    mean_comparisons: list[MeanComparison]
    by_basis: dict[str, dict[str, Scores]]
    inventions: dict[str, dict[str, Invention]]
    costs: dict[str, MeanCost]
    provenance: dict[str, Any]

    def to_json(self) -> str:
        """Everything, as JSON. The same predictions give the same text on the same platform and libraries."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


def measure(
    benchmark: str,
    dataset: str,
    rows: Sequence[LabelledReport],
    answers: Mapping[str, Answers],
    schema: TaskSchema,
    means: Mapping[str, Sequence[str]],
    reference: str,
    folds: int,
    resamples: int,
) -> DatasetResult:
    """Everything that is measured of the systems' answers on `rows`.

    A reference that was not run on this dataset is replaced by the first system. Raises ValueError for a mean over a
    task without labels, or when systems were asked different reports.
    """
    reference = reference if reference in answers else next(iter(answers))
    predictions = {name: one.predictions for name, one in answers.items()}
    details = {row.id: row.details for row in rows}
    return DatasetResult(
        benchmark=benchmark,
        dataset=dataset,
        reports=len(rows),
        hospitals=len({row.hospital for row in rows}),
        folds=folds,
        reference=reference,
        means=means,
        systems={
            name: replace(
                summarize(one.predictions, schema, means, resamples=resamples),
                robustness={
                    disturbance: _curve({0.0: lowest_seed(one.predictions), **strengths}, schema, means, resamples)
                    for disturbance, strengths in one.disturbed.items()
                },
                learning=_learning(one, len(rows), schema, means, resamples),
            )
            for name, one in answers.items()
        },
        comparisons=compare(predictions, reference, schema, resamples=resamples),
        mean_comparisons=_compare_means(predictions, reference, schema, means, resamples),
        by_basis={
            name: found for name, its in predictions.items() if (found := by_basis(lowest_seed(its), schema, details))
        },
        inventions={name: dict(one.inventions) for name, one in answers.items() if one.inventions},
        costs={name: _mean_cost(one.costs) for name, one in answers.items() if one.costs},
        provenance={
            "corpus_sha256": corpus_digest(rows),
            "schema_sha256": schema.fingerprint(),
            "pathstage": __version__,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "libraries": {name: version(name) for name in _LIBRARIES},
        },
    )


def write_result(result: DatasetResult, path: Path) -> None:
    """Write the result as JSON; the file appears when it is whole."""
    with whole_file(path) as file:
        file.write(result.to_json().encode() + b"\n")


def _learning(
    answers: Answers, reports: int, schema: TaskSchema, means: Mapping[str, Sequence[str]], resamples: int
) -> tuple[CurvePoint, ...]:
    """Over the number of reports learned from; the last point are those outside a fold, on average."""
    if not answers.learned:
        return ()
    clean = lowest_seed(answers.predictions)
    folds = len({one.fold for one in clean})
    points = {float(number): its for number, its in answers.learned.items()}
    return _curve(points | {reports * (folds - 1) / folds: clean}, schema, means, resamples)


def _curve(
    predictions: Mapping[float, Sequence[Prediction]],
    schema: TaskSchema,
    means: Mapping[str, Sequence[str]],
    resamples: int,
) -> tuple[CurvePoint, ...]:
    """The first of `means` at each x, with its interval over reports."""
    name, tasks = next(iter(means.items()))
    points = []
    for x, its in sorted(predictions.items()):
        found = macro_f1_intervals(its, schema, {name: tasks}, resamples=resamples)[name]
        points.append(CurvePoint(x, found.value or 0.0, found.low, found.high))
    return tuple(points)


def _compare_means(
    predictions: Mapping[str, Sequence[Prediction]],
    reference: str,
    schema: TaskSchema,
    means: Mapping[str, Sequence[str]],
    resamples: int,
) -> list[MeanComparison]:
    found = []
    for name, its in predictions.items():
        if name == reference:
            continue
        for mean, tasks in means.items():
            statistics = (
                mean_of([macro_f1_of(its, schema, task) for task in tasks]),
                mean_of([macro_f1_of(predictions[reference], schema, task) for task in tasks]),
            )
            difference = paired_difference(its, predictions[reference], statistics, resamples=resamples)
            found.append(MeanComparison(name, mean, difference, None))
    corrected = iter(holm([one.macro_f1.p for one in found if one.macro_f1.p is not None]))
    return [one if one.macro_f1.p is None else replace(one, p_holm=next(corrected)) for one in found]


def _mean_cost(costs: Sequence[Cost]) -> MeanCost:
    reports = sum(one.reports for one in costs)
    memory = [one.peak_memory for one in costs if one.peak_memory is not None]
    return MeanCost(
        fit_cpu_seconds=fmean(one.fit_cpu_seconds for one in costs),
        cpu_seconds_a_report=sum(one.read_cpu_seconds for one in costs) / reports,
        seconds_a_report=sum(one.read_seconds for one in costs) / reports,
        declined=sum(one.declined for one in costs),
        peak_memory=max(memory, default=None),
        trained_parameters=max(one.trained_parameters for one in costs),
        deployed_models=max(one.deployed_models for one in costs),
    )
