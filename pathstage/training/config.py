"""The training configuration: one YAML file says everything a run depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass

from pathstage.config_file import read_config_file
from pathstage.model.base import BaseConfig
from pathstage.model.heads import HeadsConfig
from pathstage.model.network import AdapterConfig
from pathstage.training.loss import LossConfig

_CHECKED = ConfigDict(extra="forbid")


class ConfigError(ValueError):
    """A configuration file that cannot be used; the message names the file, the key and what is wrong."""


@dataclass(frozen=True, config=_CHECKED)
class OptimizerConfig:
    """AdamW with a linear warm-up over the first tenth of the steps and a cosine decay to zero.

    `batch_size` counts reports; the rates are peak learning rates of the adapter and of the heads.
    """

    epochs: PositiveInt = 10
    batch_size: PositiveInt = 8
    adapter_rate: float = 5e-4
    heads_rate: float = 2e-3
    weight_decay: float = 0.05


@dataclass(frozen=True, config=_CHECKED)
class TrainingConfig:
    """One run: `data`, `extra`, `start` and `output` are relative to the directory the command is run in.

    `extra` is trained on as `data` is, but cross-validation never holds it out: synthetic reports. `start` is the
    checkpoint whose adapter and heads training begins with, instead of new ones.
    `max_tokens` bounds what the network reads of a report. `keep_lower_states` computes the frozen lower blocks once
    and keeps their states in memory (2 bytes × width × tokens of the corpus) instead of once an epoch. Without
    `rules` the answers are the network's alone, for an ablation.
    """

    name: str
    data: tuple[str, ...]
    output: str
    extra: tuple[str, ...] = ()
    start: str | None = None
    schema: str = "breast"
    seed: int = 0
    max_tokens: PositiveInt = 640
    keep_lower_states: bool = True
    rules: bool = True
    base: BaseConfig = BaseConfig()
    adapter: AdapterConfig = AdapterConfig()
    heads: HeadsConfig = HeadsConfig()
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()

    def as_dict(self) -> dict[str, Any]:
        """The configuration as it would stand in a file."""
        return asdict(self)


def load_config(path: str | Path, changes: Mapping[str, Any] | None = None) -> TrainingConfig:
    """Read a configuration, with some values changed (nested as in the file).

    Raises ConfigError for a missing file, an unknown key or a value of the wrong type.
    """
    return read_config_file(Path(path), TrainingConfig, ConfigError, changes)
