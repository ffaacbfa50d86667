"""`run_benchmark`: runs what is missing, measures everything, writes the results."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pathstage.corpus.dataset import LabelledReport
from pathstage.corpus.split import hospital_folds
from pathstage.evaluation.benchmark.config import BenchmarkConfig, BenchmarkError, Dataset, Entry, load_benchmark
from pathstage.evaluation.benchmark.foreign import foreign_pages, inventions
from pathstage.evaluation.benchmark.results import Answers, DatasetResult, measure, write_result
from pathstage.evaluation.benchmark.run import CLEAN, Cost, Job, Saved, run, variant_name
from pathstage.evaluation.benchmark.tables import require_markers, tables, write_between_markers
from pathstage.evaluation.benchmark.vote import vote
from pathstage.evaluation.comparison import require_same_reports
from pathstage.evaluation.html_report import render_html, write_html
from pathstage.evaluation.predictions import Prediction, read_predictions, write_predictions
from pathstage.schema import TaskSchema, load_schema

Log = Callable[[str], None]


def run_benchmark(config_path: str | Path, *, log: Log = print) -> list[DatasetResult]:
    """Run a benchmark, or what is missing of it, and write its results; returns those, a dataset each.

    `<results>/<dataset>/` gets `results.json`, `report.html` and `predictions/<system>.jsonl.gz`, all without report
    text; `<output>/<dataset>/` the single runs and `report-with-texts.html`, whose error browser shows the reports.
    Raises BenchmarkError for the configuration, and CorpusError or SchemaError for what it names. Each system runs in
    a process of its own, so a script that calls this needs the `if __name__ == "__main__":` of multiprocessing.
    """
    config = load_benchmark(config_path)
    schema = load_schema(config.schema)
    _check_tasks(config, schema)
    if config.docs is not None:
        for dataset in config.datasets:
            require_markers(Path(config.docs), _block(config, dataset))
    return [_run_dataset(config, dataset, schema, log) for dataset in config.datasets]


def _run_dataset(config: BenchmarkConfig, dataset: Dataset, schema: TaskSchema, log: Log) -> DatasetResult:
    rows = dataset.rows(schema)
    folds = hospital_folds(rows, config.folds)
    answers: dict[str, Answers] = {}
    for entry in config.systems:
        if entry.datasets and dataset.name not in entry.datasets:
            continue
        log(f"{dataset.name}: {entry.name}")
        answers[entry.name] = found = _answers(entry, config, dataset, rows, folds, schema, answers)
        _require_asked(entry, found.predictions, rows, folds)
    if not answers:
        raise BenchmarkError(f"dataset {dataset.name}: no system is to be run on it")
    log(f"{dataset.name}: measuring")
    result = measure(
        config.name, dataset.name, rows, answers, schema, config.means, config.reference, config.folds, config.resamples
    )
    _write(result, answers, rows, config, dataset, schema, log)
    return result


def _answers(
    entry: Entry,
    config: BenchmarkConfig,
    dataset: Dataset,
    rows: Sequence[LabelledReport],
    folds: Sequence[Sequence[int]],
    schema: TaskSchema,
    others: dict[str, Answers],
) -> Answers:
    if entry.vote is not None:
        return _voted(entry, entry.vote, others, schema)
    if entry.predictions is not None:
        return Answers(read_predictions(entry.predictions, schema))
    assert entry.system is not None
    seeds = range(entry.seeds or config.seeds)
    strengths_of = config.robustness if entry.robustness else {}
    pages = foreign_pages(schema)
    job = Job(
        name=entry.name,
        system=entry.system,
        options=entry.options,
        schema=config.schema,
        rows=rows,
        folds=folds,
        seeds=list(seeds),
        disturbances=[(name, strength) for name, strengths in strengths_of.items() for strength in strengths],
        learning=entry.learning,
        pages=pages,
        directory=Path(config.output) / dataset.name / entry.name,
    )
    saved = _in_own_process(job)
    predictions = {variant: _read_all(files, schema) for variant, files in saved.predictions.items()}
    return Answers(
        predictions=predictions[CLEAN],
        disturbed={
            name: {strength: predictions[variant_name(name, strength)] for strength in strengths}
            for name, strengths in strengths_of.items()
        },
        learned={number: _read_all(files, schema) for number, files in saved.learning.items()},
        costs=[Cost(**json.loads(file.read_text(encoding="utf-8"))) for file in saved.costs],
        inventions=inventions(json.loads(saved.pages.read_text(encoding="utf-8")), pages, schema),
    )


def _read_all(files: Sequence[Path], schema: TaskSchema) -> list[Prediction]:
    return [one for file in files for one in read_predictions(file, schema)]


def _in_own_process(job: Job) -> Saved:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run, job).result()


def _voted(entry: Entry, weights: dict[str, float], others: dict[str, Answers], schema: TaskSchema) -> Answers:
    if missing := set(weights) - set(others):
        raise BenchmarkError(f"system {entry.name}: votes of {min(missing)}, which is not run on this dataset")
    members = {name: others[name] for name in weights}
    predictions = vote({name: one.predictions for name, one in members.items()}, weights, schema)
    shared = set.intersection(*(set(one.disturbed) for one in members.values()))
    first = next(iter(members.values()))
    disturbed = {
        name: {
            strength: vote({member: one.disturbed[name][strength] for member, one in members.items()}, weights, schema)
            for strength in strengths
        }
        for name, strengths in first.disturbed.items()
        if name in shared
    }
    return Answers(predictions, disturbed)


def _require_asked(
    entry: Entry, predictions: Sequence[Prediction], rows: Sequence[LabelledReport], folds: Sequence[Sequence[int]]
) -> None:
    """Predictions from elsewhere may be of other reports, labels or folds."""
    fold_of = {rows[at].id: fold for fold, held_out in enumerate(folds) for at in held_out}
    asked = [Prediction(row.id, row.hospital, fold_of[row.id], 0, dict(row.labels), {}) for row in rows]
    try:
        require_same_reports(predictions, asked)
    except ValueError as error:
        raise BenchmarkError(f"system {entry.name}: its predictions are not of this dataset: {error}") from None
    if any(one.fold != fold_of[one.id] for one in predictions):
        raise BenchmarkError(
            f"system {entry.name}: its folds are not those of the benchmark; predict by "
            "`pathstage.corpus.split.hospital_folds` of the same reports in the same order"
        )


def _write(
    result: DatasetResult,
    answers: dict[str, Answers],
    rows: Sequence[LabelledReport],
    config: BenchmarkConfig,
    dataset: Dataset,
    schema: TaskSchema,
    log: Log,
) -> None:
    public = Path(config.results) / dataset.name
    private = Path(config.output) / dataset.name
    (public / "predictions").mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    for name, one in answers.items():
        write_predictions(one.predictions, public / "predictions" / f"{name}.jsonl.gz")
    write_result(result, public / "results.json")
    title = f"{config.name}: {dataset.name}"
    page = render_html(result.systems, schema, title=title, comparisons=result.comparisons)
    write_html(page, public / "report.html")
    predictions = {name: one.predictions for name, one in answers.items()}
    with_texts = render_html(
        result.systems, schema, title=title, comparisons=result.comparisons, predictions=predictions, rows=rows
    )
    write_html(with_texts, private / "report-with-texts.html")
    if config.docs is not None:
        write_between_markers(Path(config.docs), _block(config, dataset), tables(result, schema))
    log(f"{dataset.name}: written to {public}")


def _block(config: BenchmarkConfig, dataset: Dataset) -> str:
    return f"{config.name}/{dataset.name}"


def _check_tasks(config: BenchmarkConfig, schema: TaskSchema) -> None:
    for mean, tasks in config.means.items():
        if unknown := sorted(set(tasks) - set(schema.names)):
            raise BenchmarkError(f"mean {mean}: {', '.join(unknown)} is not in the schema")
