"""Evaluating a checkpoint on a small corpus."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pathstage.corpus.dataset import CorpusError, read_corpus
from pathstage.evaluation import Evaluation, evaluate
from pathstage.evaluation.predictions import write_predictions
from pathstage.extractor import Extractor
from pathstage.model.checkpoint import CheckpointError
from pathstage.schema import TaskSchema
from pathstage.training.calibrate import calibrate


@pytest.fixture(scope="module")
def evaluation(corpus_file: Path, checkpoint: Path, tiny_llama: Path) -> Evaluation:
    return evaluate(corpus_file, checkpoint, base=str(tiny_llama), device="cpu")


def test_scores_are_those_of_the_extractors_answers(
    evaluation: Evaluation, corpus_file: Path, checkpoint: Path, tiny_llama: Path, schema: TaskSchema
) -> None:
    extractor = Extractor.load(checkpoint, base=str(tiny_llama), device="cpu")
    rows = list(read_corpus(corpus_file, schema))
    answers = [extractor.extract(row.text).fields for row in rows]
    assert (evaluation.reports, evaluation.failed, evaluation.model.name) == (12, 0, "tiny")
    assert set(evaluation.tasks) == set(schema.names) - {"PR"}, "no report has a label for PR"
    for task, found in evaluation.tasks.items():
        right = sum(fields[task].value == row.labels[task] for fields, row in zip(answers, rows, strict=True))
        assert found.accuracy == pytest.approx(right / 12)
        assert sum(found.support.values()) == 12


def test_its_predictions_calibrate_a_checkpoint(
    corpus_file: Path, checkpoint: Path, tiny_llama: Path, schema: TaskSchema, tmp_path: Path
) -> None:
    own = Path(shutil.copytree(checkpoint, tmp_path / "own"))
    once = evaluate(corpus_file, own, base=str(tiny_llama), device="cpu")
    assert len({one.fold for one in once.predictions}) == len({one.hospital for one in once.predictions})
    write_predictions(once.predictions, tmp_path / "predictions.jsonl")
    calibrate(tmp_path / "predictions.jsonl", own)
    fields = Extractor.load(own, base=str(tiny_llama), device="cpu").extract(
        next(iter(read_corpus(corpus_file, schema))).text
    )
    assert fields.fields["pT"].probabilities != once.predictions[0].probabilities["pT"]
    again = evaluate(corpus_file, own, base=str(tiny_llama), device="cpu")
    assert again.predictions == once.predictions, "calibrating twice does not calibrate what is calibrated"


def test_it_is_printed_as_a_table_and_written_as_json(evaluation: Evaluation, corpus_file: Path) -> None:
    lines = evaluation.table().splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [*evaluation.tasks, "mean"]
    found = evaluation.tasks["pT"]
    assert lines[2] == f"| pT | {found.macro_f1:.3f} | {found.accuracy:.3f} | 12 |"
    raw = json.loads(evaluation.to_json())
    assert raw["data"] == str(corpus_file)
    assert raw["tasks"]["pN"]["accuracy"] == evaluation.tasks["pN"].accuracy


def test_a_report_that_cannot_be_read_counts_as_answered_wrongly(
    corpus_file: Path, checkpoint: Path, tiny_llama: Path, evaluation: Evaluation, tmp_path: Path
) -> None:
    blank = {"id": "blank", "hospital": "H", "text": " ", "labels": {"pT": "T2"}}
    data = Path(shutil.copy(corpus_file, tmp_path))
    with data.open("a") as file:
        file.write(json.dumps(blank) + "\n")
    found = evaluate(data, checkpoint, base=str(tiny_llama), device="cpu")
    assert (found.reports, found.failed) == (13, 1)
    assert found.tasks["pT"].accuracy == pytest.approx(evaluation.tasks["pT"].accuracy * 12 / 13)
    assert found.tasks["pN"] == evaluation.tasks["pN"]


def test_what_is_not_there_is_named(corpus_file: Path, checkpoint: Path, tiny_llama: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        evaluate(corpus_file, tmp_path)
    with pytest.raises(CorpusError, match=r"nothing\.jsonl"):
        evaluate(tmp_path / "nothing.jsonl", checkpoint, base=str(tiny_llama))
