"""The command line: each command parses its arguments, calls one function and prints.

Exit codes: 0 all well; 1 some reports failed, or a corpus has errors; 2 wrong usage, nothing was done; 3 the run
could not be finished; 130 interrupted. What loads torch is imported inside the commands, so that `--help` answers at
once.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Annotated

import typer

from pathstage import __version__, cli_benchmark, cli_corpus, terminal
from pathstage.cli_support import (
    INTERRUPTED,
    MODELS,
    REPORTS,
    SOME_FAILED,
    UNFINISHED,
    check_output_file,
    refuse,
    wrong_usage,
    wrong_value,
)
from pathstage.report import Failure, Report

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet", ".xlsx"})

app = typer.Typer(
    help="Stage, grade and biomarkers of breast cancer, read from pathology reports. Everything stays on this machine.",
    epilog="Exit codes: 0 all well, 1 some reports failed or errors found, 2 wrong usage, 3 could not be finished.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Ocr(StrEnum):
    """The choices of `--ocr`."""

    AUTO = "auto"
    RAPIDOCR = "rapidocr"
    TESSERACT = "tesseract"
    EASYOCR = "easyocr"
    NEVER = "never"


Paths = Annotated[
    list[str], typer.Argument(metavar="PATH", help="Files, folders, globs, or - for stdin.", show_default=False)
]
IdColumn = Annotated[str | None, typer.Option(help="Column of a table that holds the report ids.")]
TextColumn = Annotated[str | None, typer.Option(help="Column of a table that holds the report texts.")]
OcrOption = Annotated[Ocr, typer.Option("--ocr", help="Engine that reads page images; auto is rapidocr.")]
ForceOcr = Annotated[bool, typer.Option("--force-ocr", help="Read every PDF page from its image.")]
MaxPages = Annotated[int, typer.Option(min=1, help="Most pages of one document.")]
MaxBytes = Annotated[int, typer.Option(min=1, help="Most bytes of one document, unpacked.")]
MaxSeconds = Annotated[float, typer.Option(min=0.001, help="Most seconds that reading one document may take.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.")]
Model = Annotated[Path | None, typer.Option(help="Directory of a checkpoint; the shipped one if left out.")]
Base = Annotated[str | None, typer.Option(help="Where the checkpoint's base LLM is: directory, .gguf file or hub id.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 …; chosen by itself if left out.")]
BatchSize = Annotated[
    int | None, typer.Option(min=1, help="Reports that the model reads at once; 1 on a CPU, 16 on a GPU if left out.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"pathstage {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command(rich_help_panel=REPORTS)
def extract(
    paths: Paths,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Write .csv, .tsv, .jsonl, .parquet or .xlsx; - is JSON Lines on stdout."),
    ] = None,
    model: Model = None,
    base: Base = None,
    id_column: IdColumn = None,
    text_column: TextColumn = None,
    ocr: OcrOption = Ocr.AUTO,
    force_ocr: ForceOcr = False,
    max_pages: MaxPages = 200,
    max_bytes: MaxBytes = 256 * 1024 * 1024,
    max_seconds: MaxSeconds = 600.0,
    deidentify: Annotated[
        bool,
        typer.Option(
            "--deidentify",
            help="Replace names, dates, numbers and places before extraction. Offsets of evidence then count in the "
            "redacted text; ids and file names stay as they are.",
        ),
    ] = False,
    keep_text: Annotated[bool, typer.Option("--keep-text", help="Put each report's text into its record.")] = False,
    max_error: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Ask for review of every value that is not certified to be wrong at most this often, by task.",
        ),
    ] = None,
    review_below: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Ask for review of every value whose probability is below this; 0.9 if neither is given.",
        ),
    ] = None,
    batch_size: BatchSize = None,
    device: Device = None,
    quiet: Quiet = False,
) -> None:
    """Read reports and write a record for each; without -o, print a table."""
    from pathstage.export import SUPPORTED, open_writer, partial_path
    from pathstage.ingest import ReadOptions, UsageError, read

    to_file = output is not None and output != "-"
    if max_error is not None and review_below is not None:
        refuse("--max-error and --review-below exclude each other; give one of them")
    if output is None and keep_text:
        refuse("--keep-text needs -o: the printed table holds no texts")
    files = _input_files(paths)
    if output is not None and to_file:
        if not output.lower().endswith(SUPPORTED):
            refuse(f"{output}: unknown output format; end the name in {', '.join(SUPPORTED)}")
        check_output_file(Path(output), files)
        with wrong_usage(FileExistsError):
            partial_path(Path(output))
    _check_inputs(paths)
    with wrong_usage(UsageError):
        options = ReadOptions(id_column, text_column, ocr.value, force_ocr, max_pages, max_bytes, max_seconds)
        results = read(paths, options)
    if deidentify:
        results = _deidentified(results)

    from pathstage.extractor import Extractor
    from pathstage.staged import stage_records

    # No report has been read yet, so that whatever a checkpoint, a base or a device is refused for may be shown.
    with wrong_usage(ValueError, RuntimeError, OSError):
        extractor = Extractor.load(model, base=base, device=device, batch_size=batch_size)
        thresholds = extractor.thresholds(max_error=max_error, review_below=review_below)
    tally = terminal.Tally()
    with wrong_usage(OSError):
        sink = (
            terminal.ResultTable(extractor.schema, thresholds)
            if output is None
            else open_writer(output, extractor.schema, extractor.info, keep_text=keep_text)
        )
    progress = terminal.ProgressBar(quiet, _expected(paths, files))
    with _kept_in(Path(f"{output}.partial")) if to_file else nullcontext(), sink, progress:
        for result in stage_records(extractor.extract_many(results), extractor.schema, thresholds):
            sink.write(result)
            tally.add(result)
            progress.update(tally)
    _finish(tally, output if to_file else None, quiet, failures_recorded=output is not None)


@app.command(rich_help_panel=REPORTS)
def deidentify(
    paths: Paths,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="A new folder (one .txt a report) or a .jsonl file.", show_default=False),
    ],
    id_column: IdColumn = None,
    text_column: TextColumn = None,
    ocr: OcrOption = Ocr.AUTO,
    force_ocr: ForceOcr = False,
    max_pages: MaxPages = 200,
    max_bytes: MaxBytes = 256 * 1024 * 1024,
    max_seconds: MaxSeconds = 600.0,
    quiet: Quiet = False,
) -> None:
    """Write reports with names, dates, numbers and places replaced by tags.

    Ids and file names are kept as they are: rename files that are named after patients. No method finds everything:
    look at the result before you release it.
    """
    from pathstage.export.texts import open_text_writer
    from pathstage.ingest import ReadOptions, UsageError, read

    _check_inputs(paths)
    files = _input_files(paths)
    if output.suffix.lower() == ".jsonl":
        check_output_file(output, files)
    else:
        _check_output_folder(output)
    with wrong_usage(UsageError):
        options = ReadOptions(id_column, text_column, ocr.value, force_ocr, max_pages, max_bytes, max_seconds)
        results = _deidentified(read(paths, options))
    with wrong_usage(OSError):
        sink = open_text_writer(output)
    tally = terminal.Tally()
    progress = terminal.ProgressBar(quiet, _expected(paths, files))
    with _kept_in(sink.unfinished), sink, progress:
        for result in results:
            sink.write(result)
            tally.add(result)
            progress.update(tally)
    _finish(tally, str(output), quiet, failures_recorded=output.suffix.lower() == ".jsonl")


@app.command(rich_help_panel=REPORTS)
def show(
    records: Annotated[
        Path, typer.Argument(metavar="RECORDS.jsonl", help="What `extract -o` wrote, .jsonl or .jsonl.gz.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML page to write.", show_default=False)],
) -> None:
    """Make one HTML page of records: report texts with what was read in them, stages, contradictions, what to review.

    The page has report text where `extract` was run with --keep-text. It opens in any browser and loads nothing.
    """
    from pathstage.export.page import RecordsError, write_page

    check_output_file(output, [records])
    with wrong_usage(RecordsError):
        count = write_page(records, output)
    terminal.print_written(count, "record", output)


Config = Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="The training configuration.")]


@app.command(rich_help_panel=MODELS)
def train(
    config: Config,
    resume: Annotated[bool, typer.Option(help="Go on from the last whole epoch of a run that was cut short.")] = True,
) -> None:
    """Train a checkpoint."""
    from pathstage import training

    with _named_in_a_configuration():
        training.train(config, resume=resume)


@app.command(rich_help_panel=MODELS)
def crossval(
    config: Config,
    folds: Annotated[int, typer.Option(min=2, help="Parts that the hospitals are dealt into.")] = 5,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of every fold, each from another random start.")] = 1,
) -> None:
    """Measure a configuration on hospitals it was not trained on. Goes on where an earlier run was cut short."""
    from pathstage import training

    with _named_in_a_configuration():
        result = training.cross_validate(config, folds=folds, seeds=range(seeds))
    print(result.table(), result.hospital_table(), sep="\n\n")


@app.command(rich_help_panel=MODELS)
def calibrate(
    predictions: Annotated[
        Path, typer.Argument(metavar="PREDICTIONS.jsonl", help="What `crossval` or `evaluate --predictions` wrote.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIRECTORY", help="The checkpoint.", show_default=False)
    ],
) -> None:
    """Give a checkpoint the temperatures and thresholds that its predictions of hospitals unseen support."""
    from pathstage.evaluation.predictions import PredictionError
    from pathstage.model.checkpoint import CheckpointError
    from pathstage.training.calibrate import calibrate, calibration_table

    with wrong_usage(PredictionError, CheckpointError), wrong_value():
        calibration = calibrate(predictions, output)
    print(calibration_table(calibration))


@app.command(rich_help_panel=MODELS)
def evaluate(
    data: Annotated[Path, typer.Option(help="Labelled reports: .jsonl or .jsonl.gz in the corpus format.")],
    model: Model = None,
    base: Base = None,
    device: Device = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the metrics as JSON.")] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write every answer, without report text: what `calibrate` reads.")
    ] = None,
) -> None:
    """Measure a checkpoint on labelled reports."""
    from pathstage import evaluation
    from pathstage.corpus.dataset import CorpusError
    from pathstage.evaluation.predictions import write_predictions
    from pathstage.model.base import BaseError
    from pathstage.model.checkpoint import CheckpointError
    from pathstage.schema import SchemaError

    for file in (output, predictions):
        if file is not None:
            check_output_file(file, [data])
    with wrong_usage(CorpusError, SchemaError, BaseError, CheckpointError), wrong_value():
        result = evaluation.evaluate(data, model, base=base, device=device)
    print(result.table())
    if output is not None:
        output.write_text(result.to_json(), encoding="utf-8")
    if predictions is not None:
        write_predictions(result.predictions, predictions)


app.add_typer(cli_benchmark.app)
app.add_typer(cli_corpus.app)


@contextmanager
def _named_in_a_configuration() -> Iterator[None]:
    """A configuration, or what it names, that cannot be used is the user's to mend."""
    from pathstage.corpus.dataset import CorpusError
    from pathstage.model.base import BaseError
    from pathstage.schema import SchemaError
    from pathstage.training import ConfigError

    with wrong_usage(ConfigError, CorpusError, SchemaError, BaseError), wrong_value():
        yield


@contextmanager
def _kept_in(place: Path) -> Iterator[None]:
    """A run that ends early within says where the finished part of the work is; `main` says why it ended."""
    try:
        yield
    except (KeyboardInterrupt, Exception):
        if place.exists():
            terminal.print_error(f"what was finished is in {place}")
        raise


def _finish(tally: terminal.Tally, output: str | None, quiet: bool, failures_recorded: bool) -> None:
    if not quiet:
        terminal.print_summary(tally, output, terminal.ERRORS_SHOWN if failures_recorded else len(tally.failures))
    if tally.failures:
        raise typer.Exit(SOME_FAILED)


def _deidentified(results: Iterable[Report | Failure]) -> Iterator[Report | Failure]:
    """The results with every report de-identified. Refuses at once if the libraries for it are not installed."""
    with wrong_usage(ImportError):
        from pathstage.prepare.deidentify import Deidentifier

        redact = Deidentifier()

    def redacted(result: Report | Failure) -> Report | Failure:
        if isinstance(result, Failure):
            return result
        try:
            return redact(result)
        except Exception as error:  # one report must not end a batch of thousands; the message could quote it
            reason = f"could not be de-identified ({type(error).__name__}); please report this as a bug"
            return Failure(result.id, result.source, f"{result.source}: {reason}")

    return map(redacted, results)


def _check_inputs(paths: list[str]) -> None:
    """Refuses a mistyped path before hours of work, though `read` would go on without it."""
    for path in paths:
        if path != "-" and not os.path.lexists(path) and not glob.has_magic(path):
            refuse(f"{path}: no such file or folder; check the spelling")


def _check_output_folder(folder: Path) -> None:
    if folder.suffix.lower() in TABLE_SUFFIXES:
        refuse(f"{folder}: texts are written as .jsonl, or as files of a folder; name one of these")
    if folder.is_file():
        refuse(f"{folder}: is a file; name a new folder, or a file that ends in .jsonl")
    if folder.is_dir() and any(folder.iterdir()):
        refuse(f"{folder}: is not empty; name a new folder, so that no file is overwritten")
    if not folder.parent.is_dir():
        refuse(f"{folder.parent}: no such folder; create it first")


def _input_files(paths: list[str]) -> list[Path]:
    """The files that `paths` lead to; none if nothing does, which `read` reports."""
    from pathstage.ingest import UsageError
    from pathstage.ingest.sources import STDIN, find_sources

    try:
        sources = find_sources([path for path in paths if path != STDIN], max_bytes=0)
    except UsageError:
        return []
    return [source.path for source in sources if source.path is not None and source.path.exists()]


def _expected(paths: list[str], files: list[Path]) -> int | None:
    """How many reports to expect; None if a table or stdin is among the inputs."""
    tables = any(PurePath(file.name.lower().removesuffix(".gz")).suffix in TABLE_SUFFIXES for file in files)
    return None if tables or "-" in paths else len(files)


def main() -> None:
    """Run the command line. An unexpected error is shown without its message, which could quote a report."""
    try:
        app()
    except SystemExit as stop:
        # Typer turns Ctrl-C into a silent exit.
        if stop.code == INTERRUPTED:
            terminal.print_error("interrupted")
        raise
    except OSError as error:
        terminal.print_error(f"stopped: {error.strerror or type(error).__name__} {error.filename or ''}".rstrip())
        sys.exit(UNFINISHED)
    except ImportError as error:
        terminal.print_error(f"the installation is not complete: {error}")
        sys.exit(UNFINISHED)
    except Exception as error:
        terminal.print_crash(error)
        sys.exit(UNFINISHED)
