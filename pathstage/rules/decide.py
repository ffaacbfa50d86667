"""Decide: of all that was found for a task, the finding to believe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pathstage.rules.finding import Finding
from pathstage.schema import TaskSchema


def decide(findings: Iterable[Finding]) -> dict[str, Finding]:
    """For each task that has a finding of any weight, the heaviest; the first in the text among equals."""
    best: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda one: (-one.weight, one.start)):
        if finding.weight > 0:
            best.setdefault(finding.task, finding)
    return best


def answers(decided: Mapping[str, Finding], schema: TaskSchema) -> dict[str, str]:
    """Task → class that the rules answer with: where they found nothing, that the report does not document it."""
    return {task.name: decided[task.name].value if task.name in decided else task.absent for task in schema.tasks}
