"""Runs: trained on the other hospitals only, saved once, run again when something that matters has changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pathstage.baselines.majority import MajorityClass
from pathstage.baselines.system import DeclinedError, answer
from pathstage.corpus.dataset import LabelledReport
from pathstage.corpus.split import hospital_folds
from pathstage.evaluation.benchmark import run as module
from pathstage.evaluation.benchmark.config import BenchmarkError
from pathstage.evaluation.benchmark.foreign import Page
from pathstage.evaluation.benchmark.run import CLEAN, Job, peak_memory, run
from pathstage.evaluation.predictions import read_predictions
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema


class Watched:
    """Answers the first class of every task, remembers what it was given, and declines white space."""

    learns, seeded, sources = True, True, ()
    trained_parameters, deployed_models = 3, 1

    def __init__(self, schema: TaskSchema) -> None:
        self.schema = schema
        self.fits: list[tuple[set[str], int]] = []
        self.read: list[str] = []

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        self.fits.append(({row.hospital for row in rows}, seed))

    def extract(self, report: Report) -> Extraction:
        self.read.append(report.id)
        if not report.text.strip():
            raise DeclinedError("nothing to read")
        return answer(report, self.schema, {task.name: {task.classes[0]: 1.0} for task in self.schema.tasks})


@pytest.fixture
def job(rows: list[LabelledReport], tmp_path: Path) -> Job:
    return Job(
        name="s",
        system="pathstage.baselines.majority:MajorityClass",
        options={},
        schema="breast",
        rows=rows,
        folds=hospital_folds(rows, 2),
        seeds=[0, 1],
        disturbances=[("truncated", 1.0)],
        learning=[],
        pages=[Page("empty", "blank", " "), Page("letter", "not pathology", "Dear Sir")],
        directory=tmp_path / "out",
    )


@pytest.fixture
def watched(schema: TaskSchema, monkeypatch: pytest.MonkeyPatch) -> Watched:
    system = Watched(schema)
    monkeypatch.setattr(module, "make", lambda job, schema: system)
    monkeypatch.setattr(module, "fingerprint", lambda job, schema, system: "f" * 64)
    return system


def test_a_hospital_is_never_read_by_what_learned_from_it(job: Job, watched: Watched, schema: TaskSchema) -> None:
    saved = run(job)
    assert [seed for _, seed in watched.fits] == [0, 0, 1, 1]
    found = [one for file in saved.predictions[CLEAN] for one in read_predictions(file, schema)]
    assert sorted((one.id, one.seed) for one in found) == sorted((row.id, seed) for row in job.rows for seed in (0, 1))
    for one in found:
        learned_from, _ = watched.fits[2 * one.seed + one.fold]
        assert one.hospital not in learned_from
        assert len(learned_from) == 2
        assert one.predicted["pT"] == "T0"
        assert one.probabilities["pT"]["T0"] == 1


def test_declined_reports_are_wrong_and_counted(job: Job, watched: Watched, schema: TaskSchema) -> None:
    saved = run(job)
    cut = [one for file in saved.predictions["truncated-1"] for one in read_predictions(file, schema)]
    assert len(cut) == len(job.rows)  # the lowest seed only
    assert all(set(one.predicted.values()) == {""} for one in cut)
    assert json.loads(saved.pages.read_text()) == {
        "empty": None,
        "letter": {task.name: task.classes[0] for task in schema.tasks},
    }
    costs = [json.loads(file.read_text()) for file in saved.costs]
    assert [cost["declined"] for cost in costs] == [0] * 4
    assert sum(cost["reports"] for cost in costs) == 2 * len(job.rows)
    assert {(cost["trained_parameters"], cost["deployed_models"]) for cost in costs} == {(3, 1)}


def test_a_learning_curve_learns_from_fewer_reports_of_other_hospitals(
    job: Job, watched: Watched, schema: TaskSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[LabelledReport]] = []
    monkeypatch.setattr(watched, "fit", lambda rows, seed: given.append(list(rows)))
    saved = run(replace(job, learning=[1, 3], disturbances=[]))
    assert [len(rows) for rows in given if len(rows) in (1, 3)] == [1, 3, 1, 3]  # a fold each, the lowest seed only
    assert set(saved.learning) == {1, 3}
    for number, files in saved.learning.items():
        assert len(files) == len(job.folds)
        for fold, file in enumerate(files):
            held_out = {one.hospital for one in read_predictions(file, schema)}
            learned_from = [rows for rows in given if len(rows) == number][fold]
            assert held_out.isdisjoint(row.hospital for row in learned_from)
    assert run(replace(job, learning=[1, 3], disturbances=[])) == saved
    assert len(given) == 2 * len(job.folds) + 2 * len(job.folds)  # both seeds, and the curve; nothing twice


def test_what_is_saved_is_not_run_again(job: Job, watched: Watched) -> None:
    saved = run(job)
    watched.fits.clear()
    watched.read.clear()
    assert run(job) == saved
    assert not watched.fits
    assert not watched.read
    saved.predictions[CLEAN][3].unlink()
    run(job)
    assert [seed for _, seed in watched.fits] == [1]
    assert sorted(watched.read) == sorted(job.rows[at].id for at in job.folds[1])


def test_a_run_cut_short_leaves_nothing_that_looks_finished(
    job: Job, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(report: Report) -> Extraction:
        raise ValueError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(watched, "extract", crash)
        with pytest.raises(ValueError, match="a bug"):
            run(job)
    assert not list(job.directory.iterdir())
    assert all(file.is_file() for files in run(job).predictions.values() for file in files)


def test_the_fingerprint_tells_what_matters(job: Job, schema: TaskSchema, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.write_text("1")
    system = MajorityClass(schema)
    base = replace(job, options={"checkpoint": str(weights)})

    def prefix(**changes: Any) -> str:
        return module.fingerprint(replace(base, **changes), schema, system)

    first = prefix()
    assert first == prefix(seeds=[0], disturbances=[], directory=tmp_path / "elsewhere")
    relabelled = [replace(job.rows[0], labels={"pT": "T4"}), *job.rows[1:]]
    changed = {prefix(options={}), prefix(rows=relabelled), prefix(folds=job.folds[::-1]), prefix(pages=[])}
    weights.write_text("2")
    assert len({first, prefix(), *changed}) == 6


def test_what_does_not_learn_is_run_once(job: Job, schema: TaskSchema) -> None:
    saved = run(replace(job, system="pathstage.baselines.ready:Rules", disturbances=[]))
    assert [file.name.split("-", 1)[1] for file in saved.predictions[CLEAN]] == [
        "fold-0-seed-0-clean.jsonl",
        "fold-1-seed-0-clean.jsonl",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": "nowhere:Nobody"}, "system s: nowhere:Nobody cannot be imported"),
        ({"system": "pathstage.baselines.majority:Nobody"}, "cannot be imported"),
        ({"options": {"speed": 3}}, "cannot be made with these options"),
        ({"system": "builtins:repr"}, "builtins:repr lacks learns, seeded, sources, fit, extract"),
    ],
)
def test_a_system_that_cannot_be_made_is_explained(job: Job, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        run(replace(job, **changes))


def test_memory_is_told_in_bytes() -> None:
    found = peak_memory()
    assert found is None or 10 * 2**20 < found < 2**40
