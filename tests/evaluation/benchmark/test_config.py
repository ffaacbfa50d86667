"""Configurations: what is read, and every way in which one can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pathstage.evaluation.benchmark.config import BenchmarkError, Dataset, Synthetic, load_benchmark
from pathstage.schema import TaskSchema, load_schema

MAJORITY = "pathstage.baselines.majority:MajorityClass"
CONFIGS = Path(__file__).parents[3] / "configs"


@pytest.mark.parametrize("name", ["benchmark.yaml", "benchmark_smoke.yaml"])
def test_the_shipped_configurations_name_tasks_and_systems_that_are_there(name: str) -> None:
    config = load_benchmark(CONFIGS / name)
    schema = load_schema(config.schema)
    assert all(set(tasks) <= set(schema.names) for tasks in config.means.values())
    assert set(config.means["seven tasks"]) == set(schema.names)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"folds": 1}, "folds: Input should be greater than or equal to 2"),
        ({"reference": "oracle"}, "reference oracle: no such system; there are rules, majority"),
        ({"robustness": {"earthquake": [1]}}, "no such disturbance; there are ocr_noise, truncated"),
        ({"robustness": {"truncated": [0]}}, "greater than 0"),
        ({"datasets": [{"name": "d"}]}, "dataset d: give either data or synthetic"),
        ({"means": {}}, "means: Dictionary should have at least 1 item"),
        ({"datasets": []}, "no datasets are given"),
        ({"datasets": [{"name": "../d", "data": ["x"]}]}, "String should match pattern"),
        ({"systems": [{"name": "rules"}]}, "give exactly one of system, predictions and vote"),
        ({"systems": [{"name": "rules", "vote": {"later": 1}}]}, "votes of later, which is no system above it"),
        (
            {"systems": [{"name": "rules", "predictions": "p.jsonl", "options": {"a": 1}}]},
            "options and learning are for what `system`",
        ),
        ({"systems": [{"name": "rules", "system": MAJORITY, "datasets": ["x"]}]}, "no dataset is called x"),
        ({"systems": [{"name": "rules", "system": MAJORITY}] * 2}, "two systems are called rules"),
        ({"speed": "high"}, "speed: Unexpected keyword argument"),
    ],
)
def test_a_wrong_configuration_is_explained(
    changes: dict[str, Any], message: str, write_benchmark: Callable[..., Path]
) -> None:
    path = write_benchmark(**changes)
    with pytest.raises(BenchmarkError) as error:
        load_benchmark(path)
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"none\.yaml: cannot be read"):
        load_benchmark(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_text("a: [")
    with pytest.raises(BenchmarkError, match=r"b\.yaml: not valid YAML"):
        load_benchmark(tmp_path / "b.yaml")


def test_datasets_are_files_or_synthetic_and_can_be_narrowed(corpus_file: Path, schema: TaskSchema) -> None:
    everything = Dataset("d", (str(corpus_file),)).rows(schema)
    assert len(everything) == 12
    narrowed = Dataset("d", (str(corpus_file),), hospitals=("H1", "H3")).rows(schema)
    assert {row.hospital for row in narrowed} == {"H1", "H3"}
    assert len(narrowed) == 6
    with pytest.raises(BenchmarkError, match="dataset d: no reports"):
        Dataset("d", (str(corpus_file),), hospitals=("H9",)).rows(schema)
    made, again = (Dataset("s", synthetic=Synthetic(3, seed=2)).rows(schema) for _ in range(2))
    assert made == again
    assert all(set(row.labels) == set(schema.names) for row in made)
