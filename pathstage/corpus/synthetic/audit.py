"""How far a synthetic corpus is from a real one, and whether it copies from it.

    python -m pathstage.corpus.synthetic.audit --synthetic corpus.jsonl --real reports.jsonl.gz [--other more.jsonl.gz]

Leak check: sentences of ten words or more that are also a sentence of a real report, and runs of ten words that are.
Distances: length, vocabulary, share of sections, share of classes, and how well a linear classifier over words tells
the two apart (5-fold cross-validated AUC; 0.5 is indistinguishable). Only synthetic words are ever printed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

RUN = 10
_WORD = re.compile(r"[a-z0-9]+")
# What `noise` and OCR write at a line break or a sentence end.
_SENTENCE = re.compile(r"[.:;?!]\s+|\n")
SECTIONS = (
    "diagnosis", "gross", "microscopic", "history", "synoptic|synopsis|summary|checklist", "addendum",
    "intraoperative|frozen", "comment", "immunohisto|receptor",
)  # fmt: skip


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a corpus file, one at a time."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of ten words of a text, in lower case without punctuation."""
    found = _WORD.findall(text.lower())
    for i in range(len(found) - RUN + 1):
        yield tuple(found[i : i + RUN])


def sentences(text: str) -> Iterator[str]:
    """Sentences of ten words or more, their words in lower case joined by blanks."""
    for part in _SENTENCE.split(text):
        found = _WORD.findall(part.lower())
        if len(found) >= RUN:
            yield " ".join(found)


def leaks(synthetic: Sequence[str], real: Sequence[str]) -> dict[str, Any]:
    """Counts and (synthetic) words of sentences, and of runs of ten words with a letter in most, that a real text has.

    Words of which half or more are figures (measurements, block lists) are no wording and are left out.
    """
    real_sentences = {sentence for text in real for sentence in sentences(text)}
    real_runs = {hash(run) for text in real for run in runs(text)}
    copied = Counter(s for text in synthetic for s in sentences(text) if s in real_sentences and _worded(s.split()))
    shared = Counter(
        " ".join(run) for text in synthetic for run in runs(text) if hash(run) in real_runs and _worded(run)
    )
    return {
        "sentences": sum(copied.values()),
        "runs": sum(shared.values()),
        "copied": copied.most_common(20),
        "shared": shared.most_common(30),
    }


def _worded(words: Sequence[str]) -> bool:
    return sum(word.isalpha() and len(word) > 1 for word in words) > len(words) // 2


def distances(synthetic: Sequence[dict[str, Any]], real: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Length quantiles, vocabulary overlap, section and class shares and the real-or-synthetic AUC of two samples."""
    ours, theirs = [row["text"] for row in synthetic], [row["text"] for row in real]
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    tokens = [Counter(_WORD.findall(" ".join(texts).lower())) for texts in (ours, theirs)]
    common = [{word for word, n in counts.most_common(3000) if word.isalpha()} for counts in tokens]
    covered = sum(n for word, n in tokens[1].items() if word in tokens[0]) / tokens[1].total()
    return {
        "length_quantiles": {
            "synthetic": [round(float(q)) for q in np.quantile([len(t) for t in ours], levels)],
            "real": [round(float(q)) for q in np.quantile([len(t) for t in theirs], levels)],
        },
        "vocabulary_jaccard_of_3000_commonest": round(len(common[0] & common[1]) / len(common[0] | common[1]), 3),
        "real_tokens_known_to_synthetic": round(covered, 3),
        "section_share": {
            pattern: [
                round(float(np.mean([bool(re.search(pattern, t, re.I)) for t in texts])), 2) for texts in (ours, theirs)
            ]
            for pattern in SECTIONS
        },
        "class_share": _class_shares(synthetic, real),
        "classifier_auc": _auc(ours, theirs),
    }


def _class_shares(
    synthetic: Sequence[dict[str, Any]], real: Sequence[dict[str, Any]]
) -> dict[str, dict[str, list[float]]]:
    shares: dict[str, dict[str, list[float]]] = {}
    for side, rows in enumerate((synthetic, real)):
        for row in rows:
            for task, label in row.get("labels", {}).items():
                shares.setdefault(task, {}).setdefault(label, [0.0, 0.0])[side] += 1 / len(rows)
    return {
        task: {label: [round(s, 3) for s in pair] for label, pair in sorted(found.items())}
        for task, found in shares.items()
    }


def _auc(ours: Sequence[str], theirs: Sequence[str]) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    few = list(ours)[: 5 * len(theirs)]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=10, class_weight="balanced", max_iter=1000),
    )
    scores = cross_val_score(model, few + list(theirs), [0] * len(few) + [1] * len(theirs), cv=5, scoring="roc_auc")
    return round(float(scores.mean()), 3)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line: print the measures as JSON; exit code 1 when a sentence of ten words is copied."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthetic", type=Path, required=True)
    parser.add_argument("--real", type=Path, required=True, help="corpus to measure distances to and check for leaks")
    parser.add_argument("--other", type=Path, action="append", default=[], help="further real text for the leak check")
    parser.add_argument("--leaks-only", action="store_true")
    arguments = parser.parse_args(argv)
    synthetic, real = list(read_rows(arguments.synthetic)), list(read_rows(arguments.real))
    texts = [row["text"] for row in real] + [row["text"] for path in arguments.other for row in read_rows(path)]
    found: dict[str, Any] = {"leaks": leaks([row["text"] for row in synthetic], texts)}
    if not arguments.leaks_only:
        found |= distances(synthetic, real)
    json.dump(found, sys.stdout, indent=1)
    print()
    return 1 if found["leaks"]["sentences"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
