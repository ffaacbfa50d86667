"""The state between two epochs: what is put in comes out, and only for the run it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from pathstage.training.state import epochs_done, load_state, save_state, trainable


def new(seed: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    network[0].requires_grad_(False)
    return network, torch.optim.AdamW(network[1].parameters(), lr=0.1)


def step(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    (network(torch.ones(1, 3)) ** 2).sum().backward()
    optimizer.step()


def test_only_what_trains_is_kept(tmp_path: Path) -> None:
    network, _ = new(0)
    assert set(trainable(network)) == {"1.weight", "1.bias"}


def test_parameters_and_moments_come_back(tmp_path: Path) -> None:
    network, optimizer = new(0)
    step(network, optimizer)
    save_state(tmp_path / "deep" / "state.safetensors", network, optimizer, 5, "run")
    other, its_optimizer = new(0)
    nn.init.zeros_(other[1].weight)
    assert load_state(tmp_path / "deep" / "state.safetensors", other, its_optimizer, "run") == 5
    for one in (network, other):
        step(one, optimizer if one is network else its_optimizer)
    assert torch.equal(network[1].weight, other[1].weight)
    assert torch.equal(network[1].bias, other[1].bias)


def test_a_state_before_the_first_step_has_no_moments(tmp_path: Path) -> None:
    network, optimizer = new(0)
    save_state(tmp_path / "state.safetensors", network, optimizer, 0, "run")
    assert load_state(tmp_path / "state.safetensors", network, optimizer, "run") == 0
    step(network, optimizer)


def test_no_state_and_that_of_another_run_leave_all_as_it_is(tmp_path: Path) -> None:
    network, optimizer = new(0)
    before = network[1].weight.clone()
    assert load_state(tmp_path / "state.safetensors", network, optimizer, "run") == 0
    save_state(tmp_path / "state.safetensors", *new(1), 5, "another run")
    assert load_state(tmp_path / "state.safetensors", network, optimizer, "run") == 0
    assert torch.equal(network[1].weight, before)
    assert not optimizer.state


def test_a_save_cut_short_leaves_the_last_whole_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.safetensors"
    network, optimizer = new(0)
    save_state(path, network, optimizer, 1, "run")

    def cut_short(tensors: object, file: Path, metadata: object) -> None:
        file.write_bytes(b"half")
        raise SafetensorError("disk full")

    monkeypatch.setattr("pathstage.training.state.save_file", cut_short)
    with pytest.raises(SafetensorError):
        save_state(path, network, optimizer, 2, "run")
    assert load_state(path, network, optimizer, "run") == 1


def test_a_state_tells_how_far_its_run_is(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    assert epochs_done(path, "run") == 0
    save_state(path, *new(0), 3, "run")
    assert epochs_done(path, "run") == 3
    assert epochs_done(path, "another run") == 0
