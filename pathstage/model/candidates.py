"""Candidates: what the rules found in a report, in the form in which the heads weigh it.

A finding becomes attributes, which are words with an embedding each (its class, how it was read, its section, what its
context says, how far the rules trust it), and the tokens that spell it, whose states tell what surrounds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import torch
from torch import Tensor

from pathstage.rules import Finding
from pathstage.schema import TaskSchema

PER_TASK = 6
"""Findings of a task that the heads are shown, the heaviest first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding as the heads read it.

    `task` and `value` are indices of the task and its class, `weight` is from 0 to 1, `start:end` are characters of
    the normalized text, and `tokens` the places of the tokens that spell it among those the network reads.
    """

    task: int
    value: int
    weight: float
    attributes: tuple[str, ...]
    start: int
    end: int
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateBatch:
    """The candidates of a batch, padded; a place that holds none has the task -1.

    tasks, values, weights: Shape: (batch_size, n_candidates). attributes: indices of the vocabulary, 0 for none.
    Shape: (batch_size, n_candidates, n_attributes). tokens: for each candidate weights over the tokens that spell it,
    which sum to 1. Shape: (batch_size, n_candidates, seq_len).
    """

    tasks: Tensor
    values: Tensor
    weights: Tensor
    attributes: Tensor
    tokens: Tensor


def choose(findings: Iterable[Finding], schema: TaskSchema) -> list[Candidate]:
    """The heaviest findings of every task: first the best of each task, then each second best, and so on."""
    places = {name: place for place, name in enumerate(schema.names)}
    by_task: list[list[Finding]] = [[] for _ in places]
    for finding in findings:
        if finding.task in places:
            by_task[places[finding.task]].append(finding)
    ranked = [
        list(_as_candidates(task, sorted(found, key=lambda one: (-one.weight, one.start))[:PER_TASK], schema))
        for task, found in enumerate(by_task)
    ]
    return [candidate for turn in zip_longest(*ranked) for candidate in turn if candidate is not None]


def _as_candidates(task: int, findings: Sequence[Finding], schema: TaskSchema) -> Iterator[Candidate]:
    name = schema.tasks[task].name
    for rank, finding in enumerate(findings):
        rivals = {other.value for other in findings if other.weight > 0} - {finding.value}
        attributes = (
            f"{name} {finding.value}",
            f"{name} {finding.kind}",
            finding.basis,
            f"section {finding.section}",
            f"rank {rank}",
            f"{name} weight {round(finding.weight / 10)}",
            f"{name} rivals {min(2, len(rivals))}",
            *(f"context {context}" for context in sorted(finding.context)),
        )
        value = schema.tasks[task].index(finding.value)
        yield Candidate(task, value, finding.weight / 100, attributes, finding.start, finding.end)


class Vocabulary:
    """The attributes a network has embeddings for; one it never saw in training counts for nothing."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._index = {word: place for place, word in enumerate(words, start=1)}

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> Vocabulary:
        """All attributes of `candidates`, sorted."""
        return cls(sorted({word for candidate in candidates for word in candidate.attributes}))

    def __len__(self) -> int:
        return len(self.words)

    def indices(self, attributes: Iterable[str]) -> list[int]:
        """Place of each known attribute, from 1 on."""
        return [self._index[word] for word in attributes if word in self._index]


def collate_candidates(
    reports: Sequence[Sequence[Candidate]], vocabulary: Vocabulary, seq_len: int, device: torch.device | str = "cpu"
) -> CandidateBatch:
    """Pad the candidates of each report of a batch; `seq_len` is the padded length of its token ids."""
    most = max((len(candidates) for candidates in reports), default=0)
    indices = [[vocabulary.indices(candidate.attributes) for candidate in candidates] for candidates in reports]
    longest = max((len(words) for row in indices for words in row), default=0)
    shape = (len(reports), most)
    tasks, values = torch.full(shape, -1), torch.zeros(shape, dtype=torch.long)
    weights = torch.zeros(shape)
    attributes = torch.zeros(*shape, longest, dtype=torch.long)
    tokens = torch.zeros(*shape, seq_len)
    for row, candidates in enumerate(reports):
        for place, candidate in enumerate(candidates):
            tasks[row, place], values[row, place] = candidate.task, candidate.value
            weights[row, place] = candidate.weight
            words = indices[row][place]
            attributes[row, place, : len(words)] = torch.tensor(words, dtype=torch.long)
            tokens[row, place, list(candidate.tokens)] = 1 / len(candidate.tokens)
    return CandidateBatch(*(one.to(device) for one in (tasks, values, weights, attributes, tokens)))
