"""The rules' word beside the network's: it settles doubt, and is overruled by certainty."""

from __future__ import annotations

import pytest
import torch

from pathstage.model.prior import RULES_ODDS, with_rules
from pathstage.rules import Finding
from pathstage.schema import TaskSchema


def finding(task: str, value: str) -> Finding:
    return Finding(task, value, value, "stated", "category", 0, 3, "synoptic", frozenset(), 90.0)


@pytest.mark.parametrize(("network", "answer"), [(0.6, "T1"), (0.95, "T1"), (0.99, "T2")])
def test_the_network_overrules_the_rules_only_when_it_is_sure(schema: TaskSchema, network: float, answer: str) -> None:
    task = schema["pT"]
    probabilities = torch.full((len(task.classes),), 1e-6)
    probabilities[task.index("T2")], probabilities[task.index("T1")] = network, 1 - network
    weighed = with_rules(probabilities.log(), task, {"pT": finding("pT", "T1")})
    assert task.classes[int(weighed.argmax())] == answer


def test_what_the_rules_did_not_find_speaks_for_the_absent_class(schema: TaskSchema) -> None:
    task = schema["ER"]
    logits = torch.zeros(len(task.classes))
    probabilities = with_rules(logits, task, {}).softmax(dim=-1)
    assert probabilities[task.index("not_reported")] == pytest.approx(RULES_ODDS / (RULES_ODDS + 2))
    assert torch.equal(logits, torch.zeros(3)), "the network's own logits stay as they are"


def test_without_rules_to_ask_the_network_stands_alone(schema: TaskSchema) -> None:
    logits = torch.randn(7)
    assert with_rules(logits, schema["pT"], None) is logits
