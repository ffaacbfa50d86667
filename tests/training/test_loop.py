"""The loop: it learns, goes on where it was cut short, and leaves a checkpoint that reads reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from pathstage.corpus.dataset import CorpusError, read_corpus
from pathstage.extractor import Extractor
from pathstage.model.base import BaseError
from pathstage.schema import TaskSchema
from pathstage.training import ConfigError, train
from pathstage.training.loop import schedule


class CutShortError(Exception):
    """Stands for a machine that goes down."""


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return load_file(checkpoint / "adapter_model.safetensors") | load_file(checkpoint / "heads.safetensors")


def assert_same(one: Path, other: Path) -> None:
    mine, theirs = weights(one), weights(other)
    assert mine.keys() == theirs.keys()
    for name, value in mine.items():
        assert torch.equal(value, theirs[name]), name


def cut_after(epoch: int) -> Callable[[str], None]:
    def log(message: str) -> None:
        if message.startswith(f"epoch {epoch}/"):
            raise CutShortError

    return log


def test_it_learns_what_twelve_reports_say(
    write_config: Callable[..., Path], corpus_file: Path, tiny_llama: Path, schema: TaskSchema
) -> None:
    lines: list[str] = []
    config = write_config(optimizer={"epochs": 30, "batch_size": 4, "adapter_rate": 5e-3, "heads_rate": 2e-2})
    extractor = Extractor.load(train(config, log=lines.append), base=str(tiny_llama), device="cpu")
    losses = [float(line.split("loss ")[1].split()[0]) for line in lines if line.startswith("epoch")]
    assert len(losses) == 30
    assert losses[-1] < losses[0] / 3
    rows = list(read_corpus(corpus_file, schema))
    for task in ("pT", "pN", "ER"):  # even between two classes, or one to two: chance is at most 8 of 12
        right = sum(extractor.extract(row.text).fields[task].value == row.labels[task] for row in rows)
        assert right >= 11, task


def test_it_learns_to_look_at_the_evidence(
    write_config: Callable[..., Path], corpus_file: Path, tiny_llama: Path, schema: TaskSchema
) -> None:
    optimizer = {"epochs": 30, "batch_size": 4, "adapter_rate": 5e-3, "heads_rate": 2e-2}
    extractor = Extractor.load(
        train(write_config(optimizer=optimizer), log=lambda _: None), base=str(tiny_llama), device="cpu"
    )
    found = 0
    for row in read_corpus(corpus_file, schema):
        ((start, end),) = row.evidence["pT"]
        found += any(one.start < end and start < one.end for one in extractor.extract(row.text).fields["pT"].evidence)
    assert found >= 10


@pytest.mark.parametrize("keep", [True, False])
def test_a_run_cut_short_goes_on_to_the_same_weights(write_config: Callable[..., Path], keep: bool) -> None:
    whole = train(write_config("whole", keep_lower_states=keep), log=lambda _: None)
    config = write_config("cut", keep_lower_states=keep)
    for epoch in (1, 2):
        with pytest.raises(CutShortError):
            train(config, log=cut_after(epoch))
    lines: list[str] = []
    assert_same(train(config, log=lines.append), whole)
    assert [line.split()[1] for line in lines if line.startswith("epoch")] == ["3/3"]


def test_another_configuration_or_no_resume_starts_anew(write_config: Callable[..., Path]) -> None:
    def epochs(config: Path, resume: bool = True) -> int:
        lines: list[str] = []
        train(config, resume=resume, log=lines.append)
        return sum(line.startswith("epoch") for line in lines)

    with pytest.raises(CutShortError):
        train(write_config(), log=cut_after(1))
    assert epochs(write_config(seed=1)) == 3
    assert epochs(write_config(seed=1)) == 0
    assert epochs(write_config(seed=1), resume=False) == 3


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(write_config: Callable[..., Path]) -> None:
    one, same, other = (
        train(write_config(name, seed=seed, optimizer={"epochs": 1}), log=lambda _: None)
        for name, seed in (("one", 0), ("same", 0), ("other", 1))
    )
    assert_same(one, same)
    assert any(not torch.equal(value, weights(other)[name]) for name, value in weights(one).items())


def test_neither_log_nor_card_shows_a_report(write_config: Callable[..., Path]) -> None:
    lines: list[str] = []
    checkpoint = train(write_config(), log=lines.append)
    assert "ductal" not in "\n".join(lines)
    for name in ("README.md", "metrics.json", "pathstage.json"):
        assert "ductal" not in (checkpoint / name).read_text(encoding="utf-8")


def test_the_checkpoint_names_no_place_of_this_machine(
    write_config: Callable[..., Path], tiny_llama: Path, corpus_file: Path, tmp_path: Path
) -> None:
    checkpoint = train(write_config(optimizer={"epochs": 1}), log=lambda _: None)
    for path in checkpoint.iterdir():
        for place in (tiny_llama.parent, corpus_file.parent, tmp_path):
            assert str(place).encode() not in path.read_bytes(), path.name


def test_what_is_not_there_is_named(write_config: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.yaml"):
        train(tmp_path / "nothing.yaml")
    with pytest.raises(CorpusError, match=r"nothing\.jsonl"):
        train(write_config(data=["nothing.jsonl"]))
    with pytest.raises(BaseError, match="no-such-base"):
        train(write_config(base={"source": "no-such-base"}))
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(CorpusError, match=r"empty\.jsonl: no reports"):
        train(write_config(data=[str(tmp_path / "empty.jsonl")]))


@pytest.mark.parametrize("steps", [1, 5, 100])
def test_the_rate_rises_over_a_tenth_and_falls_towards_zero(steps: int) -> None:
    rates = [schedule(step, steps) for step in range(steps)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(1)
    assert peak <= steps / 10
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert min(rates) > 0
    assert schedule(steps, steps) == pytest.approx(0, abs=0.01) or steps == 1
