"""The heads: what they look at, and that padding is nothing to them."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from pathstage.model.heads import Heads, HeadsConfig
from pathstage.schema import TaskSchema

WIDTH = 8


@pytest.fixture
def heads(schema: TaskSchema) -> Heads:
    torch.manual_seed(0)
    heads = Heads(schema, WIDTH, HeadsConfig(queries=3)).eval()
    for parameter in heads.parameters():
        torch.nn.init.normal_(parameter)
    return heads


def test_logits_have_a_place_a_class_and_attention_one_a_token_and_one_for_silence(
    heads: Heads, schema: TaskSchema
) -> None:
    output = heads(torch.randn(2, 5, WIDTH), torch.ones(2, 5, dtype=torch.bool))
    assert [tuple(logits.shape) for logits in output.logits] == [(2, len(task.classes)) for task in schema.tasks]
    assert output.attention.shape == (2, len(schema.tasks), 6)


def test_attention_sums_to_one_and_masked_tokens_get_none(heads: Heads) -> None:
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    attention = heads(torch.randn(2, 5, WIDTH), mask).attention
    torch.testing.assert_close(attention.sum(dim=-1), torch.ones(2, attention.shape[1]))
    assert (attention[1, :, 2:5] == 0).all()
    assert (attention[1, :, [0, 1, 5]] > 0).all()


def test_padding_and_neighbours_do_not_change_the_result(heads: Heads) -> None:
    states = torch.randn(1, 3, WIDTH)
    alone = heads(states, torch.ones(1, 3, dtype=torch.bool))
    padded_states = torch.cat([torch.cat([states, torch.full((1, 2, WIDTH), 9.0)], dim=1), torch.randn(1, 5, WIDTH)])
    padded = heads(padded_states, torch.tensor([[True] * 3 + [False] * 2, [True] * 5]))
    for one, other in zip(alone.logits, padded.logits, strict=True):
        torch.testing.assert_close(one[0], other[0])
    torch.testing.assert_close(alone.attention[0], padded.attention[0][:, [0, 1, 2, 5]])


def test_a_report_without_tokens_is_all_silence(heads: Heads) -> None:
    attention = heads(torch.randn(1, 2, WIDTH), torch.zeros(1, 2, dtype=torch.bool)).attention
    torch.testing.assert_close(attention[0, :, -1], torch.ones(attention.shape[1]))


def test_a_head_answers_by_the_token_it_looks_at(heads: Heads) -> None:
    states = torch.randn(1, 4, WIDTH)
    with torch.no_grad():
        heads.query.copy_(100 * states[0, 2].expand_as(heads.query))
        heads.silence_score.fill_(-1000)
        states[0, 2] *= 10
    output = heads(states, torch.ones(1, 4, dtype=torch.bool))
    assert (output.attention[0, :, 2] > 0.99).all()
    expected = heads.classifiers[0](states[0, 2].repeat(3))
    torch.testing.assert_close(output.logits[0][0], expected, rtol=1e-3, atol=1e-3)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="keys"):
        HeadsConfig(keys=2)  # type: ignore[call-arg]
