"""Evaluate a checkpoint on labelled reports it was not trained on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean

from pathstage.baselines.rules import RulesExtractor
from pathstage.corpus.dataset import read_corpus
from pathstage.evaluation.metrics import TaskScore, score_predictions
from pathstage.evaluation.predictions import Prediction
from pathstage.extractor import Extractor
from pathstage.report import Failure, ModelInfo, Report

RULES = "rules"
"""What the rules baseline is called where the name of a checkpoint is asked for."""


@dataclass(frozen=True)
class Evaluation:
    """Scores of `model` on the `reports` labelled reports of `data`.

    `failed` of them could not be read, which counts as a wrong answer to every task.
    """

    data: str
    model: ModelInfo
    reports: int
    failed: int
    tasks: dict[str, TaskScore]
    predictions: tuple[Prediction, ...]

    def table(self) -> str:
        """A Markdown table: a row a task, and the mean over the tasks."""
        return score_table(self.tasks)

    def to_json(self) -> str:
        """Everything but the single predictions, as JSON."""
        return json.dumps(asdict(replace(self, predictions=())), indent=2)


def evaluate(
    data: str | Path, model: str | Path | None = None, *, base: str | None = None, device: str | None = None
) -> Evaluation:
    """Run a checkpoint (the shipped one if left out) over a corpus file and score it against the labels.

    The model "rules" is the rules baseline.
    Raises CorpusError for the data, CheckpointError or BaseError for the model.
    """
    extractor = RulesExtractor() if str(model) == RULES else Extractor.load(model, base=base, device=device)
    rows = list(read_corpus(data, extractor.schema))
    results = list(extractor.extract_many(Report(row.id, str(data), row.text) for row in rows))
    no_answer = dict.fromkeys(extractor.schema.names, "")
    predictions = tuple(
        Prediction(
            id=row.id,
            hospital=row.hospital,
            fold=0,
            seed=0,
            gold=dict(row.labels),
            predicted=no_answer
            if isinstance(result, Failure)
            else {task: field.value for task, field in result.fields.items()},
        )
        for row, result in zip(rows, results, strict=True)
    )
    scores = score_predictions(predictions, extractor.schema)
    failed = sum(isinstance(result, Failure) for result in results)
    return Evaluation(str(data), extractor.info, len(rows), failed, scores, predictions)


def score_table(tasks: dict[str, TaskScore]) -> str:
    """A Markdown table of macro-F1 and accuracy, a row a task, and their means."""
    lines = ["| task | macro-F1 | accuracy | reports |", "|---|---|---|---|"]
    for name, task in tasks.items():
        lines.append(f"| {name} | {task.macro_f1:.3f} | {task.accuracy:.3f} | {sum(task.support.values())} |")
    if tasks:
        macro, accuracy = (mean(getattr(task, key) for task in tasks.values()) for key in ("macro_f1", "accuracy"))
        lines.append(f"| mean | {macro:.3f} | {accuracy:.3f} | |")
    return "\n".join(lines)
