"""Two readers, one answer: the network's logits and the rules' decision, together.

The rules are right more often; the network, which reads the text for itself and is told nothing of what they found,
errs elsewhere. So where both say the same the answer is all but sure, and where they differ the rules are believed,
with the doubt that the network's certainty deserves: a product of experts, in which the word of the rules is worth
fixed odds (docs/experiments.md, runs 8 and 9).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from pathstage.schema import Task, TaskSchema

RULES_ODDS = 4000.0
"""Odds that the rules add to the class they decide for. Against the network's own odds, which far from its hospitals
are too high: temperatures fitted on what comes out (`pathstage calibrate`) bring both down to what they are worth."""


def with_rules(logits: Tensor, task: Task, answer: str | None) -> Tensor:
    """`logits` of one report, of shape (n_classes), with the word of the rules added.

    answer: the class that the rules decide for (see `pathstage.rules.answers`); None when they were not asked, which
    leaves the logits as they are.
    """
    if answer is None:
        return logits
    weighed = logits.clone()
    weighed[task.index(answer)] += math.log(RULES_ODDS)
    return weighed


def weigh(
    network: Mapping[str, Mapping[str, float]], answers: Mapping[str, str], schema: TaskSchema
) -> dict[str, dict[str, float]]:
    """The same for probabilities that were saved: task → class → probability."""
    weighed = {}
    for task in schema.tasks:
        logits = torch.tensor([network[task.name][label] for label in task.classes]).log()
        shares = with_rules(logits, task, answers.get(task.name)).softmax(dim=-1)
        weighed[task.name] = dict(zip(task.classes, shares.tolist(), strict=True))
    return weighed
