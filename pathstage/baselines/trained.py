"""pathstage itself, trained on the reports that the benchmark lets it see: one network for all tasks, or one a task."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from pathstage.baselines.ready import extract_or_decline
from pathstage.corpus.dataset import LabelledReport
from pathstage.extractor import Extractor
from pathstage.model.base import Base, load_base
from pathstage.model.calibration import Calibration
from pathstage.model.checkpoint import Checkpoint
from pathstage.model.encode import Encoder
from pathstage.model.network import Network
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema
from pathstage.training.config import TrainingConfig, load_config
from pathstage.training.examples import Example, lower_states, make_example, only
from pathstage.training.loop import checkpoint_settings, device, fingerprint, load_examples, new_network
from pathstage.training.loop import fit as train
from pathstage.training.state import epochs_done

_SOURCES = ("pathstage.training", "pathstage.extractor", "pathstage.model", "pathstage.prepare")


class Trained:
    """Networks trained as a training configuration says, but on the rows given instead of the configuration's `data`.

    Its `extra` corpora are trained on as well. `changes` are values to take for those of the file, nested as there.
    `a_network_a_task` trains a network for each task, every one with the adapter and the steps that the network of all
    tasks would have, and asks each for its own task alone.

    The same as `pathstage crossval`, but the network is there to read other texts: changed reports, for robustness.
    What was trained stays in `<output>/networks`, so that new rules or other texts need no new training;
    `spared_cpu_seconds` is what the last `fit` did not have to spend because of it.
    """

    learns = True
    seeded = True

    def __init__(
        self,
        schema: TaskSchema,
        config: str,
        changes: Mapping[str, Any] | None = None,
        a_network_a_task: bool = False,
    ) -> None:
        self._schema = schema
        self._config = load_config(config, changes)
        asks_rules = self._config.rules or self._config.heads.reads_findings
        self.sources = _SOURCES + (("pathstage.rules",) if asks_rules else ())
        self._groups = [(name,) for name in schema.names] if a_network_a_task else [schema.names]
        self._extractors: list[Extractor] = []
        self.deployed_models = len(self._groups)
        self.trained_parameters = 0
        self.spared_cpu_seconds = 0.0

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Train new networks, or take those that were trained on the same before."""
        config = replace(self._config, seed=seed)
        tokenizer = load_base(config.base, device()).tokenizer
        encoder = Encoder(
            tokenizer, self._schema, config.max_tokens, rules=config.rules, candidates=config.heads.reads_findings
        )
        examples = [make_example(row, encoder) for row in rows]
        if config.extra:
            examples += load_examples(config.extra, config, self._schema, tokenizer)[1]
        states: list[Tensor] = []
        self._extractors, self.trained_parameters, self.spared_cpu_seconds = [], 0, 0.0
        for tasks in self._groups:
            base = load_base(config.base, device())
            network = self._network(base, config, [only(one, tasks, self._schema) for one in examples], states)
            settings = checkpoint_settings(config, base, self._schema, network)
            self.trained_parameters += sum(one.numel() for one in network.parameters() if one.requires_grad)
            self._extractors.append(Extractor(Checkpoint(settings, self._schema, encoder, network, Calibration())))

    def _network(
        self, base: Base, config: TrainingConfig, examples: Sequence[Example], states: list[Tensor]
    ) -> Network:
        """A trained network. `states`, if not filled yet, is filled with the lower states, the same for all networks,
        which share the frozen blocks."""
        network = new_network(base, config, self._schema, examples)
        run = fingerprint(config, examples)
        state_file = Path(config.output) / "networks" / f"{run[:16]}.safetensors"
        spent = state_file.with_suffix(".cpu_seconds")
        if spent.is_file() and epochs_done(state_file, run) == config.optimizer.epochs:
            self.spared_cpu_seconds += float(spent.read_text(encoding="ascii"))
            train(network, self._schema, examples, None, config, state_file, _silent)
            return network
        started = time.process_time()
        if config.keep_lower_states and not states:
            states += lower_states(network, examples)
        train(network, self._schema, examples, states or None, config, state_file, _silent)
        spent.write_text(str(time.process_time() - started), encoding="ascii")
        return network

    def extract(self, report: Report) -> Extraction:
        """What the networks answer. Raises DeclinedError as `Released` does, RuntimeError before `fit`."""
        if not self._extractors:
            raise RuntimeError("this system answers after fit()")
        read = [extract_or_decline(extractor, report) for extractor in self._extractors]
        fields = {task: one.fields[task] for tasks, one in zip(self._groups, read, strict=True) for task in tasks}
        return replace(read[0], fields=fields)


def _silent(_: str) -> None:
    """A benchmark of many runs says which of them are done, not how each goes."""
