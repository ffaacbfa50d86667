"""The state of a run between two epochs, in one safetensors file: what resuming needs, and nothing pickled."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


def trainable(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes, by name."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}


def save_state(path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, epoch: int, config: str) -> None:
    """Write the state after `epoch` epochs; `config` identifies the run it belongs to."""
    parameters = trainable(network)
    tensors: dict[str, Tensor] = {f"parameter/{name}": value.detach() for name, value in parameters.items()}
    for name, value in parameters.items():
        for key, moment in optimizer.state[value].items():
            tensors[f"{key}/{name}"] = moment
    unfinished = path.with_suffix(".writing")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.cpu().contiguous() for name, value in tensors.items()}, unfinished,
              metadata={"epoch": str(epoch), "config": config})  # fmt: skip
    os.replace(unfinished, path)


def epochs_done(path: Path, config: str) -> int:
    """How many epochs of the run `config` a saved state has behind it; 0 if there is no state of this run."""
    if not path.is_file():
        return 0
    with safe_open(path, framework="pt") as file:
        about = file.metadata()
    return int(about["epoch"]) if about["config"] == config else 0


def load_state(path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, config: str) -> int:
    """Put a saved state into `network` and `optimizer`; returns the epochs done, 0 if there is no state of this run."""
    done = epochs_done(path, config)
    if not done:
        return 0
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        for name, value in trainable(network).items():
            value.data.copy_(file.get_tensor(f"parameter/{name}"))
            optimizer.state[value] = {
                key: _on_its_device(key, file.get_tensor(f"{key}/{name}"), value)
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"{key}/{name}" in names
            }
    return done


def _on_its_device(key: str, moment: Tensor, parameter: nn.Parameter) -> Tensor:
    # AdamW keeps its step counter on the CPU.
    return moment if key == "step" else moment.to(parameter.device)
