"""The command line as its users meet it: exit codes, messages, outputs; the model is a stand-in."""

from __future__ import annotations

import csv
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from pathstage import __version__, cli, terminal
from pathstage.cli_support import INTERRUPTED, SOME_FAILED, UNFINISHED, WRONG_USAGE
from pathstage.ingest import ReadOptions
from pathstage.model.calibration import Acceptance, Calibration, TaskCalibration
from pathstage.report import Evidence, Extraction, Failure, FieldValue, ModelInfo, Report
from pathstage.schema import load_schema
from pathstage.staged import REVIEW_BELOW, stage_record

TEXT = "Left breast, excision: invasive ductal carcinoma of Mrs. Edith Marlow, pT2 pN0. The margins are free."


class Scripted:
    """Answers each task with its absent class and certainty, except those a test sets in `answers`."""

    schema = load_schema()
    info = ModelInfo("scripted", "none", "1")
    answers: ClassVar[dict[str, tuple[str, float]]] = {}
    loads: ClassVar[list[dict[str, Any]]] = []
    seen: ClassVar[list[str]] = []
    calibration = Calibration()
    interrupt_after: int | None = None
    crash: Exception | None = None
    refusal: Exception | None = None

    @classmethod
    def load(cls, checkpoint: Path | None = None, **options: Any) -> Scripted:
        if cls.refusal:
            raise cls.refusal
        cls.loads.append({"checkpoint": checkpoint, **options})
        return cls()

    def thresholds(self, *, max_error: float | None, review_below: float | None) -> dict[str, float | None]:
        if max_error is not None:
            return self.calibration.thresholds(max_error)
        return dict.fromkeys(self.schema.names, review_below or REVIEW_BELOW)

    def extract_many(self, results: Iterable[Report | Failure]) -> Iterator[Extraction | Failure]:
        for number, result in enumerate(results):
            if number == self.interrupt_after:
                raise KeyboardInterrupt
            if self.crash:
                raise self.crash
            if isinstance(result, Failure):
                yield result
                continue
            self.seen.append(result.text)
            values = {task.name: (task.absent, 0.99) for task in self.schema.tasks} | self.answers
            evidence = (Evidence(result.text[:8], 0, 8, 1),)
            yield Extraction(result, {name: FieldValue(*value, evidence) for name, value in values.items()})


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    class Fresh(Scripted):
        answers: ClassVar[dict[str, tuple[str, float]]] = {}
        loads: ClassVar[list[dict[str, Any]]] = []
        seen: ClassVar[list[str]] = []

    module = ModuleType("pathstage.extractor")
    module.Extractor = Fresh  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pathstage.extractor", module)
    return Fresh


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with two good reports and two bad ones."""
    folder = tmp_path / "mixed"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text(TEXT)
    (folder / "sub" / "b.txt").write_text(TEXT)
    (folder / "empty.txt").write_text("")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 20)
    return folder


def run(*arguments: object, **options: Any) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], **options)


def test_extract_prints_a_table_with_doubtful_values_marked(report: Path, scripted: type[Scripted]) -> None:
    scripted.answers = {"pT": ("T2", 0.8961), "pN": ("N0", 0.9)}
    result = run("extract", report)
    assert result.exit_code == 0
    row = next(line for line in result.stdout.splitlines() if "report.txt" in line)
    assert "T2 0.89?" in row
    assert "N0 0.90" in row
    assert "N0 0.90?" not in row
    assert "1 report, 0 errors; 1 to review (low_confidence 1)" in result.stderr


def test_extract_goes_on_past_bad_files_and_lists_them(mixed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    result = run("extract", mixed, "-o", out)
    assert result.exit_code == SOME_FAILED
    rows = {row["id"]: row for row in csv.DictReader(out.open(encoding="utf-8"))}
    assert {name: row["status"] for name, row in rows.items()} == {
        "a.txt": "ok",
        "sub/b.txt": "ok",
        "empty.txt": "error",
        "noise.bin": "error",
    }
    assert "4 reports, 2 errors" in result.stderr
    assert "empty.txt: the file is empty" in result.stderr
    assert result.stdout == ""


def test_extract_table_shows_failed_reports(mixed: Path) -> None:
    result = run("extract", mixed)
    assert any("empty.txt" in line and "error" in line for line in result.stdout.splitlines())


def test_summary_lists_no_more_than_twenty_errors(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(23):
        (folder / f"{number:02}.txt").write_text("")
    result = run("extract", folder, "-o", tmp_path / "out.jsonl")
    assert result.stderr.count("the file is empty") == 20
    assert "and 3 more" in result.stderr
    # Where no output has the errors, the summary has all of them.
    result = run("extract", folder)
    assert result.stderr.count("the file is empty") == 23
    assert run("extract", folder, "-o", "-").stderr.count("the file is empty") == 20


@pytest.mark.parametrize("suffix", [".csv", ".tsv.gz", ".jsonl", ".parquet", ".xlsx"])
def test_extract_writes_every_format(report: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"
    assert run("extract", report, "-o", out).exit_code == 0
    assert out.stat().st_size > 0


def test_extract_reads_stdin_and_writes_stdout() -> None:
    result = run("extract", "-", "-o", "-", "--keep-text", "--quiet", input=TEXT)
    assert result.exit_code == 0
    made = json.loads(result.stdout)
    assert made["text"] == TEXT
    assert made["status"] == "ok"
    assert result.stderr == ""


def test_extract_takes_globs_that_the_shell_left(mixed: Path) -> None:
    result = run("extract", mixed / "**" / "*.txt", "-o", "-")
    ids = [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert ids == ["a.txt", "empty.txt", "b.txt"]


def test_extract_names_the_columns_of_a_table(tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    table.write_text(f'case,words,other\nK1,"{TEXT}",x\nK2,"{TEXT}",y\n')
    result = run("extract", table, "--id-column", "case", "--text-column", "words", "-o", "-")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["K1", "K2"]
    result = run("extract", table, "--text-column", "missing")
    assert result.exit_code == WRONG_USAGE
    assert "'missing'" in result.stderr


def test_extract_deidentifies_before_the_model_reads(report: Path, tmp_path: Path, scripted: type[Scripted]) -> None:
    pytest.importorskip("presidio_analyzer")
    out = tmp_path / "out.jsonl"
    assert run("extract", report, "--deidentify", "--keep-text", "-o", out).exit_code == 0
    assert "Marlow" not in out.read_text()
    assert "pT2" in scripted.seen[0]
    assert "Marlow" not in scripted.seen[0]


def test_extract_hands_the_model_options_on(report: Path, tmp_path: Path, scripted: type[Scripted]) -> None:
    run("extract", report, "--model", tmp_path, "--base", "llama", "--device", "cpu", "--batch-size", "3")
    assert scripted.loads == [{"checkpoint": tmp_path, "base": "llama", "device": "cpu", "batch_size": 3}]


def test_extract_says_why_a_checkpoint_is_refused(report: Path, tmp_path: Path, scripted: type[Scripted]) -> None:
    scripted.refusal = RuntimeError("runs/x: made for another base: width 576 instead of 64")
    result = run("extract", report, "--model", tmp_path, "-o", tmp_path / "out.csv")
    assert result.exit_code == WRONG_USAGE
    assert "width 576 instead of 64" in result.stderr
    assert not list(tmp_path.glob("out.csv*"))


@pytest.mark.parametrize(("width", "row"), [(200, ["report.txt", "T2", "0.91"]), (80, ["report.txt", "T2", "N0"])])
def test_table_fits_the_terminal(
    width: int, row: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    names = load_schema().names
    fields = {name: FieldValue(Scripted.schema[name].absent, 0.99) for name in names}
    fields |= {"pT": FieldValue("T2", 0.91), "pN": FieldValue("N0", 0.5)}
    thresholds = dict.fromkeys(names, 0.8)
    with terminal.ResultTable(load_schema(), thresholds) as table:
        table.write(stage_record(Extraction(Report("report.txt", "report.txt", TEXT), fields), load_schema()))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert lines[2].split()[:3] == row
    assert max(len(line.rstrip()) for line in lines) <= width
    assert "0.50?" in lines[2] + lines[3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.txt"], "no such file or folder"),
        (["report.txt", "missing.txt"], "missing.txt: no such file or folder"),
        (["empty-folder"], "matches no file"),
        (["none-*.txt"], "matches no file"),
        (["report.txt", "-o", "out.doc"], "unknown output format"),
        (["report.txt", "-o", "out"], "unknown output format"),
        (["report.txt", "-o", "missing/out.csv"], "no such folder"),
        (["report.txt", "-o", "folder.csv"], "is a folder"),
        (["cases.csv", "-o", "cases.csv"], "would be overwritten"),
        ([".", "-o", "cases.csv"], "would be overwritten"),
        (["cases.csv", "-o", "linked.csv"], "would be overwritten"),
        (["report.txt", "--keep-text"], "needs -o"),
        (["report.txt", "--force-ocr", "--ocr", "never"], "force_ocr"),
        (["report.txt", "--ocr", "abbyy"], "abbyy"),
        (["report.txt", "--max-pages", "0"], "--max-pages"),
        (["report.txt", "--review-below", "80"], "--review-below"),
        (["report.txt", "--max-error", "2"], "--max-error"),
        (["report.txt", "--max-error", "0.02", "--review-below", "0.9"], "exclude each other"),
        (["report.txt", "--unknown"], "No such option"),
        ([], "Missing argument"),
    ],
)
def test_extract_refuses_wrong_usage_before_the_model_is_loaded(
    arguments: list[str],
    message: str,
    report: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scripted: type[Scripted],
) -> None:
    (tmp_path / "empty-folder").mkdir()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "cases.csv").write_text(f'id,text\n1,"{TEXT}"\n')
    (tmp_path / "linked.csv").symlink_to(tmp_path / "cases.csv")
    before = (tmp_path / "cases.csv").read_bytes()
    monkeypatch.chdir(tmp_path)
    result = run("extract", *arguments)
    assert result.exit_code == WRONG_USAGE
    assert message in result.stderr
    assert not scripted.loads
    assert (tmp_path / "cases.csv").read_bytes() == before


COLON = (
    "FINAL DIAGNOSIS: Sigmoid colon, resection: adenocarcinoma, moderately differentiated, 4 cm, invading the pericolic"
    " fat. Margins free. Three of twenty lymph nodes positive. pT3 pN1b."
)
LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore."
FRENCH = "Sein gauche, tumorectomie : la tumeur mesure 22 mm et les marges sont saines. Les ganglions sont sans lésion."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" \n", "blank"),
        ("-- 1 --", "blank"),
        (COLON, "other_organ"),
        (FRENCH, "foreign_language"),
        (LOREM, "foreign_language"),
    ],
)
def test_what_is_no_breast_report_is_to_be_reviewed_and_has_no_stage(
    text: str, code: str, tmp_path: Path, scripted: type[Scripted]
) -> None:
    scripted.answers = {"pT": ("T3", 0.999), "pN": ("N1", 0.999)}
    table = tmp_path / "cases.jsonl"
    table.write_text(json.dumps({"id": "x", "text": text}) + "\n")
    (made,) = [json.loads(line) for line in run("extract", table, "-o", "-").stdout.splitlines()]
    assert made["review"]
    assert made["review_reasons"]
    assert made["stage"] is None
    if made["status"] == "ok":
        assert made["review_reasons"][0]["code"] == code
    run("extract", table, "-o", tmp_path / "out.csv")
    (row,) = csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8"))
    assert row["review"] == "yes"
    assert not [name for name, cell in row.items() if "stage" in name and cell]


def test_max_error_asks_for_review_by_the_thresholds_of_the_checkpoint(report: Path, scripted: type[Scripted]) -> None:
    scripted.answers = {"pT": ("T2", 0.93), "pN": ("N0", 0.93)}
    certified = {"pT": 0.92, "pN": 0.94, "pM": None}
    scripted.calibration = Calibration(
        {
            name: TaskCalibration(1.5, 217, (Acceptance(0.02, certified.get(name, 0.5), 217, 150, 1, 0.02, 140, 2),))
            for name in scripted.schema.names
        },
        0.9,
    )
    (made,) = [
        json.loads(line) for line in run("extract", report, "--max-error", "0.03", "-o", "-").stdout.splitlines()
    ]
    (reason,) = made["review_reasons"]
    assert (reason["code"], reason["fields"]) == ("low_confidence", ["pN", "pM"])
    assert "pN 0.930 (0.940), pM 0.990 (none is certified)" in reason["message"]


def test_max_error_is_refused_without_thresholds_for_it(report: Path) -> None:
    result = run("extract", report, "--max-error", "0.02")
    assert result.exit_code == WRONG_USAGE
    assert "pathstage calibrate" in result.stderr


def test_the_help_names_the_default_threshold() -> None:
    assert f"; {REVIEW_BELOW:g} if neither" in " ".join(
        inspect.signature(cli.extract).parameters["review_below"].annotation.split()
    )


def test_show_writes_a_page_of_the_records(report: Path, tmp_path: Path) -> None:
    run("extract", report, "--keep-text", "-o", tmp_path / "out.jsonl")
    result = run("show", tmp_path / "out.jsonl", "-o", tmp_path / "out.html")
    assert result.exit_code == 0
    assert "1 record written" in result.stderr
    assert "Marlow" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_show_refuses_what_holds_no_records(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text('{"name": "Edith Marlow"}\n')
    result = run("show", tmp_path / "notes.jsonl", "-o", tmp_path / "out.html")
    assert result.exit_code == WRONG_USAGE
    assert "line 1: no record" in result.stderr
    assert "Marlow" not in result.stderr
    assert not (tmp_path / "out.html").exists()


def test_extract_refuses_a_folder_it_may_not_write_to(report: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "out.csv.partial").symlink_to(tmp_path / "nowhere" / "x")  # also stops root, whom permissions do not
    result = run("extract", report, "-o", locked / "out.csv")
    assert result.exit_code == WRONG_USAGE
    assert "out.csv" in result.stderr


def test_ctrl_c_says_where_the_finished_part_is(
    mixed: Path,
    tmp_path: Path,
    scripted: type[Scripted],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    scripted.interrupt_after = 2
    out = tmp_path / "out.jsonl"
    monkeypatch.setattr(sys, "argv", ["pathstage", "extract", str(mixed), "-o", str(out)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == INTERRUPTED
    lines = capfd.readouterr().err.splitlines()
    assert lines == [f"pathstage: what was finished is in {out}.partial", "pathstage: interrupted"]
    assert not out.exists()
    assert len((tmp_path / "out.jsonl.partial").read_text().splitlines()) == 2


@pytest.mark.parametrize("command", ["extract", "deidentify"])
def test_what_an_interrupted_run_finished_is_not_overwritten(
    command: str, report: Path, tmp_path: Path, scripted: type[Scripted]
) -> None:
    partial = tmp_path / "out.jsonl.partial"
    partial.write_text("an hour of work")
    result = run(command, report, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == WRONG_USAGE
    assert "out.jsonl.partial: holds what an unfinished run had written; move or delete it first" in result.stderr
    assert not scripted.loads
    assert partial.read_text() == "an hour of work"


def test_a_full_workbook_says_what_to_write_instead_and_keeps_the_work(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from pathstage.export import formats

    monkeypatch.setattr(formats, "XLSX_MAX_ROWS", 3)
    out = tmp_path / "out.xlsx"
    monkeypatch.setattr(sys, "argv", ["pathstage", "extract", str(mixed), "-o", str(out)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == UNFINISHED
    assert capfd.readouterr().err.splitlines() == [
        f"pathstage: what was finished is in {out}.partial",
        "pathstage: stopped: a workbook holds 2 reports; write .csv or .parquet instead",
    ]
    assert Path(f"{out}.partial").stat().st_size > 0


def test_an_unexpected_error_shows_no_report_text(
    report: Path, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    scripted.crash = ValueError(f"cannot convert {TEXT}")
    monkeypatch.setattr(sys, "argv", ["pathstage", "extract", str(report)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    shown = "".join(capfd.readouterr())
    assert stop.value.code == UNFINISHED
    assert "Marlow" not in shown
    assert "internal error (ValueError)" in shown
    assert "in extract" in shown


def test_names_cannot_drive_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "[red]\x1b[2Jx.txt").write_text(TEXT)
    (tmp_path / "\x1b]0;y.txt").write_text("")
    result = run("extract", tmp_path)
    assert "\x1b" not in result.output
    assert "[red]" in result.stdout


def test_deidentify_writes_a_folder_of_texts(mixed: Path, tmp_path: Path) -> None:
    pytest.importorskip("presidio_analyzer")
    out = tmp_path / "clean"
    result = run("deidentify", mixed, "-o", out)
    assert result.exit_code == SOME_FAILED
    assert {path.name for path in out.iterdir()} == {"a.txt", "sub_b.txt"}
    assert "pT2" in (out / "a.txt").read_text()
    assert "Marlow" not in (out / "a.txt").read_text()


def test_deidentify_writes_json_lines_that_can_be_read_again(mixed: Path, tmp_path: Path) -> None:
    pytest.importorskip("presidio_analyzer")
    out = tmp_path / "clean.jsonl"
    assert run("deidentify", mixed, "-o", out).exit_code == SOME_FAILED
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["id"], line["status"]) for line in lines] == [
        ("a.txt", "ok"),
        ("empty.txt", "error"),
        ("noise.bin", "error"),
        ("sub/b.txt", "ok"),
    ]
    assert "Marlow" not in out.read_text()
    again = run("extract", out, "-o", "-")
    assert [json.loads(line)["status"] for line in again.stdout.splitlines()] == ["ok", "error", "error", "ok"]


def test_deidentify_keeps_reports_apart_whose_names_look_alike(tmp_path: Path) -> None:
    pytest.importorskip("presidio_analyzer")
    table = tmp_path / "cases.csv"
    table.write_text(f'id,text\nH/1,"{TEXT}"\nh 1,"{TEXT}"\n../../evil,"{TEXT}"\n')
    out = tmp_path / "clean"
    assert run("deidentify", table, "-o", out).exit_code == 0
    assert {path.name for path in out.iterdir()} == {"H_1.txt", "h_1~2.txt", "evil.txt"}


def test_deidentify_names_files_of_ids_that_are_long_in_utf8(tmp_path: Path) -> None:
    pytest.importorskip("presidio_analyzer")
    table = tmp_path / "cases.csv"
    table.write_text("".join(["id,text\n", *(f'{"病" * 110}{end},"{TEXT}"\n' for end in "ab")]), encoding="utf-8")
    out = tmp_path / "clean"
    assert run("deidentify", table, "-o", out).exit_code == 0
    assert {path.name for path in out.iterdir()} == {"病" * 40 + ".txt", "病" * 40 + "~2.txt"}


@pytest.mark.parametrize("command", ["extract --deidentify", "deidentify"])
def test_a_report_that_cannot_be_deidentified_fails_alone(
    command: str, mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathstage.prepare import deidentify

    class Breaks:
        def __call__(self, report: Report) -> Report:
            if report.id == "a.txt":
                raise LookupError(report.text)
            return report

    monkeypatch.setattr(deidentify, "Deidentifier", Breaks)
    out = tmp_path / "out.jsonl"
    result = run(*command.split(), mixed, "-o", out)
    assert result.exit_code == SOME_FAILED
    records = {record["id"]: record for record in map(json.loads, out.read_text().splitlines())}
    assert records["sub/b.txt"]["status"] == "ok"
    assert "a.txt: could not be de-identified (LookupError)" in records["a.txt"]["error"]
    assert "Marlow" not in records["a.txt"]["error"] + result.stderr


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("full", "is not empty"),
        ("report.txt", "is a file"),
        ("missing/out", "no such folder"),
        ("out.csv", "written as .jsonl"),
    ],
)
def test_deidentify_refuses_outputs_that_would_overwrite(
    output: str, message: str, report: Path, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "old.txt").write_text("old")
    result = run("deidentify", report, "-o", tmp_path / output)
    assert result.exit_code == WRONG_USAGE
    assert message in result.stderr
    assert report.read_text() == TEXT


def test_train_names_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    result = run("train", tmp_path / "none.yaml")
    assert result.exit_code == WRONG_USAGE
    assert "none.yaml" in result.stderr


def _refuse_a_device(*_: object, **__: object) -> None:
    raise ValueError("'foo' is not a device; use cpu, cuda or cuda:1")


def _choke_on_a_report(*_: object, **__: object) -> None:
    json.loads(TEXT)


@pytest.mark.parametrize(
    ("origin", "fails", "code", "message"),
    [
        ("pathstage.extractor", _refuse_a_device, WRONG_USAGE, "pathstage: 'foo' is not a device"),
        ("elsewhere", _refuse_a_device, UNFINISHED, "internal error (ValueError)"),
        ("pathstage.extractor", _choke_on_a_report, UNFINISHED, "internal error (JSONDecodeError)"),
    ],
)
def test_wrong_values_are_shown_only_if_the_message_is_ours(
    origin: str,
    fails: Any,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    module = ModuleType("pathstage.evaluation")
    # A function knows where it was defined by its globals.
    module.evaluate = FunctionType(fails.__code__, {**globals(), "__name__": origin})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pathstage.evaluation", module)
    monkeypatch.setattr("pathstage.evaluation", module, raising=False)
    monkeypatch.setattr(sys, "argv", ["pathstage", "evaluate", "--data", "x.jsonl", "--device", "foo"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == code
    assert message in capfd.readouterr().err


def test_read_options_have_the_defaults_that_help_shows() -> None:
    defaults = ReadOptions()
    for command in (cli.extract, cli.deidentify):
        parameters = inspect.signature(command).parameters
        for name in ("ocr", "force_ocr", "max_pages", "max_bytes", "max_seconds", "id_column", "text_column"):
            assert parameters[name].default == getattr(defaults, name), name


def test_help_and_version_are_fast_and_load_no_model() -> None:
    probe = (
        "import sys; from pathstage import cli\n"
        "try: cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'pandas', 'numpy', 'spacy'} & set(sys.modules); print('heavy:', heavy)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "heavy: set()" in done.stdout
    for command in ("extract", "deidentify", "train", "evaluate", "synthesize", "import", "validate", "split"):
        assert command in done.stdout
    # Processor time, which other work on the machine does not lengthen as it does the clock's.
    before = os.times()
    done = subprocess.run([sys.executable, "-m", "pathstage", "--version"], capture_output=True, text=True)
    after = os.times()
    assert done.stdout == f"pathstage {__version__}\n"
    assert after.children_user + after.children_system - before.children_user - before.children_system < 0.5


@pytest.mark.parametrize("arguments", [["extract"], ["extract", "no-such-file.txt"], ["no-such-command"]])
def test_wrong_usage_exits_with_2_in_a_shell(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "pathstage", *arguments], capture_output=True, text=True)
    assert done.returncode == WRONG_USAGE
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
