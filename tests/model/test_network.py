"""The network: cut in two anywhere it is still the plain decoder; only the adapter and the heads learn."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft.tuners.lora import LoraLayer
from torch import nn
from torch.nn import functional as F

from pathstage.model.base import BaseConfig, load_base
from pathstage.model.candidates import CandidateBatch, Vocabulary, collate_candidates
from pathstage.model.encode import pad
from pathstage.model.network import Network

NOTHING = Vocabulary(())
SEQUENCES = ([1, 20, 30, 40, 50, 60, 70, 80], [1, 99, 98, 97])


def no_candidates(ids: torch.Tensor) -> CandidateBatch:
    return collate_candidates([()] * len(ids), NOTHING, ids.shape[1])


def top_states(network: Network, monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    """What the heads are given of the upper states, by way of `lower` and `upper`."""
    seen = []
    monkeypatch.setattr(network.heads, "forward", lambda states, mask, candidates: seen.append(states))
    ids, mask = pad(SEQUENCES)
    network.upper(network.lower(ids, mask), mask, no_candidates(ids))
    return seen[0][..., seen[0].shape[-1] // 2 :]


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen2, some blocks with a sliding window"])
@pytest.mark.parametrize("from_block", [0, 2, 3])
def test_with_a_fresh_adapter_it_is_the_plain_decoder(
    make_base: Callable[..., Path],
    make_network: Callable[..., Network],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    from_block: int,
) -> None:
    sliding = {"use_sliding_window": True, "sliding_window": 2, "max_window_layers": 2} if "window" in kind else {}
    source = make_base(kind.split(",")[0], **sliding)
    ids, mask = pad(SEQUENCES)
    plain = load_base(BaseConfig(str(source))).model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    expected = F.layer_norm(plain, plain.shape[-1:])
    found = top_states(make_network(from_block, source), monkeypatch)
    torch.testing.assert_close(found[mask], expected[mask], rtol=1e-4, atol=1e-4)


def test_the_heads_read_the_lower_states_beside_the_upper_ones(
    make_network: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network(2)
    seen = []
    monkeypatch.setattr(network.heads, "forward", lambda states, mask, candidates: seen.append(states))
    ids, mask = pad(SEQUENCES)
    lower = network.lower(ids, mask)
    network(ids, mask, no_candidates(ids))
    torch.testing.assert_close(seen[0][..., :32], F.layer_norm(lower, (32,)))


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
@pytest.mark.parametrize("from_block", [0, 2, 3])
def test_the_adapter_sits_on_every_linear_layer_from_its_block_on_and_nowhere_else(
    make_base: Callable[..., Path], make_network: Callable[..., Network], kind: str, from_block: int
) -> None:
    adapted = make_network(from_block, make_base(kind)).adapted.get_base_model()
    linear = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    found: dict[int, set[str]] = {}
    for name, part in adapted.named_modules():
        if isinstance(part, LoraLayer):
            block = re.fullmatch(r"layers\.(\d+)\.\w+\.(\w+)", name)
            assert block, name
            found.setdefault(int(block[1]), set()).add(block[2])
    assert found == dict.fromkeys(range(from_block, 4), linear)


def test_only_the_adapter_and_the_heads_train(make_network: Callable[..., Network]) -> None:
    network = make_network(2)
    before = {name: value.clone() for name, value in network.named_parameters()}
    ids, mask = pad(SEQUENCES)
    output = network.train()(ids, mask, no_candidates(ids))
    sum((logits**2).sum() for logits in output.logits).backward()
    torch.optim.SGD((one for one in network.parameters() if one.requires_grad), lr=0.1).step()
    changed = {name for name, value in network.named_parameters() if not torch.equal(value, before[name])}
    assert all("lora_" in name or name.startswith("heads.") for name in changed)
    assert any("lora_B" in name for name in changed)
    assert any(name.startswith("heads.classifiers") for name in changed)


def test_the_lower_states_do_not_depend_on_the_adapter(make_network: Callable[..., Network]) -> None:
    ids, mask = pad(SEQUENCES)
    fresh, trained = (make_network(2, trained=trained) for trained in (False, True))
    assert torch.equal(fresh.lower(ids, mask), trained.lower(ids, mask))
    assert not torch.equal(*(network(ids, mask, no_candidates(ids)).attention for network in (fresh, trained)))


def test_padding_and_neighbours_do_not_change_the_result(make_network: Callable[..., Network]) -> None:
    network = make_network(2, trained=True)
    together, alone = (network(ids, mask, no_candidates(ids)) for ids, mask in (pad(SEQUENCES), pad(SEQUENCES[1:])))
    for one, other in zip(alone.logits, together.logits, strict=True):
        torch.testing.assert_close(one[0], other[1], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(alone.attention[0], together.attention[1][:, [0, 1, 2, 3, 8]], rtol=1e-4, atol=1e-5)


def test_the_decoder_is_whole_again_after_a_failure(make_network: Callable[..., Network]) -> None:
    network = make_network(2)
    decoder = network.adapted.get_base_model()
    blocks, norm = decoder.layers, decoder.norm
    with pytest.raises(IndexError):
        network.lower(torch.tensor([[10**6]]), torch.ones(1, 1, dtype=torch.bool))
    assert isinstance(norm, nn.Module)
    assert decoder.layers is blocks
    assert decoder.norm is norm


@pytest.mark.parametrize("from_block", [-1, 4])
def test_a_first_block_that_is_not_there_is_refused(make_network: Callable[..., Network], from_block: int) -> None:
    with pytest.raises(ValueError, match=rf"from_block is {from_block}, but the base has blocks 0 to 3"):
        make_network(from_block)
