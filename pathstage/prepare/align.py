"""The offset map: edit a text and keep knowing where each of its characters came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pathstage.report import PreparedText


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `replacement` in the place of characters `start:end` of a prepared text."""

    start: int
    end: int
    replacement: str


def identity(text: str) -> PreparedText:
    """`text` as it is: each character stands for itself."""
    return PreparedText(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))


def apply(prepared: PreparedText, edits: Iterable[Edit]) -> PreparedText:
    """Make `edits`, which are sorted and do not overlap.

    Where a replacement is as long as what it replaces, each character stands for the one it replaces. Otherwise the
    characters they share at the head and at the tail stay with their own, and each of the others stands for the whole
    span in between; a character put in where nothing was taken out stands for the empty span at that place.
    Raises ValueError for edits that overlap, are not sorted or reach beyond the text.
    """
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for edit in edits:
        if not done <= edit.start <= edit.end <= len(prepared.text):
            raise ValueError(f"edit {edit.start}:{edit.end} overlaps the one before it or reaches beyond the text")
        text += prepared.text[done : edit.start], edit.replacement
        starts += prepared.starts[done : edit.start]
        ends += prepared.ends[done : edit.start]
        replaced_starts, replaced_ends = _map_replacement(prepared, edit)
        starts += replaced_starts
        ends += replaced_ends
        done = edit.end
    if not text:
        return prepared
    text.append(prepared.text[done:])
    starts += prepared.starts[done:]
    ends += prepared.ends[done:]
    return PreparedText("".join(text), tuple(starts), tuple(ends))


def _map_replacement(prepared: PreparedText, edit: Edit) -> tuple[list[int], list[int]]:
    """Where each character of the edit's replacement stands in the source: its starts and its ends."""
    starts, ends = list(prepared.starts[edit.start : edit.end]), list(prepared.ends[edit.start : edit.end])
    old, new = prepared.text[edit.start : edit.end], edit.replacement
    if len(old) == len(new):
        return starts, ends
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    first, last = edit.start + head, edit.end - tail
    between = (prepared.starts[first], prepared.ends[last - 1]) if first < last else _gap(prepared, first)
    put_in = len(new) - head - tail
    rest = len(old) - tail
    return (
        starts[:head] + [between[0]] * put_in + starts[rest:],
        ends[:head] + [between[1]] * put_in + ends[rest:],
    )


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


def _gap(prepared: PreparedText, offset: int) -> tuple[int, int]:
    """The source's span for something put in before `offset`: empty, just after the character before.

    Not empty between two characters that stand for the same span, so that the map stays in order.
    """
    if not offset:
        return 0, 0
    end = prepared.ends[offset - 1]
    return (min(end, prepared.starts[offset]) if offset < len(prepared.starts) else end), end


def select(prepared: PreparedText, spans: Sequence[tuple[int, int]], separator: str = "\n") -> PreparedText:
    """Keep only `spans`, which are in order and do not overlap, with `separator` between two of them.

    The separator stands for the empty span just after the text before it.
    Raises ValueError for spans that overlap, are out of order or reach beyond the text.
    """
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for start, end in spans:
        if not done <= start <= end <= len(prepared.text):
            raise ValueError(f"span {start}:{end} overlaps the one before it or reaches beyond the text")
        if text:
            gap = _gap(prepared, done)
            text.append(separator)
            starts += [gap[0]] * len(separator)
            ends += [gap[1]] * len(separator)
        text.append(prepared.text[start:end])
        starts += prepared.starts[start:end]
        ends += prepared.ends[start:end]
        done = end
    return PreparedText("".join(text), tuple(starts), tuple(ends))
