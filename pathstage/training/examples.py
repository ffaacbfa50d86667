"""Labelled reports → what a training step needs: token ids, targets, and where each head should look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pathstage.corpus.dataset import LabelledReport
from pathstage.model.candidates import CandidateBatch, Vocabulary, collate_candidates
from pathstage.model.encode import Encoded, Encoder, pad
from pathstage.model.heads import HeadsOutput
from pathstage.model.network import Network
from pathstage.schema import TaskSchema
from pathstage.training.loss import MISSING


@dataclass(frozen=True, slots=True)
class Example:
    """A report ready to learn from.

    `targets`: a class index a task. `looks`: for each task the tokens of its evidence, an empty tuple where the head
    should look at nothing in the report, and None where it is not known where it should look.
    """

    encoded: Encoded
    targets: tuple[int, ...]
    looks: tuple[tuple[int, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of a training step, on one device; shapes as in `pathstage.training.loss.loss`.

    `states` are the kept lower states, of shape (batch_size, seq_len, width), where there are any.
    """

    input_ids: Tensor
    mask: Tensor
    targets: Tensor
    evidence: Tensor
    candidates: CandidateBatch
    states: Tensor | None


def make_example(report: LabelledReport, encoder: Encoder) -> Example:
    """Encode a labelled report. Evidence that truncation dropped leaves the look unknown."""
    schema = encoder.schema
    encoded = encoder.encode(report.text)
    targets = tuple(
        task.index(report.labels[task.name]) if task.name in report.labels else MISSING for task in schema.tasks
    )
    return Example(encoded, targets, tuple(_look(report, encoded, schema, task.name) for task in schema.tasks))


def only(example: Example, tasks: Sequence[str], schema: TaskSchema) -> Example:
    """The same report with the labels and evidence of some tasks: of the others nothing is known."""
    kept = [name in tasks for name in schema.names]
    targets = tuple(target if keep else MISSING for target, keep in zip(example.targets, kept, strict=True))
    looks = tuple(look if keep else None for look, keep in zip(example.looks, kept, strict=True))
    return replace(example, targets=targets, looks=looks)


def _look(report: LabelledReport, encoded: Encoded, schema: TaskSchema, task: str) -> tuple[int, ...] | None:
    wanted = report.evidence.get(task, ())
    if not wanted:
        return () if report.labels.get(task) == schema[task].absent else None
    tokens = []
    for token in range(len(encoded.token_ids)):
        span = encoded.source_span(token)
        if span and any(span[0] < end and start < span[1] for start, end in wanted):
            tokens.append(token)
    return tuple(tokens) or None


def lower_states(network: Network, examples: Sequence[Example]) -> list[Tensor]:
    """The frozen lower states of each example, in fp16. Shapes: (n_tokens of the example, width)."""
    states = []
    for example in examples:
        ids, mask = pad([example.encoded.token_ids], network.device)
        states.append(network.lower(ids, mask)[0].half().cpu())
    return states


def look_at(network: Network, batch: Batch) -> HeadsOutput:
    """What the network says of a batch, from its kept lower states where there are any."""
    states = batch.states if batch.states is not None else network.lower(batch.input_ids, batch.mask)
    return network.upper(states, batch.mask, batch.candidates)


def batches(
    examples: Sequence[Example],
    states: Sequence[Tensor] | None,
    batch_size: int,
    vocabulary: Vocabulary,
    device: torch.device,
    generator: torch.Generator,
) -> Iterator[Batch]:
    """One epoch in an order drawn by `generator`: reports of like length share a batch, batches come shuffled."""
    order = torch.randperm(len(examples), generator=generator).tolist()
    # Sorting within a window of batches saves padding and still mixes the corpus.
    window = 8 * batch_size
    rows: list[list[int]] = []
    for at in range(0, len(order), window):
        near = sorted(order[at : at + window], key=lambda index: len(examples[index].encoded.token_ids))
        rows += [near[i : i + batch_size] for i in range(0, len(near), batch_size)]
    for place in torch.randperm(len(rows), generator=generator).tolist():
        chosen = rows[place]
        kept = [states[index] for index in chosen] if states is not None else None
        yield collate([examples[index] for index in chosen], kept, vocabulary, device)


def collate(
    examples: Sequence[Example], states: Sequence[Tensor] | None, vocabulary: Vocabulary, device: torch.device
) -> Batch:
    """Pad examples to a batch."""
    ids, mask = pad([example.encoded.token_ids for example in examples], device)
    targets = torch.tensor([example.targets for example in examples])
    evidence = torch.zeros(len(examples), targets.shape[1], ids.shape[1] + 1, dtype=torch.bool)
    for row, example in enumerate(examples):
        for task, look in enumerate(example.looks):
            if look is not None:
                evidence[row, task, list(look) or [-1]] = True
    padded = None
    if states is not None:
        padded = torch.nn.utils.rnn.pad_sequence([state.float() for state in states], batch_first=True).to(device)
    candidates = collate_candidates([one.encoded.candidates for one in examples], vocabulary, ids.shape[1], device)
    return Batch(ids, mask, targets.to(device), evidence.to(device), candidates, padded)
