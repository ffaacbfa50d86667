from __future__ import annotations

import os
from pathlib import Path

import pytest

from pathstage.ingest import ReadOptions, UsageError, read
from pathstage.report import Failure, Report


def ids(*paths: str | Path) -> list[str]:
    return [result.id for result in read(paths)]


def test_a_folder_is_read_with_its_sub_folders(reports: Path) -> None:
    assert ids(reports) == ["a.txt", "north/b.txt"]


def test_folder_glob_and_file_give_a_report_the_same_id(reports: Path) -> None:
    assert ids(reports / "a.txt") == ids(f"{reports}/*.txt") == ["a.txt"]


def test_a_recursive_glob_reads_every_file_once(reports: Path) -> None:
    assert sorted(ids(f"{reports}/**")) == ["a.txt", "b.txt"]


def test_a_file_given_twice_is_read_once(reports: Path) -> None:
    assert ids(reports, reports / "a.txt") == ["a.txt", "north/b.txt"]


def test_files_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    files = [tmp_path / hospital / "report.txt" for hospital in ("a", "b")]
    for file in files:
        file.parent.mkdir()
        file.write_text("Benign breast tissue.")
    assert ids(*files) == [file.as_posix() for file in files]


def test_hidden_files_and_litter_are_skipped(reports: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "~$a.docx"):
        (reports / name).write_bytes(b"\0\1\2")
    assert ids(reports) == ["a.txt", "north/b.txt"]


def test_an_unknown_suffix_is_read_if_it_is_text_and_fails_by_name_if_not(reports: Path) -> None:
    (reports / "c.rpt").write_text("Fibroadenoma.")
    (reports / "d.bin").write_bytes(bytes(range(256)) * 8)
    results = {result.id: result for result in read([reports])}
    assert isinstance(results["c.rpt"], Report)
    assert isinstance(results["d.bin"], Failure)
    assert "d.bin" in results["d.bin"].error
    assert "binary" in results["d.bin"].error


def test_a_missing_path_among_good_ones_is_a_failure(reports: Path) -> None:
    results = list(read([reports / "a.txt", reports / "gone.txt"]))
    assert isinstance(results[0], Report)
    assert isinstance(results[1], Failure)
    assert "gone.txt" in results[1].error


@pytest.mark.parametrize("path", ["gone.txt", "gone/*.txt", "empty"])
def test_nothing_to_read_is_wrong_usage(path: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="nothing to read"):
        read([tmp_path / path])
    with pytest.raises(UsageError, match="no path"):
        read([])


def test_link_loops_end_and_broken_links_fail(reports: Path) -> None:
    (reports / "north" / "loop").symlink_to(reports)
    (reports / "self").symlink_to(reports / "self")
    (reports / "broken").symlink_to(reports / "nowhere")
    results = {result.id: result for result in read([reports])}
    assert set(results) == {"a.txt", "north/b.txt", "self", "broken"}
    assert isinstance(results["self"], Failure)
    assert isinstance(results["broken"], Failure)


def test_deep_folders_are_read(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(500):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (folder / "deep.txt").write_text("Benign.")
    assert len(ids(tmp_path)) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no named pipes")
def test_a_named_pipe_does_not_hang_the_batch(reports: Path) -> None:
    os.mkfifo(reports / "pipe")
    failure = next(result for result in read([reports]) if result.id == "pipe")
    assert isinstance(failure, Failure)
    assert "regular file" in failure.error


def test_stdin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "in"
    file.write_bytes(b"id,report text\nx,Lobular carcinoma\n")
    with file.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        [report] = read(["-"])
    assert isinstance(report, Report)
    assert (report.id, report.text) == ("x", "Lobular carcinoma")


def test_options_are_checked() -> None:
    with pytest.raises(UsageError, match="unknown OCR engine"):
        ReadOptions(ocr="abbyy")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="max_pages"):
        ReadOptions(max_pages=0)


def test_skipped_files_are_counted(reports: Path, caplog: pytest.LogCaptureFixture) -> None:
    (reports / "README.md").write_text("notes")
    (reports / "north" / "convert.py").write_text("pass")
    assert len(ids(reports)) == 2
    assert "2 files in folders were skipped (.md, .py)" in caplog.text
