"""The loss: what the heads say against the labels, and where they look against the annotated evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from torch import Tensor
from torch.nn import functional as F

from pathstage.model.heads import HeadsOutput
from pathstage.schema import TaskSchema

MISSING = -100
"""Target of a task whose label a report does not have."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LossConfig:
    """`balance` 0 weighs every report alike, 1 every class alike (weights count^-balance); `evidence` is the weight of
    the attention term; `smoothing` is label smoothing."""

    balance: float = 0.5
    evidence: float = 1.0
    smoothing: float = 0.0


def class_weights(labels: Iterable[Sequence[int]], schema: TaskSchema, balance: float) -> list[Tensor]:
    """Weight of each class of each task, with mean 1 over the labelled reports of the task.

    labels: for each report its target a task, `MISSING` where unknown. Returns a tensor of shape (n_classes) a task.
    """
    columns = list(zip(*labels, strict=True))
    weights = []
    for column, task in zip(columns, schema.tasks, strict=True):
        known = torch.tensor([target for target in column if target != MISSING], dtype=torch.long)
        counts = torch.bincount(known, minlength=len(task.classes)).float()
        weight = counts.clamp(min=1).pow(-balance)
        weights.append(weight * counts.sum().clamp(min=1) / (weight * counts).sum().clamp(min=1e-9))
    return weights


def loss(
    output: HeadsOutput, targets: Tensor, evidence: Tensor, weights: Sequence[Tensor], config: LossConfig
) -> Tensor:
    """Mean over the tasks of masked, weighted cross-entropy plus the attention term. Returns a scalar.

    targets: class indices, `MISSING` where a label is not known. Shape: (batch_size, n_tasks).
    evidence: True where a task should look; the last place stands for "nothing in this report"; all False where
    nothing is known. Shape: (batch_size, n_tasks, seq_len + 1).

    The attention term is -log of the attention mass on the evidence: it asks that a head look there, not how it
    shares its look between the words.
    """
    total = output.attention.sum() * 0  # so that a batch of which nothing is known has a gradient too: none
    for task, logits in enumerate(output.logits):
        if (targets[:, task] != MISSING).any():
            total = total + F.cross_entropy(
                logits,
                targets[:, task],
                weight=weights[task].to(logits.device),
                ignore_index=MISSING,
                label_smoothing=config.smoothing,
            )
    if config.evidence:
        mass = (output.attention * evidence).sum(dim=-1)
        known = evidence.any(dim=-1)
        total = total - config.evidence * (mass.clamp(min=1e-6).log() * known).sum() / len(targets)
    return total / len(output.logits)
