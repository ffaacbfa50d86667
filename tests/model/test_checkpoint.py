"""Checkpoints: what is saved is what is loaded, and nothing that does not fit is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import PeftModel

from pathstage.model.base import BaseConfig, BaseError, load_base
from pathstage.model.candidates import collate_candidates
from pathstage.model.checkpoint import (
    CheckpointError,
    CheckpointSettings,
    load_checkpoint,
    read_settings,
    save_checkpoint,
)
from pathstage.model.encode import pad
from pathstage.model.heads import HeadsConfig
from pathstage.model.network import AdapterConfig, Network
from pathstage.schema import TaskSchema, load_schema, parse_schema

IDS = ([1, 20, 30, 40, 50], [1, 99])


@pytest.fixture
def damaged(checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint, to damage."""
    return Path(shutil.copytree(checkpoint, tmp_path / "copy"))


def logits(network: Network) -> list[torch.Tensor]:
    with torch.inference_mode():
        ids, mask = pad(IDS)
        return list(
            network(ids, mask, collate_candidates([()] * len(ids), network.heads.vocabulary, ids.shape[1])).logits
        )


def test_a_round_trip_gives_the_same_logits(
    checkpoint: Path, tiny_llama: Path, make_network: Callable[..., Network], schema: TaskSchema
) -> None:
    loaded = load_checkpoint(checkpoint, base=str(tiny_llama))
    assert not loaded.network.training
    assert loaded.schema == schema
    assert loaded.encoder.max_tokens == 200
    for found, expected in zip(logits(loaded.network), logits(make_network(trained=True)), strict=True):
        assert torch.equal(found, expected)
    text = "Stage: pT2 pN0."
    assert loaded.encoder.tokenizer(text) == load_base(BaseConfig(str(tiny_llama))).tokenizer(text)


def test_peft_itself_loads_the_adapter(
    checkpoint: Path, tiny_llama: Path, make_network: Callable[..., Network]
) -> None:
    adapted = PeftModel.from_pretrained(load_base(BaseConfig(str(tiny_llama))).model, str(checkpoint)).eval()
    own = make_network(trained=True).adapted
    ids, mask = pad(IDS)
    found, expected = (one(input_ids=ids, attention_mask=mask.long()).last_hidden_state for one in (adapted, own))
    assert torch.equal(found, expected)


def test_it_holds_nothing_pickled_and_no_path_of_this_machine(checkpoint: Path, tiny_llama: Path) -> None:
    files = {path.name: path.read_bytes() for path in checkpoint.rglob("*") if path.is_file()}
    assert {
        "adapter_config.json",
        "adapter_model.safetensors",
        "heads.safetensors",
        "pathstage.json",
        "schema.yaml",
        "tokenizer.json",
    } <= set(files)
    assert not [name for name in files if Path(name).suffix in {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"}]
    for name, content in files.items():
        for place in (tiny_llama.parent, checkpoint.parent, Path.home(), Path.cwd()):
            assert str(place).encode() not in content, name


def test_the_base_of_a_path_must_be_named_and_the_message_says_how(checkpoint: Path) -> None:
    with pytest.raises(BaseError, match="--base"):
        load_checkpoint(checkpoint)


def test_another_base_is_refused(checkpoint: Path, make_base: Callable[..., Path], tiny_qwen: Path) -> None:
    other = make_base("llama", seed=1)
    with pytest.raises(CheckpointError, match=rf"{other.name} is another base \(other embedding weights\).*--base"):
        load_checkpoint(checkpoint, base=str(other))
    with pytest.raises(CheckpointError, match="architecture Qwen2Model instead of LlamaModel"):
        load_checkpoint(checkpoint, base=str(tiny_qwen))


def test_another_schema_is_refused(checkpoint: Path, tiny_llama: Path) -> None:
    other = parse_schema(load_schema().source.replace("[G1, G2, G3, GX]", "[G1, G3, GX]"), "other")
    with pytest.raises(CheckpointError, match="train a checkpoint for that schema"):
        load_checkpoint(checkpoint, base=str(tiny_llama), schema=other)
    load_checkpoint(checkpoint, base=str(tiny_llama), schema=load_schema())


def test_a_changed_schema_file_is_refused_unless_only_words_changed(damaged: Path, tiny_llama: Path) -> None:
    path = damaged / "schema.yaml"
    source = path.read_text(encoding="utf-8")
    path.write_text(source.replace("'\\bchest wall\\b'", "'\\bthoracic wall\\b'"), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != source
    load_checkpoint(damaged, base=str(tiny_llama))
    path.write_text(source.replace("[G1, G2, G3, GX]", "[G3, G2, G1, GX]"), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"schema\.yaml was changed"):
        load_checkpoint(damaged, base=str(tiny_llama))
    path.write_text(source[: len(source) // 2 - 7], encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"is damaged|was changed"):
        load_checkpoint(damaged, base=str(tiny_llama))


@pytest.mark.parametrize(
    "name",
    ["pathstage.json", "schema.yaml", "heads.safetensors", "adapter_config.json", "adapter_model.safetensors",
     "tokenizer.json"],
)  # fmt: skip
def test_a_missing_file_is_refused(damaged: Path, tiny_llama: Path, name: str) -> None:
    (damaged / name).unlink()
    with pytest.raises(CheckpointError, match=re.escape(str(damaged))):
        load_checkpoint(damaged, base=str(tiny_llama))


@pytest.mark.parametrize("name", ["heads.safetensors", "adapter_model.safetensors", "adapter_config.json"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_refused(damaged: Path, tiny_llama: Path, name: str, share: float) -> None:
    path = damaged / name
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(CheckpointError, match=f"{re.escape(str(damaged))} is damaged"):
        load_checkpoint(damaged, base=str(tiny_llama))


def test_heads_of_other_sizes_are_refused(damaged: Path, tiny_llama: Path) -> None:
    about = json.loads((damaged / "pathstage.json").read_text())
    about["heads"]["queries"] = 3
    (damaged / "pathstage.json").write_text(json.dumps(about))
    with pytest.raises(CheckpointError, match="is damaged"):
        load_checkpoint(damaged, base=str(tiny_llama))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"format": 1}, "checkpoint format 1; this pathstage reads format 2"),
        ({"max_tokens": "many"}, r"pathstage\.json is damaged"),
        ({"schema_fingerprint": None}, r"pathstage\.json is damaged"),
    ],
)
def test_settings_that_cannot_be_read_are_refused(damaged: Path, change: dict[str, object], problem: str) -> None:
    path = damaged / "pathstage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CheckpointError, match=problem):
        read_settings(damaged)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"format": 2}', "\udcff"])
def test_settings_that_are_no_settings_are_refused(damaged: Path, content: str) -> None:
    (damaged / "pathstage.json").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(CheckpointError, match=r"pathstage\.json is damaged"):
        read_settings(damaged)


def test_a_directory_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is not a checkpoint: it has no pathstage\.json"):
        load_checkpoint(tmp_path)


def test_saving_again_after_more_training_replaces_the_first(
    make_network: Callable[..., Network], schema: TaskSchema, tiny_llama: Path, tmp_path: Path
) -> None:
    base = load_base(BaseConfig(str(tiny_llama)))
    vocabulary = make_network().heads.vocabulary.words
    settings = CheckpointSettings(
        "again", "0", BaseConfig("llama"), base.identity, schema.fingerprint(), 50,
        AdapterConfig(from_block=2, rank=4, alpha=8), HeadsConfig(), vocabulary,
    )  # fmt: skip
    for trained in (False, True):
        network = make_network(trained=trained)
        save_checkpoint(tmp_path, network, base.tokenizer, schema, settings)
        loaded = load_checkpoint(tmp_path, base=str(tiny_llama))
        assert all(map(torch.equal, logits(loaded.network), logits(network)))
        assert loaded.settings == settings
