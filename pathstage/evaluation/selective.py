"""Selective prediction: which answers may be accepted unseen so that few of them are wrong; the rest goes to review.

Answers are accepted whose probability reaches a threshold λ. Learn-then-Test (Angelopoulos, Bates, Candès, Jordan &
Lei, arXiv 2110.01052, 2021) finds a threshold of which it is certain, with probability 1 − δ over the reports that it
was calibrated on, that the error R(λ) = P(wrong | accepted) is at most a target α:

* If R(λ) > α, the number of wrong answers among the n(λ) accepted is stochastically larger than Binomial(n(λ), α), so
  p(λ) = P(Binomial(n(λ), α) ≤ wrong) is a valid p-value; p ≤ δ says the same as a Clopper–Pearson bound ≤ α.
* Thresholds of a grid that is fixed beforehand are tested from the strictest on, and the first that is not rejected
  ends it (fixed-sequence testing): each is tested at level δ, and the chance of accepting any bad one is at most δ.

Thresholds that too few answers reach for any rejection ((1 − α)ⁿ > δ) are passed over. This leaves the guarantee as it
is as long as more confident answers are not more often wrong (R does not fall where λ is lowered); it is the one
assumption besides exchangeable reports.

The guarantee is for one task at a time (for k tasks together give δ / k), and for reports drawn like those of the
calibration: from the same hospitals in the same proportions. **A new hospital breaks it**: its house style may make the
model both wrong and sure. `observed` in `SelectiveResult` says how thresholds of some hospitals did on others; before
relying on a threshold, calibrate it on reports of the hospital that will use it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from pathstage.evaluation.calibration import hospital_groups
from pathstage.evaluation.predictions import Prediction, confidences, require_one_seed
from pathstage.schema import TaskSchema

TARGETS = (0.01, 0.02, 0.05)
"""The shares of wrong answers among the accepted ones for which coverage is published."""

DELTA = 0.1
"""The accepted risk that a certified threshold does not keep what it promises."""

# Even steps in log-odds, as models crowd their answers near 1; the last accepts every answer that has a probability.
_GRID = (*(float(1 / (1 + np.exp(-odds))) for odds in np.arange(12, -2.1, -0.5)), 0.0)


@dataclass(frozen=True, slots=True)
class Threshold:
    """The outcome of a certification: answers with a probability of at least `threshold` may be accepted.

    `threshold` is None where none could be certified, and nothing may be accepted. Of `reports` calibration reports
    `accepted` would have been, of which `wrong` wrongly. `bound` is the one-sided Clopper–Pearson upper bound of the
    error of what is accepted, at confidence 1 − `delta`; it is at most `max_error`, or None.
    """

    max_error: float
    delta: float
    threshold: float | None
    reports: int
    accepted: int
    wrong: int
    bound: float | None

    @property
    def coverage(self) -> float:
        """Share of the reports whose answer is accepted."""
        return self.accepted / self.reports if self.reports else 0.0


@dataclass(frozen=True, slots=True)
class Observed:
    """What thresholds certified on some hospitals did on other ones: of `reports`, `accepted`, of these `wrong`."""

    reports: int
    accepted: int
    wrong: int

    @property
    def coverage(self) -> float:
        """Share of the reports whose answer is accepted."""
        return self.accepted / self.reports if self.reports else 0.0

    @property
    def error(self) -> float | None:
        """Share of the accepted answers that is wrong; None where none is accepted."""
        return self.wrong / self.accepted if self.accepted else None


@dataclass(frozen=True, slots=True)
class SelectiveResult:
    """Selective prediction for one task at one target.

    `certified` is the threshold to use. `observed` checks it across hospitals. `best_coverage` is the largest share of
    answers of which at most the target is wrong in these very data: what a perfectly chosen threshold would reach,
    with no guarantee whatsoever.
    """

    certified: Threshold
    observed: Observed
    best_coverage: float


def smallest_sample(max_error: float, delta: float = DELTA) -> int:
    """How many accepted answers, all of them right, it takes to certify anything: the least n with (1 − α)ⁿ ≤ δ."""
    return math.ceil(math.log(delta) / math.log1p(-max_error))


def certify(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], max_error: float, delta: float = DELTA
) -> Threshold:
    """The lowest threshold certified to keep the error of accepted answers at `max_error` or below (see the module).

    `confidence` and `right`, shape (reports,), are of independent reports that the model was not trained on; an answer
    without a probability is NaN and never accepted. Raises ValueError for a target or δ not between 0 and 1.
    """
    if not 0 < max_error < 1 or not 0 < delta < 1:
        raise ValueError(f"max_error and delta lie between 0 and 1, exclusive; not {max_error} and {delta}")
    certified, accepted, wrong = None, 0, 0
    least = smallest_sample(max_error, delta)
    for threshold in _GRID:
        accepts = confidence >= threshold
        reached, mistaken = int(accepts.sum()), int((accepts & ~right).sum())
        if reached < least:
            continue
        if binom.cdf(mistaken, reached, max_error) > delta:
            break
        certified, accepted, wrong = threshold, reached, mistaken
    bound = None if certified is None else error_bound(wrong, accepted, delta)
    return Threshold(max_error, delta, certified, len(confidence), accepted, wrong, bound)


def error_bound(wrong: int, accepted: int, delta: float = DELTA) -> float:
    """One-sided upper bound of an error rate at confidence 1 − δ (Clopper & Pearson, Biometrika 1934)."""
    return 1.0 if wrong >= accepted else float(beta.ppf(1 - delta, wrong + 1, accepted - wrong))


def certify_tasks(
    predictions: Sequence[Prediction], schema: TaskSchema, max_error: float, delta: float = DELTA
) -> dict[str, Threshold]:
    """A threshold for each task that has labelled reports. Raises ValueError when a report is predicted twice."""
    require_one_seed(predictions)
    found = {}
    for task in schema.tasks:
        confidence, right = confidences(predictions, task)
        if len(confidence):
            found[task.name] = certify(confidence, right, max_error, delta)
    return found


def selective_results(
    predictions: Sequence[Prediction],
    schema: TaskSchema,
    targets: Sequence[float] = TARGETS,
    delta: float = DELTA,
    group_of: Callable[[Prediction], Hashable] = lambda one: one.fold,
) -> dict[str, dict[float, SelectiveResult]]:
    """Task → target → coverage, certified on all reports and checked on hospitals that were left out.

    Raises ValueError when a report is predicted twice, or when the hospitals do not form groups (`hospital_groups`).
    """
    groups = hospital_groups(predictions, group_of)
    results: dict[str, dict[float, SelectiveResult]] = {}
    for target in targets:
        observed = _on_other_hospitals(predictions, schema, groups, target, delta)
        for task, certified in certify_tasks(predictions, schema, target, delta).items():
            best = best_coverage(*confidences(predictions, schema[task]), target)
            results.setdefault(task, {})[target] = SelectiveResult(certified, observed[task], best)
    return results


def risk_coverage(
    confidence: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coverage and error as the threshold is lowered past one distinct confidence after the other.

    Shapes: (distinct confidences,). El-Yaniv & Wiener, JMLR 2010.
    """
    levels = np.unique(confidence[~np.isnan(confidence)])[::-1]
    accepts = confidence[None, :] >= levels[:, None]
    accepted = accepts.sum(axis=1)
    return accepted / max(len(confidence), 1), (accepts & ~right).sum(axis=1) / np.maximum(accepted, 1)


def best_coverage(confidence: NDArray[np.float64], right: NDArray[np.bool_], max_error: float) -> float:
    """The largest coverage at which the error in these data is at most `max_error`; 0 where there is none."""
    coverage, error = risk_coverage(confidence, right)
    return float(coverage[error <= max_error].max(initial=0.0))


def _on_other_hospitals(
    predictions: Sequence[Prediction], schema: TaskSchema, groups: Sequence[Sequence[int]], target: float, delta: float
) -> dict[str, Observed]:
    counts = {name: np.zeros(3, dtype=np.int64) for name in schema.names}
    for rows in groups:
        held_out = set(rows)
        others = [one for at, one in enumerate(predictions) if at not in held_out]
        mine = [predictions[at] for at in rows]
        for name, certified in certify_tasks(others, schema, target, delta).items():
            confidence, right = confidences(mine, schema[name])
            accepts = confidence >= (math.inf if certified.threshold is None else certified.threshold)
            counts[name] += [len(confidence), accepts.sum(), (accepts & ~right).sum()]
    return {name: Observed(*map(int, its)) for name, its in counts.items()}
