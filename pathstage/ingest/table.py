"""Tables of reports, one a row: .csv .tsv .jsonl .parquet .xlsx, streamed row by row (Parquet by batches)."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from pathstage.ingest.columns import find_id_column, find_text_column, listed, looks_like_header
from pathstage.ingest.formats import Format, sniff_delimiter
from pathstage.ingest.options import ReadError, ReadOptions
from pathstage.ingest.text import decode_8bit, decode_lines, without_surrogates

# Rows looked at to see which column holds the text, and the mean length that makes a column one of prose.
PEEKED_ROWS = 50
PROSE_LENGTH = 40
PARQUET_BATCH = 64
WITH_HEADER_ROW = frozenset({"csv", "tsv", "xlsx"})

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """Row `number` (1-based, the header not counted): its id if it has one, and its text or what is wrong."""

    number: int
    id: str | None
    text: str
    error: str | None = None


def table_columns(stream: io.BufferedReader, fmt: Format, max_bytes: int) -> list[str]:
    """Names of a table's columns. Raises ReadError for a table that cannot be read."""
    if fmt == "parquet":
        return list(_opened_parquet(stream).schema_arrow.names)
    return _columns(itertools.islice(_values(stream, fmt, ReadOptions(max_bytes=max_bytes)), PEEKED_ROWS))


def table_rows(stream: io.BufferedReader, fmt: Format, options: ReadOptions) -> Iterator[Row]:
    """Rows of a table in order; a row that cannot be read carries its error, and the next rows go on.

    Raises ReadError for a table that cannot be read at all, or not further.
    """
    values = _values(stream, fmt, options)
    peeked = list(itertools.islice(values, PEEKED_ROWS))
    columns = _columns(peeked)
    if not columns:
        yield from (Row(n, None, "", str(row)) for n, row in enumerate(peeked, start=1) if isinstance(row, ReadError))
        if len(peeked) in (0, PEEKED_ROWS):
            raise ReadError("no further row can be read" if peeked else "the table has no rows")
        return
    asked = options.id_column in columns or options.text_column in columns
    if fmt in WITH_HEADER_ROW and not asked and not looks_like_header(columns):
        raise ReadError(
            "the table's first row does not look like a header; put column names, such as id and text, in its first row"
        )
    id_column = _named(options.id_column, columns, "id") or find_id_column(columns)
    text_column = _named(options.text_column, columns, "text") or find_text_column(columns)
    if text_column is None:
        text_column = _longest_column(peeked, [column for column in columns if column != id_column])
    for number, row in enumerate(itertools.chain(peeked, values), start=1):
        if isinstance(row, ReadError):
            yield Row(number, None, "", str(row))
        else:
            yield _row(number, row, id_column, text_column, options.max_bytes)


def _row(number: int, row: Values, id_column: str | None, text_column: str, max_bytes: int) -> Row:
    row_id = _cell_id(row.get(id_column)) if id_column else None
    text = row.get(text_column)
    if text is not None and not isinstance(text, str):
        return Row(number, row_id, "", f"the text column holds a {type(text).__name__}, not text")
    if text and len(text) > max_bytes:
        return Row(number, row_id, "", f"the text is longer than the limit of {max_bytes:,} (max_bytes)")
    return Row(number, row_id, without_surrogates(text or ""))


def _cell_id(cell: object) -> str | None:
    """An id as a person would write it: a spreadsheet's 1234.0 is 1234, and a blank cell is none."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime.date):
        cell = cell.isoformat()
    if not isinstance(cell, str | int | float) or cell != cell:
        return None
    return without_surrogates(" ".join(str(cell).split())) or None


def _named(name: str | None, columns: Sequence[str], role: str) -> str | None:
    if name is not None and name not in columns:
        raise ReadError(f"the table has no column {name!r} for the {role}; it has {listed(columns)}")
    return name


def _columns(rows: Iterator[Values | ReadError] | Sequence[Values | ReadError]) -> list[str]:
    return list(dict.fromkeys(column for row in rows if not isinstance(row, ReadError) for column in row))


def _longest_column(rows: Sequence[Values | ReadError], columns: Sequence[str]) -> str:
    """The column with the longest strings. Raises ReadError if none reads like prose."""

    def mean_length(column: str) -> float:
        cells = [row.get(column) for row in rows if not isinstance(row, ReadError)]
        lengths = [len(cell) for cell in cells if isinstance(cell, str)]
        return sum(lengths) / len(lengths) if lengths else 0.0

    longest = max(columns, key=mean_length, default=None)
    if longest is None or mean_length(longest) < PROSE_LENGTH:
        raise ReadError(
            f"no column is called text or report, or holds text; name one with --text-column (the table has "
            f"{listed(columns)})"
        )
    return longest


def _values(stream: io.BufferedReader, fmt: Format, options: ReadOptions) -> Iterator[Values | ReadError]:
    if fmt in ("csv", "tsv"):
        return _delimited(stream, fmt, options.max_bytes)
    if fmt == "jsonl":
        return _jsonl(stream, options.max_bytes)
    if fmt == "parquet":
        return _parquet(stream, options)
    return _xlsx(stream)


def _delimited(stream: io.BufferedReader, fmt: Format, max_bytes: int) -> Iterator[Values | ReadError]:
    # The limit is the csv module's own, for the whole process; reports exceed its default of 131,072.
    csv.field_size_limit(min(max_bytes, 2**31 - 1))
    lines = decode_lines(stream, max_bytes)
    first = next((line for line in lines if line.strip()), "")
    # Excel writes the delimiter it used into a first line of its own.
    declared = first.strip().lower().startswith("sep=") and first.strip()[4:5]
    if declared:
        first = next(lines, "")
    delimiter = declared or ("\t" if fmt == "tsv" else sniff_delimiter(first))
    # Strict: else a quotation mark without its partner makes the rows after it part of its own cell.
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
    try:
        header = _header(next(reader, []))
    except csv.Error:
        raise ReadError(f"the header row cannot be parsed; {_UNPAIRED}") from None
    while True:
        start = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            more = reader.line_num - start - 1
            lost = f", and neither can the {more} lines after its first, which may be further rows" if more else ""
            yield ReadError(f"the row cannot be parsed{lost}; {_UNPAIRED}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            yield ReadError(
                f"the row has {len(cells)} cells where the header has {len(header)}; put text that holds the "
                f"delimiter {delimiter!r} in quotation marks"
            )
        else:
            yield dict(zip(header, cells, strict=False))


_UNPAIRED = "look for a quotation mark without its partner, and double one that stands inside a quoted cell"


def _header(cells: Sequence[object]) -> list[str]:
    """Column names of a first row; a column without a name is called by its position, a repeated one numbered.

    Raises ReadError for a first row that is a report, not a header.
    """
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = "" if cell is None else str(cell).strip()
        if len(name) > 200 or "\n" in name:
            raise ReadError("the table has no header row; put column names, such as id and text, in its first row")
        name = name or f"column {position}"
        names.append(name if name not in names else f"{name} {position}")
    return names


def _jsonl(stream: io.BufferedReader, max_bytes: int) -> Iterator[Values | ReadError]:
    for line in decode_lines(stream, max_bytes):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield ReadError("the line is not valid JSON; write one JSON object a line")
            continue
        yield value if isinstance(value, dict) else ReadError("the line is JSON but not an object with id and text")


def _opened_parquet(stream: io.BufferedReader) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except Exception as error:
        raise ReadError(_damaged("Parquet file", error)) from None


def _parquet(stream: io.BufferedReader, options: ReadOptions) -> Iterator[Values | ReadError]:
    """Rows, of the columns that may matter only: the others may hold what Python cannot represent."""
    file = _opened_parquet(stream)
    schema = file.schema_arrow
    text = options.text_column or find_text_column(schema.names)
    strings = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    wanted = dict.fromkeys([options.id_column or find_id_column(schema.names), *([text] if text else strings)])
    names = [name for name in schema.names if name in wanted]
    try:
        for batch in file.iter_batches(batch_size=PARQUET_BATCH, columns=names):
            columns = {name: _parquet_cells(batch.column(name)) for name in names}
            for index in range(batch.num_rows):
                yield {name: cells[index] for name, cells in columns.items()}
    except Exception as error:
        raise ReadError(_damaged("Parquet file", error)) from None


def _parquet_cells(column: pa.Array) -> list[Any]:
    """Values of a column. Writers put Windows-1252 into string columns, which pyarrow then cannot convert."""
    if pa.types.is_string(column.type):
        column = column.cast(pa.binary())
    elif pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    else:
        return list(column.to_pylist())
    return [None if cell is None else decode_8bit(cell) for cell in column.to_pylist()]


def _xlsx(stream: io.BufferedReader) -> Iterator[Values | ReadError]:
    """Rows of the first worksheet that has any."""
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        for sheet in book.worksheets:
            # The size that a file declares for its sheet is often wrong; without it openpyxl reads to the end.
            sheet.reset_dimensions()
            rows = (row for row in sheet.iter_rows(values_only=True) if any(cell not in (None, "") for cell in row))
            first = next(rows, None)
            if first is not None:
                break
        else:
            return
        header = _header(first)
        for row in rows:
            yield dict(zip(header, row, strict=False))
    except ReadError:
        raise
    except Exception as error:
        raise ReadError(_damaged("workbook", error)) from None


def _damaged(what: str, error: Exception) -> str:
    """Libraries raise anything for a damaged file and may quote it: only the error's type is safe to tell."""
    return f"the {what} is damaged, locked or cut short ({type(error).__name__}); save it again, without a password"
