"""Bytes of a text file → str.

UTF-8, UTF-16 (with or without a byte order mark), else Windows-1252, the superset of Latin-1 that real files mean.
A statistical detector is not used: on lines of a few words charset-normalizer took Windows-1252 for Mac Roman.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from pathstage.ingest.formats import HEAD_SIZE, utf16_byte_order
from pathstage.ingest.options import ReadError

_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(data: bytes) -> str:
    """Text of a whole file, line ends as `\\n`; never raises: a byte that means nothing becomes U+FFFD."""
    codec = _utf16(data)
    text = data.decode(codec, "replace") if codec else decode_8bit(data)
    return text.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def decode_8bit(data: bytes) -> str:
    """UTF-8, of which a few damaged bytes become U+FFFD; where most bytes above ASCII are not UTF-8, Windows-1252.

    Windows-1252's five undefined bytes are read as Latin-1's controls.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    # UTF-8's longer sequences hardly arise by chance: where they prevail, the few other bytes are damage.
    damaged = text.count("\ufffd") - data.count("\ufffd".encode())
    if damaged <= sum(character > "\x7f" for character in text) - text.count("\ufffd"):
        return text
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decode_lines(stream: io.BufferedReader, max_bytes: int) -> Iterator[str]:
    """Lines of a text stream with their line ends, each decoded for itself, so that files glued together still read.

    Raises ReadError for a line above `max_bytes`.
    """
    codec = _utf16(stream.peek(HEAD_SIZE)[:HEAD_SIZE])
    if codec:
        wrapped = io.TextIOWrapper(stream, encoding=codec, errors="replace", newline="")
        lines: Iterator[str] = iter(lambda: wrapped.readline(max_bytes + 1), "")
    else:
        lines = (decode_8bit(line) for line in iter(lambda: stream.readline(max_bytes + 1), b""))
    for number, line in enumerate(lines):
        if len(line) > max_bytes:
            raise ReadError(f"line {number + 1} is longer than the limit of {max_bytes:,} bytes (max_bytes)")
        # Old Macintosh files end lines with a carriage return alone.
        yield from io.StringIO((line.removeprefix("\ufeff") if number == 0 else line).replace("\0", ""), newline="")


def without_surrogates(text: str) -> str:
    """`text` with lone surrogates (JSON can hold them, no output encoding can) as U+FFFD; offsets do not move."""
    return _SURROGATE.sub("\ufffd", text)


def _utf16(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return utf16_byte_order(head)
