"""Systems that learn nothing in a benchmark: the rules, and a checkpoint that is already trained."""

from __future__ import annotations

from collections.abc import Sequence

from pathstage.baselines.rules import RulesExtractor
from pathstage.corpus.dataset import LabelledReport
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema


class Rules:
    """The rules of the schema."""

    learns = False
    seeded = False
    sources = ("pathstage.baselines.rules", "pathstage.rules", "pathstage.prepare")
    trained_parameters = 0
    deployed_models = 0

    def __init__(self, schema: TaskSchema) -> None:
        self._extractor = RulesExtractor(schema)

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Nothing is learned."""

    def extract(self, report: Report) -> Extraction:
        """What the heaviest finding of each task says."""
        return self._extractor.extract(report)


class Released:
    """A trained checkpoint, the shipped one if none is named.

    For reports it was not trained on: on its own training reports it scores what it remembers.
    """

    learns = False
    seeded = False
    sources = (
        "pathstage.extractor",
        "pathstage.model",
        "pathstage.rules",
        "pathstage.prepare",
        "pathstage.checkpoints",
    )
    deployed_models = 1

    def __init__(self, schema: TaskSchema, checkpoint: str | None = None) -> None:
        # torch is not loaded for the systems that do without.
        from pathstage.extractor import Extractor, shipped_checkpoint
        from pathstage.model.checkpoint import load_checkpoint

        loaded = load_checkpoint(checkpoint or shipped_checkpoint(), schema=schema)
        self.trained_parameters = sum(one.numel() for one in loaded.network.parameters() if one.requires_grad)
        self._extractor = Extractor(loaded)

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Nothing is learned."""

    def extract(self, report: Report) -> Extraction:
        """What the checkpoint answers. Raises ValueError for an empty report."""
        return self._extractor.extract(report)
