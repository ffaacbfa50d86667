from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from pathstage.corpus.codebook import Codebook, parse_codebook
from pathstage.corpus.dataset import CorpusError, LabelledReport, read_corpus, write_corpus
from pathstage.corpus.importing import (
    ColumnMap,
    ImportReport,
    import_corpus,
    import_table,
    import_tcga,
    parse_column_map,
)
from pathstage.schema import TaskSchema, parse_schema

_Imported = tuple[list[LabelledReport], ImportReport]
_SECRET = 'Secret narrative, first line.\nInvasive carcinoma, 2.4 cm; "grade 2", nodes 0/3.'
_UUID = "25c0b433-5557-4165-922e-2c1eac9c26f0"


def _csv(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",").writerows(rows)
    return path


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return _csv(
        tmp_path / "TCGA_Reports.csv",
        ("patient_filename", "text"),
        (f"TCGA-ZZ-A001.{_UUID}", _SECRET),
        (f"TCGA-ZZ-A002.{_UUID}", "Second secret report."),
        (f"TCGA-YY-B003.{_UUID}", "Third secret report."),
        ("TCGA-ZZ-A001.00000000", "An addendum to the first, secret."),
        ("scan17.pdf", "Whose is this secret report?"),
        (f"TCGA-ZZ-A004.{_UUID}", "  "),
    )


@pytest.fixture
def run(schema: TaskSchema, codebook: Codebook) -> Callable[..., _Imported]:
    def tcga(reports: Path, registry: Path, **options: Any) -> _Imported:
        report = ImportReport()
        return list(import_tcga(reports, registry, schema, codebook, report, **options)), report

    return tcga


_BIOTAB = (
    ("bcr_patient_uuid", "bcr_patient_barcode", "ajcc_tumor_pathologic_pt", "ajcc_nodes_pathologic_pn",
     "ajcc_metastasis_pathologic_pm", "er_status_by_ihc", "her2_status_by_ihc", "her2_fish_status",
     "lymph_nodes_examined_he_count", "lymph_nodes_examined_count"),
    ("bcr_patient_uuid", "bcr_patient_barcode", "pathologic_T", "pathologic_N", "pathologic_M", "er", "her2", "fish",
     "positive", "examined"),
    ("CDE_ID:", "CDE_ID:2003301", "CDE_ID:3045435", "CDE_ID:3203106", "CDE_ID:3045439", "CDE_ID:2957359",
     "CDE_ID:2957563", "CDE_ID:2", "CDE_ID:3", "CDE_ID:4"),
    ("u1", "TCGA-ZZ-A001", "T2", "N0 (i-)", "M0", "Positive", "Positive", "Negative", "0", "3"),
    ("u2", "TCGA-ZZ-A002", "T1c", "N1mi", "[Not Available]", "[Not Evaluated]", "Indeterminate", "[Not Available]",
     "[Not Available]", "7"),
    ("u9", "TCGA-ZZ-A009", "T3", "N9", "M0", "Negative", "Negative", "[Not Available]", "1", "2"),
)  # fmt: skip


def test_the_public_download_joined_with_a_biotab_table(
    run: Callable[..., _Imported], reports: Path, tmp_path: Path
) -> None:
    rows, report = run(reports, _csv(tmp_path / "clinical.tsv", *_BIOTAB))
    first, second, third = rows
    assert (first.id, first.patient, first.hospital, first.text) == ("TCGA-ZZ-A001", "TCGA-ZZ-A001", "ZZ", _SECRET)
    # In-situ hybridisation overrides immunohistochemistry.
    assert first.labels == {"pT": "T2", "pN": "N0", "pM": "M0", "ER": "positive", "HER2": "negative"}
    assert first.details["HER2_ish"] == "not_amplified"
    assert first.numbers == {"nodes_positive": 0, "nodes_examined": 3}
    assert first.registry["pN"] == "N0 (i-)"
    assert first.details["label_source"] == "registry"
    # What the registry does not know is not labelled.
    assert second.labels == {"pT": "T1", "pN": "N1"}
    assert (second.details["pT_sub"], second.details["pN_sub"]) == ("T1c", "N1mi")
    assert third.id == "TCGA-ZZ-A001.00000000"
    assert third.patient == "TCGA-ZZ-A001"

    assert (report.read, report.written) == (6, 3)
    assert {why: len(places) for why, places in report.skipped.items()} == {
        "patient not in the clinical table": 1,
        "patient_filename does not begin with a TCGA barcode": 1,
        "empty text": 1,
    }
    assert report.unmapped["HER2"] == {"'Indeterminate'": 1}
    assert report.unmapped["pN"] == {"'N9'": 1}
    assert report.missing["pM"] == 1
    assert report.columns["HER2"] == ["her2_fish_status", "her2_status_by_ihc"]
    assert report.notes == ["1 patients of the clinical table have no report"]


def test_gdc_columns_and_several_rows_a_patient(run: Callable[..., _Imported], reports: Path, tmp_path: Path) -> None:
    clinical = _csv(
        tmp_path / "clinical.tsv",
        ("cases.case_id", "cases.submitter_id", "diagnoses.ajcc_pathologic_t", "diagnoses.ajcc_pathologic_n"),
        ("x", "TCGA-ZZ-A001", "'--", "N1a"),
        ("x", "TCGA-ZZ-A001", "T4b", "'--"),
        ("x", "TCGA-ZZ-A001", "T2", "N1"),
    )
    rows, report = run(reports, clinical)
    assert rows[0].labels == {"pT": "T4", "pN": "N1"}
    assert rows[0].details["pN_sub"] == "N1a"
    assert report.conflicts == {"pT": 1}


def test_cbioportal_and_xena_columns(run: Callable[..., _Imported], reports: Path, tmp_path: Path) -> None:
    cbioportal = tmp_path / "data_clinical_patient.txt"
    cbioportal.write_text(
        "#Patient\tT\n#id\tstage\nPATIENT_ID\tPATH_T_STAGE\tER_STATUS_BY_IHC\nTCGA-ZZ-A002\tT3\tNegative\n"
    )
    assert run(reports, cbioportal)[0][0].labels == {"pT": "T3", "ER": "negative"}
    xena = _csv(
        tmp_path / "xena.tsv",
        ("sampleID", "pathologic_T", "pathologic_N", "breast_carcinoma_progesterone_receptor_status"),
        ("TCGA-ZZ-A002-01", "T1", "NX", "Positive"),
    )
    assert run(reports, xena)[0][0].labels == {"pT": "T1", "pN": "NX", "PR": "positive"}


def test_reports_without_labels_can_be_kept(run: Callable[..., _Imported], reports: Path, tmp_path: Path) -> None:
    rows, _ = run(reports, _csv(tmp_path / "clinical.tsv", *_BIOTAB), keep_unlabelled=True)
    assert [(row.id, row.labels) for row in rows if row.hospital == "YY"] == [("TCGA-YY-B003", {})]


def test_labels_can_be_limited_to_tasks(run: Callable[..., _Imported], reports: Path, tmp_path: Path) -> None:
    clinical = _csv(tmp_path / "clinical.tsv", *_BIOTAB)
    rows, _ = run(reports, clinical, tasks=["pT", "pN"])
    assert rows[0].labels == {"pT": "T2", "pN": "N0"}
    assert rows[0].registry["ER"] == "Positive"
    with pytest.raises(CorpusError, match="'mood' is no task"):
        run(reports, clinical, tasks=["mood"])


def test_wrong_files_are_named(run: Callable[..., _Imported], reports: Path, tmp_path: Path) -> None:
    clinical = _csv(tmp_path / "clinical.tsv", ("patient", "pathologic_t"), ("17", "T2"))
    with pytest.raises(CorpusError, match=r"clinical\.tsv: no row with a TCGA patient barcode"):
        run(reports, clinical)
    other = _csv(tmp_path / "other.csv", ("id", "note"), ("1", "secret"))
    with pytest.raises(CorpusError, match=r"other\.csv: not a TCGA-Reports download"):
        run(other, _csv(tmp_path / "ok.tsv", *_BIOTAB))


@pytest.fixture
def table(schema: TaskSchema, codebook: Codebook) -> Callable[..., _Imported]:
    def read(path: Path, *maps: str, values: tuple[str, ...] = (), **options: str) -> _Imported:
        report = ImportReport()
        columns = parse_column_map(maps, values, schema, codebook)
        return list(import_table(path, schema, codebook, report, columns, **options)), report

    return read


_ROWS = (
    ("Accession", "Site", "MRN", "Narrative", "path_t", "er_status", "size"),
    ("S1", "North", "m1", _SECRET, "pT1c", "pos", "14"),
    ("S2", "South", "m2", "Another secret.", "Stage IIA", "0 %", "2,5"),
    ("S3", "South", "m2", "A third secret.", "t4D", "", "large"),
    ("S1", "North", "m1", "Used again, secret.", "T2", "neg", ""),
)
_MAPS = ("id=Accession,hospital=Site,patient=MRN", "text=Narrative,pT=path_t,ER=er_status,size_mm=size,pT_sub=path_t")


def _check(rows: list[LabelledReport], report: ImportReport) -> None:
    assert [(row.id, row.hospital, row.patient, row.labels) for row in rows] == [
        ("S1", "North", "m1", {"pT": "T1", "ER": "positive"}),
        ("S2", "South", "m2", {"pT": "T2", "ER": "negative"}),
        ("S3", "South", "m2", {"pT": "T4"}),
    ]
    assert [row.numbers.get("size_mm") for row in rows] == [14, 2.5, None]
    assert rows[0].details == {"pT_sub": "T1c", "label_source": "table"}
    assert report.unmapped["size_mm"] == {"'large'": 1}
    assert report.missing["ER"] == 1
    assert len(report.skipped["id already used by an earlier row"]) == 1


_VALUES = ("pT:stage iia=T2", "ER:0 %=negative")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet", ".jsonl"])
def test_any_table_with_mapped_columns(table: Callable[..., _Imported], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"export{suffix}"
    frame = pd.DataFrame(_ROWS[1:], columns=_ROWS[0])
    if suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        _csv(path, *_ROWS)
    _check(*table(path, *_MAPS, values=_VALUES))


def test_spreadsheet_numbers_are_read_as_written(table: Callable[..., _Imported], tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (("id", "text", "grade", "nodes_positive"), (17, "Secret.", 2.0, 3), (18, "Secret too.", None, 4.0)):
        workbook.active.append(row)
    workbook.save(tmp_path / "t.xlsx")
    rows, report = table(tmp_path / "t.xlsx")
    assert [(row.id, row.labels, row.numbers["nodes_positive"]) for row in rows] == [
        ("17", {"grade": "G2"}, 3),
        ("18", {}, 4),
    ]
    assert report.missing["grade"] == 1


def test_what_could_not_be_mapped_is_told_without_report_text(table: Callable[..., _Imported], tmp_path: Path) -> None:
    path = _csv(
        tmp_path / "t.csv",
        ("text", "verdict"),
        ("x", _SECRET),
        ("y", "T2 or T3"),
        ("z", "T2 or T3"),
        ("u", "T3", "more"),
    )
    rows, report = table(path, "pT=verdict")
    assert [row.id for row in rows] == ["t-1", "t-2", "t-3"]
    assert [row.labels for row in rows] == [{}, {}, {}]
    assert report.unmapped["pT"] == {"'T2 or T3'": 2, f"a text of {len(_SECRET)} characters": 1}
    assert list(report.skipped) == ["does not fit the header"]
    content = json.dumps(report.to_json())
    assert "'T2 or T3'" in content
    assert "ecret" not in content


def test_several_reports_of_a_patient_are_kept(table: Callable[..., _Imported], tmp_path: Path) -> None:
    path = _csv(tmp_path / "t.csv", ("patient_id", "text"), ("m1", "One secret."), ("m1", "Two secrets."))
    assert [(row.id, row.patient) for row in table(path)[0]] == [("t-1", "m1"), ("t-2", "m1")]


def test_values_that_look_like_markup_are_shown(table: Callable[..., _Imported], tmp_path: Path) -> None:
    path = _csv(tmp_path / "t.csv", ("text", "ER"), ("x", "[/odd]"), ("y", "[red]"))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(path)[1].as_table())
    shown = console.export_text()
    assert "'[/odd]'" in shown
    assert "'[red]'" in shown


def test_a_task_without_a_code_can_be_mapped(tmp_path: Path) -> None:
    schema = parse_schema(
        "{name: s, version: 1, tasks: {side: {classes: [left, right, none], absent: none}}}", "s.yaml"
    )
    book = parse_codebook(
        "registry: {missing: [''], columns: {text: [text]}, labels: {}, details: {}, numbers: {}}\nconsistency: []",
        schema,
        "s.yaml",
    )
    path = _csv(tmp_path / "t.csv", ("text", "where"), ("x", "LEFT"), ("y", "L"))
    columns = parse_column_map(["side=where"], ["side:l=left"], schema, book)
    rows = import_table(path, schema, book, ImportReport(), columns)
    assert [row.labels for row in rows] == [{"side": "left"}, {"side": "left"}]


def test_a_class_name_means_itself(table: Callable[..., _Imported], tmp_path: Path) -> None:
    path = _csv(tmp_path / "t.csv", ("text", "ER", "PR", "pT"), ("x", "not_reported", "NEGATIVE", "TIS"))
    assert table(path)[0][0].labels == {"ER": "not_reported", "PR": "negative", "pT": "Tis"}


@pytest.mark.parametrize(
    ("maps", "values", "problem"),
    [
        (("pT",), (), "FIELD=COLUMN"),
        (("mood=x",), (), "'mood' is no field"),
        ((), ("pT=T2",), "FIELD:VALUE=CLASS"),
        ((), ("pT:two=T9",), "no class 'T9'"),
        (("pT=absent",), (), "no column 'absent'"),
    ],
)
def test_a_bad_mapping_is_explained(
    table: Callable[..., _Imported], tmp_path: Path, maps: tuple[str, ...], values: tuple[str, ...], problem: str
) -> None:
    path = _csv(tmp_path / "t.csv", ("text",), ("secret",))
    with pytest.raises(CorpusError, match=problem):
        table(path, *maps, values=values)


def test_tables_that_cannot_be_read(table: Callable[..., _Imported], tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("id,text\n1,Tumorgröße\n".encode("latin-1"))
    with pytest.raises(CorpusError, match="name its encoding"):
        table(latin)
    with pytest.raises(CorpusError, match="'latin-x' is no encoding"):
        table(latin, encoding="latin-x")
    assert table(latin, encoding="latin-1")[0][0].text == "Tumorgröße"
    for name, content, problem in (
        ("t.doc", b"x", "save it as"),
        ("t.xlsx", b"x", "not an Excel workbook"),
        ("t.parquet", b"x", "not a Parquet file"),
        ("t.csv", b"", "empty table"),
        ("u.csv", b"id,id\n", "named twice"),
        ("v.csv", b"id,note\n1,x\n", "no column of report texts"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CorpusError, match=problem):
            table(tmp_path / name)


def test_rows_come_as_they_are_read(schema: TaskSchema, codebook: Codebook, tmp_path: Path) -> None:
    """Streaming: the first rows are there before a later line is found to be broken."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,text\n" + b"".join(b"%d,words\n" % n for n in range(5000)) + b"5000,\xff\n")
    stream: Iterator[LabelledReport] = import_table(path, schema, codebook, ImportReport(), ColumnMap())
    assert next(stream).id == "0"
    with pytest.raises(CorpusError):
        list(stream)


def test_a_corpus_comes_through_whole(
    many_rows: Callable[..., list[LabelledReport]], schema: TaskSchema, codebook: Codebook, tmp_path: Path
) -> None:
    rows = many_rows(8)
    write_corpus(rows, tmp_path / "c.jsonl.gz")
    report = ImportReport()
    assert list(import_corpus(tmp_path / "c.jsonl.gz", schema, codebook, report)) == rows
    assert (report.read, report.written) == (8, 8)


def test_corpus_rows_that_cannot_be_used_are_left_out(schema: TaskSchema, codebook: Codebook, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    lines = [
        {
            "id": "TCGA-ZZ-A001",
            "hospital": "ZZ",
            "cancer": "BRCA",
            "text": "Secret.",
            "registry": {"T": "T2a", "N": "N9"},
        },
        {"id": "b", "text": "Secret.", "labels": {"pT": "T9"}},
        {"id": "c", "text": "", "labels": {}},
        {"id": "TCGA-ZZ-A001", "text": "Secret.", "labels": {}},
        {"text": "Secret."},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\nnot json")
    report = ImportReport()
    (row,) = import_corpus(path, schema, codebook, report)
    assert (row.patient, row.labels) == ("TCGA-ZZ-A001", {"pT": "T2"})
    assert row.details["cancer"] == "BRCA"
    assert report.unmapped["pN"] == {"'N9'": 1}
    assert sum(map(len, report.skipped.values())) == 5
    assert "ecret" not in json.dumps(report.to_json())
    assert report.as_table().row_count


def test_the_real_corpora_come_through(shared: Path, schema: TaskSchema, codebook: Codebook, tmp_path: Path) -> None:
    for name, labelled in (("tcga_brca", 217), ("tcga_other", 2183)):
        report = ImportReport()
        out = tmp_path / f"{name}.jsonl.gz"
        write_corpus(import_corpus(shared / name / "reports.jsonl.gz", schema, codebook, report), out)
        rows = list(read_corpus(out, schema))
        assert report.read == report.written == len(rows)
        assert not report.skipped
        assert sum(bool(row.labels) for row in rows) == labelled
        assert all(row.patient == row.id for row in rows)


def test_registry_values_read_as_in_the_real_corpus(shared: Path, codebook: Codebook) -> None:
    """Where the report prints a category, registry and reading agree mostly: the mapping cannot be far off."""
    with gzip.open(shared / "tcga_brca" / "reports.jsonl.gz", "rt", encoding="utf-8") as lines:
        raws = [json.loads(line) for line in lines]
    for task, least in (("pT", 0.85), ("pN", 0.85)):
        pairs = [
            (codebook.labels[task].meaning(raw["registry"][task]), raw["labels"][task])
            for raw in raws
            if raw["details"][f"{task}_basis"] == "stated"
        ]
        assert sum(said == read for said, read in pairs) / len(pairs) >= least


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=5),
    suffix=st.sampled_from([".csv", ".tsv"]),
)
def test_texts_come_through_a_table_unchanged(
    texts: list[str], suffix: str, schema: TaskSchema, codebook: Codebook, tmp_path: Path
) -> None:
    path = _csv(tmp_path / f"t{suffix}", ("id", "text"), *((f"r{n}", text) for n, text in enumerate(texts)))
    report = ImportReport()
    rows = {row.id: row.text for row in import_table(path, schema, codebook, report)}
    assert rows == {f"r{n}": text for n, text in enumerate(texts) if text.strip()}
    assert report.read == len(texts)


@given(argument=st.text())
def test_any_mapping_is_read_or_refused(argument: str, schema: TaskSchema, codebook: Codebook) -> None:
    for maps, values in (([argument], []), ([], [argument])):
        try:
            columns = parse_column_map(maps, values, schema, codebook)
        except CorpusError:
            continue
        assert columns.columns.keys() | {name for name, _ in columns.values} <= codebook.fields
