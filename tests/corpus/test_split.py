from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.corpus.split import (
    Split,
    SplitError,
    corpus_digest,
    hospital_folds,
    load_split,
    read_split,
    stratified_folds,
    stratified_split,
)
from pathstage.schema import TaskSchema, load_schema

_SCHEMA = load_schema()


@st.composite
def _corpora(draw: st.DrawFn) -> list[LabelledReport]:
    """Rows with few groups, missing labels and lopsided classes: what is hard to split."""
    rows = []
    for number in range(draw(st.integers(6, 40))):
        labels = {t.name: draw(st.sampled_from(t.classes)) for t in _SCHEMA.tasks if draw(st.integers(0, 3))}
        house, patient = f"h{draw(st.integers(0, 7))}", f"p{draw(st.integers(0, 20))}"
        rows.append(LabelledReport(f"r{number}", house, "text", labels, patient=patient))
    return rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=_corpora(), k=st.integers(2, 5), group=st.sampled_from(["hospital", "patient", "row"]), seed=st.integers(0, 9)
)
def test_folds_partition_the_rows_and_keep_groups_whole(
    rows: list[LabelledReport], k: int, group: str, seed: int
) -> None:
    key = {"hospital": lambda r: r.hospital, "patient": lambda r: r.patient, "row": lambda r: r.id}[group]
    if len({key(row) for row in rows}) < k:
        with pytest.raises(SplitError, match="cannot fill"):
            stratified_folds(rows, _SCHEMA, k, group, seed)
        return
    split = stratified_folds(rows, _SCHEMA, k, group, seed)
    assert sorted(row_id for ids in split.parts.values() for row_id in ids) == sorted(row.id for row in rows)
    assert all(split.parts.values())
    part_of = split.part_of()
    parts_of_group: dict[str, set[str]] = {}
    for row in rows:
        parts_of_group.setdefault(key(row), set()).add(part_of[row.id])
    assert {len(parts) for parts in parts_of_group.values()} == {1}


@settings(max_examples=40, deadline=None)
@given(rows=_corpora(), k=st.integers(2, 4), seed=st.integers(0, 9))
def test_hospital_folds_partition_too(rows: list[LabelledReport], k: int, seed: int) -> None:
    if len({row.hospital for row in rows}) < k:
        with pytest.raises(ValueError, match="hospitals cannot fill"):
            hospital_folds(rows, k, seed)
        return
    folds = hospital_folds(rows, k, seed)
    assert sorted(at for fold in folds for at in fold) == list(range(len(rows)))
    houses = [{rows[at].hospital for at in fold} for fold in folds]
    assert sum(map(len, houses)) == len(set().union(*houses))


def _distance(rows: Sequence[LabelledReport], part_of: dict[str, str], fractions: dict[str, float]) -> float:
    """Chi-square of class counts against each part's share."""
    total = Counter(pair for row in rows for pair in row.labels.items())
    held = Counter((part_of[row.id], pair) for row in rows for pair in row.labels.items())
    return sum(
        (held[part, pair] - share * count) ** 2 / (share * count)
        for part, share in fractions.items()
        for pair, count in total.items()
    )


def test_single_rows_are_spread_to_within_a_row_or_two(many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = many_rows(1000)
    split = stratified_split(rows, _SCHEMA, group="row")
    assert {name: len(ids) for name, ids in split.parts.items()} == {"train": 800, "dev": 100, "test": 100}
    part_of = split.part_of()
    total = Counter(pair for row in rows for pair in row.labels.items())
    held = Counter((part_of[row.id], pair) for row in rows for pair in row.labels.items())
    for part, share in split.fractions.items():
        for pair, count in total.items():
            assert abs(held[part, pair] - share * count) <= 2, (part, pair)


def test_whole_hospitals_are_spread_better_than_by_chance(many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = many_rows(600, hospitals=30)
    split = stratified_split(rows, _SCHEMA, group="hospital")
    ours = _distance(rows, split.part_of(), split.fractions)
    houses = sorted({row.hospital for row in rows})
    rng = np.random.default_rng(0)
    by_chance = []
    for _ in range(200):
        part_of_house = dict(
            zip(houses, rng.choice(list(split.fractions), len(houses), p=[0.8, 0.1, 0.1]), strict=True)
        )
        by_chance.append(_distance(rows, {row.id: part_of_house[row.hospital] for row in rows}, split.fractions))
    assert ours < min(by_chance)


def test_the_seed_decides(many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = many_rows(100)
    assert stratified_split(rows, _SCHEMA, group="row", seed=1) == stratified_split(rows, _SCHEMA, group="row", seed=1)
    assert (
        stratified_split(rows, _SCHEMA, group="row", seed=1).parts
        != stratified_split(rows, _SCHEMA, group="row", seed=2).parts
    )


def test_pairs_to_keep_together_join_their_groups(many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = many_rows(60, hospitals=8)
    first = {row.hospital: row.id for row in rows}
    chain = list(zip(sorted(first.values())[:3], sorted(first.values())[1:4], strict=True))
    split = stratified_folds(rows, _SCHEMA, 3, "hospital", together=chain)
    part_of = split.part_of()
    assert len({part_of[row_id] for pair in chain for row_id in pair}) == 1
    with pytest.raises(SplitError, match="'nobody'"):
        stratified_folds(rows, _SCHEMA, 3, together=[("nobody", rows[0].id)])


@pytest.mark.parametrize(
    ("fractions", "problem"),
    [({"a": 0.5, "b": 0.6}, "add up"), ({"a": 1.0}, "at least two"), ({"a": 1.2, "b": -0.2}, "positive")],
)
def test_shares_that_make_no_split(
    many_rows: Callable[..., list[LabelledReport]], fractions: dict[str, float], problem: str
) -> None:
    with pytest.raises(SplitError, match=problem):
        stratified_split(many_rows(20), _SCHEMA, fractions)


def test_rows_that_cannot_be_split(many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = many_rows(20)
    with pytest.raises(SplitError, match="20 rows name no patient"):
        stratified_split([replace(row, patient="") for row in rows], _SCHEMA, group="patient")
    with pytest.raises(SplitError, match="more than once"):
        stratified_split([*rows, rows[0]], _SCHEMA)
    with pytest.raises(SplitError, match="0 groups"):
        stratified_split([], _SCHEMA)
    with pytest.raises(SplitError, match="no folds"):
        stratified_folds(rows, _SCHEMA, 1)


_text = st.text(max_size=20)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(_text, min_size=1, max_size=6), at=st.integers(0, 5), other=_text, data=st.data())
def test_the_hash_changes_with_content_and_not_with_order(
    texts: list[str], at: int, other: str, data: st.DataObject
) -> None:
    rows = [LabelledReport(f"r{number}", "", text, {}) for number, text in enumerate(texts)]
    digest = corpus_digest(rows)
    assert corpus_digest(data.draw(st.permutations(rows))) == digest
    assert corpus_digest([replace(row, labels={"pT": "T2"}) for row in rows]) == digest
    at %= len(rows)
    changed = [*rows[:at], replace(rows[at], text=other), *rows[at + 1 :]]
    assert (corpus_digest(changed) == digest) == (other == texts[at])
    assert corpus_digest([*rows[:at], replace(rows[at], id="new"), *rows[at + 1 :]]) != digest
    assert corpus_digest(rows[1:]) != digest


@pytest.fixture
def saved(many_rows: Callable[..., list[LabelledReport]], tmp_path: Path) -> tuple[Path, list[LabelledReport], Split]:
    rows = many_rows(40)
    split = stratified_split(rows, _SCHEMA, seed=3)
    split.save(tmp_path / "split.json")
    return tmp_path / "split.json", rows, split


def test_a_split_file_says_how_it_was_made(saved: tuple[Path, list[LabelledReport], Split]) -> None:
    path, rows, split = saved
    assert load_split(path, reversed(rows)) == split
    content = json.loads(path.read_text())
    assert content["seed"] == 3
    assert content["group"] == "hospital"
    assert content["corpus_sha256"] == corpus_digest(rows)
    assert content["schema_sha256"] == _SCHEMA.fingerprint()
    assert "Sechidis" in content["method"]
    assert content["pathstage"]
    assert content["libraries"]["numpy"] == np.__version__


def test_a_split_of_another_corpus_is_refused(saved: tuple[Path, list[LabelledReport], Split]) -> None:
    path, rows, split = saved
    with pytest.raises(SplitError, match="another corpus"):
        load_split(path, [replace(rows[0], text=rows[0].text + " "), *rows[1:]])
    with pytest.raises(SplitError, match="another corpus"):
        load_split(path, rows[1:])
    with pytest.raises(SplitError, match="another corpus"):
        split.indices([replace(rows[0], id="new")])


def test_an_edited_split_is_refused(saved: tuple[Path, list[LabelledReport], Split]) -> None:
    path, _, split = saved
    moved = split.parts["train"][0]
    content = json.loads(path.read_text())
    content["parts"]["train"].remove(moved)
    content["parts"]["test"].append(moved)
    path.write_text(json.dumps(content))
    with pytest.raises(SplitError, match="do not match their hash"):
        read_split(path)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "pathstage split 1"}', '{"format": "pathstage split 9"}']
)
def test_files_that_are_no_split(content: str, tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    path.write_text(content)
    with pytest.raises(SplitError, match=r"split\.json"):
        read_split(path)
    with pytest.raises(SplitError, match="no such split"):
        read_split(tmp_path / "none.json")


def test_indices_are_in_the_order_of_the_rows(saved: tuple[Path, list[LabelledReport], Split]) -> None:
    _, rows, split = saved
    for name, chosen in split.indices(rows).items():
        assert chosen == sorted(chosen)
        assert sorted(rows[at].id for at in chosen) == split.parts[name]


def test_the_real_hospitals(shared: Path, schema: TaskSchema) -> None:
    rows = list(read_corpus(shared / "tcga_brca" / "reports.jsonl.gz", schema))
    split = stratified_split(rows, schema, group="hospital")
    for name, share in split.fractions.items():
        assert abs(len(split.parts[name]) - share * len(rows)) <= 5
