"""The majority class: what a system scores that never looks at a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pathstage.baselines.system import answer
from pathstage.corpus.dataset import LabelledReport
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema


class MajorityClass:
    """Answers every task with its most frequent class, with the frequencies of the classes as probabilities."""

    learns = True
    seeded = False
    sources = ("pathstage.baselines.system",)
    trained_parameters = 0
    deployed_models = 0

    def __init__(self, schema: TaskSchema) -> None:
        self._schema = schema
        self._shares: dict[str, dict[str, float]] = {}

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Count the classes."""
        counts = {name: Counter(row.labels[name] for row in rows if name in row.labels) for name in self._schema.names}
        self._shares = {
            name: {label: number / count.total() for label, number in count.items()}
            for name, count in counts.items()
            if count
        }

    def extract(self, report: Report) -> Extraction:
        """The same answer to every report."""
        return answer(report, self._schema, self._shares)
