"""Reports that repeat each other: identical words, or nearly so.

Near-duplicates are found by MinHash (Broder 1997) with locality-sensitive hashing over shingles of words, and every
candidate's Jaccard similarity is then computed exactly, so a reported similarity is never an estimate.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from pathstage.corpus.dataset import LabelledReport

# Measured on real reports (docs/corpus.md): finds nearly all copies with 5 words in 100 changed, as a second scan of
# the same page has, and matches about 1 real report in 100, mostly short forms filled in alike.
NEAR = 0.6

_WORD = re.compile(r"\w+")


class Key(NamedTuple):
    """Names a report in the index: the part of a split (or the file) it belongs to, and its id."""

    part: str
    id: str


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier report whose text a new one repeats. `similarity` is 1.0 for the same words in the same order."""

    key: Key
    similarity: float
    exact: bool


class DuplicateIndex:
    """Finds, for each report added, the earlier ones it repeats; case, spacing and punctuation do not count.

    `threshold` is the Jaccard similarity (0 to 1) of the sets of `shingle` successive words from which two reports
    count as near-duplicates. Of identical reports only the first in each part is kept to compare with, so that a
    thousand copies cost no more than one. Texts are not kept: some 10 KB for each report are.
    """

    def __init__(self, threshold: float = NEAR, shingle: int = 3, permutations: int = 128) -> None:
        """Raises ValueError for a threshold outside (0, 1]."""
        if not 0 < threshold <= 1:
            raise ValueError(f"the similarity threshold must lie between 0 and 1, not {threshold}")
        self.threshold = threshold
        self._shingle = shingle
        self._lsh = MinHashLSH(num_perm=permutations, params=_bands(threshold, permutations))
        self._blank = MinHash(num_perm=permutations, hashfunc=int)
        self._shingles: dict[Key, NDArray[np.uint32]] = {}
        self._exact: dict[bytes, dict[str, Key]] = {}

    def add(self, key: Key, text: str) -> list[Match]:
        """Add a report and return the earlier ones it repeats, most similar first.

        Identical reports are matched with the first of each part. A text without words matches nothing. Under a key
        that was used before, the first text stays.
        """
        words = _WORD.findall(text.casefold())
        if not words:
            return []
        digest = hashlib.blake2b(" ".join(words).encode(), digest_size=16).digest()
        holders = self._exact.setdefault(digest, {})
        matches = [Match(holder, 1.0, True) for holder in holders.values()]
        seen = {match.key for match in matches}
        shingles = self._hash(words)
        sketch = self._blank.copy()
        sketch.update_batch(shingles.tolist())
        for candidate in self._lsh.query(sketch):
            similarity = _jaccard(shingles, self._shingles[candidate])
            if candidate not in seen and similarity >= self.threshold:
                matches.append(Match(candidate, similarity, False))
        if key.part not in holders and key not in self._shingles:
            holders[key.part] = key
            self._shingles[key] = shingles
            self._lsh.insert(key, sketch)
        return sorted(matches, key=lambda match: (-match.similarity, match.key))

    def _hash(self, words: list[str]) -> NDArray[np.uint32]:
        """Sorted distinct hashes of the text's shingles. Shape: (shingles,)."""
        last = max(1, len(words) - self._shingle + 1)
        hashes = {zlib.crc32(" ".join(words[at : at + self._shingle]).encode()) for at in range(last)}
        return np.array(sorted(hashes), dtype=np.uint32)


def duplicate_pairs(rows: Iterable[LabelledReport], threshold: float = NEAR) -> list[tuple[str, str]]:
    """Pairs of row ids whose texts repeat each other, each exact copy with the first one: what no split may part."""
    index = DuplicateIndex(threshold)
    return [(match.key.id, row.id) for row in rows for match in index.add(Key("", row.id), row.text)]


def _bands(threshold: float, permutations: int) -> tuple[int, int]:
    """(bands, rows per band) that overlook at most 1 pair in 100 at the threshold, and fewer above it.

    A pair of similarity s shares a band with probability 1 - (1 - s^rows)^bands (Leskovec et al., Mining of Massive
    Datasets, 3.4). Candidates are verified, so a candidate too many costs a little time and a missed pair is a leak.
    """
    rows = max(
        (r for r in range(2, permutations + 1) if (1 - threshold**r) ** (permutations // r) <= 0.01),
        default=1,
    )
    return permutations // rows, rows


def _jaccard(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> float:
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / (len(left) + len(right) - common)
