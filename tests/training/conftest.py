from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def write_config(tiny_llama: Path, corpus_file: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write a configuration that trains on the twelve made-up reports within a second; `changes` replace its keys."""

    def write(name: str = "run", **changes: Any) -> Path:
        config: dict[str, Any] = {
            "name": name,
            "data": [str(corpus_file)],
            "output": str(tmp_path / name),
            "max_tokens": 150,
            "base": {"source": str(tiny_llama)},
            "adapter": {"from_block": 2, "rank": 4, "alpha": 8},
            "optimizer": {"epochs": 3, "batch_size": 4},
        }
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(config | changes), encoding="utf-8")
        return path

    return write
