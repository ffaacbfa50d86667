"""Writing results to a file whose format its suffix names, so that an unfinished file never looks finished."""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from pathstage.export.formats import Delimited, Format, JsonLines, Parquet, Workbook
from pathstage.export.partial import partial_path
from pathstage.export.record import record
from pathstage.report import Failure, ModelInfo
from pathstage.schema import TaskSchema
from pathstage.staged import StagedRecord

SUPPORTED = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".parquet", ".xlsx")


class Writer:
    """Writes one record per result, as they come; made by `open_writer`, used as a context manager.

    Until it is closed, rows go to `<path>.partial`, which replaces `path` when the `with` block ends well. When the
    block ends in an exception (also Ctrl-C) the rows written so far are kept, readable, under the `.partial` name,
    and `path` is as it was before: a table at `path` is always whole. If there are none, no `.partial` is left. After
    a hard kill the `.partial` of a text format still has every report that was finished; that of .parquet and .xlsx
    cannot be read.
    """

    def __init__(self, path: Path | None, suffix: str, schema: TaskSchema, model: ModelInfo, keep_text: bool):
        self._path = path
        self._model = model
        self._keep_text = keep_text
        self._partial: Path | None = None
        self._empty = True
        self._layers: list[BinaryIO] = []
        if path is None:
            target = sys.stdout.buffer
        else:
            if path.is_dir():
                raise IsADirectoryError(f"{path}: is a folder; name a file in it")
            if not path.parent.is_dir():
                raise FileNotFoundError(f"{path.parent}: no such folder; create it first")
            self._partial = partial_path(path)
            target = self._partial.open("xb")
            self._layers.append(target)
            if suffix.endswith(".gz"):
                target = cast(BinaryIO, gzip.GzipFile(path.name.removesuffix(".gz"), "wb", fileobj=target, mtime=0))
                self._layers.append(target)
        self._format = _format(suffix.removesuffix(".gz"), target, schema, keep_text)

    def write(self, result: StagedRecord | Failure) -> None:
        """Write the record of one result."""
        self._format.add(record(result, self._model, keep_text=self._keep_text))
        self._empty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._format.finish()
        finally:
            for layer in reversed(self._layers):
                layer.close()
        if self._path is not None and self._partial is not None:
            if kind is None:
                os.replace(self._partial, self._path)
            elif self._empty:
                self._partial.unlink()


def open_writer(path: str | Path, schema: TaskSchema, model: ModelInfo, *, keep_text: bool = False) -> Writer:
    """Open `path` for records, in the format of its suffix; `-` writes JSON Lines to standard output.

    JSON Lines and Parquet hold report text exactly; in .csv, .tsv and .xlsx cells that a spreadsheet would run are
    defused. Raises ValueError for a suffix that names no format, OSError when the file cannot be written: among others
    FileNotFoundError where its folder is missing, FileExistsError where an unfinished run left its `.partial`.
    """
    if str(path) == "-":
        return Writer(None, ".jsonl", schema, model, keep_text)
    path = Path(path)
    suffix = next((suffix for suffix in SUPPORTED if path.name.lower().endswith(suffix)), None)
    if suffix is None:
        raise ValueError(f"{path}: cannot tell the output format; name a file that ends in {', '.join(SUPPORTED)}")
    return Writer(path, suffix, schema, model, keep_text)


def _format(suffix: str, file: BinaryIO, schema: TaskSchema, keep_text: bool) -> Format:
    match suffix:
        case ".csv":
            return Delimited(file, schema, ",", keep_text)
        case ".tsv":
            return Delimited(file, schema, "\t", keep_text)
        case ".parquet":
            return Parquet(file, schema, keep_text)
        case ".xlsx":
            return Workbook(file, schema, keep_text)
    return JsonLines(file)
