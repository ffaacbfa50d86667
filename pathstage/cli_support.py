"""What the commands share: exit codes, the headings that `--help` lists them under, and how wrong usage ends a run."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from pathstage import terminal

SOME_FAILED, WRONG_USAGE, UNFINISHED, INTERRUPTED = 1, 2, 3, 130
REPORTS, MODELS, CORPORA = "Reports", "Models", "Corpora"


@contextmanager
def wrong_usage(*kinds: type[Exception]) -> Iterator[None]:
    """These exceptions are the user's to mend: their message is shown, and the run ends before it has begun."""
    try:
        yield
    except kinds as error:
        refuse(str(error))


@contextmanager
def wrong_value() -> Iterator[None]:
    """A ValueError of pathstage's own is the user's to mend; one of a library could quote a report, and passes on."""
    try:
        yield
    except ValueError as error:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        if type(error) is not ValueError or not frame.f_globals["__name__"].startswith("pathstage."):
            raise
        refuse(str(error))


def refuse(message: str) -> NoReturn:
    """End the run as wrong usage. Raises typer.Exit."""
    terminal.print_error(message)
    raise typer.Exit(WRONG_USAGE)


def check_output_file(output: Path, inputs: Iterable[Path]) -> None:
    """Refuses an output that could not be written, or that is itself one of the input files."""
    if output.is_dir():
        refuse(f"{output}: is a folder; name a file in it")
    if not output.parent.is_dir():
        refuse(f"{output.parent}: no such folder; create it first")
    if output.exists() and any(output.samefile(path) for path in inputs if path.exists()):
        refuse(f"{output}: is one of the inputs and would be overwritten; write to another file or folder")
