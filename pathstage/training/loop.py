"""The training loop: read it from top to bottom."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pathstage import __version__
from pathstage.corpus.dataset import CorpusError, LabelledReport, read_corpus
from pathstage.model.base import Base, load_base
from pathstage.model.candidates import Vocabulary
from pathstage.model.checkpoint import CheckpointSettings, save_checkpoint, start_network
from pathstage.model.encode import Encoder
from pathstage.model.network import Network
from pathstage.schema import TaskSchema, load_schema
from pathstage.training.card import write_card
from pathstage.training.config import OptimizerConfig, TrainingConfig, load_config
from pathstage.training.examples import Example, batches, look_at, lower_states, make_example
from pathstage.training.loss import class_weights, loss
from pathstage.training.state import epochs_done, load_state, save_state

Log = Callable[[str], None]


def train(config_path: str | Path, *, resume: bool = True, log: Log = print) -> Path:
    """Train the checkpoint that a configuration file describes; returns its directory, `<output>/checkpoint`.

    A run that was cut short goes on from its last whole epoch unless `resume` is False. Scores that cross-validation
    of the same configuration left in `<output>` go into the checkpoint's metrics and model card.

    Raises ConfigError, CorpusError, SchemaError or BaseError for what the configuration names and is not there.
    """
    config = load_config(config_path)
    schema = load_schema(config.schema)
    base = load_base(config.base, device())
    reports, examples = load_examples(config.data, config, schema, base.tokenizer)
    extra, more = load_examples(config.extra, config, schema, base.tokenizer) if config.extra else ([], [])
    examples += more
    network = new_network(base, config, schema, examples)
    log(f"{len(examples)} reports, {sum(len(e.encoded.token_ids) for e in examples)} tokens, on {network.device}")

    output = Path(config.output)
    state_file = output / "state.safetensors"
    if not resume:
        state_file.unlink(missing_ok=True)
    left = epochs_done(state_file, fingerprint(config, examples)) < config.optimizer.epochs
    states = lower_states(network, examples) if config.keep_lower_states and left else None
    fit(network, schema, examples, states, config, state_file, log)
    directory = output / "checkpoint"
    settings = checkpoint_settings(config, base, schema, network)
    save_checkpoint(directory, network, base.tokenizer, schema, settings)
    write_card(directory, config, settings, schema, reports, len(extra), fingerprint(config, examples))
    log(f"checkpoint written to {directory}")
    return directory


def device() -> str:
    """Where training computes: on the GPU where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def new_network(base: Base, config: TrainingConfig, schema: TaskSchema, examples: Sequence[Example]) -> Network:
    """A network on `base` to be trained on `examples`: untrained, or as the checkpoint `config.start` left it.

    The base becomes part of the network; load another for a second one. Raises CheckpointError for a start that the
    configuration does not fit.
    """
    torch.manual_seed(config.seed)
    vocabulary = Vocabulary.of(candidate for example in examples for candidate in example.encoded.candidates)
    if config.start is None:
        return Network(base, schema, config.adapter, config.heads, vocabulary)
    return start_network(Path(config.start), base, schema, config.adapter, config.heads, vocabulary)


def checkpoint_settings(config: TrainingConfig, base: Base, schema: TaskSchema, network: Network) -> CheckpointSettings:
    """What a checkpoint of `network`, trained on `base` as `config` says, says of itself."""
    return CheckpointSettings(
        name=config.name,
        version=__version__,
        base=config.base,
        base_identity=base.identity,
        schema_fingerprint=schema.fingerprint(),
        max_tokens=config.max_tokens,
        adapter=config.adapter,
        heads=config.heads,
        vocabulary=network.heads.vocabulary.words,
        rules=config.rules,
    )


def load_examples(
    paths: Sequence[str], config: TrainingConfig, schema: TaskSchema, tokenizer: Any, *, rules: bool = False
) -> tuple[list[LabelledReport], list[Example]]:
    """The reports of some corpus files, and what training makes of each. Raises CorpusError.

    rules: whether to ask the rules too where the network learns nothing of what they find.
    """
    reports = [report for path in paths for report in read_corpus(path, schema)]
    if not reports:
        raise CorpusError(f"{', '.join(paths)}: no reports to train on")
    encoder = Encoder(tokenizer, schema, config.max_tokens, rules=rules, candidates=config.heads.reads_findings)
    return reports, [make_example(report, encoder) for report in reports]


def fit(
    network: Network,
    schema: TaskSchema,
    examples: Sequence[Example],
    states: Sequence[Tensor] | None,
    config: TrainingConfig,
    state_file: Path | None,
    log: Log,
) -> None:
    """Train `network` on `examples` in place, saving its state to `state_file` after every epoch.

    states: the examples' lower states (see `lower_states`), or None to compute them in every step.
    """
    settings = config.optimizer
    optimizer = _optimizer(network, settings)
    weights = class_weights([example.targets for example in examples], schema, config.loss.balance)
    run = fingerprint(config, examples)
    steps_an_epoch = math.ceil(len(examples) / settings.batch_size)
    done = load_state(state_file, network, optimizer, run) if state_file else 0
    network.train()
    for epoch in range(done, settings.epochs):
        # Seeded an epoch, so that a resumed run takes the same steps as one that was never cut short.
        torch.manual_seed(config.seed * 100_003 + epoch)
        generator = torch.Generator().manual_seed(config.seed * 100_003 + epoch)
        started, total = time.monotonic(), 0.0
        shuffled = batches(examples, states, settings.batch_size, network.heads.vocabulary, network.device, generator)
        for step, batch in enumerate(shuffled):
            rate = schedule(epoch * steps_an_epoch + step, settings.epochs * steps_an_epoch)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate
            value = loss(look_at(network, batch), batch.targets, batch.evidence, weights, config.loss)
            optimizer.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            total += value.item() * len(batch.targets)
        if state_file:
            save_state(state_file, network, optimizer, epoch + 1, run)
        log(
            f"epoch {epoch + 1}/{settings.epochs}  loss {total / len(examples):.4f}  {time.monotonic() - started:.0f} s"
        )
    network.eval()


def schedule(step: int, steps: int) -> float:
    """Factor of the peak learning rate: a linear warm-up over a tenth of `steps`, then a cosine to zero."""
    warm_up = max(1, steps // 10)
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def _optimizer(network: Network, settings: OptimizerConfig) -> torch.optim.Optimizer:
    heads = list(network.heads.parameters())
    adapter = [parameter for parameter in network.adapted.parameters() if parameter.requires_grad]
    groups = [
        {"params": adapter, "peak": settings.adapter_rate},
        {"params": heads, "peak": settings.heads_rate},
    ]
    return torch.optim.AdamW(groups, lr=settings.adapter_rate, weight_decay=settings.weight_decay)


def fingerprint(config: TrainingConfig, examples: Sequence[Example]) -> str:
    """Identifies a run by its configuration and by what it reads, so that no other run's state is resumed."""
    digest = hashlib.sha256(json.dumps(config.as_dict(), sort_keys=True).encode())
    if config.start is not None:
        for weights in sorted(Path(config.start).glob("*.safetensors")):
            digest.update(weights.read_bytes())
    for example in examples:
        read = example.encoded
        digest.update(repr((read.token_ids, read.candidates, example.targets, example.looks)).encode())
    return digest.hexdigest()
