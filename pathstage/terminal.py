"""What a person sees in the terminal: the table of results, the progress bar, the summary, errors.

Results go to standard output, everything else to standard error. Names that come from outside (ids, files) are shown
with control characters replaced, and no report text is ever shown.
"""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from pathstage.report import Failure, FieldValue, Report
from pathstage.schema import Task, TaskSchema

if TYPE_CHECKING:
    from pathstage.staged import StagedRecord, Thresholds

REVIEW_MARK = "?"
ERRORS_SHOWN = 20
_UNBOUNDED = 10_000  # columns: a table that goes to a file or a pipe is never wrapped


class Tally:
    """Counts results as they pass: `reports`, those `to_review`, and of these how many for each of the `reasons`."""

    def __init__(self) -> None:
        self.reports = 0
        self.to_review = 0
        self.reasons: Counter[str] = Counter()
        self.failures: list[Failure] = []

    def add(self, result: Report | StagedRecord | Failure) -> None:
        """Count one result."""
        self.reports += 1
        if isinstance(result, Failure):
            self.failures.append(result)
        elif not isinstance(result, Report):
            self.to_review += result.review
            self.reasons.update({reason.code for reason in result.reasons})


class ResultTable:
    """A table of value and probability per report and task, printed when the `with` block ends, however it ends.

    Where the terminal is too narrow, values are broken, probabilities go below them, and then ids are folded.
    """

    def __init__(self, schema: TaskSchema, thresholds: Thresholds):
        self._schema = schema
        self._thresholds = thresholds
        self._results: list[tuple[str, StagedRecord | None]] = []

    def write(self, result: StagedRecord | Failure) -> None:
        """Add the row of one result; a failure says so and has no values."""
        if isinstance(result, Failure):
            self._results.append((result.id, None))
        else:
            self._results.append((result.extraction.report.id, result))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._results:
            return
        console = Console(width=None if sys.stdout.isatty() else _UNBOUNDED)
        table = self._table(" ")
        if console.measure(table, options=console.options.update(max_width=_UNBOUNDED)).maximum > console.width:
            table = self._table("\n")
        console.print(table)
        print(f"Values, probabilities and anatomic stage; {REVIEW_MARK} marks what is to be reviewed.")

    def _table(self, separator: str) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        table.add_column("report", overflow="fold")
        for name in self._schema.names:
            table.add_column(name, no_wrap=True)
        table.add_column("stage", no_wrap=True)
        for report_id, record in self._results:
            if record is None:
                table.add_row(Text(printable(report_id)), Text("error", style="red"))
            else:
                fields = record.extraction.fields
                cells = (self._cell(task, fields[task.name], separator) for task in self._schema.tasks)
                table.add_row(Text(printable(report_id)), *cells, _stage_cell(record))
        return table

    def _cell(self, task: Task, field: FieldValue, separator: str) -> Text:
        # Rounded down, so that no cell shows the limit itself and is marked as below it.
        value = field.value if separator == " " else field.value.replace("_", separator)
        shown = f"{value}{separator}{int(field.probability * 100) / 100:.2f}"
        least = self._thresholds.get(task.name)
        if least is None or field.probability < least:
            return Text(shown + REVIEW_MARK, style="yellow")
        return Text(shown, style="dim" if field.value == task.absent else "")


def _stage_cell(record: StagedRecord) -> Text:
    """The anatomic stage or those possible, marked where the record is to be reviewed; why, where there is none."""
    if record.stage is None:
        return Text(", ".join(reason.code for reason in record.reasons[:1]), style="red")
    stages = record.stage.anatomic.stages
    shown = stages[0] if len(stages) == 1 else f"{stages[0]}-{stages[-1]}" if stages else "none"
    return Text(shown + REVIEW_MARK, style="yellow") if record.review else Text(shown)


class ProgressBar:
    """Results counted on a terminal's standard error; silent where there is none, or when `quiet`.

    `total` is the number of reports to come, None if it is not known.
    """

    def __init__(self, quiet: bool = False, total: int | None = None):
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=Console(stderr=True),
            transient=True,
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("starting", total=total)

    def update(self, tally: Tally) -> None:
        """Show the counts of `tally`."""
        words = f"{_count(tally.reports, 'report')}, {_count(len(tally.failures), 'error')}"
        self.show(tally.reports, words)

    def show(self, done: int, words: str) -> None:
        """Show that `done` of the total are done, and `words`."""
        self._progress.update(self._task, completed=done, description=words)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def print_summary(tally: Tally, output: str | None, errors_shown: int = ERRORS_SHOWN) -> None:
    """Counts, why to review, where the output is, and what failed: the first `errors_shown`, the rest as a number."""
    lines = [f"{_count(tally.reports, 'report')}, {_count(len(tally.failures), 'error')}"]
    if tally.to_review:
        reasons = ", ".join(f"{code} {count:,}" for code, count in tally.reasons.most_common())
        lines[0] += f"; {tally.to_review:,} to review ({reasons})"
    lines += [f"error: {printable(_named(failure))}" for failure in tally.failures[:errors_shown]]
    if len(tally.failures) > errors_shown:
        lines.append(f"and {len(tally.failures) - errors_shown:,} more")
    if output is not None:
        lines.append(f"written to {printable(output)}")
    for line in lines:
        print(line, file=sys.stderr)


def print_table(table: Table) -> None:
    """A table, with the control characters of names that come from outside replaced."""
    console = Console(width=None if sys.stdout.isatty() else _UNBOUNDED)
    lines = console.render_lines(table, console.options, pad=False)
    for line in lines:
        clean = [Segment(printable(part.text), part.style) for part in line if not part.control]
        console.print(Segments([*clean, Segment.line()]), end="", soft_wrap=True)


def print_written(count: int, noun: str, output: Path) -> None:
    """One line that says how much went into which file."""
    print(f"{_count(count, noun)} written to {printable(str(output))}", file=sys.stderr)


def print_error(message: str) -> None:
    """One line that says what went wrong."""
    print(f"pathstage: {printable(message)}", file=sys.stderr)


def print_crash(error: BaseException) -> None:
    """Where an unexpected error happened, and its type; not its message, which could quote a report."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "typer" not in Path(frame.filename).parts]
    print("".join(traceback.format_list(frames)), end="", file=sys.stderr)
    print_error(f"internal error ({type(error).__name__}); please report the lines above, which hold no report text")


def printable(text: str) -> str:
    """The text on one line, each control or other unprintable character replaced."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _named(failure: Failure) -> str:
    """The failure's message, which names its source: ingest's own messages begin with it, a model's need not."""
    named = failure.error.startswith(failure.source)
    return failure.error if named else f"{failure.source}: {failure.error}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
