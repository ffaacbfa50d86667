import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pathstage.export import SUPPORTED, formats, open_writer, table
from pathstage.report import Failure, ModelInfo
from pathstage.schema import TaskSchema
from pathstage.staged import StagedRecord

Make = Callable[..., StagedRecord]

# Quotes, delimiters, every kind of line end, a formula, a control character, a lone surrogate, an astral character.
HOSTILE = '=1+1,"a";\tb\r\nc\u2028d\x0be\x00f\udcffg ≥ 1 % \U0001f9ec'


def _read(path: Path) -> pd.DataFrame:
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        return pd.json_normalize(pd.read_json(path, lines=True, dtype=False).to_dict("records"))
    if name.endswith(".xlsx"):
        return pd.read_excel(path)
    if name.endswith(".parquet"):
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t" if name.endswith(".tsv") else ",")


@pytest.mark.parametrize("suffix", SUPPORTED)
def test_every_format_reads_back(
    suffix: str, tmp_path: Path, make_record: Make, failure: Failure, schema: TaskSchema, model: ModelInfo
):
    path = tmp_path / "results" / f"out{suffix}"
    path.parent.mkdir()
    with open_writer(path, schema, model) as writer:
        writer.write(make_record("Tumour,\n 2.1 cm"))
        writer.write(failure)
    frame = _read(path)
    assert list(frame["id"]) == ["r1", "r2"]
    assert list(frame["status"]) == ["ok", "error"]
    assert frame["error"][1] == failure.error
    assert pd.isna(frame["error"][0])
    if ".jsonl" not in suffix:
        assert list(frame.columns) == list(table.columns(schema))
        assert frame["pT_probability"].dtype == float
        assert frame["pT_probability"][0] == 0.875
        assert frame["HER2_evidence"][0] == "Tumour, 2.1 cm | Tumour, 2.1 cm"
        assert pd.isna(frame["HER2"][1])
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", SUPPORTED)
def test_hostile_text_neither_breaks_nor_runs(
    suffix: str, tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo
):
    path = tmp_path / f"out{suffix}"
    with open_writer(path, schema, model, keep_text=True) as writer:
        writer.write(make_record(HOSTILE, id=HOSTILE))
        writer.write(make_record("plain", id="r2"))
    frame = _read(path)
    assert len(frame) == 2
    assert frame["text"][1] == "plain"
    if ".jsonl" not in suffix and suffix != ".parquet":
        assert frame["id"][0].startswith("'=1+1")
        assert frame["pN_evidence"][0].startswith("'=1+1")


def test_json_lines_and_parquet_hold_text_exactly(
    tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo
):
    for name in ("a.jsonl", "a.parquet"):
        with open_writer(tmp_path / name, schema, model, keep_text=True) as writer:
            writer.write(make_record(HOSTILE))
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    exact = HOSTILE.replace("\udcff", "?")
    assert json.loads(lines[0])["text"] == exact
    assert pd.read_parquet(tmp_path / "a.parquet")["text"][0] == exact


def test_csv_is_plain_utf8_with_quoted_text(tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo):
    with open_writer(tmp_path / "a.csv", schema, model) as writer:
        writer.write(make_record("≥ 1 %"))
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b'"id","status","error","pT","pT_probability"')
    assert '"T0",0.875,"≥ 1 % | ≥ 1 %"'.encode() in content
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["id"] == "r1"


def test_workbook_cells_are_typed_and_fit(tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo):
    with open_writer(tmp_path / "a.xlsx", schema, model, keep_text=True) as writer:
        writer.write(make_record("\U0001f9ec" * 40_000, id="=cmd"))
        writer.write(make_record("#N/A", id="0012"))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    first, second = [dict(zip(table.columns(schema, keep_text=True), row, strict=True)) for row in sheet.iter_rows(2)]
    assert (first["id"].data_type, first["id"].value) == ("s", "'=cmd")
    assert first["pT_probability"].data_type == "n"
    assert len(first["text"].value.encode("utf-16-le")) / 2 <= formats.XLSX_MAX_CELL
    assert first["text"].value.endswith("\U0001f9ec…")
    assert (second["id"].data_type, second["id"].value) == ("s", "0012")
    assert (second["text"].data_type, second["text"].value) == ("s", "#N/A")
    assert sheet.freeze_panes == "B2"


def test_a_full_sheet_says_what_to_do(
    tmp_path: Path,
    make_record: Make,
    schema: TaskSchema,
    model: ModelInfo,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(formats, "XLSX_MAX_ROWS", 2)
    with open_writer(tmp_path / "a.xlsx", schema, model) as writer:
        writer.write(make_record())
        with pytest.raises(OSError, match=r"write \.csv or \.parquet"):
            writer.write(make_record())


def test_parquet_is_written_in_row_groups(
    tmp_path: Path,
    make_record: Make,
    schema: TaskSchema,
    model: ModelInfo,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(formats, "PARQUET_ROW_GROUP", 2)
    with open_writer(tmp_path / "a.parquet", schema, model) as writer:
        for at in range(5):
            writer.write(make_record(id=str(at)))
    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [2, 2, 1]
    assert file.read().column("id").to_pylist() == list("01234")
    assert str(file.schema_arrow.field("pT_probability").type) == "double"


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.xlsx", "a.jsonl"])
def test_no_reports_is_an_empty_table(name: str, tmp_path: Path, schema: TaskSchema, model: ModelInfo):
    with open_writer(tmp_path / name, schema, model):
        pass
    if name == "a.jsonl":
        assert (tmp_path / name).read_bytes() == b""
    else:
        assert list(_read(tmp_path / name).columns) == list(table.columns(schema))


def _write_until_stopped(path: Path, schema: TaskSchema, model: ModelInfo, result: StagedRecord) -> None:
    with open_writer(path, schema, model) as writer:
        writer.write(result)
        raise KeyboardInterrupt


@pytest.mark.parametrize("suffix", SUPPORTED)
def test_an_unfinished_file_does_not_look_finished(
    suffix: str, tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo
):
    path = tmp_path / f"out{suffix}"
    path.write_text("what an earlier run wrote")
    with pytest.raises(KeyboardInterrupt):
        _write_until_stopped(path, schema, model, make_record())
    assert path.read_text() == "what an earlier run wrote"
    partial = path.with_name(path.name + ".partial")
    rescued = path.with_name("rescued" + suffix)
    partial.rename(rescued)
    assert list(_read(rescued)["id"]) == ["r1"]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_finished_reports_are_on_disk_at_once(
    suffix: str, tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo
):
    path = tmp_path / f"out{suffix}"
    with open_writer(path, schema, model) as writer:
        writer.write(make_record(id="seen"))
        assert "seen" in path.with_name(path.name + ".partial").read_text()
        assert not path.exists()


def test_dash_is_json_lines_on_stdout(
    make_record: Make, schema: TaskSchema, model: ModelInfo, capfdbinary: pytest.CaptureFixture[bytes]
):
    with open_writer("-", schema, model) as writer:
        writer.write(make_record("≥"))
    line = capfdbinary.readouterr().out
    assert json.loads(line)["fields"]["pT"]["evidence"][0]["text"] == "≥"
    print("still open")


@pytest.mark.parametrize("name", ["out", "out.xls", "out.txt", "out.parquet.gz", "csv"])
def test_unknown_suffix_names_the_known_ones(name: str, tmp_path: Path, schema: TaskSchema, model: ModelInfo):
    with pytest.raises(ValueError, match=r"\.csv.*\.jsonl.*\.parquet, \.xlsx"):
        open_writer(tmp_path / name, schema, model)
    assert not list(tmp_path.iterdir())


def test_suffix_may_be_upper_case(tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo):
    with open_writer(tmp_path / "OUT.CSV.GZ", schema, model) as writer:
        writer.write(make_record())
    assert gzip.decompress((tmp_path / "OUT.CSV.GZ").read_bytes()).startswith(b'"id"')


@pytest.mark.parametrize("suffix", [".csv", ".jsonl.gz", ".xlsx"])
def test_what_an_unfinished_run_left_is_never_overwritten(
    suffix: str, tmp_path: Path, make_record: Make, schema: TaskSchema, model: ModelInfo
):
    path = tmp_path / f"out{suffix}"
    partial = path.with_name(path.name + ".partial")
    with pytest.raises(KeyboardInterrupt):
        _write_until_stopped(path, schema, model, make_record())
    before = partial.read_bytes()
    with pytest.raises(FileExistsError, match=r"out.*\.partial: .*move or delete"):
        open_writer(path, schema, model)
    assert partial.read_bytes() == before


@pytest.mark.parametrize("suffix", SUPPORTED)
def test_a_run_that_finished_nothing_leaves_nothing(suffix: str, tmp_path: Path, schema: TaskSchema, model: ModelInfo):
    with pytest.raises(KeyboardInterrupt), open_writer(tmp_path / f"out{suffix}", schema, model):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path: Path, schema: TaskSchema, model: ModelInfo):
    with pytest.raises(FileNotFoundError, match="missing: no such folder"):
        open_writer(tmp_path / "missing" / "out.csv", schema, model)


def test_a_folder_is_refused_before_any_work(tmp_path: Path, schema: TaskSchema, model: ModelInfo):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        open_writer(tmp_path / "out.csv", schema, model)
