"""The Markdown tables of a dataset, and how they come between their markers in a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from pathstage.evaluation.benchmark.config import BenchmarkError
from pathstage.evaluation.benchmark.results import DatasetResult
from pathstage.evaluation.bootstrap import Interval
from pathstage.evaluation.metrics import mean_sd
from pathstage.evaluation.summary import CurvePoint, SystemResult
from pathstage.schema import TaskSchema


def tables(result: DatasetResult, schema: TaskSchema) -> str:
    """All tables of a dataset, with a line on how to read each. Parts without results are left out."""
    tasks = [task for task in schema.names if any(task in one.tasks for one in result.systems.values())]
    parts = [
        f"{result.reports} reports of {result.hospitals} hospitals, dealt to {result.folds} folds so that no hospital "
        "is in two: what learns is tested on hospitals it has not seen. Where a system was run with several seeds, "
        "values are means over them.",
        "**Macro-F1.** In brackets 95 % bootstrap intervals over reports.",
        _table(
            ["system", "seeds", *tasks, *result.means],
            (
                [name, str(len(one.seeds)), *(_value(one.macro_f1.get(task)) for task in tasks)]
                + [str(one.macro_f1[mean]) for mean in result.means]
                for name, one in result.systems.items()
            ),
        ),
        "**The means once more**: with intervals over hospitals, which say more of the next hospital; as mean ± sd "
        "over folds and seeds (macro-F1 within a fold is over the classes that occur in it); and by other measures.",
        _table(
            ["system", "mean of", "macro-F1 (hospitals)", "mean ± sd", "accuracy", "balanced accuracy", "κ", "AUROC"],
            (row for name, one in result.systems.items() for row in _means(name, one, result.means)),
        ),
        f"**Against {result.reference}**: system minus {result.reference}, paired bootstrap; p-values are corrected by "
        "Holm's method, McNemar's for all systems and tasks together. Tasks whose corrected p is below 0.05 are named.",
        _table(
            ["system", "mean of", "difference of macro-F1", "p (Holm)", "better (McNemar)", "worse (McNemar)"],
            (
                [one.system, one.mean, str(one.macro_f1.interval), _p(one.p_holm), *_significant(result, one.system)]
                for one in result.mean_comparisons
            ),
        ),
        "**Printed or derived.** Accuracy on labels that the report states, and on those that follow from a size, a "
        "count or scores; in brackets the number of labels.",
        _basis(result),
        "**Schema and silence.** Answers outside the schema, values given for what the report does not document, and "
        "documented values not given.",
        _table(
            ["system", "outside the schema", "given, not documented", "documented, not given"],
            (
                [name, *map(_percent, (one.adherence.outside, one.adherence.invented, one.adherence.missed))]
                for name, one in result.systems.items()
            ),
        ),
        "**Foreign pages**, which hold no value of any task: the share of values that were made up, and in brackets "
        "how many pages were declined.",
        _inventions(result),
        f"**Robustness.** Macro-F1 ({next(iter(result.means))}), lowest seed, of texts made harder. A truncated report "
        "has lost values that its labels state.",
        _robustness(result),
        f"**Learning curve.** Macro-F1 ({next(iter(result.means))}), lowest seed, after learning from so many "
        "reports of other hospitals.",
        _table(
            ["system", "reports: macro-F1"],
            ([name, _points(one.learning)] for name, one in result.systems.items() if one.learning),
        ),
        "**Cost.** CPU seconds are of all threads, a proxy of energy; memory is the peak of a process of its own, with "
        "Python and all libraries.",
        _cost(result),
    ]
    # An introduction whose table is empty says nothing.
    kept = [parts[0]]
    for said, table in zip(parts[1::2], parts[2::2], strict=True):
        if table:
            kept += [said, table]
    return "\n\n".join(kept)


def require_markers(path: Path, block: str) -> None:
    """Raise BenchmarkError unless the document has the markers of a block, once and in order."""
    _split(path, block)


def write_between_markers(path: Path, block: str, content: str) -> None:
    """Replace what stands between the markers of a block. Raises BenchmarkError as `require_markers` does."""
    before, after = _split(path, block)
    path.write_text(f"{before}\n\n{content}\n\n{after}", encoding="utf-8")


def _split(path: Path, block: str) -> tuple[str, str]:
    begin, end = f"<!-- benchmark {block}: generated, do not edit -->", f"<!-- end of benchmark {block} -->"
    if not path.is_file():
        raise BenchmarkError(f"{path}: no such document; create it, or leave docs out")
    text = path.read_text(encoding="utf-8")
    found = re.fullmatch(rf"(.*{re.escape(begin)}).*?({re.escape(end)}.*)", text, re.DOTALL)
    if not found or text.count(begin) != 1 or text.count(end) != 1:
        raise BenchmarkError(f"{path}: put these two lines where the tables are to stand, once: {begin} and {end}")
    return found[1], found[2]


def _means(name: str, result: SystemResult, means: Mapping[str, Sequence[str]]) -> Iterable[list[str]]:
    for mean, tasks in means.items():
        runs = [fmean(run[task].macro_f1 for task in tasks if task in run) for run in result.runs.values()]
        chosen = [result.tasks[task] for task in tasks]
        yield [
            name,
            mean,
            str(result.macro_f1_hospitals[mean]),
            mean_sd(runs),
            f"{fmean(one.score.accuracy for one in chosen):.3f}",
            f"{fmean(one.balanced_accuracy for one in chosen):.3f}",
            _mean_number([one.kappa for one in chosen]),
            _mean_number([one.auroc for one in chosen]),
        ]


def _significant(result: DatasetResult, system: str) -> tuple[str, str]:
    """Tasks that a system answers rightly more often than the reference, and less often, by McNemar's test."""
    sure = [one for one in result.comparisons if one.system == system and one.p_mcnemar_holm < 0.05]
    better = [one.task for one in sure if one.mcnemar.only_first > one.mcnemar.only_second]
    worse = [one.task for one in sure if one.mcnemar.only_first < one.mcnemar.only_second]
    return ", ".join(better) or "–", ", ".join(worse) or "–"


def _basis(result: DatasetResult) -> str:
    rows, tasks = [], list(dict.fromkeys(t for its in result.by_basis.values() for s in its.values() for t in s))
    for name, bases in result.by_basis.items():
        for basis, scores in bases.items():
            cells = [
                f"{scores[task].accuracy:.3f} ({sum(scores[task].support.values())})" if task in scores else "–"
                for task in tasks
            ]
            rows.append([name, basis, *cells])
    return _table(["system", "label is", *tasks], rows)


def _inventions(result: DatasetResult) -> str:
    kinds = list(dict.fromkeys(kind for its in result.inventions.values() for kind in its))
    return _table(
        ["system", *(f"{kind} ({next(iter(result.inventions.values()))[kind].pages})" for kind in kinds)],
        (
            [name, *(f"{_percent(its[kind].invented)} ({its[kind].declined})" for kind in kinds)]
            for name, its in result.inventions.items()
        ),
    )


def _robustness(result: DatasetResult) -> str:
    rows = [
        [name, disturbance, _points(points)]
        for name, one in result.systems.items()
        for disturbance, points in one.robustness.items()
    ]
    return _table(["system", "disturbance", "strength: macro-F1"], rows)


def _points(points: Sequence[CurvePoint]) -> str:
    return ", ".join(f"{point.x:.3g}: {point.y:.3f}" for point in points)


def _cost(result: DatasetResult) -> str:
    return _table(
        [
            "system",
            "trained parameters",
            "models",
            "CPU s to train",
            "CPU ms a report",
            "ms a report",
            "peak MiB",
        ],
        (
            [
                name,
                f"{one.trained_parameters:,}",
                str(one.deployed_models),
                f"{one.fit_cpu_seconds:.1f}",
                f"{1000 * one.cpu_seconds_a_report:.1f}",
                f"{1000 * one.seconds_a_report:.1f}",
                "–" if one.peak_memory is None else f"{one.peak_memory / 2**20:.0f}",
            ]
            for name, one in result.costs.items()
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *lines]) if lines else ""


def _value(interval: Interval | None) -> str:
    return "–" if interval is None or interval.value is None else f"{interval.value:.3f}"


def _mean_number(values: Sequence[float | None]) -> str:
    known = [one for one in values if one is not None]
    return f"{fmean(known):.3f}" if known and len(known) == len(values) else "–"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"
