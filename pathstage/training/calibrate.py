"""Calibrate: from the predictions of a cross-validation to the `calibration.json` of the checkpoint it stands for.

The networks of the folds are not the shipped one, which saw all hospitals; their predictions are the only ones made of
hospitals unseen, and the shipped network is trained by the same configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pathstage.evaluation.calibration import apply_temperatures, cross_fit, fit_temperatures
from pathstage.evaluation.predictions import Prediction, by_seed, read_predictions
from pathstage.evaluation.selective import DELTA, TARGETS, certify_tasks, selective_results
from pathstage.model.calibration import Acceptance, Calibration, TaskCalibration, write_calibration
from pathstage.model.checkpoint import read_schema
from pathstage.schema import TaskSchema


def calibrate(predictions: str | Path, checkpoint: str | Path, targets: Sequence[float] = TARGETS) -> Calibration:
    """Fit temperatures and thresholds on a predictions file (of several seeds, on the first) and write them into the
    directory of a checkpoint.

    Raises CheckpointError for a directory that is no checkpoint, PredictionError for the file, ValueError for one
    whose hospitals do not form folds.
    """
    schema = read_schema(Path(checkpoint))
    first_seed = next(iter(by_seed(read_predictions(predictions, schema)).values()))
    calibration = fit_calibration(first_seed, schema, targets)
    write_calibration(calibration, Path(checkpoint))
    return calibration


def fit_calibration(
    predictions: Sequence[Prediction], schema: TaskSchema, targets: Sequence[float] = TARGETS, delta: float = DELTA
) -> Calibration:
    """Temperatures and thresholds of out-of-fold predictions, each report predicted once.

    The thresholds are for probabilities by the temperatures that are written, so these are certified on the reports
    that the temperatures were fitted on; what `elsewhere` counts used neither temperature nor threshold of the hospital
    it was tried on. Raises ValueError when the hospitals do not form folds.
    """
    temperatures = fit_temperatures(predictions, schema)
    calibrated = apply_temperatures(predictions, temperatures, schema)
    elsewhere = selective_results(cross_fit(predictions, schema), schema, targets, delta)
    certified = {target: certify_tasks(calibrated, schema, target, delta) for target in targets}
    tasks = {}
    for name, temperature in temperatures.items():
        acceptance = []
        for target in targets:
            one, observed = certified[target][name], elsewhere[name][target].observed
            acceptance.append(
                Acceptance(
                    target, one.threshold, one.reports, one.accepted, one.wrong, one.bound,
                    observed.accepted, observed.wrong,
                )
            )  # fmt: skip
        tasks[name] = TaskCalibration(temperature, acceptance[0].reports if acceptance else 0, tuple(acceptance))
    return Calibration(tasks, 1 - delta)


def calibration_table(calibration: Calibration) -> str:
    """A Markdown table: temperature, and for each target the threshold, what it accepts, and the error elsewhere."""
    targets = calibration.targets()
    heads = "".join(f" from (≤ {target:.0%} wrong) | accepted | elsewhere |" for target in targets)
    lines = [f"| task | temperature |{heads}", "|---|---|" + "---|---|---|" * len(targets)]
    for name, task in calibration.tasks.items():
        cells = "".join(_cells(one) for one in task.acceptance)
        lines.append(f"| {name} | {task.temperature:.2f} |{cells}")
    return "\n".join(lines)


def _cells(one: Acceptance) -> str:
    least = "none" if one.threshold is None else f"{one.threshold:.3f}"
    share = one.accepted / one.reports if one.reports else 0.0
    return f" {least} | {share:.0%} | {one.elsewhere_wrong} of {one.elsewhere_accepted} wrong |"
