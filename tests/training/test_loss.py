"""The loss, against sums done by hand."""

from __future__ import annotations

import math

import pytest
import torch

from pathstage.model.heads import HeadsOutput
from pathstage.schema import parse_schema
from pathstage.training.loss import MISSING, LossConfig, class_weights, loss

SCHEMA = parse_schema(
    """
name: two
version: 1
tasks:
  a: {classes: [x, y, z], absent: z}
  b: {classes: [p, q], absent: q}
""",
    "two",
)
LABELS = [(0, 1), (0, MISSING), (0, 0), (1, MISSING)]
EVEN = [torch.ones(3), torch.ones(2)]
NO_EVIDENCE = LossConfig(evidence=0)


def output(rows: int = 2, tokens: int = 3) -> HeadsOutput:
    torch.manual_seed(0)
    attention = torch.randn(rows, 2, tokens + 1, requires_grad=True).softmax(dim=-1)
    return HeadsOutput((torch.randn(rows, 3, requires_grad=True), torch.randn(rows, 2, requires_grad=True)), attention)


def nothing_known(rows: int = 2, tokens: int = 3) -> torch.Tensor:
    return torch.zeros(rows, 2, tokens + 1, dtype=torch.bool)


@pytest.mark.parametrize("balance", [0.0, 0.5, 1.0])
def test_class_weights_have_mean_one_over_the_labelled_reports(balance: float) -> None:
    for task, weights in enumerate(class_weights(LABELS, SCHEMA, balance)):
        known = [row[task] for row in LABELS if row[task] != MISSING]
        assert weights[known].mean() == pytest.approx(1)


def test_balance_goes_from_every_report_alike_to_every_class_alike() -> None:
    assert class_weights(LABELS, SCHEMA, 0.0)[0].tolist() == pytest.approx([1, 1, 1])
    x, y, _ = class_weights(LABELS, SCHEMA, 1.0)[0].tolist()
    assert 3 * x == pytest.approx(1 * y)
    x, y, _ = class_weights(LABELS, SCHEMA, 0.5)[0].tolist()
    assert x * math.sqrt(3) == pytest.approx(y)


def test_a_task_without_any_label_has_finite_weights() -> None:
    weights = class_weights([(0, MISSING), (1, MISSING)], SCHEMA, 0.5)
    assert torch.isfinite(weights[1]).all()


def test_it_is_the_mean_cross_entropy_over_the_tasks() -> None:
    out = output()
    targets = torch.tensor([[0, 1], [2, 0]])
    expected = 0.0
    for task, logits in enumerate(out.logits):
        expected -= sum(logits[row].log_softmax(dim=0)[targets[row, task]].item() for row in range(2)) / 2
    assert loss(out, targets, nothing_known(), EVEN, NO_EVIDENCE).item() == pytest.approx(expected / 2)


def test_a_missing_label_changes_nothing_and_gets_no_gradient() -> None:
    out = output()
    value = loss(out, torch.tensor([[0, 1], [MISSING, MISSING]]), nothing_known(), EVEN, NO_EVIDENCE)
    first = HeadsOutput(tuple(logits[:1] for logits in out.logits), out.attention[:1])
    alone = loss(first, torch.tensor([[0, 1]]), nothing_known(1), EVEN, NO_EVIDENCE)
    assert value.item() == pytest.approx(alone.item())
    value.backward()
    for logits in out.logits:
        assert logits.grad is not None
        assert logits.grad[0].abs().sum() > 0
        assert (logits.grad[1] == 0).all()


@pytest.mark.parametrize("config", [LossConfig(), NO_EVIDENCE])
def test_a_batch_of_which_nothing_is_known_costs_nothing_and_can_be_stepped_over(config: LossConfig) -> None:
    out = output()
    value = loss(out, torch.full((2, 2), MISSING), nothing_known(), EVEN, config)
    assert value.item() == 0
    value.backward()


def test_a_rare_class_weighs_more() -> None:
    def cost(target: int) -> float:
        logits = (torch.zeros(2, 3), torch.zeros(2, 2))
        logits[0][0, target] = -2  # the report of this class is misread, the other is undecided
        other = 1 - target
        targets = torch.tensor([[target, MISSING], [other, MISSING]])
        weights = class_weights(LABELS, SCHEMA, 1.0)
        return loss(HeadsOutput(logits, torch.ones(2, 2, 4) / 4), targets, nothing_known(), weights, NO_EVIDENCE).item()

    assert cost(target=1) > cost(target=0)


def test_the_evidence_term_is_the_log_of_the_attention_on_the_evidence() -> None:
    attention = torch.tensor([[[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]]])
    evidence = torch.tensor([[[True, True, False, False], [False] * 4]])
    out = HeadsOutput(output(1).logits, attention)
    targets = torch.full((1, 2), MISSING)
    value = loss(out, targets, evidence, EVEN, LossConfig(evidence=0.5))
    assert value.item() == pytest.approx(-0.5 * math.log(0.3) / 2)


def test_the_evidence_term_falls_as_attention_moves_onto_the_evidence() -> None:
    evidence = torch.zeros(1, 2, 4, dtype=torch.bool)
    evidence[0, 0, 1] = evidence[0, 1, 3] = True  # the second task should look at nothing in the report
    costs = []
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        attention = torch.full((1, 2, 4), (1 - share) / 3)
        attention[evidence] = share
        out = HeadsOutput((torch.zeros(1, 3), torch.zeros(1, 2)), attention)
        costs.append(loss(out, torch.tensor([[0, 0]]), evidence, EVEN, LossConfig()).item())
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == len(costs)
    assert math.isfinite(costs[0])


def test_smoothing_makes_certainty_cost_something() -> None:
    out = HeadsOutput((torch.tensor([[50.0, 0, 0]]), torch.tensor([[50.0, 0]])), torch.ones(1, 2, 4) / 4)
    targets = torch.tensor([[0, 0]])
    sharp, smooth = (loss(out, targets, nothing_known(1), EVEN, LossConfig(0, 0, s)).item() for s in (0.0, 0.1))
    assert sharp == pytest.approx(0, abs=1e-6)
    assert smooth > 1
