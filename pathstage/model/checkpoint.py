"""Checkpoints: a directory that holds everything a trained model is, but the base.

    adapter_config.json  adapter_model.safetensors   the LoRA adapter, as peft itself saves and loads it
    heads.safetensors                                 the heads
    schema.yaml                                       the tasks, classes and keywords it was trained with
    tokenizer.json  tokenizer_config.json …           the base's tokenizer
    pathstage.json                                    name, base and its hash, preparation, sizes
    calibration.json                                  temperatures and thresholds, once it is calibrated
    metrics.json  README.md                           how it was measured, and the model card

Nothing in it is pickled. `load_checkpoint` refuses a base or a schema other than the ones it was trained with.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from pathstage.model.base import PACKAGED, Base, BaseConfig, BaseError, BaseIdentity, load_base
from pathstage.model.calibration import FILE as CALIBRATION
from pathstage.model.calibration import Calibration, read_calibration
from pathstage.model.candidates import Vocabulary
from pathstage.model.encode import Encoder
from pathstage.model.heads import HeadsConfig
from pathstage.model.network import AdapterConfig, Network
from pathstage.schema import SchemaError, TaskSchema, parse_schema

FORMAT = 2
_ABOUT, _HEADS, _SCHEMA = "pathstage.json", "heads.safetensors", "schema.yaml"


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names it, what is wrong and the cure."""


@dataclass(frozen=True)
class CheckpointSettings:
    """What `pathstage.json` says: how to put the network together, prepare its input, and whether its answers are
    weighed with those of the rules."""

    name: str
    version: str
    base: BaseConfig
    base_identity: BaseIdentity
    schema_fingerprint: str
    max_tokens: int
    adapter: AdapterConfig
    heads: HeadsConfig
    vocabulary: tuple[str, ...]
    rules: bool = True


@dataclass(frozen=True)
class Checkpoint:
    """A trained network, ready to read reports, with the schema and the encoder it was trained with, and what makes
    its scores probabilities."""

    settings: CheckpointSettings
    schema: TaskSchema
    encoder: Encoder
    network: Network
    calibration: Calibration


def save_checkpoint(
    directory: str | Path, network: Network, tokenizer: Any, schema: TaskSchema, settings: CheckpointSettings
) -> None:
    """Write `network` to `directory`, which is made if need be.

    A base at an absolute path is only named in it: loading must be told where it lies.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    # The base is named, not located: where it lay on the machine that trained is no one's business.
    network.adapted.active_peft_config.base_model_name_or_path = settings.base_identity.name
    network.adapted.save_pretrained(str(directory), save_embedding_layers=False)
    (directory / "README.md").unlink()  # peft's own card is a form to fill in
    heads = {name: value.detach().cpu().contiguous() for name, value in network.heads.state_dict().items()}
    save_file(heads, directory / _HEADS)
    tokenizer.save_pretrained(directory)
    (directory / _SCHEMA).write_text(schema.source, encoding="utf-8")
    if Path(settings.base.source).is_absolute():
        settings = replace(settings, base=replace(settings.base, source=settings.base_identity.name))
    for weights in directory.glob("*.safetensors"):
        weights.chmod(0o644)  # safetensors writes for the owner alone, but others are to load it
    # What was fitted to the scores of an earlier network says nothing of this one's.
    (directory / CALIBRATION).unlink(missing_ok=True)
    about = {"format": FORMAT, **asdict(settings)}
    (directory / _ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load_checkpoint(
    directory: str | Path,
    *,
    base: str | None = None,
    schema: TaskSchema | None = None,
    device: torch.device | str = "cpu",
) -> Checkpoint:
    """Load a checkpoint and the base under it.

    base: where the base lies on this machine (see BaseConfig.source), if not where the checkpoint names it.
    schema: refuse the checkpoint unless it has the tasks and classes of this schema.

    Raises CheckpointError for a directory that is no checkpoint, one that is damaged, one of another format, and for
    a base or schema that it was not trained with; BaseError when the base cannot be loaded.
    """
    directory = Path(directory)
    settings = read_settings(directory)
    own = _own_schema(directory, settings, schema)
    try:
        loaded = load_base(replace(settings.base, source=base) if base else settings.base, device)
    except BaseError as error:
        if base or settings.base.source == PACKAGED:
            raise
        raise BaseError(
            f"{error} (if {settings.base_identity.name} lies elsewhere, name its place with --base)"
        ) from error
    if difference := loaded.identity.differs_from(settings.base_identity):
        raise CheckpointError(
            f"{directory} was trained on {settings.base_identity.name}; {loaded.identity.name} is another base"
            f" ({difference}). Name the right one with --base."
        )
    try:
        calibration = read_calibration(directory)
    except ValueError as error:
        raise CheckpointError(str(error)) from error
    return Checkpoint(settings, own, *_assemble(directory, settings, own, loaded), calibration)


def start_network(
    directory: Path, base: Base, schema: TaskSchema, adapter: AdapterConfig, heads: HeadsConfig, vocabulary: Vocabulary
) -> Network:
    """A network with the adapter and heads of the checkpoint in `directory`, to be trained further.

    What `vocabulary` has and the checkpoint lacks gets new embeddings. Raises CheckpointError unless the checkpoint
    has the same base, tasks and shape of adapter.
    """
    settings = read_settings(directory)
    if (settings.adapter, settings.heads.queries) != (adapter, heads.queries):
        raise CheckpointError(f"{directory}: its adapter or heads have another shape than the configuration's")
    if base.identity.differs_from(settings.base_identity) or schema.fingerprint() != settings.schema_fingerprint:
        raise CheckpointError(
            f"{directory}: was trained on another base or for another schema than the configuration's"
        )
    known = settings.vocabulary
    words = (*known, *(word for word in vocabulary.words if word not in set(known)))
    try:
        network = Network(base, schema, adapter, heads, Vocabulary(words), adapter_directory=str(directory))
        saved = load_file(directory / _HEADS)
        embeddings = network.heads.attributes.weight.detach().clone()
        embeddings[: len(known) + 1] = saved["attributes.weight"]
        network.heads.load_state_dict(saved | {"attributes.weight": embeddings})
    except (OSError, SafetensorError, RuntimeError, ValueError, KeyError) as error:
        raise CheckpointError(f"{directory} is damaged: {str(error).splitlines()[0]}") from error
    return network


def read_settings(directory: Path) -> CheckpointSettings:
    """What the checkpoint in `directory` says of itself. Raises CheckpointError."""
    try:
        about = json.loads((directory / _ABOUT).read_text(encoding="utf-8"))
        found = about.pop("format")
        if found != FORMAT:
            raise CheckpointError(f"{directory}: checkpoint format {found}; this pathstage reads format {FORMAT}")
        return TypeAdapter(CheckpointSettings).validate_python(about)
    except FileNotFoundError:
        raise CheckpointError(f"{directory} is not a checkpoint: it has no {_ABOUT}") from None
    except (UnicodeDecodeError, json.JSONDecodeError, AttributeError, KeyError, TypeError, ValidationError) as error:
        raise CheckpointError(f"{directory}: {_ABOUT} is damaged ({type(error).__name__})") from error


def read_schema(directory: Path) -> TaskSchema:
    """The schema that the checkpoint in `directory` was trained for. Raises CheckpointError."""
    return _own_schema(directory, read_settings(directory), None)


def _own_schema(directory: Path, settings: CheckpointSettings, wanted: TaskSchema | None) -> TaskSchema:
    path = directory / _SCHEMA
    if not path.is_file():
        raise CheckpointError(f"{directory} is damaged: it has no {_SCHEMA}")
    try:
        own = parse_schema(path.read_text(encoding="utf-8"), str(path))
    except (UnicodeDecodeError, SchemaError) as error:
        raise CheckpointError(f"{directory} is damaged: its {_SCHEMA} is no schema") from error
    if own.fingerprint() != settings.schema_fingerprint:
        raise CheckpointError(f"{path} was changed: its tasks or classes are not those the heads were trained for")
    if wanted is not None and wanted.fingerprint() != own.fingerprint():
        raise CheckpointError(
            f"{directory} answers the tasks of {own.name} version {own.version}, not those of"
            f" {wanted.name} version {wanted.version}; train a checkpoint for that schema"
        )
    return own


def _assemble(directory: Path, settings: CheckpointSettings, schema: TaskSchema, base: Base) -> tuple[Encoder, Network]:
    try:
        vocabulary = Vocabulary(settings.vocabulary)
        network = Network(base, schema, settings.adapter, settings.heads, vocabulary, adapter_directory=str(directory))
        network.heads.load_state_dict(load_file(directory / _HEADS))
        tokenizer = AutoTokenizer.from_pretrained(directory)
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        # These messages quote tensor names and sizes; their first line is enough to see which file is at fault.
        raise CheckpointError(f"{directory} is damaged: {str(error).splitlines()[0]}") from error
    network.eval()
    encoder = Encoder(
        tokenizer, schema, settings.max_tokens, rules=settings.rules, candidates=settings.heads.reads_findings
    )
    return encoder, network
