"""Parallel heads: every task attends over the report's tokens and candidates by itself and names one of its classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass as checked_dataclass
from torch import Tensor, nn
from torch.nn import functional as F

from pathstage.model.candidates import CandidateBatch, Vocabulary
from pathstage.schema import TaskSchema

_TRUST = 12.0
"""Untrained, a candidate of full weight draws e^12 times the attention of a token …"""
_COPY = 6.0
"""… and attention on candidates of a class adds this much to its logit: training starts where the rules end."""


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class HeadsConfig:
    """`queries` attention patterns a task; `dropout` on what they gather, between attention and classifier.

    `reads_text` and `reads_findings` say what the heads see: the tokens, what the rules found, or both.
    `finding_dropout` hides each candidate, and all candidates of a task, with this probability in training, so that
    the heads learn to read for themselves.
    """

    queries: PositiveInt = 2
    dropout: float = 0.3
    reads_text: bool = True
    reads_findings: bool = True
    finding_dropout: float = 0.1


@dataclass(frozen=True)
class HeadsOutput:
    """What the heads say of a batch.

    `logits`: one tensor a task, in the schema's order. Shape: (batch_size, n_classes of the task).
    `attention`: where each task looked, its queries averaged, a look at a candidate counting for the tokens that spell
    it; sums to 1 over the last axis, whose last place stands for "nothing in this report".
    Shape: (batch_size, n_tasks, seq_len + 1).
    """

    logits: tuple[Tensor, ...]
    attention: Tensor


class Heads(nn.Module):
    """One head a task: learned queries gather tokens and candidates by attention, a linear layer classifies what they
    gathered, and attention on a candidate also speaks for its class directly (after pointer networks, See et al. 2017,
    arXiv 1704.04368).

    Beside these each query may attend to a learned place that stands for "not documented": silence needs something to
    look at, or it would be read off some arbitrary token.
    """

    def __init__(self, schema: TaskSchema, width: int, config: HeadsConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        tasks, queries = len(schema.tasks), config.queries
        self.config = config
        self.classes = tuple(len(task.classes) for task in schema.tasks)
        self.vocabulary = vocabulary
        self.query = nn.Parameter(torch.randn(tasks, queries, width) * width**-0.5)
        self.silence_score = nn.Parameter(torch.zeros(tasks, queries))
        self.silence = nn.Parameter(torch.zeros(tasks, queries, width))
        self.attributes = nn.Embedding(len(vocabulary) + 1, width, padding_idx=0)
        nn.init.normal_(self.attributes.weight[1:], std=0.02)
        self.trust = nn.Parameter(torch.full((tasks, queries), _TRUST))
        self.copy = nn.Parameter(torch.full((tasks,), _COPY))
        self.dropout = nn.Dropout(config.dropout)
        self.classifiers = nn.ModuleList(nn.Linear(queries * width, classes) for classes in self.classes)

    def forward(self, states: Tensor, mask: Tensor, candidates: CandidateBatch) -> HeadsOutput:
        """Classify a batch of token states.

        states: Shape: (batch_size, seq_len, width).
        mask: True for real tokens. Shape: (batch_size, seq_len).
        """
        seq_len = states.shape[1]
        scores = torch.einsum("bsw,tqw->btqs", states, self.query)
        readable = mask if self.config.reads_text else torch.zeros_like(mask)
        scores = _masked(scores, readable[:, None, None, :])
        found = torch.einsum("bfs,bsw->bfw", candidates.tokens, states) + self.attributes(candidates.attributes).sum(2)
        trust = torch.einsum("bf,tq->btqf", candidates.weights, self.trust)
        found_scores = torch.einsum("bfw,tqw->btqf", found, self.query) + trust
        found_scores = _masked(found_scores, self._visible(candidates)[:, :, None, :])
        silence = self.silence_score[None, :, :, None].expand(len(states), -1, -1, 1)
        attention = torch.cat([scores, found_scores, silence], dim=-1).softmax(dim=-1)

        on_tokens, on_found, on_silence = attention.split([seq_len, found.shape[1], 1], dim=-1)
        gathered = torch.einsum("btqs,bsw->btqw", on_tokens, states)
        gathered = gathered + torch.einsum("btqf,bfw->btqw", on_found, found) + on_silence * self.silence
        gathered = self.dropout(gathered).flatten(start_dim=2)
        on_found = on_found.mean(dim=2)
        logits = tuple(
            classify(gathered[:, task]) + self.copy[task] * _by_class(on_found[:, task], candidates, self.classes[task])
            for task, classify in enumerate(self.classifiers)
        )
        on_tokens = on_tokens.mean(dim=2) + torch.einsum("btf,bfs->bts", on_found, candidates.tokens)
        return HeadsOutput(logits, torch.cat([on_tokens, on_silence.mean(dim=2)], dim=-1))

    def _visible(self, candidates: CandidateBatch) -> Tensor:
        """Which candidates each task may look at: its own. Shape: (batch_size, n_tasks, n_candidates)."""
        tasks = torch.arange(len(self.copy), device=candidates.tasks.device)
        own = candidates.tasks[:, None, :] == tasks[None, :, None]
        if self.training and self.config.finding_dropout:
            keep = 1 - self.config.finding_dropout
            own = own & (torch.rand(own.shape, device=own.device) < keep)
            own = own & (torch.rand(*own.shape[:2], 1, device=own.device) < keep)
        return own


def _masked(scores: Tensor, keep: Tensor) -> Tensor:
    return scores.masked_fill(~keep, torch.finfo(scores.dtype).min)


def _by_class(attention: Tensor, candidates: CandidateBatch, classes: int) -> Tensor:
    """Attention of one task on candidates, summed by their class. Shape: (batch_size, classes).

    attention: Shape: (batch_size, n_candidates); nothing lies on candidates of other tasks.
    """
    one_hot = F.one_hot(candidates.values.clamp(max=classes - 1), classes).to(attention.dtype)
    return torch.einsum("bf,bfc->bc", attention, one_hot)
