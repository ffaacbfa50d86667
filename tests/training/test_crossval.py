"""Leave-hospitals-out: every report is predicted once, by a network that saw none of its hospital."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pathstage.evaluation.metrics import score
from pathstage.model.network import Network
from pathstage.schema import TaskSchema
from pathstage.training import cross_validate, crossval, train
from pathstage.training.examples import Example


def quiet(_: str) -> None:
    pass


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_report_is_predicted_once_and_a_hospital_in_one_fold(
    write_config: Callable[..., Path], schema: TaskSchema, tmp_path: Path
) -> None:
    result = cross_validate(write_config(), folds=3, log=quiet)
    found = lines(tmp_path / "run" / "crossval" / "predictions.jsonl")
    assert sorted(line["id"] for line in found) == sorted(f"r{number}" for number in range(12))
    folds = {
        line["hospital"]: {other["fold"] for other in found if other["hospital"] == line["hospital"]} for line in found
    }
    assert all(len(where) == 1 for where in folds.values())
    assert set.union(*folds.values()) == {0, 1, 2}
    for line in found:
        assert set(line["predicted"]) == set(line["probabilities"]) == set(schema.names)
        for task, classes in line["probabilities"].items():
            assert list(classes) == list(schema[task].classes)
            assert sum(classes.values()) == pytest.approx(1, abs=1e-5)
            assert line["predicted"][task] == max(classes, key=classes.__getitem__)
        assert "text" not in line
    assert (result.reports, result.folds, result.seeds) == (12, 3, (0,))
    assert result.pooled == score([line["gold"] for line in found], [line["predicted"] for line in found], schema)
    metrics = json.loads((tmp_path / "run" / "crossval" / "metrics.json").read_text())
    assert metrics["pooled"]["pT"]["accuracy"] == result.pooled["pT"].accuracy
    assert len(metrics["runs"]) == 3


def test_what_is_held_out_is_never_trained_on(
    write_config: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital_of: dict[int, str] = {}
    trained: set[str] = set()
    predicted: list[str] = []
    load_examples, predict = crossval.load_examples, crossval._predict

    def load(*arguments: Any, **options: Any) -> Any:
        reports, examples = load_examples(*arguments, **options)
        hospital_of.update({id(one): report.hospital for one, report in zip(examples, reports, strict=True)})
        return reports, examples

    def train_nothing(
        network: Network,
        schema: TaskSchema,
        examples: Sequence[Example],
        states: object,
        config: object,
        file: Path,
        *_: Any,
    ) -> None:
        trained.clear()
        trained.update(hospital_of[id(one)] for one in examples)
        file.touch()

    def watch(network: Network, schema: TaskSchema, example: Example, states: Any) -> dict[str, Any]:
        predicted.append(hospital_of[id(example)])
        assert len(trained) == 3
        assert predicted[-1] not in trained
        return predict(network, schema, example, states)

    monkeypatch.setattr(crossval, "load_examples", load)
    monkeypatch.setattr(crossval, "fit", train_nothing)
    monkeypatch.setattr(crossval, "_predict", watch)
    cross_validate(write_config(), folds=4, log=quiet)
    assert len(predicted) == 12


def test_a_run_cut_short_does_only_the_folds_that_are_missing(
    write_config: Callable[..., Path], tmp_path: Path
) -> None:
    class CutShortError(Exception):
        pass

    def cut_in_the_second_fold(message: str) -> None:
        if message.startswith("fold 2"):
            cut.append(message)
        if cut and message.startswith("epoch 2"):
            raise CutShortError

    cut: list[str] = []
    with pytest.raises(CutShortError):
        cross_validate(write_config(), folds=2, log=cut_in_the_second_fold)
    log: list[str] = []
    resumed = cross_validate(write_config(), folds=2, log=log.append)
    assert [line.split()[1] for line in log if not line.startswith("epoch")] == ["2"]
    assert [line.split()[1] for line in log if line.startswith("epoch")] == ["3/3"]
    whole = cross_validate(write_config("whole"), folds=2, log=quiet)
    assert resumed.pooled == whole.pooled
    assert lines(tmp_path / "run/crossval/predictions.jsonl") == lines(tmp_path / "whole/crossval/predictions.jsonl")
    log.clear()
    assert cross_validate(write_config(), folds=2, log=log.append) == resumed
    assert not log


def test_seeds_are_runs_of_their_own_and_only_the_first_is_pooled(write_config: Callable[..., Path]) -> None:
    config = write_config(optimizer={"epochs": 1})
    result = cross_validate(config, folds=2, seeds=(3, 4), log=quiet)
    assert len(result.runs) == 4
    assert result.reports == 12
    assert result.pooled == cross_validate(config, folds=2, seeds=(3,), log=quiet).pooled
    rows = result.table().splitlines()
    assert [row.split("|")[1].strip() for row in rows[2:]] == [*result.pooled, "mean"]
    assert "±" in rows[2]


def test_scores_go_into_the_checkpoint_trained_after_it(write_config: Callable[..., Path]) -> None:
    config = write_config(optimizer={"epochs": 1})
    result = cross_validate(config, folds=2, log=quiet)
    checkpoint = train(config, log=quiet)
    assert json.loads((checkpoint / "metrics.json").read_text()) == json.loads(result.to_json())
    found = result.pooled["pT"]
    assert f"| pT | {found.macro_f1:.3f} | {found.accuracy:.3f} |" in (checkpoint / "README.md").read_text()


def test_more_folds_than_hospitals_are_refused(write_config: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match="4 hospitals cannot fill 5 folds"):
        cross_validate(write_config(), folds=5, log=quiet)
