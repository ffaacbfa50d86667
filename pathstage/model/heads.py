"""Parallel heads: every task attends over the report's tokens by itself and names one of its classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass as checked_dataclass
from torch import Tensor, nn

from pathstage.schema import TaskSchema


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class HeadsConfig:
    """`queries` attention patterns a task; `dropout` on what they gather, between attention and classifier."""

    queries: PositiveInt = 2
    dropout: float = 0.3


@dataclass(frozen=True)
class HeadsOutput:
    """What the heads say of a batch.

    `logits`: one tensor a task, in the schema's order. Shape: (batch_size, n_classes of the task).
    `attention`: where each task looked, its queries averaged; sums to 1 over the last axis, whose last place stands
    for "nothing in this report". Shape: (batch_size, n_tasks, seq_len + 1).
    """

    logits: tuple[Tensor, ...]
    attention: Tensor


class Heads(nn.Module):
    """One head a task: learned queries gather tokens by attention, a linear layer classifies what they gathered.

    Beside the tokens each query may attend to a learned place that stands for "not documented": silence needs
    something to look at, or it would be read off some arbitrary token.
    """

    def __init__(self, schema: TaskSchema, width: int, config: HeadsConfig) -> None:
        super().__init__()
        tasks, queries = len(schema.tasks), config.queries
        self.query = nn.Parameter(torch.randn(tasks, queries, width) * width**-0.5)
        self.silence_score = nn.Parameter(torch.zeros(tasks, queries))
        self.silence = nn.Parameter(torch.zeros(tasks, queries, width))
        self.dropout = nn.Dropout(config.dropout)
        self.classifiers = nn.ModuleList(nn.Linear(queries * width, len(task.classes)) for task in schema.tasks)

    def forward(self, states: Tensor, mask: Tensor) -> HeadsOutput:
        """Classify a batch of token states.

        states: Shape: (batch_size, seq_len, width).
        mask: True for real tokens. Shape: (batch_size, seq_len).
        """
        scores = torch.einsum("bsw,tqw->btqs", states, self.query)
        scores = scores.masked_fill(~mask[:, None, None, :], torch.finfo(scores.dtype).min)
        silence = self.silence_score[None, :, :, None].expand(len(states), -1, -1, 1)
        attention = torch.cat([scores, silence], dim=-1).softmax(dim=-1)
        gathered = torch.einsum("btqs,bsw->btqw", attention[..., :-1], states)
        gathered = self.dropout(gathered + attention[..., -1:] * self.silence).flatten(start_dim=2)
        logits = tuple(classify(gathered[:, task]) for task, classify in enumerate(self.classifiers))
        return HeadsOutput(logits, attention.mean(dim=2))
