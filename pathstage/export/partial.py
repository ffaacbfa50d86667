"""Where an output is until it is finished: beside it, under a name that no reader takes for the whole."""

from __future__ import annotations

from pathlib import Path


def partial_path(path: Path) -> Path:
    """The file that `path` is written to until it is whole, `<path>.partial`, for the caller to create.

    Raises FileExistsError if it exists: it may hold hours of an interrupted run, and nothing else has them.
    """
    partial = path.with_name(path.name + ".partial")
    if partial.exists():
        raise FileExistsError(f"{partial}: holds what an unfinished run had written; move or delete it first")
    return partial
