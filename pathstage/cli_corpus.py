"""The commands that make, check and divide corpora. `cli` puts them beside its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pathstage import terminal
from pathstage.cli_support import CORPORA, SOME_FAILED, check_output_file, refuse, wrong_usage
from pathstage.schema import SchemaError, TaskSchema, load_schema

if TYPE_CHECKING:
    from pathstage.corpus.dataset import LabelledReport
    from pathstage.corpus.importing import ImportReport

_CORPUS_SUFFIXES = (".jsonl", ".jsonl.gz")
# What the parts of --fractions are called when the user gives only numbers.
_PART_NAMES = {2: ("train", "test"), 3: ("train", "dev", "test")}

app = typer.Typer()


class Group(StrEnum):
    """The choices of `--group`."""

    HOSPITAL = "hospital"
    PATIENT = "patient"
    ROW = "row"


Corpus = Annotated[Path, typer.Argument(metavar="CORPUS", help="A .jsonl or .jsonl.gz corpus.", show_default=False)]
Schema = Annotated[str, typer.Option("--schema", help="Name of a shipped task schema, or a .yaml file.")]
CodebookFile = Annotated[
    Path | None, typer.Option("--codebook", help="Codebook .yaml; the one shipped for the schema if left out.")
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the random draws: the same one gives the same result.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with everything in it, instead of a table.")]


@app.command(rich_help_panel=CORPORA)
def synthesize(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Write .jsonl or .jsonl.gz.", metavar="FILE", show_default=False)
    ],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many reports to make.", show_default=False)],
    seed: Seed = 1,
    balance: Annotated[bool, typer.Option("--balance", help="Make more reports of the rare classes.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes to make them with; changes nothing else.")] = 1,
    house: Annotated[
        list[str] | None, typer.Option(help="Only this way of writing; give it again for more. All if left out.")
    ] = None,
    noise: Annotated[bool, typer.Option("--noise/--no-noise", help="Whether they look as if read by OCR.")] = True,
) -> None:
    """Make breast pathology reports with labels and evidence, out of no patient's data."""
    from pathstage.corpus.synthetic.generate import choose_houses, write_corpus

    _check_corpus_output(output)
    with wrong_usage(ValueError):
        choose_houses(house)
    with terminal.ProgressBar(total=number) as bar:
        bar.show(0, "starting")
        write_corpus(
            output, number, seed, balance, workers, noise, house, lambda done: bar.show(done, f"{done:,} reports")
        )
    terminal.print_written(number, "report", output)


@app.command("import", rich_help_panel=CORPORA)
def import_(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table with a report a row, or a corpus: .csv .tsv .txt .xlsx .parquet .jsonl.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Write .jsonl or .jsonl.gz.", metavar="FILE", show_default=False)
    ],
    clinical: Annotated[
        Path | None,
        typer.Option(help="Clinical table of TCGA patients with the labels; FILE is then the TCGA-Reports download."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN,…: the column of a field, such as pT=path_t,text=narrative."),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(help="FIELD:VALUE=CLASS: what a value of the table means, such as 'pT:Stage 2=T2'."),
    ] = None,
    tasks: Annotated[
        str | None, typer.Option(help="With --clinical: only these labels, such as pT,pN (docs/corpus.md says why).")
    ] = None,
    keep_unlabelled: Annotated[
        bool, typer.Option("--keep-unlabelled", help="With --clinical: also the reports of patients it lacks.")
    ] = False,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text table; UTF-8 if left out.")] = None,
    schema: Schema = "breast",
    codebook: CodebookFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a corpus of a table of reports, of TCGA-Reports with a clinical table, or of rows in the corpus format."""
    from pathstage.corpus import importing
    from pathstage.corpus.codebook import load_codebook
    from pathstage.corpus.dataset import write_corpus

    _check_corpus_output(output, source, *([clinical] if clinical else []))
    if clinical is None and (tasks is not None or keep_unlabelled):
        refuse("--tasks and --keep-unlabelled need --clinical; a table's columns are chosen with --map")
    if clinical is not None and encoding is not None:
        refuse("--encoding is for a table of reports; the files of TCGA are UTF-8")
    report = importing.ImportReport()
    with _named_in_a_corpus():
        tasks_of = load_schema(schema)
        book = load_codebook(tasks_of, codebook)
        columns = importing.parse_column_map(column or (), value or (), tasks_of, book)
        if clinical is not None:
            chosen = None if tasks is None else [name.strip() for name in tasks.split(",")]
            rows = importing.import_tcga(source, clinical, tasks_of, book, report, columns, keep_unlabelled, chosen)
        elif importing.is_corpus(source):
            if column or value or encoding:
                refuse(f"{source}: is in the corpus format; --map, --value and --encoding are for tables")
            rows = importing.import_corpus(source, tasks_of, book, report)
        else:
            rows = importing.import_table(source, tasks_of, book, report, columns, encoding or "utf-8-sig")
        with terminal.ProgressBar() as bar:
            write_corpus(_shown(rows, report, bar), output)
    _print_report(report, as_json)
    terminal.print_written(report.written, "report", output)
    if not report.written:
        terminal.print_error(f"{source}: no row could be used; the report above says why")
        raise typer.Exit(SOME_FAILED)


@app.command(rich_help_panel=CORPORA)
def validate(
    corpus: Corpus,
    split: Annotated[Path | None, typer.Option(help="Split file: also look for leaks between its parts.")] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Corpus, such as a test set, whose patients and texts must not be in this one. Repeatable."),
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.05, max=1, help="Jaccard similarity from which two texts are near-duplicates.")
    ] = 0.6,
    schema: Schema = "breast",
    codebook: CodebookFile = None,
    as_json: AsJson = False,
) -> None:
    """Look for broken rows, impossible answers, wrong evidence, duplicates and leaks. Exit code 1 for any error."""
    from pathstage.corpus.codebook import load_codebook
    from pathstage.corpus.split import read_split
    from pathstage.corpus.validate import validate_corpus

    with _named_in_a_corpus(), _busy("comparing the reports"):
        tasks_of = load_schema(schema)
        book = load_codebook(tasks_of, codebook)
        parts = None if split is None else read_split(split)
        found = validate_corpus(corpus, tasks_of, book, parts, against or (), threshold)
    _print_report(found, as_json)
    if not found.ok:
        raise typer.Exit(SOME_FAILED)


@app.command(rich_help_panel=CORPORA)
def split(
    corpus: Corpus,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Write the split as JSON.", metavar="FILE", show_default=False)
    ],
    group: Annotated[Group, typer.Option(help="What is never parted.")] = Group.HOSPITAL,
    fractions: Annotated[
        str | None,
        typer.Option(help="Shares of train, dev, test; or NAME=SHARE,…", metavar="SHARES", show_default="0.8,0.1,0.1"),
    ] = None,
    folds: Annotated[int | None, typer.Option(min=2, help="Equal parts fold1, fold2 … instead of shares.")] = None,
    together: Annotated[
        bool, typer.Option("--together/--no-together", help="Whether near-duplicates go to one part.")
    ] = True,
    seed: Seed = 0,
    schema: Schema = "breast",
) -> None:
    """Divide a corpus so that every class of every task is spread alike, and no hospital (or patient) is parted."""
    from pathstage.corpus.dataset import read_corpus
    from pathstage.corpus.duplicates import duplicate_pairs
    from pathstage.corpus.split import EIGHTY_TEN_TEN, spread_table, stratified_folds, stratified_split

    check_output_file(output, [corpus])
    if folds is not None and fractions is not None:
        refuse("--folds makes equal parts; leave out --fractions")
    shares = EIGHTY_TEN_TEN if fractions is None else _parse_fractions(fractions)
    with _named_in_a_corpus(), _busy("comparing the reports"):
        tasks_of = load_schema(schema)
        rows = list(read_corpus(corpus, tasks_of))
        pairs = duplicate_pairs(rows) if together else ()
        if folds is not None:
            made = stratified_folds(rows, tasks_of, folds, group.value, seed, pairs)
        else:
            made = stratified_split(rows, tasks_of, shares, group.value, seed, pairs)
    made.save(output)
    terminal.print_table(spread_table(made, rows, tasks_of))
    terminal.print_written(len(made.parts), "part", output)


@app.command(rich_help_panel=CORPORA)
def agreement(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="A .jsonl file of each rater; with --sample, one corpus.", show_default=False
        ),
    ],
    disagreements: Annotated[
        Path | None, typer.Option(help="Write what raters differ on as CSV, with a column for the verdict.")
    ] = None,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples behind the intervals.")] = 1000,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Before rating: draw this many reports for all raters to read; see -o."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="With --sample: write the reports, without labels; the ids are printed if left out."
        ),
    ] = None,
    seed: Seed = 0,
    schema: Schema = "breast",
    as_json: AsJson = False,
) -> None:
    """Measure how far raters agree: kappa (and alpha) of every task, with intervals.

    First `agreement CORPUS --sample 50 -o to_rate.jsonl` draws reports for everybody to rate: give each rater a copy.
    Then `agreement ann.jsonl bob.jsonl` compares the copies. Raters are called as their files.
    """
    with _named_in_a_corpus():
        tasks_of = load_schema(schema)
    if sample is not None:
        if len(files) != 1 or disagreements is not None or as_json:
            refuse("--sample draws from one corpus; compare raters in another call")
        _draw_sample(files[0], tasks_of, sample, seed, output)
        return
    if output is not None:
        refuse("-o is for --sample; --disagreements FILE writes what raters differ on")
    if len(files) < 2:
        refuse("agreement needs the files of two raters or more; --sample N draws reports for them to rate")
    _compare_raters(files, tasks_of, disagreements, resamples, seed, as_json)


@app.command(rich_help_panel=CORPORA)
def datacard(
    corpus: Corpus,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write Markdown; printed if left out.", metavar="FILE")
    ] = None,
    title: Annotated[str, typer.Option(help="What the corpus is called; its file name if left out.")] = "",
    about: Annotated[
        Path | None, typer.Option(help="Markdown file with what rows cannot tell: origin, licence, who labelled.")
    ] = None,
    schema: Schema = "breast",
    codebook: CodebookFile = None,
) -> None:
    """Describe a corpus: counts, class balance, evidence, lengths, hospitals, findings and known limits."""
    from pathstage.corpus.codebook import load_codebook
    from pathstage.corpus.datacard import data_card

    if output is not None:
        check_output_file(output, [corpus, *([about] if about else [])])
    words = _read_about(about) if about else ""
    with _named_in_a_corpus(), _busy("comparing the reports"):
        tasks_of = load_schema(schema)
        card = data_card(corpus, tasks_of, load_codebook(tasks_of, codebook), title, words)
    if output is None:
        print(card, end="")
    else:
        output.write_text(card, encoding="utf-8")
        terminal.print_written(1, "data card", output)


def _read_about(path: Path) -> str:
    if not path.is_file():
        refuse(f"{path}: no such file")
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        refuse(f"{path}: not UTF-8 text; convert it to UTF-8")


def _draw_sample(corpus: Path, schema: TaskSchema, number: int, seed: int, output: Path | None) -> None:
    from pathstage.corpus.agreement import rows_to_rate
    from pathstage.corpus.dataset import read_corpus, write_corpus

    if output is not None:
        _check_corpus_output(output, corpus)
    with _named_in_a_corpus(), wrong_usage(ValueError):
        drawn = rows_to_rate(read_corpus(corpus, schema), number, seed)
    if output is None:
        print("\n".join(terminal.printable(row.id) for row in drawn))
    else:
        terminal.print_written(write_corpus(drawn, output), "report", output)


def _compare_raters(
    files: list[Path], schema: TaskSchema, differences: Path | None, resamples: int, seed: int, as_json: bool
) -> None:
    from pathstage.corpus.agreement import disagreements, measure_agreement, read_ratings, write_disagreements

    if differences is not None:
        check_output_file(differences, files)
    named = _raters(files)
    with _named_in_a_corpus(), _busy("drawing resamples"):
        ratings = {name: read_ratings(path, schema) for name, path in named.items()}
        measured = measure_agreement(ratings, schema, resamples, seed=seed)
    _print_report(measured, as_json)
    if differences is not None:
        count = write_disagreements(disagreements(ratings, schema), ratings, differences)
        terminal.print_written(count, "disagreement", differences)


def _raters(files: list[Path]) -> dict[str, Path]:
    """Rater → file: named as the file is, or by its whole path where two files have the same name."""
    names = {path: path.name.removesuffix(".gz").removesuffix(".jsonl") for path in files}
    if len(names) < len(files):
        refuse("a rater's file is named twice; it would agree with itself")
    times = Counter(names.values())
    return {name if times[name] == 1 else str(path): path for path, name in names.items()}


def _parse_fractions(text: str) -> dict[str, float]:
    shares = text.split(",")
    names = _PART_NAMES.get(len(shares), ())
    named = [share.partition("=")[::2] if "=" in share else ("", share) for share in shares]
    if not any(name for name, _ in named) and names:
        named = [(name, share) for name, (_, share) in zip(names, named, strict=True)]
    try:
        parsed = {name.strip(): float(share) for name, share in named}
    except ValueError:
        parsed = {}
    if "" in parsed or len(parsed) < len(shares):
        refuse(f"--fractions {text}: write 0.8,0.1,0.1 for train, dev and test, or NAME=SHARE,…")
    return parsed


def _shown(rows: Iterable[LabelledReport], report: ImportReport, bar: terminal.ProgressBar) -> Iterator[LabelledReport]:
    """The rows, counted on the bar as they pass."""
    for row in rows:
        yield row
        bar.show(report.read, f"{report.written:,} of {report.read:,} rows")


def _print_report(report: Any, as_json: bool) -> None:
    """A report of the corpus tools, all of which have `to_json` and `as_table`."""
    if as_json:
        print(json.dumps(report.to_json(), indent=1, ensure_ascii=False))
    else:
        terminal.print_table(report.as_table())


def _check_corpus_output(output: Path, *inputs: Path) -> None:
    if not output.name.lower().endswith(_CORPUS_SUFFIXES):
        refuse(f"{output}: a corpus is written as JSON lines; end the name in {' or '.join(_CORPUS_SUFFIXES)}")
    check_output_file(output, inputs)


@contextmanager
def _busy(words: str) -> Iterator[None]:
    """A sign of life on the terminal for work that cannot say how far it is."""
    with terminal.ProgressBar() as bar:
        bar.show(0, words)
        yield


@contextmanager
def _named_in_a_corpus() -> Iterator[None]:
    """A corpus, codebook, schema or split that cannot be used is the user's to mend."""
    from pathstage.corpus.codebook import CodebookError
    from pathstage.corpus.dataset import CorpusError
    from pathstage.corpus.split import SplitError

    with wrong_usage(CorpusError, CodebookError, SchemaError, SplitError):
        yield
