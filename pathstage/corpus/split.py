"""Splits that keep a hospital whole: what is learned on some hospitals is tested on others, never on the same one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from pathstage.corpus.dataset import LabelledReport


def hospital_folds(rows: Sequence[LabelledReport], k: int, seed: int = 0) -> list[list[int]]:
    """Row indices of `k` folds of about equal size, each hospital in exactly one of them.

    Hospitals are dealt largest first to the smallest fold; `seed` shuffles hospitals of equal size. Raises ValueError
    when there are fewer hospitals than folds.
    """
    sizes = Counter(row.hospital for row in rows)
    if len(sizes) < k:
        raise ValueError(f"{len(sizes)} hospitals cannot fill {k} folds")
    order = np.random.default_rng(seed).permutation(sorted(sizes))
    fold_of: dict[str, int] = {}
    filled = [0] * k
    for hospital in sorted(order, key=lambda name: -sizes[name]):
        fold = filled.index(min(filled))
        fold_of[str(hospital)] = fold
        filled[fold] += sizes[hospital]
    folds: list[list[int]] = [[] for _ in range(k)]
    for index, row in enumerate(rows):
        folds[fold_of[row.hospital]].append(index)
    return folds
