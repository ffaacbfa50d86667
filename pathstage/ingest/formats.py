"""Which format some bytes are: their content decides, their name's suffix only tells the text formats apart."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import PurePath
from typing import Literal

from pathstage.ingest.columns import find_text_column
from pathstage.ingest.options import ReadError

Format = Literal["text", "csv", "tsv", "jsonl", "parquet", "xlsx", "docx", "pdf", "image"]

HEAD_SIZE = 64 * 1024
DELIMITERS = ",;\t|"

_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"BM", "image"),
)
_UNREADABLE: tuple[tuple[bytes, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0",
        "an old binary Office file or one locked with a password; save it as .docx or .xlsx without a password",
    ),
    (b"{\\rtf", "an RTF file; save it as .docx or .txt"),
    (b"\x1f\x8b", "compressed twice; unpack it once"),
)
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|svg)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def identify(head: bytes, name: str) -> Format:
    """The format of a file that begins with `head` (up to HEAD_SIZE bytes) and is called `name`, without a final .gz.

    An Office file is told apart by its whole content: see `identify_zip`; here any zip archive is `docx`.
    Raises ReadError for what is no report: empty, binary, markup, an Office file of the old kind.
    """
    if not head:
        raise ReadError("the file is empty")
    for signature, what in _UNREADABLE:
        if head.startswith(signature):
            raise ReadError(f"the file is {what}")
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    for signature, fmt in _SIGNATURES:
        if head.startswith(signature) and (signature != b"BM" or _is_binary(head)):
            return fmt
    if _is_binary(head):
        raise ReadError(
            "the file is binary and of no format that can be read (text, PDF, Word, image or table); "
            "it may be damaged: export it again"
        )
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise ReadError("the file is HTML or XML; save it as plain text or PDF")
    suffix = PurePath(name).suffix.lower()
    if suffix == ".csv":
        return "csv"
    if suffix in (".tsv", ".tab"):
        return "tsv"
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    if suffix == ".json":
        raise ReadError("the file is JSON; give it as JSON Lines (.jsonl), one report a line")
    return "text" if suffix else _identify_unnamed_text(head)


def identify_zip(data: bytes, max_bytes: int) -> Format:
    """`docx` or `xlsx`, by what the zip archive holds.

    Raises ReadError for another or a damaged archive, and for one that unpacks to more than `max_bytes`
    (zipfile never unpacks a member beyond the size its directory declares, so the declared sizes are a true bound).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise ReadError("the Office file or zip archive is damaged or cut short; export it again") from None
    if unpacked > max_bytes:
        raise ReadError(f"the file unpacks to {unpacked:,} bytes, more than the limit of {max_bytes:,} (max_bytes)")
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise ReadError("the file is a zip archive of no readable kind; unpack it and give the folder")


def sniff_delimiter(header: str) -> str:
    """The delimiter under which a header line has the most cells; a comma if none divides it."""
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), [])))


def _is_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_byte_order(head):
        return False
    return len(_CONTROL.findall(head)) > len(head) * 0.01


def utf16_byte_order(head: bytes) -> str | None:
    """Codec of UTF-16 text without a byte order mark: Western letters leave every second byte zero."""
    sample = head[: 2 * (len(head[:4096]) // 2)]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _identify_unnamed_text(head: bytes) -> Format:
    """Text from stdin or of a name without suffix: a table only if its first line says so beyond doubt."""
    first = re.split(rb"[\r\n]", head.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0].decode("utf-8", "replace").strip()
    if first.startswith('{"') and ":" in first:
        return "jsonl"
    header = next(csv.reader([first], delimiter=sniff_delimiter(first)), [])
    return "csv" if len(header) > 1 and find_text_column(header) else "text"
