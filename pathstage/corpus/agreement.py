"""How far raters agree on a corpus: kappa and alpha for each task with bootstrap intervals, and what to adjudicate."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
from numpy.typing import NDArray
from rich.markup import escape
from rich.table import Table
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from pathstage.corpus.dataset import CorpusError, LabelledReport, decode_line, read_lines, shown
from pathstage.export.table import defuse
from pathstage.schema import TaskSchema

# A statistic of the ratings of some units. Shape of its argument: (units, raters), class numbers, -1 for no rating.
_Statistic = Callable[[NDArray[np.int64], int], float]


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater said of one report: a class for each task rated, and the spans that it rests on."""

    labels: dict[str, str]
    evidence: dict[str, tuple[tuple[int, int], ...]]


# Rater → report id → rating.
Ratings = Mapping[str, Mapping[str, Rating]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One coefficient for one task.

    `units` reports were rated by all `raters` concerned (by at least two of them, for alpha). `agreed` is the share of
    units on which they all say the same. `value` is None where the coefficient is undefined (everybody used a single
    class, or there are no units); `low` and `high` are its percentile bootstrap interval over the units, None likewise.
    `undefined` is the share of resamples that left the coefficient undefined; the interval rests on the others.
    """

    task: str
    coefficient: str
    raters: tuple[str, ...]
    units: int
    agreed: float | None
    value: float | None
    low: float | None
    high: float | None
    undefined: float


@dataclass(frozen=True)
class AgreementReport:
    """All coefficients of an agreement study, and how its intervals were made."""

    agreements: list[Agreement]
    confidence: float
    resamples: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return asdict(self)

    def as_table(self) -> Table:
        """The report for a person: a line for each task, coefficient and set of raters."""
        table = Table(title=f"Agreement, {self.confidence:.0%} bootstrap intervals ({self.resamples} resamples)")
        for heading in ("task", "coefficient", "raters", "reports", "agreed", "value", "interval"):
            table.add_column(heading)
        rated = {row.task for row in self.agreements if row.units}
        if unrated := dict.fromkeys(row.task for row in self.agreements if row.task not in rated):
            table.caption = f"no report has two ratings for {', '.join(unrated)}"
        for row in (row for row in self.agreements if row.task in rated):
            table.add_row(
                row.task,
                row.coefficient,
                escape(" · ".join(row.raters)),
                str(row.units),
                "" if row.agreed is None else f"{row.agreed:.1%}",
                "undefined" if row.value is None else f"{row.value:.3f}",
                "" if row.low is None else f"{row.low:.3f} to {row.high:.3f}",
            )
        return table


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A task of a report on which raters differ: rater → its rating's class and spans (None: not rated)."""

    id: str
    task: str
    said: dict[str, tuple[str, tuple[tuple[int, int], ...]] | None]


def read_ratings(path: str | Path, schema: TaskSchema) -> dict[str, Rating]:
    """One rater's file: a corpus file, whose rows need only `id` and `labels` (and may have `evidence`).

    Raises CorpusError for a line that is no such row, an id that occurs twice, or a label the schema does not have.
    """
    ratings: dict[str, Rating] = {}
    for where, line in read_lines(path):
        raw = decode_line(line, where)
        try:
            row_id = str(raw["id"])
            labels = {task: label for task, label in raw["labels"].items() if task in schema.names}
            evidence = {
                task: tuple((int(span["start"]), int(span["end"])) for span in spans)
                for task, spans in (raw.get("evidence") or {}).items()
            }
        except (KeyError, TypeError, AttributeError, ValueError):
            raise CorpusError(f"{where}: not a rated report with id and labels") from None
        for task, label in labels.items():
            if label not in schema[task].classes:
                raise CorpusError(f"{where}: {task} is {shown(label)}; the schema's classes are {schema[task].classes}")
        if row_id in ratings:
            raise CorpusError(f"{where}: report {row_id} is rated a second time; a rater's file rates each once")
        ratings[row_id] = Rating(labels, evidence)
    return ratings


def overlap_sample(ids: Iterable[str], n: int, seed: int = 0) -> list[str]:
    """`n` ids for every rater to read, in ascending order: the same ones for the same seed, whatever the ids' order.

    Ids rank by a hash of seed and id, so that when reports are added later, those drawn before that are drawn again
    keep their rank, and a larger sample contains every smaller one. Raises ValueError when there are fewer than `n`.
    """
    distinct = set(ids)
    if not 0 < n <= len(distinct):
        raise ValueError(f"a sample of {n} cannot be drawn from {len(distinct)} reports")
    return sorted(sorted(distinct, key=lambda row_id: hashlib.sha256(f"{seed}:{row_id}".encode()).digest())[:n])


def rows_to_rate(rows: Iterable[LabelledReport], n: int, seed: int = 0) -> list[LabelledReport]:
    """The rows of an overlap sample (see `overlap_sample`), blank: no answer is left that could sway a rater.

    Raises ValueError when there are fewer than `n` rows.
    """
    by_id = {row.id: row for row in rows}
    chosen = (by_id[row_id] for row_id in overlap_sample(by_id, n, seed))
    return [LabelledReport(row.id, row.hospital, row.text, {}, patient=row.patient) for row in chosen]


def measure_agreement(
    ratings: Ratings,
    schema: TaskSchema,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> AgreementReport:
    """Agreement on each task: Cohen's kappa for each pair of raters; with more than two also Fleiss' kappa and
    Krippendorff's alpha (nominal) of all of them.

    Kappa takes the reports that all raters concerned have rated, alpha those that at least two have. Sources: Cohen,
    Educ Psychol Meas 1960; Fleiss, Psychol Bull 1971; Krippendorff, Content Analysis, 2004. Raises ValueError when
    there are fewer than two raters.
    """
    raters = tuple(ratings)
    if len(raters) < 2:
        raise ValueError(f"agreement needs two raters or more, not {len(raters)}")
    pairs = [("Cohen's kappa", pair, _cohen) for pair in combinations(raters, 2)]
    more = [("Fleiss' kappa", raters, _fleiss), ("Krippendorff's alpha", raters, _alpha)] if len(raters) > 2 else []
    found = []
    for task in schema.tasks:
        table = _table(ratings, task.name, task.classes)
        for coefficient, group, statistic in [*pairs, *more]:
            chosen = table[:, [raters.index(rater) for rater in group]]
            rated = (chosen >= 0).sum(axis=1)
            units = chosen[rated >= 2] if statistic is _alpha else chosen[rated == len(group)]
            value, low, high, undefined = _bootstrap(
                units, len(task.classes), statistic, resamples, confidence, np.random.default_rng(seed)
            )
            agreed = _agreed(units)
            found.append(Agreement(task.name, coefficient, group, len(units), agreed, value, low, high, undefined))
    return AgreementReport(found, confidence, resamples, seed)


def disagreements(ratings: Ratings, schema: TaskSchema) -> Iterator[Disagreement]:
    """Every task of every report on which two raters give different classes, by report and in the schema's order."""
    for row_id in sorted(set().union(*ratings.values())):
        for task in schema.names:
            said = {rater: _said(reports.get(row_id), task) for rater, reports in ratings.items()}
            if len({answer[0] for answer in said.values() if answer}) > 1:
                yield Disagreement(row_id, task, said)


def write_disagreements(found: Iterable[Disagreement], raters: Iterable[str], path: str | Path) -> int:
    """Write a CSV to adjudicate on, and return its number of rows.

    Columns: id, task, for each rater its class and its evidence as `start..end` offsets, and an empty `adjudicated`.
    """
    raters = list(raters)
    count = 0
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        columns = [column for rater in raters for column in (rater, f"{rater} evidence")]
        writer.writerow(["id", "task", *columns, "adjudicated"])
        for row in found:
            cells = [cell for rater in raters for cell in _cells(row.said[rater])]
            writer.writerow([defuse(row.id), row.task, *cells, ""])
            count += 1
    return count


def _said(rating: Rating | None, task: str) -> tuple[str, tuple[tuple[int, int], ...]] | None:
    if rating is None or task not in rating.labels:
        return None
    return rating.labels[task], rating.evidence.get(task, ())


def _cells(answer: tuple[str, tuple[tuple[int, int], ...]] | None) -> tuple[str, str]:
    if answer is None:
        return "", ""
    # Two dots, because a spreadsheet reads 3-10 as a date.
    return answer[0], ";".join(f"{start}..{end}" for start, end in answer[1])


def _table(ratings: Ratings, task: str, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Class number each rater gave each report, -1 for none. Shape: (reports, raters)."""
    ids = sorted(set().union(*ratings.values()))
    answers = [[_said(reports.get(row_id), task) for reports in ratings.values()] for row_id in ids]
    return np.array(
        [[classes.index(answer[0]) if answer else -1 for answer in row] for row in answers], dtype=np.int64
    ).reshape(-1, len(ratings))


def _agreed(units: NDArray[np.int64]) -> float | None:
    """Share of units on which all who rated them say the same."""
    if not len(units):
        return None
    highest = units.max(axis=1)
    return float(((units == highest[:, None]) | (units < 0)).all(axis=1).mean())


def _bootstrap(
    units: NDArray[np.int64],
    classes: int,
    statistic: _Statistic,
    resamples: int,
    confidence: float,
    rng: np.random.Generator,
) -> tuple[float | None, float | None, float | None, float]:
    """The statistic, the ends of its percentile interval, and the share of resamples in which it is undefined."""
    value = statistic(units, classes) if len(units) else math.nan
    if math.isnan(value):
        return None, None, None, 1.0
    drawn = np.array([statistic(units[rng.integers(len(units), size=len(units))], classes) for _ in range(resamples)])
    defined = drawn[~np.isnan(drawn)]
    if not len(defined):
        return value, None, None, 1.0
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return value, float(low), float(high), 1 - len(defined) / len(drawn)


def _counts(units: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """How many raters gave each unit each class. Shape: (units, classes)."""
    return (units[:, :, None] == np.arange(classes)).sum(axis=1)


def _single_class(units: NDArray[np.int64]) -> bool:
    """Whether only one class was ever given, which leaves nothing for chance to explain: kappa and alpha are 0/0."""
    given = units[units >= 0]
    return bool(given.min() == given.max())


def _cohen(units: NDArray[np.int64], classes: int) -> float:
    if _single_class(units):
        return math.nan
    table = np.zeros((classes, classes))
    np.add.at(table, (units[:, 0], units[:, 1]), 1)
    return float(cohens_kappa(table, return_results=False))


def _fleiss(units: NDArray[np.int64], classes: int) -> float:
    return math.nan if _single_class(units) else float(fleiss_kappa(_counts(units, classes)))


def _alpha(units: NDArray[np.int64], classes: int) -> float:
    if _single_class(units):
        return math.nan
    return float(krippendorff.alpha(value_counts=_counts(units, classes), level_of_measurement="nominal"))
