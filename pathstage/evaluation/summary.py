"""Everything that is published of one system, computed from its predictions: what tables and the HTML report show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pathstage.evaluation.bootstrap import RESAMPLES, Interval, macro_f1_intervals
from pathstage.evaluation.breakdown import Scores, by_hospital, by_run
from pathstage.evaluation.calibration import CalibrationQuality, calibration_quality, cross_fit
from pathstage.evaluation.metrics import Adherence, TaskDetails, adherence, details
from pathstage.evaluation.predictions import Prediction, by_seed, lowest_seed
from pathstage.evaluation.selective import DELTA, TARGETS, SelectiveResult, selective_results
from pathstage.schema import TaskSchema


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of a learning or robustness curve: `y` at `x`, and where known the ends of its interval or its ± sd."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SystemResult:
    """The measures of one system on `reports` reports, each predicted once with each of `seeds`.

    `tasks`: all seeds pooled. `macro_f1` and `macro_f1_hospitals`: by task and by name of a mean, with intervals over
    reports and over hospitals, mean over the seeds. `runs`: the scores of each seed and fold. Of the lowest seed are
    `by_hospital` and, empty for a system without probabilities, `calibration`, `calibrated` (by temperatures fitted on
    other hospitals) and `selective`. The latter rests on those calibrated probabilities and is there to compare
    systems: for use, certify thresholds on the probabilities that the released model shows.
    `robustness` (disturbance → curve over its strength) and `learning` (over the number of reports learned from) are
    given by whoever ran those.
    """

    reports: int
    seeds: tuple[int, ...]
    tasks: dict[str, TaskDetails]
    macro_f1: dict[str, Interval]
    macro_f1_hospitals: dict[str, Interval]
    runs: dict[str, Scores]
    by_hospital: dict[str, Scores]
    adherence: Adherence
    calibration: dict[str, CalibrationQuality] = field(default_factory=dict)
    calibrated: dict[str, CalibrationQuality] = field(default_factory=dict)
    selective: dict[str, dict[float, SelectiveResult]] = field(default_factory=dict)
    robustness: dict[str, tuple[CurvePoint, ...]] = field(default_factory=dict)
    learning: tuple[CurvePoint, ...] = ()


def summarize(
    predictions: Sequence[Prediction],
    schema: TaskSchema,
    means: Mapping[str, Sequence[str]],
    *,
    targets: Sequence[float] = TARGETS,
    delta: float = DELTA,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> SystemResult:
    """All measures of a system's predictions. `means` is name → the tasks that a mean macro-F1 is to be taken over.

    Raises ValueError for a mean over a task without labels, or when a fold does not keep whole hospitals.
    """
    first = lowest_seed(predictions)
    with_probabilities = any(one.probabilities for one in first)
    calibrated = cross_fit(first, schema) if with_probabilities else []
    return SystemResult(
        reports=len(first),
        seeds=tuple(by_seed(predictions)),
        tasks=details(predictions, schema),
        macro_f1=macro_f1_intervals(predictions, schema, means, resamples=resamples, seed=seed),
        macro_f1_hospitals=macro_f1_intervals(
            predictions, schema, means, unit="hospital", resamples=resamples, seed=seed
        ),
        runs=by_run(predictions, schema),
        by_hospital=by_hospital(first, schema),
        adherence=adherence(predictions, schema),
        calibration=calibration_quality(first, schema),
        calibrated=calibration_quality(calibrated, schema),
        selective=selective_results(calibrated, schema, targets, delta) if with_probabilities else {},
    )
