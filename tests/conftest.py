"""Tiny stand-ins for the real thing: randomly initialised bases, a corpus of made-up reports, networks on them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from pathstage.schema import TaskSchema, load_schema

if TYPE_CHECKING:
    from pathstage.model.network import Network

# Before anything imports huggingface_hub, which reads them once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# A machine that is busy with something else makes no test fail.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

VOCABULARY = ("pT T1", "pT T2", "pT category", "stated", "rank 0")
WIDTH = 32
BLOCKS = 4

TUMOURS = {"T1": "1.2 cm", "T2": "3.4 cm"}
RECEPTORS = {"positive": "positive in 90% of nuclei", "negative": "negative"}


def made_up_report(stage: str, nodes: str, receptor: str) -> str:
    return (
        f"FINAL DIAGNOSIS: Breast, excision. Invasive ductal carcinoma, {TUMOURS[stage]} in greatest dimension.\n"
        f"The skin is unremarkable. Sections were submitted in ten cassettes.\n"
        f"Stage: p{stage} p{nodes}.\n"
        f"Estrogen receptor: {RECEPTORS[receptor]}.\n"
    )


def make_row(number: int, hospital: str) -> dict[str, Any]:
    stage, nodes = ("T1", "N0") if number % 2 else ("T2", "N1")
    receptor = "positive" if number % 3 else "negative"
    text = made_up_report(stage, nodes, receptor)

    def quote(words: str) -> list[dict[str, Any]]:
        start = text.index(words)
        return [{"start": start, "end": start + len(words), "text": words}]

    return {
        "id": f"r{number}",
        "hospital": hospital,
        "text": text,
        "labels": {"pT": stage, "pN": nodes, "pM": "MX", "grade": "GX", "ER": receptor, "HER2": "not_reported"},
        "evidence": {"pT": quote(f"p{stage}"), "pN": quote(f"p{nodes}"), "ER": quote(RECEPTORS[receptor])},
    }


@pytest.fixture(scope="session")
def schema() -> TaskSchema:
    return load_schema()


@pytest.fixture(scope="session")
def corpus_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve labelled reports of four hospitals; no label for PR."""
    path = tmp_path_factory.mktemp("corpus") / "reports.jsonl"
    rows = [make_row(number, f"H{number % 4}") for number in range(12)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def make_base(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a randomly initialised base and its tokenizer to a new directory.

    kind: "llama", "qwen2", or "bert", which is no decoder; `options` go into its configuration.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoModel, BertConfig, LlamaConfig, PreTrainedTokenizerFast, Qwen2Config
    from transformers.utils import logging

    logging.disable_progress_bar()
    byte_level = Tokenizer(models.BPE())
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.decoder = decoders.ByteLevel()
    texts = [make_row(number, "H")["text"] for number in range(6)]
    special = ["<unk>", "<s>", "</s>", "<|endoftext|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    byte_level.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=420, special_tokens=special, initial_alphabet=alphabet)
    )
    configs: dict[str, type] = {"llama": LlamaConfig, "qwen2": Qwen2Config, "bert": BertConfig}

    def make(kind: str, seed: int = 0, dtype: torch.dtype = torch.float32, **options: Any) -> Path:
        names = {"eos_token": "<|endoftext|>"} if kind == "qwen2" else {"bos_token": "<s>", "eos_token": "</s>"}
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=byte_level, **names)
        sizes = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_hidden_layers": BLOCKS}
        heads = {"num_attention_heads": 4} | ({"num_key_value_heads": 2} if kind != "bert" else {})
        torch.manual_seed(seed)
        model = AutoModel.from_config(configs[kind](vocab_size=len(tokenizer), **(sizes | heads | options)))
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1 and "embed" not in name:
                torch.nn.init.normal_(parameter, std=0.2)  # the default is so small that blocks hardly do anything
        directory = tmp_path_factory.mktemp(f"tiny-{kind}")
        model.to(dtype).save_pretrained(directory)
        tokenizer.save_pretrained(directory)
        return directory

    return make


@pytest.fixture(scope="session")
def tiny_llama(make_base: Callable[..., Path]) -> Path:
    return make_base("llama")


@pytest.fixture(scope="session")
def tiny_qwen(make_base: Callable[..., Path]) -> Path:
    return make_base("qwen2")


@pytest.fixture(scope="session")
def make_network(tiny_llama: Path, schema: TaskSchema) -> Callable[..., Network]:
    """A new network on a tiny base; `trained` gives adapter and heads random weights, as if they had learned."""
    import torch

    from pathstage.model.base import BaseConfig, load_base
    from pathstage.model.candidates import Vocabulary
    from pathstage.model.heads import HeadsConfig
    from pathstage.model.network import AdapterConfig, Network

    def make(from_block: int = 2, source: Path = tiny_llama, trained: bool = False) -> Network:
        torch.manual_seed(0)
        base = load_base(BaseConfig(str(source)))
        adapter = AdapterConfig(from_block=from_block, rank=4, alpha=8)
        network = Network(base, schema, adapter, HeadsConfig(), Vocabulary(VOCABULARY)).eval()
        if trained:
            for parameter in network.parameters():
                if parameter.requires_grad:
                    torch.nn.init.normal_(parameter, std=0.1)
        return network

    return make


@pytest.fixture(scope="session")
def checkpoint(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_llama: Path,
    schema: TaskSchema,
    make_network: Callable[..., Network],
) -> Path:
    """The checkpoint of `make_network(trained=True)`; it must be loaded with the tiny Llama as its base."""
    from pathstage.model.base import BaseConfig, load_base
    from pathstage.model.checkpoint import CheckpointSettings, save_checkpoint
    from pathstage.model.heads import HeadsConfig
    from pathstage.model.network import AdapterConfig

    directory = tmp_path_factory.mktemp("trained") / "checkpoint"
    config = BaseConfig(str(tiny_llama))
    base = load_base(config)
    settings = CheckpointSettings(
        name="tiny",
        version="0.0.1",
        base=config,
        base_identity=base.identity,
        schema_fingerprint=schema.fingerprint(),
        max_tokens=200,
        adapter=AdapterConfig(from_block=2, rank=4, alpha=8),
        heads=HeadsConfig(),
        vocabulary=VOCABULARY,
    )
    save_checkpoint(directory, make_network(trained=True), base.tokenizer, schema, settings)
    return directory
