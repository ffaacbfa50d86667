"""Truncation: the sentences that carry stage, grade and markers, as many as a token budget holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from pathstage.prepare.align import select
from pathstage.prepare.sections import sections
from pathstage.prepare.sentences import sentences
from pathstage.report import PreparedText
from pathstage.schema import Task, TaskSchema

CountTokens = Callable[[Sequence[str]], list[int]]
"""Number of tokens of each text of a list."""

# How much a section is worth, relative to running text: the diagnosis and the synopsis carry the final word, a gross
# description mostly carries the sizes of specimens.
_WORTH = {
    "final_diagnosis": 2.0,
    "synoptic": 2.0,
    "biomarkers": 2.0,
    "addendum": 2.0,
    "comment": 1.5,
    "microscopic": 1.2,
    "frozen_section": 0.6,
    "gross": 0.4,
    "clinical_history": 0.4,
}

_SCRAP = 40
"""Characters of a sentence too short to be told apart from the one before it."""
_HEAD = 80
"""Characters a passage may have and still take a scrap."""


def truncate(
    prepared: PreparedText,
    schema: TaskSchema,
    max_tokens: int,
    count_tokens: CountTokens,
    wanted: Sequence[int] = (),
) -> PreparedText:
    """The passages of `prepared` that speak of a task of the schema, in their order, one a line.

    The passages that hold the characters at the offsets `wanted`, the most wanted first, are kept before others. Then
    the tasks take turns to choose, each its most telling passage left, until `max_tokens` are spent, so that none is
    crowded out by another's. A text that speaks of no task keeps its beginning. A passage longer than the budget is
    left out.
    """
    spans = passages(prepared.text)
    texts = [prepared.text[start:end] for start, end in spans]
    worth = _section_worth(prepared.text, spans)
    queues = [_ranked(task, texts, worth) for task in schema.tasks]
    if not any(queues):
        queues = [list(range(len(spans)))]
    costs = [count + 1 for count in count_tokens(texts)] if texts else []  # one more for the line break
    starts = [start for start, _ in spans]
    first = dict.fromkeys(max(0, bisect_right(starts, offset) - 1) for offset in wanted)
    kept = _choose_in_turns([list(first)], costs, max_tokens)
    rest = max_tokens - sum(costs[index] for index in kept)
    kept |= _choose_in_turns([[index for index in queue if index not in kept] for queue in queues], costs, rest)
    return select(prepared, [spans[index] for index in sorted(kept)])


def passages(text: str) -> list[tuple[int, int]]:
    """Sentences of `text`, with the scraps of flattened forms joined to what they answer ("PgR 636. POSITIVE.")."""
    joined: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if joined and end - start <= _SCRAP and "\n" not in text[joined[-1][1] : start]:
            before, last = joined[-1]
            if last - before <= _HEAD:
                joined[-1] = (before, end)
                continue
        joined.append((start, end))
    return joined


def _section_worth(text: str, spans: Sequence[tuple[int, int]]) -> list[float]:
    """What the section that each span begins in is worth."""
    parts = sections(text)
    starts = [part.start for part in parts]
    return [_WORTH.get(parts[bisect_right(starts, start) - 1].kind, 1.0) for start, _ in spans]


def _ranked(task: Task, texts: Sequence[str], worth: Sequence[float]) -> list[int]:
    """Indices of the texts that speak of `task`, the most telling first, earlier ones first among equals."""
    score = [
        worth[index] * sum(1 for keyword in task.keywords if keyword.search(text)) for index, text in enumerate(texts)
    ]
    return sorted((index for index in range(len(texts)) if score[index]), key=lambda index: -score[index])


def _choose_in_turns(queues: Sequence[Sequence[int]], costs: Sequence[int], budget: int) -> set[int]:
    """Let each queue choose its first item not yet chosen that the rest of the budget pays for, turn by turn."""
    chosen: set[int] = set()
    waiting = [iter(queue) for queue in queues]
    while waiting:
        for queue in list(waiting):
            choice = next((item for item in queue if item not in chosen and costs[item] <= budget), None)
            if choice is None:
                waiting.remove(queue)
            else:
                chosen.add(choice)
                budget -= costs[choice]
    return chosen
