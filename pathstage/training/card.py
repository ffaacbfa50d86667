"""The model card and the metrics that go with a checkpoint, written from what the run knows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pathstage.corpus.dataset import LabelledReport
from pathstage.evaluation.metrics import mean_sd
from pathstage.model.checkpoint import CheckpointSettings
from pathstage.schema import TaskSchema
from pathstage.training.config import TrainingConfig

_CARD = """---
library_name: peft
base_model: {base}
license: apache-2.0
tags: [pathology, {schema}, information-extraction, lora]
---
# {name}

A LoRA adapter with parallel classification heads on the frozen first {blocks} blocks of {base}. It reads a pathology
report ({title}) and names one class for each task.

| task | classes |
|---|---|
{tasks}

## Intended use
Decision support for the abstraction of pathology reports into a registry or a research table. **A person verifies
every record.** It is no medical device, and no clinical decision may rest on its output. It was trained on English
reports of one cancer and answers with the same classes when given anything else.

## Training data
{reports} reports of {hospitals} hospitals{extra}. Labelled reports by class:

| task | reports by class |
|---|---|
{balance}

## Measured on hospitals not trained on
{metrics}

The answers also rest on rules. Where these were written with some of the reports above in view, the scores are too
kind: docs/evaluation.md has those of reports that nobody had seen.

Probabilities are not calibrated, unless `calibration.json` lies beside this file (`pathstage calibrate`).

## How it was made
Base weights: {base}, SHA-256 over sampled weights `{sha}`. pathstage {version}.

```yaml
{config}```
"""


def write_card(
    directory: Path,
    config: TrainingConfig,
    settings: CheckpointSettings,
    schema: TaskSchema,
    reports: Sequence[LabelledReport],
    extra: int,
    run: str,
) -> None:
    """Write `README.md`, and `metrics.json` with the scores that cross-validation left beside the checkpoint.

    `extra` is the number of reports beside `reports` that it was trained on and never measured on.
    Scores of another run than `run` (see `pathstage.training.loop.fingerprint`) are not this checkpoint's.
    """
    measured = directory.parent / "crossval" / "metrics.json"
    metrics = json.loads(measured.read_text(encoding="utf-8")) if measured.is_file() else {}
    if metrics.get("run") != run:
        metrics = {}
    (directory / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    card = _CARD.format(
        name=config.name,
        base=settings.base_identity.name,
        blocks=settings.base_identity.blocks,
        schema=schema.name,
        title=schema.title,
        tasks="\n".join(f"| {task.name}: {task.title} | {', '.join(task.classes)} |" for task in schema.tasks),
        reports=len(reports),
        extra=f", and {extra} of `extra`, such as synthetic ones" if extra else "",
        hospitals=len({report.hospital for report in reports}),
        balance="\n".join(f"| {task.name} | {_balance(reports, task.name, task.classes)} |" for task in schema.tasks),
        metrics=_metrics(metrics),
        sha=settings.base_identity.weights_sha256 or settings.base_identity.embedding_sha256,
        version=settings.version,
        config=yaml.safe_dump(_without_places(config.as_dict()), sort_keys=False),
    )
    (directory / "README.md").write_text(card, encoding="utf-8")


def _without_places(value: Any) -> Any:
    """A configuration whose absolute paths, which are no one's business, are cut to the name they end in."""
    if isinstance(value, dict):
        return {key: _without_places(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_places(one) for one in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _balance(reports: Sequence[LabelledReport], task: str, classes: Sequence[str]) -> str:
    counts = Counter(report.labels[task] for report in reports if task in report.labels)
    return ", ".join(f"{label} {counts[label]}" for label in classes)


def _metrics(metrics: dict) -> str:
    if not metrics:
        return "Not measured: run `pathstage crossval` on the configuration below before `pathstage train`."
    rows = [
        f"| {task} | {scores['macro_f1']:.3f} | {scores['accuracy']:.3f}"
        f" | {_by_fold(metrics, task, 'macro_f1')} | {_by_fold(metrics, task, 'accuracy')} |"
        for task, scores in metrics["pooled"].items()
    ]
    measured = f"{metrics['reports']} reports in {metrics['folds']} folds by hospital, seeds {metrics['seeds']}"
    return "\n".join(
        [
            f"Leave-hospitals-out ({measured}): the predictions of all folds pooled, and mean ± sd over the folds.",
            "",
            "| task | macro-F1, pooled | accuracy, pooled | macro-F1 | accuracy |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )


def _by_fold(metrics: dict, task: str, score: str) -> str:
    return mean_sd([run[task][score] for run in metrics["runs"] if task in run])
