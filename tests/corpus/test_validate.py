from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pathstage.corpus.codebook import Codebook
from pathstage.corpus.dataset import CorpusError, LabelledReport, encode_row, write_corpus
from pathstage.corpus.split import Split, stratified_split
from pathstage.corpus.validate import ValidationReport, validate_corpus
from pathstage.schema import TaskSchema

_TEXT = "Secret narrative. Invasive ductal carcinoma, 2.5 cm, grade 2. Stage pT2 pN0."


@pytest.fixture
def validate(schema: TaskSchema, codebook: Codebook, tmp_path: Path) -> Callable[..., ValidationReport]:
    def run(rows: Iterable[LabelledReport | dict[str, Any] | str], **options: Any) -> ValidationReport:
        path = tmp_path / "corpus.jsonl"
        lines = [
            encode_row(row) if isinstance(row, LabelledReport) else row if isinstance(row, str) else json.dumps(row)
            for row in rows
        ]
        path.write_text("\n".join(lines), encoding="utf-8")
        return validate_corpus(path, schema, codebook, **options)

    return run


def _checks(report: ValidationReport) -> dict[str, str]:
    return {finding.check: finding.level for finding in report.findings}


def _raw(**changes: Any) -> dict[str, Any]:
    evidence = {"pT": [{"start": 68, "end": 71, "text": "pT2"}]}
    return {"id": "r", "hospital": "H", "text": _TEXT, "labels": {"pT": "T2"}, "evidence": evidence, **changes}


def test_a_sound_corpus_has_no_findings(
    validate: Callable[..., ValidationReport], many_rows: Callable[..., list[LabelledReport]]
) -> None:
    report = validate([*many_rows(50), _raw()])
    assert report.findings == []
    assert (report.ok, report.rows) == (True, 51)


@pytest.mark.parametrize(
    ("changes", "check", "level"),
    [
        ({"labels": {"pT": "T9"}}, "not a class of the schema", "error"),
        ({"labels": {"pT": "T2", "mood": "good"}}, "not a task of the schema", "warning"),
        ({"labels": {}}, "no labels", "warning"),
        ({"text": " "}, "empty text", "error"),
        ({"text": 3}, "not a corpus row", "error"),
        ({"labels": None}, "not a corpus row", "error"),
        ({"evidence": {"pT": [{"start": 60, "end": 99, "text": "x"}]}}, "evidence outside the text", "error"),
        ({"evidence": {"pT": [{"start": 9, "end": 9}]}}, "evidence outside the text", "error"),
        ({"evidence": {"pT": [{"start": 67, "end": 70, "text": "pT2"}]}}, "evidence differs from the text", "error"),
        ({"evidence": {"pN": [{"start": 72, "end": 75, "text": "pN0"}]}}, "label without evidence", "warning"),
        ({"labels": {"pT": "TX"}}, "evidence for an undocumented item", "note"),
        ({"numbers": {"size_mm": 12}}, "impossible: T2 with a size not above 20 and up to 50 mm", "warning"),
        ({"labels": {"pT": "Tis", "pN": "N1"}}, "impossible: in-situ carcinoma with nodal metastasis", "error"),
        (
            {"labels": {"HER2": "negative"}, "details": {"HER2_ihc": "2+"}},
            "impossible: HER2 negative or positive at 2+ without a result of in-situ hybridisation",
            "error",
        ),
    ],
)
def test_each_fault_is_found(
    validate: Callable[..., ValidationReport], changes: dict[str, Any], check: str, level: str
) -> None:
    report = validate([_raw(**changes)])
    assert _checks(report).get(check) == level
    assert report.ok == (level != "error" and "error" not in _checks(report).values())


def test_validation_goes_on_after_broken_lines(validate: Callable[..., ValidationReport]) -> None:
    report = validate(
        ["{not json, secret", _raw(), "[]", _raw(id="s", labels={"pT": "T9"}, text="Other secret words.")]
    )
    assert report.rows == 4
    assert [finding.check for finding in report.findings][:2] == ["not a corpus row"] * 2
    assert "line 3" in report.findings[1].where
    assert report.counts()["not a class of the schema"] == 1


def test_repeated_ids(validate: Callable[..., ValidationReport]) -> None:
    assert _checks(validate([_raw(), _raw(text="Quite another secret report, pT2.", evidence={})])) == {
        "repeated id": "error"
    }


def test_duplicates_and_contradicting_duplicates(
    validate: Callable[..., ValidationReport], many_rows: Callable[..., list[LabelledReport]]
) -> None:
    first, second, *_ = many_rows(5)
    words = second.text.split()
    words[30] = "changed"
    report = validate(
        [
            first,
            second,
            replace(first, id="copy", text=first.text.upper()),
            replace(first, id="contrary", labels={**first.labels, "pT": "T4" if first.labels["pT"] != "T4" else "T1"}),
            replace(second, id="near", text=" ".join(words)),
        ]
    )
    found = [(finding.check, finding.ids) for finding in report.findings]
    assert found == [
        ("exact duplicate", ("copy", "r0000")),
        ("exact duplicate", ("contrary", "r0000")),
        ("exact duplicate with other labels", ("contrary", "r0000")),
        ("near-duplicate", ("near", "r0001")),
    ]


def _halves(rows: list[LabelledReport], schema: TaskSchema, first: set[str], group: str) -> Split:
    """A split with the ids of `first` in train and the rest in test, of these very rows."""
    split = stratified_split(rows, schema, {"train": 0.5, "test": 0.5}, "row")
    ids = [row.id for row in rows]
    parts = {"train": [i for i in ids if i in first], "test": [i for i in ids if i not in first]}
    return replace(split, parts=parts, group=group)


def test_leaks_made_on_purpose_are_found(
    validate: Callable[..., ValidationReport], many_rows: Callable[..., list[LabelledReport]], schema: TaskSchema
) -> None:
    a, b, c, *_ = many_rows(9)
    a, b, c = (replace(row, patient=f"p{row.id}", hospital=f"h{row.id}") for row in (a, b, c))
    words = b.text.split()
    words[30] = "changed"
    rows = [
        a, b, c,
        replace(a, id="copy", patient="p7", hospital="h7"),
        replace(b, id="near", text=" ".join(words), patient="p8", hospital="h8"),
        replace(c, id="again", text="Entirely different words of the same patient.", hospital="h9"),
        replace(c, id="house", text="A report of another patient in the same house.", patient="p10"),
    ]  # fmt: skip
    split = _halves(rows, schema, {a.id, b.id, c.id}, "hospital")
    leaks = {(f.check, f.ids[0]) for f in validate(rows, split=split).findings if f.check.startswith("leak")}
    assert leaks == {
        ("leak: exact duplicate in another part", "copy"),
        ("leak: near-duplicate in another part", "near"),
        ("leak: patient in another part", "again"),
        ("leak: hospital in another part", "house"),
    }
    # Hospitals may straddle a split that was not grouped by them.
    by_patient = validate(rows, split=replace(split, group="patient"))
    assert "leak: hospital in another part" not in by_patient.counts()
    # All in one part: nothing leaks.
    together = replace(split, parts={"train": [row.id for row in rows], "test": []})
    assert not [f for f in validate(rows, split=together).findings if f.check.startswith("leak")]


def test_a_copy_in_each_part_is_a_leak_in_each(
    validate: Callable[..., ValidationReport], many_rows: Callable[..., list[LabelledReport]], schema: TaskSchema
) -> None:
    row = replace(many_rows(1)[0], patient="")
    rows = [replace(row, id=name) for name in "abcd"]
    split = _halves(rows, schema, {"a", "b"}, "row")
    report = validate(rows, split=split)
    assert [f.ids[0] for f in report.findings if f.check == "leak: exact duplicate in another part"] == ["c", "d"]


def test_a_proper_split_does_not_leak(
    validate: Callable[..., ValidationReport], many_rows: Callable[..., list[LabelledReport]], schema: TaskSchema
) -> None:
    rows = [replace(row, patient=row.id) for row in many_rows(80)]
    assert validate(rows, split=stratified_split(rows, schema)).findings == []


def test_a_split_of_another_corpus(
    validate: Callable[..., ValidationReport], many_rows: Callable[..., list[LabelledReport]], schema: TaskSchema
) -> None:
    rows = [replace(row, patient="") for row in many_rows(30)]
    split = stratified_split(rows, schema)
    report = validate([*rows[1:], replace(rows[0], id="new")], split=split)
    assert report.counts() == {"row in no part of the split": 1, "split of another corpus": 1}


def test_another_corpus_must_not_overlap(
    validate: Callable[..., ValidationReport], many_rows: Callable[..., list[LabelledReport]], tmp_path: Path
) -> None:
    kept_apart, *rows = [replace(row, patient=row.id) for row in many_rows(6)]
    write_corpus([kept_apart], tmp_path / "test.jsonl")
    report = validate([*rows, replace(kept_apart, id="other id")], against=[tmp_path / "test.jsonl"])
    assert set(report.counts()) == {"leak: exact duplicate in another part", "leak: patient in another part"}


def test_no_report_text_comes_out(validate: Callable[..., ValidationReport]) -> None:
    faults = [
        _raw(),
        _raw(id="b", labels={"pT": _TEXT, _TEXT: "T1"}),
        _raw(id="c", evidence={"pT": [{"start": 0, "end": 6, "text": "Sacred"}], _TEXT: [{"start": 0, "end": 999}]}),
        _raw(id="d", text=_TEXT + " Addendum."),
        '{"text": "' + _TEXT,
    ]
    report = validate(faults)
    assert len(report.findings) >= 6
    assert "ecret" not in json.dumps(report.to_json())
    assert "ecret" not in " ".join(str(cell) for column in report.as_table().columns for cell in column.cells)


def test_the_table_has_errors_first(validate: Callable[..., ValidationReport]) -> None:
    report = validate([_raw(labels={"pT": "TX"}), _raw(id="s", labels={"pT": "T9"}), _raw(id="t")])
    levels = list(report.as_table().columns[0].cells)
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert json.loads(json.dumps(report.to_json()))["counts"] == dict(report.counts())


def test_a_missing_file(schema: TaskSchema, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such"):
        validate_corpus(tmp_path / "none.jsonl", schema)


def test_the_real_corpus(shared: Path, schema: TaskSchema, codebook: Codebook) -> None:
    report = validate_corpus(shared / "tcga_brca" / "reports.jsonl.gz", schema, codebook)
    assert report.rows == 217
    assert report.ok
    assert report.counts()["exact duplicate"] == 2
