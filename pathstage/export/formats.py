"""The file formats: each is given a binary file and records, one at a time, and holds at most one batch in memory.

A lone surrogate (an undecodable byte of a file name) is written as "?", which keeps offsets: UTF-8 cannot hold it, and
the escape that JSON has for it makes common readers refuse the whole file.
"""

from __future__ import annotations

import csv
import errno
import io
import json
from collections.abc import Mapping
from typing import Any, BinaryIO, Protocol

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.cell import WriteOnlyCell

from pathstage.export import table
from pathstage.schema import TaskSchema

PARQUET_ROW_GROUP = 1000  # rows: small enough to hold with their texts, large enough to compress
XLSX_MAX_ROWS = 1_048_576
XLSX_MAX_CELL = 32_767  # UTF-16 code units

# Characters JSON leaves alone but some readers take for the end of a line.
_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


class Format(Protocol):
    """One output format over an open binary file, which the caller closes."""

    def add(self, record: Mapping[str, Any]) -> None:
        """Write one record."""

    def finish(self) -> None:
        """Write what makes the file whole."""


class JsonLines:
    """One JSON object a line, UTF-8, flushed line by line: a killed run leaves every report it finished."""

    def __init__(self, file: BinaryIO):
        self._file = file

    def add(self, record: Mapping[str, Any]) -> None:
        """Write one record."""
        line = json.dumps(record, ensure_ascii=False, allow_nan=False).translate(_LINE_ENDS)
        self._file.write(line.encode("utf-8", "replace") + b"\n")
        self._file.flush()

    def finish(self) -> None:
        """Nothing is left to write."""


class Delimited:
    """CSV or TSV: UTF-8, a header line, text quoted and numbers bare, `\\n` after each row.

    There is no byte order mark: programs would read it as part of the first column's name; Excel users have .xlsx.
    """

    def __init__(self, file: BinaryIO, schema: TaskSchema, delimiter: str, keep_text: bool):
        self._schema = schema
        self._keep_text = keep_text
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self._writer.writerow(table.columns(schema, keep_text=keep_text))

    def add(self, record: Mapping[str, Any]) -> None:
        """Write one record."""
        cells = table.row(record, self._schema, keep_text=self._keep_text)
        self._writer.writerow([table.encodable(table.defuse(cell)) for cell in cells])
        self._text.flush()

    def finish(self) -> None:
        """Hand the file back to the caller, who closes it."""
        self._text.detach()


class Parquet:
    """Parquet with typed columns, written in row groups; cells are exact: nothing runs a formula here."""

    def __init__(self, file: BinaryIO, schema: TaskSchema, keep_text: bool):
        self._schema = schema
        self._keep_text = keep_text
        types = {str: pa.string(), float: pa.float64()}
        columns = table.columns(schema, keep_text=keep_text)
        self._columns = pa.schema([(name, types[kind]) for name, kind in columns.items()])
        self._writer = pq.ParquetWriter(file, self._columns, compression="zstd")
        self._rows: list[list[table.Cell]] = []

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record; a full row group is written."""
        cells = table.row(record, self._schema, keep_text=self._keep_text)
        self._rows.append([table.encodable(cell) for cell in cells])
        if len(self._rows) == PARQUET_ROW_GROUP:
            self._write_group()

    def finish(self) -> None:
        """Write the last row group and the footer."""
        if self._rows:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        arrays = [
            pa.array(cells, field.type)
            for cells, field in zip(zip(*self._rows, strict=True), self._columns, strict=True)
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._columns))
        self._rows = []


class Workbook:
    """An Excel workbook with one sheet: header frozen and filterable, text as text, probabilities as numbers."""

    def __init__(self, file: BinaryIO, schema: TaskSchema, keep_text: bool):
        self._file = file
        self._schema = schema
        self._keep_text = keep_text
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet("reports")
        self._sheet.freeze_panes = "B2"
        self._rows = 0
        self._append(list(table.columns(schema, keep_text=keep_text)))

    def add(self, record: Mapping[str, Any]) -> None:
        """Write one record. Raises OSError past the last row that a sheet can hold."""
        if self._rows == XLSX_MAX_ROWS:
            problem = f"a workbook holds {XLSX_MAX_ROWS - 1:,} reports; write .csv or .parquet instead"
            raise OSError(errno.EFBIG, problem)
        self._append(table.row(record, self._schema, keep_text=self._keep_text))

    def finish(self) -> None:
        """Write the workbook."""
        last = openpyxl.utils.get_column_letter(len(table.columns(self._schema, keep_text=self._keep_text)))
        self._sheet.auto_filter.ref = f"A1:{last}{self._rows}"
        self._book.save(self._file)

    def _append(self, cells: list[table.Cell]) -> None:
        self._sheet.append([self._cell(cell) for cell in cells])
        self._rows += 1

    def _cell(self, cell: table.Cell) -> table.Cell | WriteOnlyCell:
        if not isinstance(cell, str):
            return cell
        made = WriteOnlyCell(self._sheet, _fitting(str(table.encodable(table.defuse(cell)))))
        made.data_type = "s"  # whatever it looks like, it is text: openpyxl would guess formulas and errors
        return made


def _fitting(text: str) -> str:
    """The text, cut to what a workbook's cell can hold; a cut text ends with an ellipsis."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * XLSX_MAX_CELL:
        return text
    return units[: 2 * (XLSX_MAX_CELL - 1)].decode("utf-16-le", "ignore") + "…"
