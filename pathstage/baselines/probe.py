"""A probe: what the frozen language model knows of a report without any adapter, read off by a linear classifier."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pathstage.baselines.system import answer
from pathstage.corpus.dataset import LabelledReport
from pathstage.model.base import PACKAGED, BaseConfig, load_base
from pathstage.model.encode import Encoder, pad
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema


class FrozenProbe:
    """Logistic regression a task on the states of a frozen base, their mean and their maximum over the tokens.

    `source` and `blocks` are those of `BaseConfig`; `max_tokens` bounds what is read of a report, cut down to the
    passages that speak of the tasks as for the network. `C` is the inverse strength of the L2 penalty.
    """

    learns = True
    seeded = False
    sources = ("pathstage.baselines.system", "pathstage.model.base", "pathstage.model.encode", "pathstage.prepare")
    deployed_models = 1

    def __init__(
        self,
        schema: TaskSchema,
        source: str = PACKAGED,
        blocks: int | None = None,
        max_tokens: int = 288,
        C: float = 0.01,
        device: Literal["cpu", "cuda"] = "cpu",
    ) -> None:
        self._schema = schema
        self._base = load_base(BaseConfig(source=source, blocks=blocks), device)
        self._encoder = Encoder(self._base.tokenizer, schema, max_tokens, rules=False)
        self._C = C
        self._features: dict[str, NDArray[np.float32]] = {}
        self._classifiers: dict[str, Any] = {}
        self._only: dict[str, str] = {}

    @property
    def trained_parameters(self) -> int:
        """Weights and intercepts of all tasks."""
        linear = [one[-1] for one in self._classifiers.values()]
        return sum(one.coef_.size + one.intercept_.size for one in linear)

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Learn a classifier for each task that has labels."""
        features = np.stack([self._read(row.text) for row in rows])
        self._classifiers, self._only = {}, {}
        for name in self._schema.names:
            labelled = [at for at, row in enumerate(rows) if name in row.labels]
            labels = [rows[at].labels[name] for at in labelled]
            if len(set(labels)) == 1:
                self._only[name] = labels[0]
            elif labels:
                linear = LogisticRegression(C=self._C, class_weight="balanced", max_iter=1000)
                self._classifiers[name] = make_pipeline(StandardScaler(), linear).fit(features[labelled], labels)

    def extract(self, report: Report) -> Extraction:
        """The likeliest class of each task. Raises RuntimeError before `fit`."""
        if not self._classifiers and not self._only:
            raise RuntimeError("this system answers after fit()")
        row = self._read(report.text)[None]
        found = {name: {label: 1.0} for name, label in self._only.items()}
        for name, classifier in self._classifiers.items():
            shares = classifier.predict_proba(row)[0].tolist()
            found[name] = dict(zip(map(str, classifier.classes_), shares, strict=True))
        return answer(report, self._schema, found)

    @torch.inference_mode()
    def _read(self, text: str) -> NDArray[np.float32]:
        """Mean and maximum of a report's states. Shape: (2 × width,). Nothing of it is learned, so it is done once."""
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self._features:
            ids, mask = pad([self._encoder.encode(text).token_ids], self._base.model.device)
            states = self._base.model(input_ids=ids, attention_mask=mask.long(), use_cache=False).last_hidden_state[0]
            pooled = torch.cat([states.mean(dim=0), states.amax(dim=0)])
            self._features[key] = pooled.float().cpu().numpy()
        return self._features[key]
