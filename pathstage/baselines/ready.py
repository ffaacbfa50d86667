"""Systems that learn nothing in a benchmark: the rules, and a checkpoint that is already trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pathstage.baselines.rules import RulesExtractor
from pathstage.baselines.system import DeclinedError
from pathstage.corpus.dataset import LabelledReport
from pathstage.report import Extraction, Failure, Report
from pathstage.schema import TaskSchema

if TYPE_CHECKING:
    from pathstage.extractor import Extractor


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
    """A trained checkpoint, the shipped one if none is named, on its base or the one at `base`.

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

    def __init__(self, schema: TaskSchema, checkpoint: str | None = None, base: str | None = None) -> None:
        # torch is not loaded for the systems that do without.
        from pathstage.extractor import Extractor, shipped_checkpoint
        from pathstage.model.checkpoint import load_checkpoint

        loaded = load_checkpoint(checkpoint or shipped_checkpoint(), base=base, schema=schema)
        self.trained_parameters = sum(one.numel() for one in loaded.network.parameters() if one.requires_grad)
        self._extractor = Extractor(loaded)

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Nothing is learned."""

    def extract(self, report: Report) -> Extraction:
        """What the checkpoint answers. Raises DeclinedError for a report that becomes a failure."""
        return extract_or_decline(self._extractor, report)


def extract_or_decline(extractor: Extractor, report: Report) -> Extraction:
    """One report read as it is in a batch. Raises DeclinedError where the batch would have a failure."""
    (result,) = extractor.extract_many([report])
    if isinstance(result, Failure):
        raise DeclinedError(result.error)
    return result
