"""What the benchmark asks of a system: learn from labelled reports, where it learns, and read others.

A new system is one class with these members, named in a benchmark's configuration by its import path; it is made with
the schema and the options that the configuration gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pathstage.corpus.dataset import LabelledReport
from pathstage.report import Extraction, FieldValue, Report
from pathstage.schema import TaskSchema


class DeclinedError(ValueError):
    """A report that a system refuses to read, such as an empty one."""


class System(Protocol):
    """A line of the benchmark.

    `learns`: whether `fit` matters; a system that does not learn is never given labelled reports. `seeded`: whether the
    seed matters, so that repeating a run with another one tells something. `sources`: modules and packages of
    pathstage, beside the class's own module, whose files decide the answers: when one changes, saved answers are stale.
    """

    learns: bool
    seeded: bool
    sources: tuple[str, ...]

    @property
    def trained_parameters(self) -> int:
        """Numbers that `fit` chose."""

    @property
    def deployed_models(self) -> int:
        """Models that must be run to answer all tasks; 0 for what is none."""

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Learn from labelled reports, forgetting what was learned before."""

    def extract(self, report: Report) -> Extraction:
        """Read one report. Raises DeclinedError for one that it refuses to read; any other error ends the run."""


def answer(report: Report, schema: TaskSchema, probabilities: Mapping[str, Mapping[str, float]]) -> Extraction:
    """The extraction that gives each task its likeliest class, the first of equals in the schema's order.

    `probabilities` is task → class → probability; a class it lacks has 0, and a task it lacks its absent class.
    """
    fields = {}
    for task in schema.tasks:
        known = probabilities.get(task.name) or {task.absent: 1.0}
        by_class = {label: float(known.get(label, 0.0)) for label in task.classes}
        value = max(task.classes, key=by_class.__getitem__)
        fields[task.name] = FieldValue(value, by_class[value], (), by_class)
    return Extraction(report, fields)
