"""TF-IDF and a linear classifier a task: what words alone tell, without order and without context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from pathstage.baselines.system import answer
from pathstage.corpus.dataset import LabelledReport
from pathstage.prepare import repair
from pathstage.report import Extraction, Report
from pathstage.schema import TaskSchema

# Signs that carry meaning in reports stay in the words: "2+", "t1c", "3/15", "90%", "<1".
_TOKEN = r"[<>≥≤]?\w+(?:[./]\w+)*[+%-]?"


class TfidfLinear:
    """Logistic regression on TF-IDF of words (one to three in a row) and of letters (three to five within a word).

    `C` is the inverse strength of the L2 penalty. Rare classes weigh more, in inverse proportion to their frequency.
    """

    learns = True
    seeded = False  # lbfgs starts at zero and draws nothing
    sources = ("pathstage.baselines.system", "pathstage.prepare")

    def __init__(self, schema: TaskSchema, C: float = 10.0) -> None:
        self._schema = schema
        self._C = C
        self._features: Any = None
        self._classifiers: dict[str, Any] = {}

    @property
    def trained_parameters(self) -> int:
        """Weights and intercepts of all tasks."""
        linear = [one for one in self._classifiers.values() if isinstance(one, LogisticRegression)]
        return sum(one.coef_.size + one.intercept_.size for one in linear)

    @property
    def deployed_models(self) -> int:
        """One classifier a task."""
        return len(self._classifiers)

    def fit(self, rows: Sequence[LabelledReport], seed: int) -> None:
        """Learn the vocabulary and a classifier for each task that has labels."""
        self._features = FeatureUnion(
            [
                ("words", TfidfVectorizer(token_pattern=_TOKEN, ngram_range=(1, 3), min_df=2, sublinear_tf=True)),
                ("letters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True)),
            ]
        )
        matrix = self._features.fit_transform([repair(row.text, self._schema).text for row in rows])
        self._classifiers = {}
        for name in self._schema.names:
            labelled = [at for at, row in enumerate(rows) if name in row.labels]
            labels = [rows[at].labels[name] for at in labelled]
            if labels:
                self._classifiers[name] = self._classifier(labels).fit(matrix[labelled], labels)

    def extract(self, report: Report) -> Extraction:
        """The likeliest class of each task. Raises RuntimeError before `fit`."""
        if self._features is None:
            raise RuntimeError("this system answers after fit()")
        row = self._features.transform([repair(report.text, self._schema).text])
        found = {}
        for name, classifier in self._classifiers.items():
            probabilities = np.asarray(classifier.predict_proba(row))[0]
            found[name] = dict(zip(map(str, classifier.classes_), probabilities.tolist(), strict=True))
        return answer(report, self._schema, found)

    def _classifier(self, labels: Sequence[str]) -> Any:
        if len(set(labels)) == 1:
            return DummyClassifier(strategy="prior")
        return LogisticRegression(C=self._C, class_weight="balanced", max_iter=2000)
