"""Extractor: joins the stages. Load one, give it reports, get records.

from pathstage import Extractor
extraction = Extractor.load().extract("FINAL DIAGNOSIS: …")
extraction.fields["pT"].value

`pathstage.staged.stage_record` makes an extraction a record with stage, details and reasons to review it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import resources
from itertools import islice
from pathlib import Path

import torch

from pathstage.model.calibration import Calibration
from pathstage.model.candidates import collate_candidates
from pathstage.model.checkpoint import Checkpoint, load_checkpoint
from pathstage.model.encode import Encoded, pad
from pathstage.model.evidence import find_evidence
from pathstage.model.prior import with_rules
from pathstage.report import Evidence, Extraction, Failure, FieldValue, ModelInfo, Report
from pathstage.rules import answers
from pathstage.schema import TaskSchema
from pathstage.staged import REVIEW_BELOW

SHIPPED = "breast"
_GPU_BATCH = 16
_MAX_CHARACTERS = 1_000_000
"""More than any report has: a hundred times the longest of those trained on."""


class Extractor:
    """Reads reports with one checkpoint. Make it with `Extractor.load`."""

    def __init__(self, checkpoint: Checkpoint, batch_size: int = 1) -> None:
        self.schema: TaskSchema = checkpoint.schema
        settings = checkpoint.settings
        self.info = ModelInfo(settings.name, settings.base_identity.name, settings.version)
        self.encoder = checkpoint.encoder
        self.calibration = checkpoint.calibration
        self._network = checkpoint.network
        self._batch_size = batch_size

    @classmethod
    def load(
        cls,
        checkpoint: str | Path | None = None,
        *,
        base: str | None = None,
        device: str | None = None,
        batch_size: int | None = None,
        calibrated: bool = True,
    ) -> Extractor:
        """Load a checkpoint directory, or the shipped one.

        base: where the base LLM lies, if not where the checkpoint names it.
        device: "cpu", "cuda" …; the GPU where there is one, if left out.
        batch_size: reports read at once; if left out, one on a CPU, which gains nothing from more.
        calibrated: whether its calibration counts; without, it answers as a checkpoint that is yet to be calibrated.

        Raises CheckpointError or BaseError for what cannot be loaded, ValueError for a device that is not there.
        """
        place = _device(device)
        directory = Path(checkpoint) if checkpoint is not None else shipped_checkpoint()
        loaded = load_checkpoint(directory, base=base, device=place)
        if not calibrated:
            loaded = replace(loaded, calibration=Calibration())
        return cls(loaded, batch_size or (1 if place.type == "cpu" else _GPU_BATCH))

    def thresholds(
        self, *, max_error: float | None = None, review_below: float | None = None
    ) -> dict[str, float | None]:
        """What `pathstage.staged.stage_record` asks of each task's probability.

        max_error: the share of values that may be wrong among those not to be reviewed, of each task.
        review_below: one probability for all tasks. Without either it is `REVIEW_BELOW`.

        Raises ValueError where the checkpoint has no thresholds for `max_error`.
        """
        if max_error is not None:
            return self.calibration.thresholds(max_error)
        return dict.fromkeys(self.schema.names, REVIEW_BELOW if review_below is None else review_below)

    def extract(self, report: Report | str) -> Extraction:
        """Read one report, or the text of one. Raises ValueError for an empty one, or one too long to be one report."""
        report = _as_report(report, "text") if isinstance(report, str) else report
        if problem := _unreadable(report):
            raise ValueError(f"{report.id}: {problem}")
        return self._extract([report])[0]

    def extract_many(self, reports: Iterable[Report | Failure | str]) -> Iterator[Extraction | Failure]:
        """Read a stream of reports, in order, a batch at a time. A text alone gets its place in the stream as its id.

        What failed before passes through; what fails here becomes a Failure, and the rest goes on.
        """
        stream = (
            _as_report(item, f"text-{number}") if isinstance(item, str) else item
            for number, item in enumerate(reports, start=1)
        )
        while batch := list(islice(stream, self._batch_size)):
            yield from self._extract_what_can_be(batch)

    def _extract_what_can_be(self, batch: Sequence[Report | Failure]) -> Iterator[Extraction | Failure]:
        readable = [item for item in batch if isinstance(item, Report) and not _unreadable(item)]
        try:
            extracted = iter(self._extract(readable) if readable else [])
        except Exception as error:  # one report must not end a batch of thousands, whatever it holds
            if len(batch) > 1:
                for item in batch:
                    yield from self._extract_what_can_be([item])
                return
            reason = f"the model could not read this report ({type(error).__name__}); please report this as a bug"
            yield Failure(batch[0].id, batch[0].source, reason)
            return
        for item in batch:
            if isinstance(item, Failure):
                yield item
            elif problem := _unreadable(item):
                yield Failure(item.id, item.source, problem, "not_read" if item.text.strip() else "blank")
            else:
                yield next(extracted)

    @torch.inference_mode()
    def _extract(self, reports: Sequence[Report]) -> list[Extraction]:
        encoded = [self.encoder.encode(report.text) for report in reports]
        ids, mask = pad([one.token_ids for one in encoded], self._network.device)
        found = [one.candidates for one in encoded]
        candidates = collate_candidates(found, self._network.heads.vocabulary, ids.shape[1], self._network.device)
        output = self._network(ids, mask, candidates)
        logits = [task.cpu() for task in output.logits]
        attention = output.attention.cpu()
        return [
            Extraction(report, self._fields(report, one, [task[row] for task in logits], attention[row]), one.findings)
            for row, (report, one) in enumerate(zip(reports, encoded, strict=True))
        ]

    def _fields(
        self, report: Report, encoded: Encoded, logits: Sequence[torch.Tensor], attention: torch.Tensor
    ) -> dict[str, FieldValue]:
        """The value of each task. Shapes: (n_classes) a task; attention (n_tasks, padded_len + 1)."""
        fields = {}
        tokens = len(encoded.token_ids)
        decided = encoded.decided or {}
        rules = {} if encoded.decided is None else answers(decided, self.schema)
        for index, task in enumerate(self.schema.tasks):
            weighed = with_rules(logits[index], task, rules.get(task.name))
            probabilities = (weighed / self.calibration.temperature(task.name)).softmax(dim=-1)
            best = int(probabilities.argmax())
            value = task.classes[best]
            evidence: tuple[Evidence, ...] = ()
            if value != task.absent and task.name in decided and decided[task.name].value == value:
                found = decided[task.name]  # what was read says more than where was looked
                evidence = (report.quote(found.start, found.end),)
            elif value != task.absent:
                look = torch.cat([attention[index, :tokens], attention[index, -1:]])
                evidence = find_evidence(report, encoded, look)
            by_class = dict(zip(task.classes, probabilities.tolist(), strict=True))
            fields[task.name] = FieldValue(value, by_class[value], evidence, by_class)
        return fields


def shipped_checkpoint() -> Path:
    """The directory of the checkpoint that comes with the package."""
    return Path(str(resources.files("pathstage") / "checkpoints" / SHIPPED))


def _unreadable(report: Report) -> str | None:
    """Why the model should not be given this report; None if it can be."""
    if not report.text.strip():
        return "the report holds no text"
    if len(report.text) > _MAX_CHARACTERS:
        return f"the text has {len(report.text):,} characters, too many for one report; split it, one report a file"
    return None


def _as_report(text: str, name: str) -> Report:
    return Report(id=name, source=name, text=text)


def _device(name: str | None) -> torch.device:
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(name)
    except RuntimeError:
        raise ValueError(f"{name!r} is not a device; use cpu, cuda or cuda:1") from None
    if place.type == "cuda" and (not torch.cuda.is_available() or (place.index or 0) >= torch.cuda.device_count()):
        raise ValueError(f"{name}: this machine has no such GPU, or torch was installed without CUDA; use --device cpu")
    try:
        torch.zeros(1, device=place).item()
    except (RuntimeError, AssertionError):  # whichever the backend of the device raises when it is not there
        raise ValueError(f"{name}: torch cannot compute on such a device here; use --device cpu") from None
    return place
