"""Tables as a stream of records: CSV, TSV, Excel, Parquet and JSON lines, a dict of column name → text for each row."""

from __future__ import annotations

import codecs
import csv
import gzip
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pyarrow import ArrowInvalid
from pyarrow.parquet import ParquetFile

from pathstage.corpus.dataset import CorpusError, decode_line, read_lines, shown

# Where a row stands, for messages, and its cells; None for a row that does not fit the header.
Record = tuple[str, dict[str, str] | None]

# A report of many pages is a long cell, and the csv module stops at 128 KiB.
_LONGEST_CELL = 1 << 26


def read_records(path: str | Path, encoding: str = "utf-8-sig") -> Iterator[Record]:
    """Stream the rows of a `.csv`, `.tsv`, `.txt` (tab-separated), `.xlsx`, `.parquet` or `.jsonl` table.

    CSV, TSV and JSON lines may be compressed (`.gz`). Lines before the header that start with `#` are skipped, as are
    the two further header lines of a TCGA biotab file. Empty cells are empty strings. A row with more cells than
    columns and a line that is not JSON come as None, and the rest goes on. Raises CorpusError, naming the file and the
    cure, when the file cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise CorpusError(f"{path}: no such table")
    suffixes = path.suffixes[-2:]
    kind = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) == 2 else path.suffix
    if kind == ".jsonl":
        yield from _json_lines(path)
    elif kind == ".parquet":
        yield from _parquet(path)
    elif kind == ".xlsx":
        yield from _excel(path)
    elif kind in {".csv", ".tsv", ".txt"}:
        yield from _delimited(path, "," if kind == ".csv" else "\t", encoding)
    else:
        raise CorpusError(f"{path}: not a table that can be read; save it as .csv, .tsv, .xlsx, .parquet or .jsonl")


def _json_lines(path: Path) -> Iterator[Record]:
    for where, line in read_lines(path):
        try:
            raw = decode_line(line, where)
        except CorpusError:
            yield where, None
        else:
            yield where, {name: _cell(value) for name, value in raw.items()}


def _delimited(path: Path, delimiter: str, encoding: str) -> Iterator[Record]:
    csv.field_size_limit(_LONGEST_CELL)
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise CorpusError(f"{encoding!r} is no encoding; utf-8, latin-1 and cp1252 are the usual ones") from None
    with opener(path, "rt", encoding=encoding, newline="") as file:
        rows = csv.reader(_after_comments(file), delimiter=delimiter)
        try:
            header = _header(next(rows, []), path)
            for row in rows:
                if any(row) and not _is_biotab_header(row, header):
                    yield f"{path}, line {rows.line_num}", _fit(row, header)
        except UnicodeDecodeError:
            raise CorpusError(f"{path}: not {encoding} text; name its encoding, or save it as UTF-8") from None
        except (gzip.BadGzipFile, EOFError):
            raise CorpusError(f"{path}: not a whole gzip file; fetch or compress it again") from None
        except csv.Error as error:
            raise CorpusError(f"{path}, line {rows.line_num}: not a delimited table ({error})") from None


def _fit(cells: Sequence[str], header: Sequence[str]) -> dict[str, str] | None:
    """Cells under their columns; the ends of short rows are empty. None when there are more cells than columns."""
    if any(cells[len(header) :]):
        return None
    return {name: cells[at] if at < len(cells) else "" for at, name in enumerate(header) if name}


def _after_comments(file: IO[str]) -> Iterator[str]:
    """The lines of a file from its header on; cBioPortal puts `#` lines above it."""
    started = False
    for line in file:
        started = started or not line.startswith("#")
        if started:
            yield line


def _is_biotab_header(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row is a second or third header line of a TCGA biotab file: the names again, or `CDE_ID:` numbers."""
    return row[0] == header[0] or row[0].startswith("CDE_ID")


def _excel(path: Path) -> Iterator[Record]:
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, OSError, KeyError, ValueError):
        raise CorpusError(f"{path}: not an Excel workbook; save it again as .xlsx or .csv") from None
    try:
        rows = workbook.worksheets[0].iter_rows(values_only=True)
        header = _header([_cell(value) for value in next(rows, ())], path)
        for number, row in enumerate(rows, start=2):
            if any(value is not None for value in row):
                yield f"{path}, row {number}", _fit([_cell(value) for value in row], header)
    finally:
        workbook.close()


def _parquet(path: Path) -> Iterator[Record]:
    try:
        with ParquetFile(path) as table:
            rows = (row for batch in table.iter_batches(batch_size=256) for row in batch.to_pylist())
            for number, row in enumerate(rows, start=1):
                yield f"{path}, row {number}", {name: _cell(value) for name, value in row.items()}
    except (ArrowInvalid, OSError):
        raise CorpusError(f"{path}: not a Parquet file; write it again") from None


def _header(names: Sequence[str], path: Path) -> list[str]:
    header = [name.strip() for name in names]
    if not any(header):
        raise CorpusError(f"{path}: an empty table; its first line must name the columns")
    if repeated := {name for name in header if name and header.count(name) > 1}:
        raise CorpusError(f"{path}: columns named twice: {', '.join(map(shown, sorted(repeated)))}; rename one of each")
    return header


def _cell(value: Any) -> str:
    """A cell as text. Whole numbers that a spreadsheet holds as floats lose their `.0`."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() else repr(value)
    return str(value)
