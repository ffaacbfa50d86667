import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from pathstage.corpus.dataset import read_corpus
from pathstage.corpus.synthetic import TRAP_RATES, synthesize, write_corpus
from pathstage.corpus.synthetic.houses import houses
from pathstage.schema import load_schema

Row = dict[str, Any]

# Traps that come with what a report describes anyway, without a rate of their own.
UNCONDITIONAL = {
    "dcis_grade", "dcis_size", "nuclear_grade", "other_breast", "multifocal", "specimen_size", "margin_size",
    "metastasis_size", "pending", "superseded", "frozen_size",
}  # fmt: skip


def test_same_seed_same_reports() -> None:
    assert list(synthesize(20, seed=3)) == list(synthesize(20, seed=3))
    assert list(synthesize(20, seed=3)) != list(synthesize(20, seed=4))


def test_report_depends_on_seed_and_index_only() -> None:
    assert list(synthesize(30, seed=3))[10:] == list(synthesize(20, seed=3, start=10))


def test_corpus_is_the_same_with_more_workers(tmp_path: Path) -> None:
    for workers in (1, 2):
        write_corpus(tmp_path / f"{workers}.jsonl.gz", n=110, seed=8, workers=workers)
    assert (tmp_path / "1.jsonl.gz").read_bytes() == (tmp_path / "2.jsonl.gz").read_bytes()


def test_corpus_is_read_by_the_package(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus.jsonl", n=60, seed=1)
    rows = list(read_corpus(tmp_path / "corpus.jsonl", load_schema()))
    assert len(rows) == 60
    assert all(set(row.labels) == set(load_schema().names) for row in rows)


def test_evidence_offsets_equal_texts(sample: list[Row]) -> None:
    for row in sample:
        for task, quotes in row["evidence"].items():
            for quote in quotes:
                assert row["text"][quote["start"] : quote["end"]] == quote["text"], (row["id"], task)
                assert quote["text"].strip()


def test_documented_tasks_have_evidence(sample: list[Row]) -> None:
    schema = load_schema()
    for row in sample:
        for task, label in row["labels"].items():
            if label != schema[task].absent:
                assert row["evidence"][task], (row["id"], task)


def test_every_class_appears(sample: list[Row]) -> None:
    seen = {(task, label) for row in sample for task, label in row["labels"].items()}
    schema = load_schema()
    assert seen == {(task.name, label) for task in schema.tasks for label in task.classes}


def test_every_trap_appears(sample: list[Row]) -> None:
    assert {trap for row in sample for trap in row["traps"]} == UNCONDITIONAL | set(TRAP_RATES)


def test_stated_and_derived_both_appear(sample: list[Row]) -> None:
    for item in ("pT_basis", "pN_basis", "grade_basis"):
        assert {row["details"][item] for row in sample} == {"stated", "derived", "none"}


def test_every_house_writes(sample: list[Row]) -> None:
    assert {row["hospital"] for row in sample} == set(houses())
    assert len(houses()) >= 25


def test_balance_lifts_rare_classes() -> None:
    plain, lifted = (
        Counter(row["labels"]["HER2"] for row in synthesize(300, seed=6, balance=balance, noise=False))
        for balance in (False, True)
    )
    assert lifted["equivocal"] > 2 * plain["equivocal"]


def test_trap_rates_can_be_set() -> None:
    none = synthesize(80, seed=2, trap_rates=dict.fromkeys(TRAP_RATES, 0.0))
    assert not {trap for row in none for trap in row["traps"]} & (set(TRAP_RATES) - {"definition", "control_tissue"})
    always = [row["traps"] for row in synthesize(80, seed=2, trap_rates={"clinical_T": 1.0})]
    assert sum("clinical_T" in traps for traps in always) > 15


def test_reports_stream_in_constant_memory(rows: Iterator[Row]) -> None:
    for _ in islice(rows, 100):
        pass
    tracemalloc.start()
    for _ in islice(rows, 30):
        pass
    before = tracemalloc.get_traced_memory()[0]
    for _ in islice(rows, 150):
        pass
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 3_000_000


def test_rows_have_the_fields_of_the_real_corpus(sample: list[Row]) -> None:
    row = sample[0]
    assert set(row) == {"id", "patient", "hospital", "text", "labels", "details", "numbers", "evidence", "traps"}
    assert set(row["numbers"]) == {
        "size_mm", "nodes_positive", "nodes_examined", "ER_percent", "PR_percent", "Ki67_percent",
    }  # fmt: skip
    json.dumps(row)


def test_unknown_house_or_trap_is_refused() -> None:
    with pytest.raises(ValueError, match="no house is called 'nowhere'"):
        next(synthesize(1, seed=1, houses=["nowhere"]))
    with pytest.raises(ValueError, match="no trap is called 'quicksand'"):
        next(synthesize(1, seed=1, trap_rates={"quicksand": 1.0}))
