"""Whether two systems differ, on the same reports: paired bootstrap, McNemar's test, Holm's correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from pathstage.corpus.dataset import shown
from pathstage.evaluation.bootstrap import (
    RESAMPLES,
    Interval,
    Statistic,
    Unit,
    draw_weights,
    groups_of,
    interval,
    macro_f1_of,
)
from pathstage.evaluation.predictions import Prediction, class_numbers, lowest_seed, require_one_seed
from pathstage.schema import TaskSchema


@dataclass(frozen=True, slots=True)
class Difference:
    """First system minus second: a statistic's difference, its bootstrap interval, and how likely so much is by chance.

    `p` is two-sided; None where the statistic is undefined.
    """

    interval: Interval
    p: float | None


@dataclass(frozen=True, slots=True)
class McNemar:
    """Reports that only the first and that only the second system answers rightly, and the two-sided exact p."""

    only_first: int
    only_second: int
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A system against the reference on one task.

    `p_*_holm` are corrected for all the comparisons made together, each kind of test being a family of its own.
    """

    system: str
    task: str
    macro_f1: Difference
    mcnemar: McNemar
    p_macro_f1_holm: float | None
    p_mcnemar_holm: float


def paired_difference(
    first: Sequence[Prediction],
    second: Sequence[Prediction],
    statistics: tuple[Statistic, Statistic],
    *,
    unit: Unit = "report",
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Paired bootstrap of the difference between a statistic of two systems: both see the same resamples.

    `statistics` are the first system's and the second's, such as `macro_f1_of` makes. The systems may have been run
    with different numbers of seeds. p inverts the percentile interval: twice the smaller share of resamples in which
    the difference is at most, or at least, 0, with (count + 1) / (resamples + 1) for a share (Davison & Hinkley,
    Bootstrap Methods, 1997, § 4.4), so it is never 0. Raises ValueError when the reports or labels differ.
    """
    require_same_reports(first, second)
    values, drawn = [], []
    for statistic, system in zip(statistics, (first, second), strict=True):
        values.append(float(statistic(np.ones((1, len(system))))[0]))
        drawn.append(statistic(draw_weights(groups_of(system, unit), resamples, seed)))
    differences = drawn[0] - drawn[1]
    found = interval(values[0] - values[1], differences, confidence)
    if found.low is None:
        return Difference(found, None)
    defined = differences[~np.isnan(differences)]
    smaller = min((defined <= 0).sum(), (defined >= 0).sum())
    return Difference(found, min(1.0, 2 * float(smaller + 1) / (len(defined) + 1)))


def mcnemar_test(first: Sequence[Prediction], second: Sequence[Prediction], schema: TaskSchema, task: str) -> McNemar:
    """McNemar's exact test on the reports that just one of two systems answers rightly (Psychometrika 1947).

    If the systems were equally good, each such report would be either's with probability 1/2. Takes one seed of each
    system: raises ValueError when a report occurs twice, or when the reports or labels differ.
    """
    require_same_reports(first, second)
    right = []
    for system in (first, second):
        require_one_seed(system)
        ordered = sorted(system, key=lambda one: one.id)
        gold, predicted = class_numbers(ordered, schema[task])
        right.append((gold == predicted)[gold >= 0])
    only_first, only_second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    test = mcnemar([[0, only_first], [only_second, 0]], exact=True)
    return McNemar(only_first, only_second, float(test.pvalue))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for being tested together (Holm, Scand J Stat 1979), in the order given."""
    return [float(p) for p in multipletests(p_values, method="holm")[1]] if p_values else []


def compare(
    systems: Mapping[str, Sequence[Prediction]],
    reference: str,
    schema: TaskSchema,
    *,
    unit: Unit = "report",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Comparison]:
    """Every other system against the one called `reference`, on every task of the schema that has labels.

    Differences are system minus reference. Macro-F1 is over all seeds, McNemar's test takes the lowest seed of each.
    Raises KeyError when there is no such system, ValueError when the reports or labels of the systems differ.
    """
    base = systems[reference]
    tasks = [task for task in schema.names if any(task in one.gold for one in base)]
    found = []
    for name, system in systems.items():
        if name == reference:
            continue
        for task in tasks:
            statistics = macro_f1_of(system, schema, task), macro_f1_of(base, schema, task)
            macro_f1 = paired_difference(system, base, statistics, unit=unit, resamples=resamples, seed=seed)
            test = mcnemar_test(lowest_seed(system), lowest_seed(base), schema, task)
            found.append(Comparison(name, task, macro_f1, test, None, test.p))
    exact = holm([one.mcnemar.p for one in found])
    bootstrapped = iter(holm([one.macro_f1.p for one in found if one.macro_f1.p is not None]))
    return [
        replace(
            one,
            p_macro_f1_holm=None if one.macro_f1.p is None else next(bootstrapped),
            p_mcnemar_holm=p_exact,
        )
        for one, p_exact in zip(found, exact, strict=True)
    ]


def require_same_reports(first: Sequence[Prediction], second: Sequence[Prediction]) -> None:
    """Raise ValueError unless both systems were asked the same: reports of the same ids, labels and hospitals."""
    asked = [{one.id: (one.hospital, one.gold) for one in system} for system in (first, second)]
    if only := asked[0].keys() ^ asked[1].keys():
        raise ValueError(f"{len(only)} reports were predicted by one system only, {shown(min(only))} for one")
    for row_id, question in asked[0].items():
        if asked[1][row_id] != question:
            raise ValueError(f"the systems have different labels or hospitals for report {shown(row_id)}")
