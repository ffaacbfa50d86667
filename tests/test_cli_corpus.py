"""The corpus commands as their users meet them: exit codes, messages, files; texts are made up."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pathstage import cli
from pathstage.cli_support import SOME_FAILED, WRONG_USAGE
from pathstage.corpus.dataset import read_corpus
from pathstage.corpus.split import read_split
from pathstage.schema import load_schema

SCHEMA = load_schema()
NARRATIVE = "Sections of the lump of Mrs. Edith Marlow show a ductal growth of number"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twelve reports of six hospitals and patients, no two alike."""
    labels = {"pT": "T1", "ER": "positive"}, {"pT": "T2", "ER": "negative"}
    rows = [
        {
            "id": f"r{number}",
            "hospital": f"H{number % 6}",
            "patient": f"p{number % 6}",
            "text": " ".join(f"{word}{number}" for word in NARRATIVE.split()),
            "labels": labels[number % 2],
        }
        for number in range(12)
    ]
    return write_rows(tmp_path / "corpus.jsonl", rows)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    lines = ["Accession,Site,MRN,Narrative,path_t,er_status"]
    lines += [f"S1,H1,m1,{NARRATIVE} 1,T1c,0 %", f"S2,H2,m2,{NARRATIVE} 2,Stage IIA,Positive", "S3,H2,m3,,T2,Positive"]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


MAP = ["--map", "id=Accession,text=Narrative,hospital=Site,patient=MRN", "--map", "pT=path_t,ER=er_status"]


def test_synthesize_writes_a_corpus_that_the_seed_alone_decides(tmp_path: Path) -> None:
    one, again, other = (tmp_path / name for name in ("one.jsonl", "again.jsonl.gz", "other.jsonl"))
    result = run("synthesize", "-n", 60, "--seed", 7, "-o", one)
    assert result.exit_code == 0
    assert "60 reports written to" in result.stderr
    assert run("synthesize", "-n", 60, "--seed", 7, "-o", again).exit_code == 0
    assert gzip.decompress(again.read_bytes()) == one.read_bytes()
    assert run("synthesize", "-n", 60, "--seed", 8, "-o", other).exit_code == 0
    assert other.read_bytes() != one.read_bytes()
    assert [row.id for row in read_corpus(one, SCHEMA)] == [f"SYN-7-{number:06}" for number in range(60)]


def test_synthesize_limits_houses_and_leaves_noise_out(tmp_path: Path) -> None:
    names = ["uk_narrative", "one_paragraph"]
    plain, noisy = tmp_path / "plain.jsonl", tmp_path / "noisy.jsonl"
    houses = [part for name in names for part in ("--house", name)]
    assert run("synthesize", "-n", 20, *houses, "--no-noise", "--balance", "-o", plain).exit_code == 0
    assert run("synthesize", "-n", 20, *houses, "--balance", "-o", noisy).exit_code == 0
    clean, dirty = (list(read_corpus(path, SCHEMA)) for path in (plain, noisy))
    assert {row.hospital for row in clean} == set(names)
    assert [row.labels for row in clean] == [row.labels for row in dirty]
    assert [row.text for row in clean] != [row.text for row in dirty]


def test_synthesize_with_workers_in_a_shell(tmp_path: Path) -> None:
    alone, shared = tmp_path / "alone.jsonl", tmp_path / "shared.jsonl"
    options = ["synthesize", "-n", "60", "--house", "uk_narrative"]
    command = [sys.executable, "-m", "pathstage", *options, "--workers", "2", "-o", str(shared)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert run(*options, "-o", alone).exit_code == 0
    assert shared.read_bytes() == alone.read_bytes()


def test_import_makes_a_corpus_of_a_table(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus.jsonl.gz"
    result = run("import", table, "-o", out, *MAP, "--value", "pT:Stage IIA=T2", "--value", "ER:0 %=negative")
    assert result.exit_code == 0
    rows = {row.id: row for row in read_corpus(out, SCHEMA)}
    assert {name: row.labels for name, row in rows.items()} == {
        "S1": {"pT": "T1", "ER": "negative"},
        "S2": {"pT": "T2", "ER": "positive"},
    }
    assert (rows["S2"].hospital, rows["S2"].patient) == ("H2", "m2")
    assert "2 of 3 rows imported" in result.stdout
    assert "empty text" in result.stdout
    assert "Marlow" not in result.output


def test_import_reports_as_json_what_it_could_not_understand(table: Path, tmp_path: Path) -> None:
    result = run("import", table, "-o", tmp_path / "corpus.jsonl", *MAP, "--json")
    assert json.loads(result.stdout)["unmapped"] == {"pT": {"'Stage IIA'": 1}, "ER": {"'0 %'": 1}}


def test_import_joins_tcga_reports_with_a_clinical_table(tmp_path: Path) -> None:
    reports, clinical = tmp_path / "TCGA_Reports.csv", tmp_path / "clinical.tsv"
    reports.write_text("patient_filename,text\nTCGA-ZZ-A001.uuid,Some words.\nTCGA-ZZ-A002.uuid,Other words.\n")
    clinical.write_text(
        "bcr_patient_barcode\tajcc_pathologic_t\tajcc_pathologic_n\nTCGA-ZZ-A001\tT2\tN1a\n", encoding="utf-8"
    )
    out = tmp_path / "tcga.jsonl"
    assert run("import", reports, "--clinical", clinical, "--tasks", "pT", "-o", out).exit_code == 0
    (row,) = read_corpus(out, SCHEMA)
    assert (row.id, row.hospital, row.labels) == ("TCGA-ZZ-A001", "ZZ", {"pT": "T2"})
    assert run("import", reports, "--clinical", clinical, "--keep-unlabelled", "-o", out).exit_code == 0
    assert len(list(read_corpus(out, SCHEMA))) == 2


def test_import_of_a_corpus_keeps_labels_and_drops_broken_rows(corpus: Path, tmp_path: Path) -> None:
    corpus.write_text(corpus.read_text() + "no JSON\n")
    out = tmp_path / "out.jsonl"
    result = run("import", corpus, "-o", out)
    assert result.exit_code == 0
    assert "12 of 13 rows imported" in result.stdout
    assert [row.labels["pT"] for row in read_corpus(out, SCHEMA)] == ["T1", "T2"] * 6


def test_import_of_a_json_lines_table_takes_its_columns(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "export.jsonl", [{"case": "c1", "words": NARRATIVE, "path_t": "T3"}])
    out = tmp_path / "out.jsonl"
    assert run("import", source, "-o", out, "--map", "id=case,text=words,pT=path_t").exit_code == 0
    assert [(row.id, row.labels) for row in read_corpus(out, SCHEMA)] == [("c1", {"pT": "T3"})]


def test_import_without_a_usable_row_fails(tmp_path: Path) -> None:
    source = tmp_path / "empty.csv"
    source.write_text("id,text\nS1,\n")
    result = run("import", source, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == SOME_FAILED
    assert "no row could be used" in result.stderr


def test_validate_says_when_a_corpus_is_in_order(corpus: Path) -> None:
    result = run("validate", corpus)
    assert result.exit_code == 0
    assert "12 rows, no errors" in result.stdout


def test_validate_finds_errors_and_exits_with_1(corpus: Path) -> None:
    first = json.loads(corpus.read_text().splitlines()[0])
    copies = [{**first, "id": "copy", "labels": {"pT": "T9"}}, {**first, "id": "[red]\x1b[2J", "labels": {"pT": "T3"}}]
    corpus.write_text(corpus.read_text() + "".join(json.dumps(row) + "\n" for row in copies))
    result = run("validate", corpus)
    assert result.exit_code == SOME_FAILED
    assert "not a class of the schema" in result.stdout
    assert "[red]" in result.stdout
    assert "\x1b" not in result.output
    assert "Marlow" not in result.output
    found = json.loads(run("validate", corpus, "--json").stdout)
    assert found["ok"] is False
    assert found["counts"]["not a class of the schema"] == 1


def test_validate_finds_leaks_of_a_split_and_of_another_corpus(corpus: Path, tmp_path: Path) -> None:
    by_row = tmp_path / "rows.json"
    assert run("split", corpus, "-o", by_row, "--group", "row", "--folds", "6").exit_code == 0
    result = run("validate", corpus, "--split", by_row)
    assert result.exit_code == SOME_FAILED
    assert "leak: patient in another part" in result.stdout
    result = run("validate", corpus, "--against", corpus)
    assert result.exit_code == SOME_FAILED
    assert "leak: exact duplicate in another part" in result.stdout


def test_split_keeps_hospitals_whole_and_shows_the_parts(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.json"
    result = run("split", corpus, "-o", out, "--seed", 3)
    assert result.exit_code == 0
    assert "3 parts written to" in result.stderr
    split = read_split(out)
    assert list(split.parts) == ["train", "dev", "test"]
    part_of = split.part_of()
    assert all(part_of[f"r{number}"] == part_of[f"r{number + 6}"] for number in range(6))
    lines = {line.split("│")[1].strip(): line for line in result.stdout.splitlines() if line.startswith("│")}
    counts = [len(ids) for ids in split.parts.values()]
    assert [int(cell) for cell in lines["reports"].split("│")[2:5]] == counts
    assert sum(int(cell) for cell in lines["ER positive"].split("│")[2:5]) == 6
    assert "test has no" in result.stdout
    assert run("validate", corpus, "--split", out).exit_code == 0


def test_split_takes_named_shares_and_folds(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.json"
    assert run("split", corpus, "-o", out, "--fractions", "a=0.5,b=0.25,c=0.15,d=0.1").exit_code == 0
    assert read_split(out).fractions == {"a": 0.5, "b": 0.25, "c": 0.15, "d": 0.1}
    assert run("split", corpus, "-o", out, "--fractions", "0.5,0.5").exit_code == 0
    assert read_split(out).fractions == {"train": 0.5, "test": 0.5}
    assert run("split", corpus, "-o", out, "--folds", 3, "--group", "patient").exit_code == 0
    assert list(read_split(out).parts) == ["fold1", "fold2", "fold3"]


def test_split_keeps_duplicates_together_unless_told_otherwise(corpus: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in corpus.read_text().splitlines()]
    write_rows(corpus, rows + [{**row, "id": row["id"] + "-copy"} for row in rows])
    out = tmp_path / "split.json"
    assert run("split", corpus, "-o", out, "--group", "row", "--folds", 2).exit_code == 0
    part_of = read_split(out).part_of()
    assert all(part_of[row["id"]] == part_of[row["id"] + "-copy"] for row in rows)
    # A fold for every row parts whatever nothing holds together.
    arguments = ["split", corpus, "-o", out, "--group", "row", "--folds", 24]
    assert run(*arguments, "--no-together").exit_code == 0
    refused = run(*arguments)
    assert refused.exit_code == WRONG_USAGE
    assert "12 groups (by row) cannot fill 24 parts" in refused.stderr


@pytest.fixture
def raters(tmp_path: Path) -> Callable[..., list[Path]]:
    """Files of raters of ten reports: each of the given names, and the numbers that it calls T2."""

    def write(**large: set[int]) -> list[Path]:
        return [
            write_rows(
                tmp_path / f"{name}.jsonl",
                [{"id": f"=r{at}", "labels": {"pT": "T2" if at in numbers else "T1"}} for at in range(10)],
            )
            for name, numbers in large.items()
        ]

    return write


def test_agreement_measures_raters(raters: Callable[..., list[Path]], tmp_path: Path) -> None:
    files = raters(ann={0, 1, 2, 3}, bob={0, 1, 2})
    out = tmp_path / "adjudicate.csv"
    result = run("agreement", *files, "--disagreements", out, "--resamples", 100)
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if "Cohen" in line)
    # Nine of ten agree; chance: 0.4 * 0.3 + 0.6 * 0.7 = 0.54; (0.9 - 0.54) / (1 - 0.54) = 0.783.
    assert "90.0%" in line
    assert "0.783" in line
    assert "ann · bob" in line
    assert "no report has two ratings for pN" in " ".join(result.stdout.split())
    assert "1 disagreement written to" in result.stderr
    (row,) = csv.DictReader(out.open(encoding="utf-8"))
    assert row == {
        "id": "'=r3", "task": "pT", "ann": "T2", "ann evidence": "", "bob": "T1", "bob evidence": "", "adjudicated": "",
    }  # fmt: skip


def test_agreement_of_three_raters_as_json(raters: Callable[..., list[Path]]) -> None:
    result = run("agreement", *raters(ann={0, 1}, bob={0, 1}, eve={0}), "--resamples", 100, "--json")
    measured = json.loads(result.stdout)["agreements"]
    assert {row["coefficient"] for row in measured} == {"Cohen's kappa", "Fleiss' kappa", "Krippendorff's alpha"}


def test_agreement_tells_raters_in_files_of_one_name_apart(raters: Callable[..., list[Path]], tmp_path: Path) -> None:
    (first,) = raters(labels={1})
    (tmp_path / "other").mkdir()
    second = tmp_path / "other" / "labels.jsonl"
    second.write_bytes(first.read_bytes())
    measured = json.loads(run("agreement", first, second, "--resamples", 100, "--json").stdout)
    assert measured["agreements"][0]["raters"] == [str(first), str(second)]


def test_agreement_draws_the_reports_to_rate_without_their_labels(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "to_rate.jsonl"
    assert run("agreement", corpus, "--sample", 4, "--seed", 2, "-o", out).exit_code == 0
    drawn = list(read_corpus(out, SCHEMA))
    texts = {row.id: row.text for row in read_corpus(corpus, SCHEMA)}
    assert all(row.text == texts[row.id] and not row.labels for row in drawn)
    listed = run("agreement", corpus, "--sample", 4, "--seed", 2)
    assert listed.stdout.split() == [row.id for row in drawn]
    assert len(drawn) == 4
    assert run("agreement", corpus, "--sample", 4, "--seed", 3).stdout != listed.stdout


def test_datacard_is_written_or_printed(corpus: Path, tmp_path: Path) -> None:
    about, out = tmp_path / "about.md", tmp_path / "DATACARD.md"
    about.write_text("Invented for a test.\n")
    result = run("datacard", corpus, "-o", out, "--title", "Twelve", "--about", about)
    assert result.exit_code == 0
    card = out.read_text(encoding="utf-8")
    assert card.startswith("# Data card: Twelve\n\nInvented for a test.\n\n")
    assert "| reports | 12 |" in card
    assert "Marlow" not in card
    assert run("datacard", corpus, "--title", "Twelve", "--about", about).stdout == card


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("synthesize -n 5 -o out.csv", "end the name in .jsonl"),
        ("synthesize -n 0 -o out.jsonl", "-n"),
        ("synthesize -n 5 -o missing/out.jsonl", "no such folder"),
        ("synthesize -n 5 -o out.jsonl --house nowhere", "no house is called 'nowhere'"),
        ("import none.csv -o out.jsonl", "none.csv: no such table"),
        ("import corpus.jsonl -o corpus.jsonl", "would be overwritten"),
        ("import corpus.jsonl -o out.jsonl --map id=id", "--map, --value and --encoding are for tables"),
        ("import export.csv -o out.jsonl", "name it with --map text=COLUMN"),
        ("import export.csv -o out.jsonl --map nothing=x", "'nothing' is no field"),
        ("import export.csv -o out.jsonl --value pT:x=T9", "pT has no class 'T9'"),
        ("import export.csv -o out.jsonl --tasks pT", "need --clinical"),
        ("import export.csv -o out.jsonl --clinical export.csv", "no row with a TCGA patient barcode"),
        ("import export.csv -o out.jsonl --clinical export.csv --tasks size", "'size' is no task"),
        ("import export.csv -o out.jsonl --clinical export.csv --encoding cp1252", "--encoding is for a table"),
        ("import export.csv -o out.jsonl --codebook none.yaml", "none.yaml: no codebook"),
        ("validate none.jsonl", "none.jsonl: no such corpus file"),
        ("validate corpus.jsonl --against none.jsonl", "none.jsonl: no such corpus file"),
        ("validate corpus.jsonl --split corpus.jsonl", "not a split file"),
        ("validate corpus.jsonl --schema lung", "no shipped schema is called 'lung'"),
        ("validate corpus.jsonl --threshold 0", "--threshold"),
        ("split corpus.jsonl -o corpus.jsonl", "would be overwritten"),
        ("split corpus.jsonl -o out.json --folds 9", "6 groups (by hospital) cannot fill 9 parts"),
        ("split corpus.jsonl -o out.json --folds 3 --fractions 0.5,0.5", "leave out --fractions"),
        ("split corpus.jsonl -o out.json --fractions 0.5,0.4", "add up to 1"),
        ("split corpus.jsonl -o out.json --fractions a=0.5,0.5", "NAME=SHARE"),
        ("split corpus.jsonl -o out.json --fractions a=0.5,a=0.5", "NAME=SHARE"),
        ("split corpus.jsonl -o out.json --fractions half,half", "NAME=SHARE"),
        ("split corpus.jsonl -o out.json --group city", "city"),
        ("agreement corpus.jsonl", "--sample N draws reports"),
        ("agreement corpus.jsonl corpus.jsonl", "named twice"),
        ("agreement corpus.jsonl export.csv", "not JSON"),
        ("agreement corpus.jsonl export.csv --sample 3", "draws from one corpus"),
        ("agreement corpus.jsonl export.csv -o out.jsonl", "-o is for --sample"),
        ("agreement corpus.jsonl --sample 13", "cannot be drawn from 12"),
        ("datacard corpus.jsonl -o missing/card.md", "no such folder"),
        ("datacard corpus.jsonl --about none.md", "none.md"),
    ],
)
def test_wrong_usage_is_named_and_leaves_nothing_behind(
    arguments: str, message: str, corpus: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result = run(*arguments.split())
    assert result.exit_code == WRONG_USAGE
    assert message in " ".join(result.stderr.split())
    assert "Marlow" not in result.output
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_help_lists_the_commands_under_headings() -> None:
    shown = run("--help").stdout
    order = [
        "Reports",
        "extract",
        "Models",
        "train",
        "Corpora",
        "synthesize",
        "import",
        "validate",
        "split",
        "datacard",
    ]
    positions = [shown.index(f" {word} ") for word in order]
    assert positions == sorted(positions)
