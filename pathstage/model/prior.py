"""The network's logits and the rules' decision, together.

Where the network has seen too little to be sure, the rules are the better guess; where it is sure, it has seen what
they cannot. So the rules' decision counts as one more witness, whose word is worth fixed odds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from pathstage.rules import Finding
from pathstage.schema import Task

RULES_ODDS = 30.0
"""Odds that the rules add to the class they decide for: the network overrules them when it holds another class to be
more than thirty times as probable. Chosen on reports the rules were not written on (docs/experiments.md, run 7)."""


def with_rules(logits: Tensor, task: Task, decided: Mapping[str, Finding] | None) -> Tensor:
    """`logits` of one report, of shape (n_classes), with the decision of the rules added.

    decided: the finding that decided each task, none of a task for which nothing was found: then the rules say that
    the report does not document it. None when the rules were not asked, which leaves the logits as they are.
    """
    if decided is None:
        return logits
    value = decided[task.name].value if task.name in decided else task.absent
    weighed = logits.clone()
    weighed[task.index(value)] += math.log(RULES_ODDS)
    return weighed
