"""Paths, folders, globs and `-` → the list of files to read, each with the id its report will have."""

from __future__ import annotations

import glob
import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pathstage.ingest.options import ReadError, UsageError

STDIN = "-"
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
# What lies beside reports without being one: notes, settings, scripts, output cut short. Named on its own, it is read.
_BESIDE_REPORTS = (".md", ".partial", ".py", ".sh", ".toml", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read. `name` is shown to the user and its suffix counts; the content is at `path` or is `data`."""

    id: str
    name: str
    path: Path | None = None
    data: bytes = b""
    error: str | None = None

    def open(self) -> io.BufferedReader:
        """The content from its start. Raises ReadError for what is no regular file, OSError for what will not open."""
        if self.error:
            raise ReadError(self.error)
        if self.path is None:
            return io.BufferedReader(io.BytesIO(self.data))
        # Opening a pipe or a device would wait for ever.
        if not stat.S_ISREG(self.path.stat().st_mode):
            raise ReadError("not a regular file; give a file, a folder or - for stdin")
        return open(self.path, "rb")


def find_sources(paths: Iterable[str | Path], max_bytes: int, skipped: list[str] | None = None) -> list[Source]:
    """Every file that `paths` mean, each once, in order; a folder's files sorted by name, its sub-folders included.

    A file's id is its path below the folder that was given, or its name if the file itself was given; where that would
    name two files alike, both have the path as given instead. In folders, hidden files and the litter of operating
    systems (`Thumbs.db`, `~$report.docx`) are skipped, as are notes and scripts (`README.md`, `convert.py`);
    everything else is read or fails by name. The paths of these notes and scripts are appended to `skipped`.
    A path that does not exist is a source that fails. Raises UsageError if no path leads to any file.
    """
    given = [str(path) for path in paths]
    if not given:
        raise UsageError("no path given; name a file, a folder, a glob or - for stdin")
    found: list[tuple[str, Source]] = []
    missing: list[str] = []
    seen: set[str] = set()
    beside: list[str] = [] if skipped is None else skipped
    for path in given:
        files = list(_expand(path, max_bytes, beside))
        if not files:
            missing.append(path)
            problem = f"matches no {'file' if glob.has_magic(path) or os.path.isdir(path) else 'file or folder'}"
            found.append((path, Source(path, path, error=f"{problem}; check the spelling")))
        for source in files:
            real = os.path.realpath(source.name) if source.path else source.name
            if real not in seen:
                seen.add(real)
                found.append((Path(source.name).as_posix(), source))
    if len(missing) == len(given):
        raise UsageError(f"nothing to read: {', '.join(missing)} matches no file; check the spelling")
    count = Counter(source.id for _, source in found)
    return [
        source if count[source.id] == 1 else Source(whole, source.name, source.path, source.data, source.error)
        for whole, source in found
    ]


def _expand(path: str, max_bytes: int, beside: list[str]) -> Iterator[Source]:
    if path == STDIN:
        # One byte more than allowed, so that the reader sees that it is too much.
        yield Source("stdin", STDIN, data=sys.stdin.buffer.read(max_bytes + 1))
    elif os.path.isdir(path):
        yield from _walk(path, beside)
    elif os.path.lexists(path):
        yield Source(Path(path).name, path, Path(path))
    elif glob.has_magic(path):
        for match in sorted(glob.iglob(path, recursive=True)):
            if os.path.isdir(match):
                # `reports/**` names sub-folders and their files; the files are enough.
                if "**" not in path:
                    yield from _walk(match, beside)
            else:
                yield Source(Path(match).name, match, Path(match))


def _walk(root: str, beside: list[str]) -> Iterator[Source]:
    """Files below a folder; links to folders are followed, but no folder is entered twice. Depth is not limited."""
    entered: set[tuple[int, int]] = set()
    # Folders still to enter, and files in their order among them, the next one last.
    pending = [root]
    while pending:
        path = pending.pop()
        below = Path(os.path.relpath(path, root)).as_posix()
        try:
            if not os.path.isdir(path):
                yield Source(below, path, Path(path))
                continue
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            names = sorted(name for name in os.listdir(path) if not _is_litter(name))
        except OSError as error:
            yield Source(below, path, error=f"the folder cannot be read ({error.strerror}); check its permissions")
            continue
        for name in reversed(names):
            (beside if name.lower().endswith(_BESIDE_REPORTS) else pending).append(os.path.join(path, name))


def _is_litter(name: str) -> bool:
    name = name.lower()
    return name.startswith((".", "~$")) or name in _SYSTEM_FILES
