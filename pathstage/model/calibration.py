"""Calibration of a checkpoint: `calibration.json`, what turns its scores into probabilities that can be relied on.

For each task a temperature, and for each target the probability from which its values may go without review, with the
numbers these rest on. `pathstage calibrate` writes the file; a checkpoint without one gives the network's own
probabilities and has no thresholds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

FILE = "calibration.json"
_CHECKED = ConfigDict(extra="forbid")


@checked_dataclass(frozen=True, config=_CHECKED)
class Acceptance:
    """From which probability on values of a task may be accepted unseen so that at most `max_error` of them are wrong.

    threshold: None where none could be certified. Of `reports` labelled reports, each predicted by a network that had
    not seen its hospital, it accepts `accepted`, of these `wrong` wrongly; `bound` is the upper confidence bound of
    the error (see `pathstage.evaluation.selective`). `elsewhere_accepted` and `elsewhere_wrong`: what thresholds did
    that were chosen without the hospitals they were tried on.
    """

    max_error: float
    threshold: float | None
    reports: int
    accepted: int
    wrong: int
    bound: float | None
    elsewhere_accepted: int
    elsewhere_wrong: int


@checked_dataclass(frozen=True, config=_CHECKED)
class TaskCalibration:
    """A task's `temperature`, fitted on `reports` labelled reports, and its acceptance at each target."""

    temperature: float = Field(gt=0)
    reports: int = 0
    acceptance: tuple[Acceptance, ...] = ()


@dataclass(frozen=True)
class Calibration:
    """The calibration of each task by its name; a task that is not there has temperature 1 and no thresholds.

    `confidence` is the certainty, from 0 to 1, with which each threshold keeps its target.
    """

    tasks: Mapping[str, TaskCalibration] = field(default_factory=dict)
    confidence: float | None = None

    def temperature(self, task: str) -> float:
        """What the logits of `task` are divided by before the softmax (Guo et al., ICML 2017)."""
        return self.tasks[task].temperature if task in self.tasks else 1.0

    def targets(self) -> tuple[float, ...]:
        """The error targets there are thresholds for, ascending."""
        return tuple(sorted({one.max_error for task in self.tasks.values() for one in task.acceptance}))

    def thresholds(self, max_error: float) -> dict[str, float | None]:
        """Task → the least probability to accept a value unseen at the largest target that is at most `max_error`.

        None where nothing may be accepted. Raises ValueError where no target is small enough.
        """
        fitting = [target for target in self.targets() if target <= max_error]
        if not fitting:
            known = ", ".join(f"{target:g}" for target in self.targets())
            cure = f"its targets are {known}" if known else "run `pathstage calibrate` for it first"
            raise ValueError(f"the checkpoint has no thresholds for an error of at most {max_error:g}; {cure}")
        return {
            name: next((one.threshold for one in task.acceptance if one.max_error == fitting[-1]), None)
            for name, task in self.tasks.items()
        }


def write_calibration(calibration: Calibration, directory: Path) -> None:
    """Write `calibration.json` into a checkpoint's directory."""
    content = json.dumps(asdict(calibration), indent=2)
    (directory / FILE).write_text(content + "\n", encoding="utf-8")


def read_calibration(directory: Path) -> Calibration:
    """The calibration of the checkpoint in `directory`; an empty one if it has none. Raises ValueError for a damaged
    one."""
    path = directory / FILE
    if not path.is_file():
        return Calibration()
    try:
        return TypeAdapter(Calibration).validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path} is damaged; delete it, or run `pathstage calibrate` again") from error
