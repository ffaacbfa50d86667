"""pathstage itself, trained on the reports that the benchmark lets it see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pathstage.baselines.ready import extract_or_decline
from pathstage.corpus.dataset import LabelledReport
from pathstage.extractor import Extractor
from pathstage.model.base import load_base
from pathstage.model.calibration import Calibration
from pathstage.model.checkpoint import Checkpoint
from pathstage.model.encode import Encoder
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema
from pathstage.training.config import load_config
from pathstage.training.examples import lower_states, make_example
from pathstage.training.loop import checkpoint_settings, device, load_examples, new_network
from pathstage.training.loop import fit as train


class Trained:
    """A network trained as a training configuration says, but on the rows given instead of the configuration's `data`.

    Its `extra` corpora are trained on as well. The same as `pathstage crossval`, and slower, because the network is
    kept to read other texts: changed reports, for robustness.
    """

    learns = True
    seeded = True
    sources = ("pathstage.training", "pathstage.extractor", "pathstage.model", "pathstage.rules", "pathstage.prepare")
    deployed_models = 1

    def __init__(self, schema: TaskSchema, config: str) -> None:
        self._schema = schema
        self._config = load_config(config)
        self._extractor: Extractor | None = None
        self.trained_parameters = 0

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Train a new network."""
        config = replace(self._config, seed=seed)
        base = load_base(config.base, device())
        encoder = Encoder(
            base.tokenizer,
            self._schema,
            config.max_tokens,
            rules=config.rules,
            candidates=config.heads.reads_findings,
        )
        examples = [make_example(row, encoder) for row in rows]
        if config.extra:
            examples += load_examples(config.extra, config, self._schema, base.tokenizer)[1]
        network = new_network(base, config, self._schema, examples)
        states = lower_states(network, examples) if config.keep_lower_states else None
        train(network, self._schema, examples, states, config, None, _silent)
        settings = checkpoint_settings(config, base, self._schema, network)
        self.trained_parameters = sum(one.numel() for one in network.parameters() if one.requires_grad)
        self._extractor = Extractor(Checkpoint(settings, self._schema, encoder, network, Calibration()))

    def extract(self, report: Report) -> Extraction:
        """What the network answers. Raises DeclinedError as `Released` does, RuntimeError before `fit`."""
        if self._extractor is None:
            raise RuntimeError("this system answers after fit()")
        return extract_or_decline(self._extractor, report)


def _silent(_: str) -> None:
    """A benchmark of many runs says which of them are done, not how each goes."""
