"""A benchmark in miniature: the made-up corpus, systems that take no time, and folders that vanish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.schema import TaskSchema

MAJORITY = "pathstage.baselines.majority:MajorityClass"
TASKS = ["pT", "pN", "pM", "grade", "ER", "HER2"]


@pytest.fixture
def rows(corpus_file: Path, schema: TaskSchema) -> list[LabelledReport]:
    return list(read_corpus(corpus_file, schema))


@pytest.fixture
def write_benchmark(corpus_file: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write the configuration of a benchmark of the rules and the majority class; `changes` replace its keys."""

    def write(**changes: Any) -> Path:
        config: dict[str, Any] = {
            "name": "mini",
            "datasets": [{"name": "made up", "data": [str(corpus_file)]}],
            "systems": [
                {"name": "rules", "system": "pathstage.baselines.ready:Rules"},
                {"name": "majority", "system": MAJORITY},
            ],
            "means": {"some": ["pT", "pN"], "all": TASKS},
            "reference": "rules",
            "folds": 2,
            "seeds": 2,
            "resamples": 40,
            "output": str(tmp_path / "out"),
            "results": str(tmp_path / "results"),
        }
        path = tmp_path / "benchmark.yaml"
        path.write_text(yaml.safe_dump(config | changes), encoding="utf-8")
        return path

    return write
