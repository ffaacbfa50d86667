"""The network: a frozen decoder whose upper blocks carry a LoRA adapter, and heads on what it makes of a report.

    token ids ──lower blocks, frozen──▶ states ──upper blocks, frozen + LoRA──▶ states ──heads──▶ classes and attention

The heads read both states: the lower ones, where a token is still close to its spelling, and the upper ones, where it
knows its context. As the lower blocks never change, training may compute their states once and keep them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass as checked_dataclass
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from pathstage.model.base import Base, blocks_of
from pathstage.model.candidates import CandidateBatch, Vocabulary
from pathstage.model.heads import Heads, HeadsConfig, HeadsOutput
from pathstage.schema import TaskSchema


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class AdapterConfig:
    """LoRA on every linear layer of the blocks from `from_block` (0-based) on."""

    from_block: int = 0
    rank: PositiveInt = 16
    alpha: int = 32
    dropout: float = 0.05


class Network(nn.Module):
    """A base with a new adapter and untrained heads, or with the adapter of `adapter_directory`."""

    def __init__(
        self,
        base: Base,
        schema: TaskSchema,
        adapter: AdapterConfig,
        heads: HeadsConfig,
        vocabulary: Vocabulary,
        adapter_directory: str | None = None,
    ) -> None:
        super().__init__()
        blocks = len(blocks_of(base.model))
        if not 0 <= adapter.from_block < blocks:
            raise ValueError(f"from_block is {adapter.from_block}, but the base has blocks 0 to {blocks - 1}")
        self.adapted: PeftModel
        with warnings.catch_warnings():
            # peft asks transformers for an attribute under its old name.
            warnings.simplefilter("ignore", FutureWarning)
            if adapter_directory is None:
                self.adapted = get_peft_model(base.model, _lora(base.model, adapter))
            else:
                self.adapted = PeftModel.from_pretrained(base.model, adapter_directory, is_trainable=True)
        self.from_block = adapter.from_block
        self.heads = Heads(schema, 2 * base.identity.width, heads, vocabulary).to(base.model.device)

    @property
    def device(self) -> torch.device:
        """Where the network's parameters lie."""
        return self.heads.query.device

    def forward(self, input_ids: Tensor, mask: Tensor, candidates: CandidateBatch) -> HeadsOutput:
        """Token ids and candidates to classes.

        input_ids, mask: `mask` is True for real tokens. Shape of both: (batch_size, seq_len).
        """
        return self.upper(self.lower(input_ids, mask), mask, candidates)

    @torch.no_grad()
    def lower(self, input_ids: Tensor, mask: Tensor) -> Tensor:
        """States below the first adapted block. Shape: (batch_size, seq_len, width)."""
        model = _decoder(self.adapted)
        with _blocks(model, 0, self.from_block, normalize=False):
            return model(input_ids=input_ids, attention_mask=mask.long(), use_cache=False).last_hidden_state

    def upper(self, states: Tensor, mask: Tensor, candidates: CandidateBatch) -> HeadsOutput:
        """From the states that `lower` gives, of shape (batch_size, seq_len, width), to classes."""
        model = _decoder(self.adapted)
        with _blocks(model, self.from_block, None, normalize=True):
            inputs = states.to(model.dtype)
            top = model(inputs_embeds=inputs, attention_mask=mask.long(), use_cache=False).last_hidden_state
        # Heads work in fp32: their attention sharpens on few tokens, which bf16 would blur.
        levels = [F.layer_norm(level.float(), level.shape[-1:]) for level in (states, top)]
        return self.heads(torch.cat(levels, dim=-1), mask, candidates)


def _decoder(adapted: PeftModel) -> PreTrainedModel:
    model = adapted.get_base_model()
    assert isinstance(model, PreTrainedModel)
    return model


def _lora(model: nn.Module, config: AdapterConfig) -> LoraConfig:
    linear = [
        f"layers.{block}.{name}"
        for block, part in enumerate(blocks_of(model))
        for name, layer in part.named_modules()
        if block >= config.from_block and isinstance(layer, nn.Linear)
    ]
    return LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules=linear,
        task_type="FEATURE_EXTRACTION",
    )


@contextmanager
def _blocks(model: PreTrainedModel, start: int, stop: int | None, *, normalize: bool) -> Iterator[None]:
    """Within it the decoder runs only its blocks `start:stop`, and its final norm only if told to."""
    blocks, norm = blocks_of(model), model.norm
    # A decoder with several kinds of attention looks up the kind of each block by its place in the list.
    kinds = getattr(model.config, "layer_types", None)
    model.layers = blocks[start:stop]
    if kinds:
        model.config.layer_types = kinds[start:stop]
    if not normalize:
        model.norm = nn.Identity()
    try:
        yield
    finally:
        model.layers, model.norm = blocks, norm
        if kinds:
            model.config.layer_types = kinds
