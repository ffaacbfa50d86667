from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.ingest import ReadOptions, UsageError, read, read_bytes
from pathstage.report import Failure, Report

ROWS = [("A1", "Invasive ductal carcinoma, pT2.\nER positive."), ("A2", 'Benign; "no" atypia, Größe 1 µm')]


def csv_bytes(delimiter: str = ",", codec: str = "utf-8") -> bytes:
    frame = pd.DataFrame(ROWS, columns=["report_id", "report_text"])
    return frame.to_csv(index=False, sep=delimiter).encode(codec)


def xlsx_bytes() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["report_id", "report_text"])
    for row in ROWS:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parquet_bytes() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(ROWS, columns=["report_id", "report_text"]).to_parquet(buffer)
    return buffer.getvalue()


def jsonl_bytes() -> bytes:
    return b"".join(json.dumps({"report_id": i, "report_text": t}).encode() + b"\n" for i, t in ROWS)


TABLES = {
    "t.csv": csv_bytes(),
    "semicolon.csv": csv_bytes(";"),
    "latin.csv": csv_bytes(";", "cp1252"),
    "utf16.csv": csv_bytes("\t", "utf-16"),
    "bom.csv": csv_bytes(codec="utf-8-sig"),
    "t.tsv": csv_bytes("\t"),
    "t.jsonl": jsonl_bytes(),
    "t.parquet": parquet_bytes(),
    "t.xlsx": xlsx_bytes(),
}


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", TABLES)
def test_every_table_format_gives_the_same_reports(name: str, zipped: bool, tmp_path: Path) -> None:
    data = gzip.compress(TABLES[name]) if zipped else TABLES[name]
    path = tmp_path / (name + ".gz" if zipped else name)
    path.write_bytes(data)
    for results in (list(read([path])), list(read_bytes(data, path.name))):
        assert all(isinstance(result, Report) for result in results), results
        assert [(r.id, r.text) for r in results if isinstance(r, Report)] == ROWS


def results_of(data: str | bytes, name: str = "t.csv", **options: object) -> list[Report | Failure]:
    return list(read_bytes(data.encode() if isinstance(data, str) else data, name, ReadOptions(**options)))  # type: ignore[arg-type]


def test_named_columns_and_a_column_found_by_its_length() -> None:
    data = "case,kind,words\n7,x,A long enough paragraph about a carcinoma of the breast\n"
    [found] = results_of(data)
    assert isinstance(found, Report)
    assert (found.id, found.text[:6]) == ("t.csv#1", "A long")
    [named] = results_of(data, id_column="case", text_column="kind")
    assert isinstance(named, Report)
    assert (named.id, named.text) == ("7", "x")


def test_a_column_that_no_table_has_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,Benign\n")
    (tmp_path / "b.csv").write_text("id,words\n2,Benign\n")
    with pytest.raises(UsageError, match="no table has a column 'wrods'"):
        read([tmp_path], ReadOptions(text_column="wrods"))
    first, second = read([tmp_path], ReadOptions(text_column="words"))
    assert isinstance(first, Failure)
    assert "words" in first.error
    assert isinstance(second, Report)


def test_rows_that_cannot_be_read_fail_alone() -> None:
    results = results_of("id,text\n1,Benign\n2\n3,\n4,Carcinoma, invasive, left\n\n5,Fibrosis,,\n")
    assert [(r.id, type(r)) for r in results] == [
        ("1", Report),
        ("2", Failure),
        ("3", Failure),
        ("t.csv#4", Failure),
        ("5", Report),
    ]
    assert isinstance(results[3], Failure)
    assert "quotation" in results[3].error
    assert "Carcinoma" not in results[3].error


def test_bad_json_lines_fail_alone() -> None:
    deep = '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}"
    data = "\n".join(['{"id": 1, "text": "Benign"}', "{", "[1]", deep, '{"id": 2}', '{"id": 3, "text": "a\\ud800b"}'])
    results = results_of(data, "t.jsonl")
    assert [type(r) for r in results] == [Report, Failure, Failure, Failure, Failure, Report]
    assert isinstance(results[-1], Report)
    assert results[-1].text == "a\ufffdb"


def test_fields_of_a_megabyte_and_nul_bytes() -> None:
    long = "word " * 200_000
    [a, b] = results_of(f'id,text\n1,"{long}"\n2,be\0nign\n')
    assert isinstance(a, Report)
    assert isinstance(b, Report)
    assert (len(a.text), b.text) == (len(long), "benign")


def test_repeated_ids_are_made_unique() -> None:
    results = results_of("id,text\nA,one\nA,two\nA~2,three\nA,four\n")
    assert [r.id for r in results] == ["A", "A~2", "A~2~2", "A~3"]


@given(st.lists(st.sampled_from(["A", "A~2", "A~2~2", "B", ""]), min_size=1, max_size=12))
def test_ids_are_unique_whatever_the_table_says(ids: list[str]) -> None:
    data = "\n".join(json.dumps({"id": i, "text": "Benign"}) for i in ids)
    found = [r.id for r in results_of(data, "t.jsonl")]
    assert len(found) == len(set(found)) == len(ids)


def test_numbers_as_ids_read_as_written() -> None:
    [report] = results_of('{"id": 1234.0, "text": "Benign"}', "t.jsonl")
    assert report.id == "1234"


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        (b"id,text\n", "t.csv", "no rows"),
        (b"id,n\n1,2\n", "t.csv", "--text-column"),
        (("A report without a header. " * 20).encode() + b",x\n", "t.csv", "header"),
        (b"PAR1 cut short", "t.parquet", "Parquet"),
        (xlsx_bytes()[:3000], "t.xlsx", "damaged"),
    ],
)
def test_tables_that_cannot_be_read(data: bytes, name: str, word: str) -> None:
    [failure] = results_of(data, name)
    assert isinstance(failure, Failure)
    assert word in failure.error


def test_tables_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write("id,text\n")
        file.writelines(f"{n},Benign breast tissue\n" for n in range(200_000))
    rows: Iterator[Report | Failure] = read([path], ReadOptions(max_bytes=100_000))
    assert next(rows).id == "0"


def test_carriage_returns_alone_end_lines() -> None:
    assert [r.id for r in results_of("id,text\rA,Benign\rB,Carcinoma\r")] == ["A", "B"]
    assert [r.id for r in results_of('{"id": "A", "text": "Benign"}\r{"id": "B", "text": "x"}', "t.jsonl")] == [
        "A",
        "B",
    ]
    [report] = results_of(b"FINAL DIAGNOSIS\rLeft breast, carcinoma\r", "report")
    assert isinstance(report, Report)
    assert report.text == "FINAL DIAGNOSIS\nLeft breast, carcinoma\n"


def test_an_unpaired_quotation_mark_is_not_silent() -> None:
    first, second = results_of('id,text\n0,Benign\n1,"abc\n2,def\n3,ghi\n')
    assert isinstance(first, Report)
    assert isinstance(second, Failure)
    assert "t.csv row 2" in second.error
    assert "2 lines" in second.error
    assert isinstance(results_of('id,text\n1,"abc\n2,"def"\n3,ghi\n')[-1], Report)


@pytest.mark.parametrize("data", ["1,Benign breast tissue\n2,Carcinoma\n", "Doe,Jane,Benign. Left.\nRoe,Ann,Cyst.\n"])
def test_a_table_without_header_is_refused_and_not_quoted(data: str) -> None:
    [failure] = results_of(data)
    assert isinstance(failure, Failure)
    assert "does not look like a header" in failure.error
    with pytest.raises(UsageError, match="column 'words'") as caught:
        results_of(data, text_column="words")
    for message in (failure.error, str(caught.value)):
        assert not {"Benign", "Doe", "Jane"} & set(message.replace("'", " ").replace(",", " ").split())


def test_a_number_of_thousands_of_digits_fails_alone() -> None:
    results = results_of('{"id": ' + "9" * 5000 + ', "text": "a"}\n{"id": 1, "text": "b"}\n', "t.jsonl")
    assert [type(r) for r in results] == [Failure, Report]


def test_parquet_with_damaged_text_and_times_out_of_range() -> None:
    strings = pa.array([b"Gr\xf6\xdfe 2 cm", b"Benign"], pa.binary()).view(pa.string())
    far = pa.array([2**62, 0], pa.timestamp("ms"))
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": ["A", "B"], "text": strings, "seen": far}), buffer)
    assert [r.text for r in results_of(buffer.getvalue(), "t.parquet") if isinstance(r, Report)] == [
        "Größe 2 cm",
        "Benign",
    ]


@pytest.mark.parametrize(("offset", "value"), [(6, 1), (8, 99)], ids=["encrypted", "unknown compression"])
def test_a_workbook_that_zipfile_refuses_is_a_failure(offset: int, value: int) -> None:
    data = bytearray(xlsx_bytes())
    for signature, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset + shift] = value
            at = data.find(signature, at + 4)
    [failure] = results_of(bytes(data), "t.xlsx")
    assert isinstance(failure, Failure)
    assert "workbook" in failure.error


def test_whatever_a_reader_raises_the_batch_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leak(*args: object) -> None:
        raise IndexError("Jane Doe")

    monkeypatch.setattr("pathstage.ingest.reader.table_rows", leak)
    (tmp_path / "a.csv").write_text("id,text\n1,Benign\n")
    (tmp_path / "b.txt").write_text("Benign")
    failure, report = read([tmp_path])
    assert isinstance(failure, Failure)
    assert "IndexError" in failure.error
    assert "Jane" not in failure.error
    assert isinstance(report, Report)


def test_a_constant_id_is_numbered_in_linear_time() -> None:
    start = time.monotonic()
    results = results_of("id,text\n" + "A,Benign\n" * 20_000)
    assert results[-1].id == "A~20000"
    assert time.monotonic() - start < 10
