"""Training configurations: read whole, or refused with the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pathstage.model.base import BaseConfig
from pathstage.training import ConfigError, load_config
from pathstage.training.config import TrainingConfig
from pathstage.training.loss import LossConfig

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("**/*.yaml"))


def write(path: Path, content: str) -> Path:
    path = path / "run.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    path = write(tmp_path, "name: run\ndata: [a.jsonl, b.jsonl.gz]\noutput: runs/run\nbase: {blocks: 8}\n")
    expected = TrainingConfig("run", ("a.jsonl", "b.jsonl.gz"), "runs/run", base=BaseConfig(blocks=8))
    assert load_config(path) == expected
    assert expected.loss == LossConfig()


def test_a_configuration_written_out_is_read_again(tmp_path: Path) -> None:
    config = TrainingConfig("run", ("a.jsonl",), "runs/run", seed=3, loss=LossConfig(balance=1.0))
    listed = config.as_dict() | {"data": list(config.data)}
    assert load_config(write(tmp_path, yaml.safe_dump(listed))) == config


def test_some_values_are_changed_and_checked_as_those_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "name: run\ndata: [a.jsonl]\noutput: runs/run\nbase: {blocks: 8}\nadapter: {rank: 16}\n")
    changed = load_config(path, {"adapter": {"alpha": 8}, "base": {"blocks": 4}, "rules": False})
    assert (changed.adapter.rank, changed.adapter.alpha, changed.base.blocks, changed.rules) == (16, 8, 4, False)
    with pytest.raises(ConfigError, match=r"run\.yaml: adapter\.size: Unexpected keyword"):
        load_config(path, {"adapter": {"size": 4}})


GOOD = "name: run\ndata: [a.jsonl]\noutput: runs/run\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("data: [a.jsonl]\noutput: o\n", "name: "),
        (GOOD + "epochs: 3\n", "epochs: "),
        (GOOD + "optimizer: {epoch: 3}\n", r"optimizer\.epoch: "),
        (GOOD + "optimizer: {epochs: three}\n", r"optimizer\.epochs: .*integer"),
        (GOOD + "optimizer: {batch_size: 0}\n", r"optimizer\.batch_size: .*greater"),
        (GOOD + "max_tokens: 0\n", "max_tokens: .*greater"),
        (GOOD + "adapter: {rank: 0}\n", r"adapter\.rank: .*greater"),
        (GOOD + "heads: {queries: 0}\n", r"heads\.queries: .*greater"),
        (GOOD + "base: {quantization: 3bit}\n", r"base\.quantization: .*4bit"),
        (GOOD.replace("[a.jsonl]", "a.jsonl"), "data: .*tuple"),
        ("name: a: b", "not valid YAML"),
        ("", "file: "),
        ("just words", "file: "),
    ],
)
def test_mistakes_are_refused_with_the_file_and_the_key(tmp_path: Path, content: str, problem: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ConfigError, match=rf"(?s)^{path}: .*{problem}"):
        load_config(path)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"seed: .*; base\.blocks: "):
        load_config(write(tmp_path, GOOD + "seed: x\nbase: {blocks: y}\n"))


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read \(No such file"):
        load_config(tmp_path / "nowhere.yaml")
    (tmp_path / "run.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ConfigError, match=r"run\.yaml: "):
        load_config(tmp_path / "run.yaml")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_published_training_configurations_are_valid(path: Path) -> None:
    if "optimizer" not in yaml.safe_load(path.read_text(encoding="utf-8")):
        pytest.skip("no training configuration")
    assert load_config(path).name
