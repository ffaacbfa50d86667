"""The rules' word beside the network's: it settles doubt, and is overruled by certainty."""

from __future__ import annotations

import pytest
import torch

from pathstage.model.prior import RULES_ODDS, weigh, with_rules
from pathstage.schema import TaskSchema


@pytest.mark.parametrize(("network", "answer"), [(0.6, "T1"), (0.999, "T1"), (0.9999, "T2")])
def test_the_network_overrules_the_rules_only_when_it_is_sure(schema: TaskSchema, network: float, answer: str) -> None:
    task = schema["pT"]
    probabilities = torch.full((len(task.classes),), 1e-9)
    probabilities[task.index("T2")], probabilities[task.index("T1")] = network, 1 - network
    weighed = with_rules(probabilities.log(), task, "T1")
    assert task.classes[int(weighed.argmax())] == answer


def test_the_word_of_the_rules_is_worth_its_odds(schema: TaskSchema) -> None:
    task = schema["ER"]
    logits = torch.zeros(len(task.classes))
    probabilities = with_rules(logits, task, task.absent).softmax(dim=-1)
    assert probabilities[task.index("not_reported")] == pytest.approx(RULES_ODDS / (RULES_ODDS + 2))
    assert torch.equal(logits, torch.zeros(3)), "the network's own logits stay as they are"


def test_without_rules_to_ask_the_network_stands_alone(schema: TaskSchema) -> None:
    logits = torch.randn(7)
    assert with_rules(logits, schema["pT"], None) is logits


def test_saved_probabilities_are_weighed_as_logits_are(schema: TaskSchema) -> None:
    logits = {task.name: torch.randn(len(task.classes)) for task in schema.tasks}
    saved = {
        task.name: dict(zip(task.classes, logits[task.name].softmax(-1).tolist(), strict=True)) for task in schema.tasks
    }
    weighed = weigh(saved, {"pT": "T2"}, schema)
    expected = with_rules(logits["pT"], schema["pT"], "T2").softmax(-1).tolist()
    assert list(weighed["pT"].values()) == pytest.approx(expected, rel=1e-4)
    assert weighed["pN"] == pytest.approx(saved["pN"], rel=1e-4)
