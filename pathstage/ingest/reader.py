"""Any input → reports: what is a table is read by rows, everything else is one report."""

from __future__ import annotations

import gzip
import io
import logging
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pathstage.ingest.columns import listed
from pathstage.ingest.document import assemble, split_pages
from pathstage.ingest.formats import HEAD_SIZE, Format, identify, identify_zip
from pathstage.ingest.ocr.engine import why_unavailable
from pathstage.ingest.options import ReadError, ReadOptions, UsageError
from pathstage.ingest.sources import Source, find_sources
from pathstage.ingest.table import table_columns, table_rows
from pathstage.ingest.text import decode
from pathstage.ingest.worker import DocumentWorker
from pathstage.report import Failure, Page, Report

logger = logging.getLogger(__name__)

TABLES = frozenset({"csv", "tsv", "jsonl", "parquet", "xlsx"})
GZIP = b"\x1f\x8b"


def read(paths: Iterable[str | Path], options: ReadOptions | None = None) -> Iterator[Report | Failure]:
    """Every report that `paths` (files, folders, globs, `-` for stdin) hold, in order, one after the other.

    A file is one report, a table one report a row; `pathstage.ingest.sources.find_sources` says which files are
    read and which id a file has. A row's id is its id column's value, else `file#n`, n counting rows from 1 without the
    header. Ids are unique within a run: the second report called `A` is `A~2`. What cannot be read is a Failure, as
    is a path that does not exist, and the rest goes on.

    Raises UsageError, before anything is read, if no path leads to a file, no table has a column that is asked for, or
    the OCR engine that is asked for is not installed.
    """
    options = options or ReadOptions()
    _check_engine(options)
    skipped: list[str] = []
    sources = find_sources(paths, options.max_bytes, skipped)
    if skipped:
        kinds = ", ".join(sorted({Path(name).suffix.lower() for name in skipped}))
        logger.warning("%d files in folders were skipped (%s); name a file itself to read it", len(skipped), kinds)
    _check_columns(sources, options)
    return _read_all(sources, options)


def read_bytes(data: bytes, name: str, options: ReadOptions | None = None) -> Iterator[Report | Failure]:
    """The reports in the content of one file called `name`, as `read` would yield them.

    Raises UsageError as `read` does.
    """
    options = options or ReadOptions()
    _check_engine(options)
    sources = [Source(Path(name).name or name, name, data=data)]
    _check_columns(sources, options)
    return _read_all(sources, options)


def _read_all(sources: list[Source], options: ReadOptions) -> Iterator[Report | Failure]:
    used: dict[str, int] = {}
    repeated = 0
    with DocumentWorker(options) as worker:
        for source in sources:
            for result in _read_source(source, options, worker):
                unique = _unique(result.id, used)
                if unique != result.id:
                    repeated += 1
                    result = _renamed(result, unique)
                yield result
    if repeated:
        logger.warning("%d reports had the id of an earlier one and were numbered (A, A~2, A~3)", repeated)


def _unique(report_id: str, used: dict[str, int]) -> str:
    """An id not in `used`, which is updated: it holds the ids given so far and the highest number of each."""
    unique, number = report_id, used.get(report_id, 0)
    while unique in used:
        number += 1
        unique = f"{report_id}~{number}"
    used[report_id] = max(number, 1)
    used.setdefault(unique, 1)
    return unique


def _renamed(result: Report | Failure, unique: str) -> Report | Failure:
    if isinstance(result, Report):
        return Report(unique, result.source, result.text, result.pages)
    return Failure(unique, result.source, result.error)


def _read_source(source: Source, options: ReadOptions, worker: DocumentWorker) -> Iterator[Report | Failure]:
    try:
        with source.open() as raw:
            fmt, stream = _identified(raw, source.name, options.max_bytes)
            if fmt in TABLES:
                yield from _table_reports(stream, fmt, source, options)
            else:
                yield _document_report(_read_bounded(stream, options.max_bytes), fmt, source, options, worker)
    except ReadError as error:
        yield Failure(source.id, source.name, f"{source.name}: {error}")
    except Exception as error:
        # Whatever one file makes a library raise, the batch goes on.
        yield Failure(source.id, source.name, f"{source.name}: {_file_error(error)}")


def _document_report(data: bytes, fmt: Format, source: Source, options: ReadOptions, worker: DocumentWorker) -> Report:
    text, pages = assemble(split_pages(decode(data)) if fmt == "text" else worker.read(data, fmt))
    if not text.strip():
        if fmt == "pdf" and options.ocr == "never":
            raise ReadError("the PDF holds no text layer and OCR is switched off; allow OCR if it is a scan")
        raise ReadError("the file holds no text; if it is a scan, look whether its pages are blank")
    return Report(source.id, source.name, text, pages)


def _table_reports(
    stream: io.BufferedReader, fmt: Format, source: Source, options: ReadOptions
) -> Iterator[Report | Failure]:
    empty = True
    for row in table_rows(stream, fmt, options):
        empty = False
        report_id = row.id or f"{source.id}#{row.number}"
        where = f"{source.name} row {row.number}"
        error = row.error or (None if row.text.strip() else "the row has no report text; fill or remove it")
        if error:
            yield Failure(report_id, where, f"{where}: {error}")
        else:
            yield Report(report_id, where, row.text, (Page(1, 0, len(row.text), "text"),))
    if empty:
        raise ReadError("the table has no rows")


def _check_engine(options: ReadOptions) -> None:
    # With `auto`, only the files that need an engine fail where there is none.
    missing = None if options.ocr in ("auto", "never") else why_unavailable(options.ocr)
    if missing:
        raise UsageError(missing)


def _check_columns(sources: list[Source], options: ReadOptions) -> None:
    """Raises UsageError for a named column that no table among the sources has."""
    wanted = [name for name in (options.id_column, options.text_column) if name is not None]
    columns: set[str] = set()
    for source in sources if wanted else []:
        if columns.issuperset(wanted):
            break
        # A table that cannot be read is reported when its turn comes.
        try:
            columns.update(_source_columns(source, options))
        except Exception:
            continue
    for name in wanted:
        if name not in columns:
            known = listed(sorted(columns)) if columns else "no tables at all"
            raise UsageError(f"no table has a column {name!r}; there are {known}")


def _source_columns(source: Source, options: ReadOptions) -> list[str]:
    with source.open() as raw:
        fmt, stream = _identified(raw, source.name, options.max_bytes)
        return table_columns(stream, fmt, options.max_bytes) if fmt in TABLES else []


def _identified(raw: io.BufferedReader, name: str, max_bytes: int) -> tuple[Format, io.BufferedReader]:
    """The format of a file and a stream of its content, without the gzip wrapper it may have."""
    stream = raw
    if raw.peek(2)[:2] == GZIP:
        name = name[: -len(".gz")] if name.lower().endswith(".gz") else name
        stream = io.BufferedReader(_Gzip(fileobj=raw), HEAD_SIZE)
    fmt = identify(stream.peek(HEAD_SIZE)[:HEAD_SIZE], name)
    if fmt == "docx":
        data = _read_bounded(stream, max_bytes)
        return identify_zip(data, max_bytes), _buffered(data)
    # Parquet is read from its end: a gzip stream would unpack itself anew at every step back.
    if fmt == "parquet" and stream is not raw:
        stream = _buffered(_read_bounded(stream, max_bytes))
    return fmt, stream


class _Gzip(gzip.GzipFile):
    """A gzip file that says itself that it is damaged: what it holds may raise the same errors."""

    def read(self, size: int | None = -1) -> bytes:
        try:
            return super().read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise ReadError("the gzip file is damaged or cut short; compress it again") from None


def _buffered(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data), HEAD_SIZE)


def _read_bounded(stream: io.BufferedReader, max_bytes: int) -> bytes:
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ReadError(f"the file is larger than the limit of {max_bytes:,} bytes, unpacked (max_bytes); raise it")
    return data


def _file_error(error: Exception) -> str:
    """What to say of an error that no reader expected; its message could quote a report."""
    if isinstance(error, OSError) and error.strerror:
        return f"the file cannot be opened ({error.strerror}); check the path and its permissions"
    return f"the file cannot be read, it may be damaged ({type(error).__name__}); export it again"
