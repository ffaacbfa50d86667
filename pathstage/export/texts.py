"""Report texts out: de-identified reports as a folder of text files, or as JSON Lines that can be read again."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from types import TracebackType
from typing import Self

from pathstage.export.partial import partial_path
from pathstage.report import Failure, Report

_NAME_BYTES = 120  # of a file name, in UTF-8: with number and suffix below every file system's limit


class TextFolder:
    """One UTF-8 `.txt` file a report, named by its id, in a folder that is new or empty; a failure has no file.

    `unfinished` is where the texts are while the `with` block runs.
    """

    def __init__(self, folder: Path):
        folder.mkdir(exist_ok=True)
        self.unfinished = folder
        self._used: set[str] = set()

    def write(self, result: Report | Failure) -> None:
        """Write one report."""
        if isinstance(result, Report):
            path = self.unfinished / self._file_name(result.id)
            path.write_text(result.text, encoding="utf-8", errors="replace", newline="")

    def _file_name(self, report_id: str) -> str:
        """A name for the file that no other file of the folder has, nor one that differs only in case."""
        safe = re.sub(r"[^\w.-]+", "_", report_id.removesuffix(".txt")).strip("._")
        stem = safe.encode()[:_NAME_BYTES].decode(errors="ignore") or "report"
        name, number = stem, 1
        while name.casefold() in self._used:
            number += 1
            name = f"{stem}~{number}"
        self._used.add(name.casefold())
        return f"{name}.txt"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to write."""


class TextLines:
    """JSON Lines: `{"id", "source", "status", "error", "text"}`; the text of a failure is null.

    Until the `with` block has ended well the lines are in `unfinished`, `<path>.partial`; if it ends in an exception
    they are kept there, and without any line the file is removed.
    """

    def __init__(self, path: Path):
        self._path = path
        self.unfinished = partial_path(path)
        self._empty = True
        self._file = self.unfinished.open("x", encoding="utf-8", errors="replace", newline="\n")

    def write(self, result: Report | Failure) -> None:
        """Write one report or failure."""
        line = {
            "id": result.id,
            "source": result.source,
            "status": "error" if isinstance(result, Failure) else "ok",
            "error": result.error if isinstance(result, Failure) else None,
            "text": None if isinstance(result, Failure) else result.text,
        }
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._empty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None:
            os.replace(self.unfinished, self._path)
        elif self._empty:
            self.unfinished.unlink()


def open_text_writer(path: Path) -> TextFolder | TextLines:
    """Open `path` for texts: JSON Lines if it ends in `.jsonl`, else a folder.

    Raises OSError, among others FileExistsError where an unfinished run left its `.partial`.
    """
    return TextLines(path) if path.suffix.lower() == ".jsonl" else TextFolder(path)
