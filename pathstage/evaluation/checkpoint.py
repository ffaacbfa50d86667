"""Evaluate a checkpoint on labelled reports it was not trained on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean

from pathstage.baselines.rules import RulesExtractor
from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.corpus.split import hospital_folds
from pathstage.evaluation.metrics import TaskScore, score_predictions
from pathstage.evaluation.predictions import Prediction
from pathstage.extractor import Extractor
from pathstage.report import Extraction, Failure, ModelInfo, Report
from pathstage.schema import TaskSchema

_FOLDS = 5

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

    The model "rules" is the rules baseline. The predictions have the probabilities of the checkpoint before
    calibration, which changes no answer, so that they can be what it is calibrated by; their folds are of hospitals.
    Raises CorpusError for the data, CheckpointError or BaseError for the model.
    """
    if str(model) == RULES:
        extractor: RulesExtractor | Extractor = RulesExtractor()
    else:
        extractor = Extractor.load(model, base=base, device=device, calibrated=False)
    rows = list(read_corpus(data, extractor.schema))
    results = list(extractor.extract_many(Report(row.id, str(data), row.text) for row in rows))
    predictions = tuple(_predictions(rows, results, extractor.schema))
    scores = score_predictions(predictions, extractor.schema)
    failed = sum(isinstance(result, Failure) for result in results)
    return Evaluation(str(data), extractor.info, len(rows), failed, scores, predictions)


def _predictions(
    rows: Sequence[LabelledReport], results: Sequence[Extraction | Failure], schema: TaskSchema
) -> Iterator[Prediction]:
    hospitals = len({row.hospital for row in rows})
    folds = hospital_folds(rows, min(_FOLDS, hospitals)) if hospitals > 1 else [range(len(rows))]
    fold_of = {at: fold for fold, held_out in enumerate(folds) for at in held_out}
    for at, (row, result) in enumerate(zip(rows, results, strict=True)):
        predicted, probabilities = dict.fromkeys(schema.names, ""), {}
        if isinstance(result, Extraction):
            predicted = {task: field.value for task, field in result.fields.items()}
            probabilities = {task: dict(one.probabilities) for task, one in result.fields.items() if one.probabilities}
        yield Prediction(row.id, row.hospital, fold_of[at], 0, dict(row.labels), predicted, probabilities)


def score_table(tasks: dict[str, TaskScore]) -> str:
    """A Markdown table of macro-F1 and accuracy, a row a task, and their means."""
    lines = ["| task | macro-F1 | accuracy | reports |", "|---|---|---|---|"]
    for name, task in tasks.items():
        lines.append(f"| {name} | {task.macro_f1:.3f} | {task.accuracy:.3f} | {sum(task.support.values())} |")
    if tasks:
        macro, accuracy = (mean(getattr(task, key) for task in tasks.values()) for key in ("macro_f1", "accuracy"))
        lines.append(f"| mean | {macro:.3f} | {accuracy:.3f} | |")
    return "\n".join(lines)
