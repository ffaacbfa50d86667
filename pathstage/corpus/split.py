"""Splits of a corpus: stratified over all tasks at once, groups kept whole, saved with the hash of their corpus.

What is learned on some hospitals is tested on others, never on the same one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray
from rich.markup import escape
from rich.table import Table
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pathstage import __version__
from pathstage.corpus.dataset import LabelledReport
from pathstage.schema import TaskSchema

Grouping = Literal["hospital", "patient", "row"]

EIGHTY_TEN_TEN = {"train": 0.8, "dev": 0.1, "test": 0.1}
_METHOD = "grouped iterative stratification (Sechidis et al. 2011) with local search"
_FORMAT = "pathstage split 1"
# Swaps are tried in pairs; above this many groups, moving single groups evens the parts out well enough.
_MOST_GROUPS_TO_SWAP = 1000


class SplitError(ValueError):
    """A split that cannot be made, or a split file that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Split:
    """Which row ids belong to which part, and how they came there.

    `corpus_sha256` identifies the ids and texts that were split (see `corpus_digest`), `schema_sha256` the tasks they
    were stratified over; `fractions` is the share of rows each part was to have.
    """

    parts: dict[str, list[str]]
    fractions: dict[str, float]
    group: Grouping
    seed: int
    corpus_sha256: str
    schema_sha256: str
    method: str = _METHOD
    pathstage: str = __version__
    libraries: dict[str, str] = field(default_factory=lambda: {"numpy": np.__version__, "scipy": scipy.__version__})

    def save(self, path: str | Path) -> None:
        """Write the split file (JSON). The same split gives the same bytes."""
        content = {"format": _FORMAT, **asdict(self), "parts_sha256": _parts_digest(self.parts)}
        content["parts"] = content.pop("parts")  # last, so that what a person looks for is on top
        Path(path).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def part_of(self) -> dict[str, str]:
        """Row id → name of its part."""
        return {row_id: name for name, ids in self.parts.items() for row_id in ids}

    def indices(self, rows: Sequence[LabelledReport]) -> dict[str, list[int]]:
        """Part name → indices of its rows, in the order of `rows`. Raises SplitError for a row of another corpus."""
        part_of = self.part_of()
        chosen: dict[str, list[int]] = {name: [] for name in self.parts}
        for index, row in enumerate(rows):
            if row.id not in part_of:
                raise SplitError(f"row {row.id} is in no part; the split is of another corpus")
            chosen[part_of[row.id]].append(index)
        return chosen


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


def stratified_split(
    rows: Sequence[LabelledReport],
    schema: TaskSchema,
    fractions: Mapping[str, float] = EIGHTY_TEN_TEN,
    group: Grouping = "hospital",
    seed: int = 0,
    together: Iterable[tuple[str, str]] = (),
) -> Split:
    """Split rows into named parts of the given shares so that every class of every task is spread alike.

    Rows of one group go to one part. `together` names pairs of row ids (near-duplicates, say) whose groups must not be
    parted either. Iterative stratification follows Sechidis, Tsoumakas & Vlahavas, On the Stratification of
    Multi-label Data (ECML PKDD 2011): classes are served rarest first, each of its groups going to the part that
    lacks that class most. Whole hospitals are coarse units, so groups are then moved or swapped between parts as long
    as that brings the class counts nearer to their shares.

    Raises SplitError when the shares do not add up to 1, an id occurs twice, a row does not name its group, or there
    are fewer groups than parts.
    """
    names = list(fractions)
    shares = np.array([fractions[name] for name in names], dtype=float)
    if len(names) < 2 or (shares <= 0).any() or abs(shares.sum() - 1) > 1e-6:
        raise SplitError(f"the shares of at least two parts must be positive and add up to 1, not {dict(fractions)}")
    repeated = [row_id for row_id, count in Counter(row.id for row in rows).items() if count > 1]
    if repeated:
        raise SplitError(f"{len(repeated)} ids occur more than once, the first is {repeated[0]!r}; make ids unique")
    group_of = _groups(rows, group, together)
    groups = int(group_of.max(initial=-1)) + 1
    if groups < len(names):
        raise SplitError(f"{groups} groups (by {group}) cannot fill {len(names)} parts; group otherwise or split less")
    counts = _class_counts(rows, schema, group_of, groups)
    desired = shares[:, None] * counts.sum(axis=0)
    assigned = _iterative_stratification(counts, desired, np.random.default_rng(seed))
    _even_out(assigned, counts, desired)
    part_of_row = assigned[group_of]
    return Split(
        parts={
            name: sorted(row.id for row, at in zip(rows, part_of_row, strict=True) if at == part)
            for part, name in enumerate(names)
        },
        fractions={name: float(share) for name, share in zip(names, shares, strict=True)},
        group=group,
        seed=seed,
        corpus_sha256=corpus_digest(rows),
        schema_sha256=schema.fingerprint(),
    )


def stratified_folds(
    rows: Sequence[LabelledReport],
    schema: TaskSchema,
    k: int,
    group: Grouping = "hospital",
    seed: int = 0,
    together: Iterable[tuple[str, str]] = (),
) -> Split:
    """`k` parts of equal share, "fold1" to "foldk", made as `stratified_split` makes its parts. Raises SplitError."""
    if k < 2:
        raise SplitError(f"{k} folds are no folds; ask for 2 or more")
    fractions = {f"fold{number}": 1 / k for number in range(1, k + 1)}
    return stratified_split(rows, schema, fractions, group, seed, together)


def spread_table(split: Split, rows: Sequence[LabelledReport], schema: TaskSchema) -> Table:
    """How a split came out, for a person: reports, hospitals and classes of each part, and what a part has none of."""
    parts = {name: [rows[at] for at in indices] for name, indices in split.indices(rows).items()}
    table = Table(title=f"{len(rows)} reports by {split.group}, seed {split.seed}")
    table.add_column("")
    for name in parts:
        table.add_column(escape(name), justify="right")
    table.add_row("reports", *(str(len(part)) for part in parts.values()))
    table.add_row("hospitals", *(str(len({row.hospital for row in part} - {""})) for part in parts.values()))
    table.add_section()
    lacking: dict[str, list[str]] = {name: [] for name in parts}
    for task in schema.tasks:
        for label in task.classes:
            counts = {name: sum(row.labels.get(task.name) == label for row in part) for name, part in parts.items()}
            if any(counts.values()):
                table.add_row(f"{task.name} {label}", *map(str, counts.values()))
                for name in (name for name, count in counts.items() if not count):
                    lacking[name].append(f"{task.name} {label}")
    table.caption = "\n".join(f"{escape(name)} has no {', '.join(none)}" for name, none in lacking.items() if none)
    return table


def read_split(path: str | Path) -> Split:
    """Read a split file. Raises SplitError when it is not one, or when its parts were edited by hand."""
    path = Path(path)
    if not path.is_file():
        raise SplitError(f"{path}: no such split file")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.pop("format") != _FORMAT:
            raise SplitError(f"{path}: written by another version of pathstage; make the split again")
        parts_sha256 = raw.pop("parts_sha256")
        split = Split(**raw)
        if _parts_digest(split.parts) != parts_sha256:
            raise SplitError(f"{path}: its parts do not match their hash; restore the file or make the split again")
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise SplitError(f"{path}: not a split file ({type(error).__name__})") from None
    return split


def load_split(path: str | Path, rows: Iterable[LabelledReport]) -> Split:
    """Read a split file and make sure it is of this corpus: the same ids with the same texts.

    Raises SplitError when it is of another corpus, or as `read_split` does.
    """
    split = read_split(path)
    if corpus_digest(rows) != split.corpus_sha256:
        raise SplitError(f"{path}: made for another corpus (ids or texts differ); make a split of this one")
    return split


def corpus_digest(rows: Iterable[LabelledReport]) -> str:
    """SHA-256 over the ids and texts of a corpus, whatever the order of its rows; labels may be corrected under it."""
    return combine_digests(row_digest(row) for row in rows)


def row_digest(row: LabelledReport) -> bytes:
    """SHA-256 over one row's id and text."""
    return hashlib.sha256(json.dumps([row.id, row.text]).encode()).digest()


def combine_digests(digests: Iterable[bytes]) -> str:
    """The digest of a corpus from those of its rows, in any order."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def _parts_digest(parts: Mapping[str, Sequence[str]]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _groups(rows: Sequence[LabelledReport], group: Grouping, together: Iterable[tuple[str, str]]) -> NDArray[np.int64]:
    """Number of the group of each row. Shape: (rows,). Groups that share a pair of `together` are one."""
    keys = [row.id if group == "row" else getattr(row, group) for row in rows]
    nameless = sum(not key for key in keys)
    if nameless:
        raise SplitError(f"{nameless} rows name no {group}; import the corpus with one, or group otherwise")
    number = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    of_row = np.array([number[key] for key in keys], dtype=np.int64)
    at_id = {row.id: at for at, row in enumerate(rows)}
    try:
        pairs = np.array([(of_row[at_id[a]], of_row[at_id[b]]) for a, b in together], dtype=np.int64).reshape(-1, 2)
    except KeyError as error:
        raise SplitError(f"a pair to keep together names row {error.args[0]!r}, which the corpus lacks") from None
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(number), len(number)))
    _, joined = connected_components(links, directed=False)
    return joined[of_row].astype(np.int64)


def _class_counts(
    rows: Sequence[LabelledReport], schema: TaskSchema, group_of: NDArray[np.int64], groups: int
) -> NDArray[np.float64]:
    """Rows of each group that have each class, then all its rows. Shape: (groups, classes of all tasks + 1)."""
    column = {pair: at for at, pair in enumerate((task.name, label) for task in schema.tasks for label in task.classes)}
    counts = np.zeros((groups, len(column) + 1))
    for row, group in zip(rows, group_of, strict=True):
        counts[group, -1] += 1
        for pair in row.labels.items():
            if pair in column:
                counts[group, column[pair]] += 1
    return counts


def _iterative_stratification(
    counts: NDArray[np.float64], desired: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Part of each group, by Sechidis et al. 2011, algorithm 1, with groups in the place of examples. Shape: (groups,).

    Larger groups of a class go first, while there is room for them. `desired` has shape (parts, columns of counts).
    """
    lacking = desired.copy()
    assigned = np.full(len(counts), -1, dtype=np.int64)
    left = counts.sum(axis=0)
    while (unassigned := np.flatnonzero(assigned < 0)).size:
        # The last column counts rows, so it outlasts every class and takes in the groups that have no label at all.
        column = min(np.flatnonzero(left > 0), key=lambda at: (left[at], at))
        holders = rng.permutation(unassigned[counts[unassigned, column] > 0])
        for group in holders[np.argsort(-counts[holders, column], kind="stable")]:
            part = max(rng.permutation(len(lacking)), key=lambda at: (lacking[at, column], lacking[at, -1]))
            assigned[group] = part
            lacking[part] -= counts[group]
            left -= counts[group]
    return assigned


def _even_out(assigned: NDArray[np.int64], counts: NDArray[np.float64], desired: NDArray[np.float64]) -> None:
    """Move or swap groups between parts, the best first, while that lowers the distance; no part is left empty.

    The distance is the chi-square of the counts, Σ (count - desired)² / desired, over parts and columns.
    """
    weight = np.divide(1, desired, out=np.zeros_like(desired), where=desired > 0)
    everyone = np.arange(len(counts))
    parts = np.arange(len(desired))
    while True:
        held = assigned[None, :] == parts[:, None]
        excess = held @ counts - desired
        # What taking group g out of its part, or putting it into part p, does to the distance.
        out = ((counts - 2 * excess[assigned]) * counts * weight[assigned]).sum(axis=1)
        into = (counts**2) @ weight.T + 2 * counts @ (weight * excess).T
        move = out[:, None] + into
        move[everyone, assigned] = np.inf
        empty = ~held.any(axis=1)
        if empty.any():
            move[:, ~empty] = np.inf
        move[held.sum(axis=1)[assigned] == 1] = np.inf
        group, part = divmod(int(np.argmin(move)), len(parts))
        gain, partner = move[group, part], -1
        if len(counts) <= _MOST_GROUPS_TO_SWAP and not empty.any():
            for first, second, change in _swaps(assigned, counts, weight, out, into):
                if change < gain:
                    group, partner, gain = first, second, change
        if gain >= -1e-9 and not empty.any():
            return
        if partner >= 0:
            assigned[group], assigned[partner] = assigned[partner], assigned[group]
        else:
            assigned[group] = part


def _swaps(
    assigned: NDArray[np.int64],
    counts: NDArray[np.float64],
    weight: NDArray[np.float64],
    out: NDArray[np.float64],
    into: NDArray[np.float64],
) -> Iterator[tuple[int, int, float]]:
    """For each two parts, the best swap of one group for another: (group, group, change of the distance)."""
    for p in range(len(weight)):
        for q in range(p):
            of_p, of_q = np.flatnonzero(assigned == p), np.flatnonzero(assigned == q)
            # Each goes into a part that the other leaves: the squares' cross term corrects for that.
            cross = 2 * (counts[of_p] * (weight[p] + weight[q])) @ counts[of_q].T
            change = (out[of_p] + into[of_p, q])[:, None] + (out[of_q] + into[of_q, p])[None, :] - cross
            if change.size:
                i, j = np.unravel_index(np.argmin(change), change.shape)
                yield int(of_p[i]), int(of_q[j]), float(change[i, j])
