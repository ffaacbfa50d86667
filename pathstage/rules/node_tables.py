"""Node tables whose columns ran together: "Site. Examined. Involved. Sentinel 2 1. Level I 8 0. Total 10 1"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pathstage.rules.node_parts import Patterns


@dataclass(frozen=True, slots=True)
class Table:
    """What a table tells in `start:end`: `positive` of `examined` nodes, of its row of totals, else of all rows."""

    positive: int
    examined: int
    start: int
    end: int


def tables(text: str, patterns: Patterns) -> Iterator[Table]:
    """The tables of `text`: a heading that names both columns, in either order, and the rows right behind it.

    A table with a row of more involved nodes than examined ones was misread, and is none.
    """
    for heading in patterns.table["heading"].finditer(text):
        rows: list[tuple[int, int]] = []
        at, total, last = heading.end(), None, None
        while row := patterns.table["row"].match(text, at):
            counts = int(row["first"]), int(row["second"])
            rows.append(counts[::-1] if heading["examined_first"] else counts)
            total = rows[-1] if row["total"] else total
            at, last = row.end(), row
        if last is None or any(positive > examined for positive, examined in rows):
            continue
        positive, examined = total or (sum(one for one, _ in rows), sum(one for _, one in rows))
        if examined:
            yield Table(positive, examined, heading.end(), last.end())
