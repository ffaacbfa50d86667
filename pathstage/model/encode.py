"""Report text → token ids, with the way back from every token to the report's characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from pathstage.model.candidates import Candidate, choose
from pathstage.prepare import repair, truncate
from pathstage.report import PreparedText
from pathstage.rules import Finding, decide, find, has_rules, in_source
from pathstage.schema import TaskSchema


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the network reads of one report: `token_ids`, and for each the half-open span of `prepared.text` it spells.

    A token that spells nothing, as the beginning-of-text token, has an empty span. `findings` are all that the
    rules found in the report, with offsets into it, `candidates` those of them that the network gets to read, and
    `decided` the one of each task that the rules would answer with (None where the rules were not asked).
    """

    prepared: PreparedText
    token_ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    candidates: tuple[Candidate, ...] = ()
    findings: tuple[Finding, ...] = ()
    decided: Mapping[str, Finding] | None = None

    def source_span(self, token: int) -> tuple[int, int] | None:
        """The report's characters that a token stands for; None for a token that spells nothing."""
        start, end = self.spans[token]
        return self.prepared.to_source(start, end) if start < end else None


class Encoder:
    """Prepares and tokenizes reports for one base and one schema.

    `max_tokens` bounds what the network reads. Without `rules` these are not asked. Without `candidates` the network
    reads nothing of what they found, nor is it shown other passages because of it: it reads for itself.
    """

    def __init__(
        self, tokenizer: Any, schema: TaskSchema, max_tokens: int, *, rules: bool = True, candidates: bool = False
    ) -> None:
        self.tokenizer = tokenizer
        self.schema = schema
        self.max_tokens = max_tokens
        self._rules = rules and has_rules(schema.name)
        self._candidates = candidates and has_rules(schema.name)
        self._first = [tokenizer.bos_token_id] if tokenizer.bos_token_id is not None else []

    def encode(self, text: str) -> Encoded:
        """Encode a report's text. An empty text, or one of blanks, gives one token that spells nothing: the
        beginning-of-text token, or the padding token of a tokenizer that has no such token."""
        budget = self.max_tokens - len(self._first)
        whole = repair(text, self.schema)
        findings = find(whole.text, self.schema.name) if self._rules or self._candidates else ()
        found = choose(findings, self.schema) if self._candidates else []
        prepared = truncate(whole, self.schema, budget, self._count, [candidate.start for candidate in found])
        tokens = self.tokenizer(prepared.text, add_special_tokens=False, return_offsets_mapping=True)
        # A passage may spell a token more next to its neighbours than alone, so the budget is kept here once more.
        ids = [*self._first, *tokens["input_ids"][:budget]]
        spans = [(0, 0)] * len(self._first) + [tuple(span) for span in tokens["offset_mapping"][:budget]]
        if not ids:
            ids, spans = [self.tokenizer.pad_token_id], [(0, 0)]
        encoded = Encoded(prepared, tuple(ids), tuple(spans))
        told = tuple(in_source(findings, whole))
        return replace(
            encoded,
            candidates=tuple(_placed(found, whole, encoded)),
            findings=told,
            decided=decide(told) if self._rules else None,
        )

    def _count(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]]


def _placed(candidates: Iterable[Candidate], whole: PreparedText, encoded: Encoded) -> Iterator[Candidate]:
    """The candidates that stand among the tokens, each with its tokens."""
    sources = [encoded.source_span(token) for token in range(len(encoded.token_ids))]
    for candidate in candidates:
        start, end = whole.to_source(candidate.start, candidate.end)
        tokens = tuple(token for token, span in enumerate(sources) if span and span[0] < end and start < span[1])
        if tokens:
            yield replace(candidate, tokens=tokens)


def pad(sequences: Iterable[Sequence[int]], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Token ids, padded on the right, and the mask of the real ones. Both of shape: (batch_size, seq_len).

    Any id pads as well as another, since nothing attends to what the mask hides.
    """
    rows = [torch.tensor(ids) for ids in sequences]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    mask = torch.arange(ids.shape[1]) < lengths[:, None]
    return ids.to(device), mask.to(device)
