"""The whole benchmark on twelve made-up reports, in processes of its own as for a user."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pathstage.cli import app
from pathstage.corpus.dataset import CorpusError
from pathstage.evaluation.benchmark.config import BenchmarkError
from pathstage.evaluation.benchmark.harness import run_benchmark
from pathstage.evaluation.metrics import score_predictions
from pathstage.evaluation.predictions import read_predictions, write_predictions
from pathstage.schema import TaskSchema

MARKERS = "<!-- benchmark mini/made up: generated, do not edit -->\nold\n<!-- end of benchmark mini/made up -->"


def quiet(_: str) -> None:
    pass


def test_from_configuration_to_page_and_tables(
    write_benchmark: Callable[..., Path], corpus_file: Path, schema: TaskSchema, tmp_path: Path
) -> None:
    docs = tmp_path / "evaluation.md"
    docs.write_text(f"# Mine\n\n{MARKERS}\n\nMy words.\n", encoding="utf-8")
    path = write_benchmark(docs=str(docs), robustness={"truncated": [0.5]}, systems=[
        {"name": "rules", "system": "pathstage.baselines.ready:Rules"},
        {"name": "majority", "system": "pathstage.baselines.majority:MajorityClass"},
        {"name": "both", "vote": {"rules": 2, "majority": 1}},
    ])  # fmt: skip
    (result,) = run_benchmark(path, log=quiet)

    public, private = tmp_path / "results" / "made up", tmp_path / "out" / "made up"
    saved = read_predictions(public / "predictions" / "rules.jsonl.gz", schema)
    recomputed = score_predictions(saved, schema)
    written = json.loads((public / "results.json").read_text(encoding="utf-8"))
    for task, one in recomputed.items():
        assert written["systems"]["rules"]["tasks"][task]["score"]["macro_f1"] == one.macro_f1
        assert result.systems["rules"].tasks[task].score == one
    assert (result.reports, result.hospitals, result.folds) == (12, 4, 2)
    assert list(result.systems) == ["rules", "majority", "both"]
    assert {one.system for one in result.comparisons} == {"majority", "both"}
    assert [point.x for point in result.systems["both"].robustness["truncated"]] == [0, 0.5]
    assert result.systems["rules"].robustness["truncated"][1].y < result.systems["rules"].robustness["truncated"][0].y
    assert set(result.inventions) == set(result.costs) == {"rules", "majority"}
    assert result.costs["rules"].cpu_seconds_a_report > 0

    text = docs.read_text(encoding="utf-8")
    assert text.startswith("# Mine\n")
    assert text.endswith("My words.\n")
    assert "\nold\n" not in text
    assert f"{result.systems['rules'].macro_f1['all']}" in text
    sentence = "The skin is unremarkable"
    assert sentence in corpus_file.read_text(encoding="utf-8")
    assert sentence in (private / "report-with-texts.html").read_text(encoding="utf-8")
    assert all(sentence not in file.read_text(encoding="utf-8") for file in public.glob("*.*"))

    before = {file: file.read_bytes() for file in public.rglob("*") if file.is_file()}
    run_benchmark(path, log=quiet)
    assert before == {file: file.read_bytes() for file in public.rglob("*") if file.is_file()}
    assert docs.read_text(encoding="utf-8") == text


def test_predictions_from_elsewhere_must_be_of_the_same_reports(
    write_benchmark: Callable[..., Path], schema: TaskSchema, tmp_path: Path
) -> None:
    (mine,) = run_benchmark(write_benchmark(), log=quiet)
    rules = read_predictions(tmp_path / "results" / "made up" / "predictions" / "rules.jsonl.gz", schema)
    file = tmp_path / "elsewhere.jsonl"
    elsewhere = {"systems": [{"name": "rules", "predictions": str(file)}]}
    write_predictions(rules, file)
    (result,) = run_benchmark(write_benchmark(**elsewhere), log=quiet)
    assert result.systems["rules"].tasks == mine.systems["rules"].tasks
    assert not result.costs
    write_predictions(rules[1:], file)
    with pytest.raises(BenchmarkError, match="system rules: its predictions are not of this dataset: 1 reports"):
        run_benchmark(write_benchmark(**elsewhere), log=quiet)


def test_what_is_missing_is_said_before_anything_is_run(write_benchmark: Callable[..., Path], tmp_path: Path) -> None:
    docs = tmp_path / "evaluation.md"
    for content in (None, "no markers", MARKERS * 2):
        if content is not None:
            docs.write_text(content, encoding="utf-8")
        with pytest.raises(BenchmarkError, match=r"evaluation\.md: "):
            run_benchmark(write_benchmark(docs=str(docs)), log=quiet)
    with pytest.raises(BenchmarkError, match="mean all: laterality is not in the schema"):
        run_benchmark(write_benchmark(means={"all": ["laterality"]}), log=quiet)
    with pytest.raises(CorpusError, match="no such corpus file"):
        run_benchmark(write_benchmark(datasets=[{"name": "d", "data": ["missing.jsonl"]}]), log=quiet)
    assert not (tmp_path / "out").exists()


def test_the_command_runs_it_and_refuses_what_is_wrong(write_benchmark: Callable[..., Path], tmp_path: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["benchmark", str(write_benchmark())])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "results" / "made up" / "report.html").is_file()
    assert runner.invoke(app, ["benchmark", str(tmp_path / "none.yaml")]).exit_code == 2
