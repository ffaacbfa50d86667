from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pathstage.corpus.codebook import Codebook
from pathstage.corpus.datacard import data_card, profile_corpus
from pathstage.corpus.dataset import CorpusError, LabelledReport, write_corpus
from pathstage.corpus.split import corpus_digest
from pathstage.schema import TaskSchema


@pytest.fixture
def card(schema: TaskSchema, codebook: Codebook, tmp_path: Path) -> Callable[..., str]:
    def write(rows: list[LabelledReport], **options: str) -> str:
        write_corpus(rows, tmp_path / "corpus.jsonl")
        return data_card(tmp_path / "corpus.jsonl", schema, codebook, **options)

    return write


def test_the_card_counts_what_is_there(
    card: Callable[..., str], many_rows: Callable[..., list[LabelledReport]], schema: TaskSchema
) -> None:
    rows = many_rows(60)
    text = card(rows, title="Our corpus", about="Made for a test.")
    assert text.startswith("# Data card: Our corpus\n\nMade for a test.\n")
    assert corpus_digest(rows) in text
    assert "| reports | 60 |" in text
    assert "| patients | 30 |" in text
    for task in schema.tasks:
        counts = Counter(row.labels[task.name] for row in rows)
        spread = ", ".join(f"{c} {counts[c]} ({counts[c] / 60:.0%})" for c in task.classes if counts[c])
        assert f"| {task.name} | {spread} | 0 |" in text
    house, largest = Counter(row.hospital for row in rows).most_common(1)[0]
    assert f"| {house} | {largest} ({largest / 60:.0%}) |" in text


def test_evidence_and_basis(card: Callable[..., str]) -> None:
    rows = [
        LabelledReport("a", "H", "pT2", {"pT": "T2"}, {"pT": ((0, 3),)}, {"pT_basis": "stated"}, {"size_mm": 22}, "a"),
        LabelledReport("b", "G", "2.5 cm", {"pT": "T2"}, {}, {"pT_basis": "derived"}, {"size_mm": None}, "b"),
        LabelledReport("c", "G", "no size", {"pT": "TX"}, {}, {}, {}, "c"),
    ]
    text = card(rows)
    assert "| pT | 2 (67%) | stated 1, derived 1 | 1 (50%) |" in text
    assert "| numbers | size_mm | 1 (33%) |" in text
    assert "| pN | none | 3 |" in text
    assert "- 1 answers give no evidence" in text
    assert "- pT: no report is T0, Tis, T1, T3, T4;" in text
    assert "- pT: fewer than 10 reports are T2, TX;" in text
    assert "- pN: no report is labelled for it." in text


def test_limits_are_read_off_the_data(card: Callable[..., str], many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = many_rows(40, hospitals=1)
    rows[3] = replace(rows[0], id="copy", details={"label_source": "registry"}, patient="")
    text = card(rows)
    assert "All reports are of one hospital" in text
    assert "- 1 reports name no patient" in text
    assert "- 1 reports repeat another one" in text
    assert "- 1 reports have labels that were not read from their text" in text
    assert "labels from: report 39, registry 1" in text


def test_no_report_text_comes_out(card: Callable[..., str], many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = [replace(row, text=f"Secret words number {row.id}.") for row in many_rows(5)]
    assert "Secret" not in card(rows)


def test_an_empty_corpus_and_a_broken_one(
    card: Callable[..., str], many_rows: Callable[..., list[LabelledReport]], schema: TaskSchema
) -> None:
    assert "| reports | 0 |" in card([])
    assert profile_corpus([], schema).rows == 0
    with pytest.raises(CorpusError, match="line 1"):
        card([replace(many_rows(1)[0], labels={"pT": "T9"})])
