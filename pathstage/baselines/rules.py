"""The rules alone: the heaviest finding of every task is the answer, and no model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pathstage import __version__
from pathstage.prepare import repair
from pathstage.report import Extraction, FieldValue, ModelInfo, Report
from pathstage.rules import Finding, decide, find, in_source
from pathstage.schema import Task, TaskSchema, load_schema

_DOUBT = 5.0
"""Weight of a rival that is always there, so that no answer is certain."""


class RulesExtractor:
    """Reads reports by the rules of a schema.

    The probability of an answer is its share of the weight of all classes that findings speak for: it orders answers by
    how undisputed they are, and is no frequency. Silence has the probability `1 - _DOUBT / 100`.
    """

    def __init__(self, schema: TaskSchema | None = None) -> None:
        self.schema = schema or load_schema()
        self.info = ModelInfo("rules", "none", __version__)

    def extract(self, report: Report | str) -> Extraction:
        """Read one report, or the text of one."""
        if isinstance(report, str):
            report = Report(id="text", source="text", text=report)
        whole = repair(report.text, self.schema)
        findings = tuple(in_source(find(whole.text, self.schema.name), whole))
        decided = decide(findings)
        fields = {task.name: _answer(task, decided.get(task.name), findings, report) for task in self.schema.tasks}
        return Extraction(report, fields, findings)

    def extract_many(self, reports: Iterable[Report]) -> Iterator[Extraction]:
        """Read a stream of reports, in order."""
        return map(self.extract, reports)


def _answer(task: Task, decided: Finding | None, findings: Iterable[Finding], report: Report) -> FieldValue:
    if decided is None:
        return FieldValue(task.absent, 1 - _DOUBT / 100)
    weights: dict[str, float] = {}
    for finding in findings:
        if finding.task == task.name:
            weights[finding.value] = max(weights.get(finding.value, 0.0), finding.weight)
    probability = decided.weight / (sum(weights.values()) + _DOUBT)
    evidence = () if decided.value == task.absent else (report.quote(decided.start, decided.end),)
    return FieldValue(decided.value, probability, evidence)
