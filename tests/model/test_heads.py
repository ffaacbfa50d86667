"""The heads: what they look at, and that padding is nothing to them."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from pathstage.model.candidates import Candidate, CandidateBatch, Vocabulary, collate_candidates
from pathstage.model.heads import Heads, HeadsConfig, HeadsOutput
from pathstage.schema import TaskSchema

WIDTH = 8
VOCABULARY = Vocabulary(("pT T2", "stated", "weight 9"))


def nothing(states: torch.Tensor) -> CandidateBatch:
    return collate_candidates([()] * len(states), VOCABULARY, states.shape[1])


def read(heads: Heads, states: torch.Tensor, mask: torch.Tensor) -> HeadsOutput:
    return heads(states, mask, nothing(states))


@pytest.fixture
def heads(schema: TaskSchema) -> Heads:
    torch.manual_seed(0)
    heads = Heads(schema, WIDTH, HeadsConfig(queries=3), VOCABULARY).eval()
    for parameter in heads.parameters():
        torch.nn.init.normal_(parameter)
    return heads


def test_logits_have_a_place_a_class_and_attention_one_a_token_and_one_for_silence(
    heads: Heads, schema: TaskSchema
) -> None:
    output = read(heads, torch.randn(2, 5, WIDTH), torch.ones(2, 5, dtype=torch.bool))
    assert [tuple(logits.shape) for logits in output.logits] == [(2, len(task.classes)) for task in schema.tasks]
    assert output.attention.shape == (2, len(schema.tasks), 6)


def test_attention_sums_to_one_and_masked_tokens_get_none(heads: Heads) -> None:
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    attention = read(heads, torch.randn(2, 5, WIDTH), mask).attention
    torch.testing.assert_close(attention.sum(dim=-1), torch.ones(2, attention.shape[1]))
    assert (attention[1, :, 2:5] == 0).all()
    assert (attention[1, :, [0, 1, 5]] > 0).all()


def test_padding_and_neighbours_do_not_change_the_result(heads: Heads) -> None:
    states = torch.randn(1, 3, WIDTH)
    alone = read(heads, states, torch.ones(1, 3, dtype=torch.bool))
    padded_states = torch.cat([torch.cat([states, torch.full((1, 2, WIDTH), 9.0)], dim=1), torch.randn(1, 5, WIDTH)])
    padded = read(heads, padded_states, torch.tensor([[True] * 3 + [False] * 2, [True] * 5]))
    for one, other in zip(alone.logits, padded.logits, strict=True):
        torch.testing.assert_close(one[0], other[0])
    torch.testing.assert_close(alone.attention[0], padded.attention[0][:, [0, 1, 2, 5]])


def test_a_report_without_tokens_is_all_silence(heads: Heads) -> None:
    attention = read(heads, torch.randn(1, 2, WIDTH), torch.zeros(1, 2, dtype=torch.bool)).attention
    torch.testing.assert_close(attention[0, :, -1], torch.ones(attention.shape[1]))


def test_a_head_answers_by_the_token_it_looks_at(heads: Heads) -> None:
    states = torch.randn(1, 4, WIDTH)
    with torch.no_grad():
        heads.query.copy_(100 * states[0, 2].expand_as(heads.query))
        heads.silence_score.fill_(-1000)
        states[0, 2] *= 10
    output = read(heads, states, torch.ones(1, 4, dtype=torch.bool))
    assert (output.attention[0, :, 2] > 0.99).all()
    expected = heads.classifiers[0](states[0, 2].repeat(3))
    torch.testing.assert_close(output.logits[0][0], expected, rtol=1e-3, atol=1e-3)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="keys"):
        HeadsConfig(keys=2)  # type: ignore[call-arg]


def candidate(task: int, value: int, weight: float, tokens: tuple[int, ...] = (1,)) -> Candidate:
    return Candidate(task, value, weight, ("stated", "never seen"), 0, 1, tokens)


@pytest.fixture
def untrained(schema: TaskSchema) -> Heads:
    torch.manual_seed(0)
    return Heads(schema, WIDTH, HeadsConfig(), VOCABULARY).eval()


def test_untrained_heads_answer_with_the_heaviest_candidate(untrained: Heads, schema: TaskSchema) -> None:
    states = torch.randn(1, 40, WIDTH)
    for task, one in enumerate(schema.tasks):
        for value in range(len(one.classes)):
            rival = (value + 1) % len(one.classes)
            found = [candidate(task, rival, 0.1, (3,)), candidate(task, value, 0.9, (7, 8))]
            batch = collate_candidates([found], VOCABULARY, 40)
            output = untrained(states, torch.ones(1, 40, dtype=torch.bool), batch)
            assert output.logits[task].argmax() == value
            assert output.attention[0, task, 7:9].sum() > 0.8
            torch.testing.assert_close(output.attention[0].sum(dim=-1), torch.ones(len(schema.tasks)))


def test_a_candidate_of_one_task_is_nothing_to_the_others(heads: Heads, schema: TaskSchema) -> None:
    states, mask = torch.randn(1, 5, WIDTH), torch.ones(1, 5, dtype=torch.bool)
    without = read(heads, states, mask)
    output = heads(states, mask, collate_candidates([[candidate(2, 1, 0.9)]], VOCABULARY, 5))
    for task in range(len(schema.tasks)):
        assert torch.allclose(output.logits[task], without.logits[task]) == (task != 2)


def test_padded_candidates_change_nothing(heads: Heads) -> None:
    states, mask = torch.randn(1, 5, WIDTH), torch.ones(1, 5, dtype=torch.bool)
    few = [candidate(0, 2, 0.9), candidate(1, 0, 0.5, (0, 4))]
    alone = heads(states, mask, collate_candidates([few], VOCABULARY, 5))
    many = [*few, *few, candidate(3, 1, 0.2)]
    together = heads(states.repeat(2, 1, 1), mask.repeat(2, 1), collate_candidates([few, many], VOCABULARY, 5))
    for one, other in zip(alone.logits, together.logits, strict=True):
        torch.testing.assert_close(one[0], other[0])


@pytest.mark.parametrize(("text", "findings"), [(True, False), (False, True)])
def test_heads_read_only_what_they_are_told_to(schema: TaskSchema, text: bool, findings: bool) -> None:
    heads = Heads(schema, WIDTH, HeadsConfig(reads_text=text, reads_findings=findings), VOCABULARY).eval()
    mask = torch.ones(1, 5, dtype=torch.bool)
    attention = read(heads, torch.randn(1, 5, WIDTH), mask).attention
    assert bool((attention[..., :-1] > 0).all()) == text
    assert bool((attention[..., -1] == 1).all()) != text


def test_hidden_candidates_leave_the_text_to_read(schema: TaskSchema) -> None:
    heads = Heads(schema, WIDTH, HeadsConfig(finding_dropout=0.999), VOCABULARY).train()
    states, mask = torch.randn(1, 5, WIDTH), torch.ones(1, 5, dtype=torch.bool)
    torch.manual_seed(0)
    attention = heads(states, mask, collate_candidates([[candidate(0, 1, 0.9)]], VOCABULARY, 5)).attention
    assert attention[0, 0, 1] < 0.9
