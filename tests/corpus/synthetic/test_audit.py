import json
from pathlib import Path

import pytest

from pathstage.corpus.synthetic.audit import distances, leaks, main

REAL = "The large gray mass lies close to the deep margin of the breast today. Nodes are benign."
COPY = "Short one. The large gray mass lies close to the deep margin of the breast today. Other."


def test_a_planted_copy_is_found() -> None:
    found = leaks([COPY], [REAL])
    assert found["sentences"] == 1
    assert found["runs"] > 0


def test_own_wording_is_no_leak() -> None:
    found = leaks(["A gray mass that lies near to the deep edge of this large specimen."], [REAL])
    assert (found["sentences"], found["runs"]) == (0, 0)


def test_case_and_punctuation_do_not_hide_a_copy() -> None:
    assert leaks([COPY.upper().replace("MASS LIES", "MASS, LIES")], [REAL])["sentences"] == 1


def test_command_fails_on_a_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("real", REAL), ("copy", COPY), ("own", "Nothing to see here.")):
        (tmp_path / name).write_text(json.dumps({"text": text}) + "\n")
    real = ["--real", str(tmp_path / "real"), "--leaks-only"]
    assert main(["--synthetic", str(tmp_path / "copy"), *real]) == 1
    assert main(["--synthetic", str(tmp_path / "own"), *real]) == 0
    assert json.loads(capsys.readouterr().out.split("}\n{")[0] + "}")["leaks"]["sentences"] == 1


def test_distances_of_a_corpus_to_itself() -> None:
    pytest.importorskip("sklearn")
    rows = [{"text": f"report {i} with some words of grade {i % 3}", "labels": {"grade": "G1"}} for i in range(40)]
    found = distances(rows, rows)
    assert found["vocabulary_jaccard_of_3000_commonest"] == 1.0
    assert found["class_share"]["grade"]["G1"] == [1.0, 1.0]
    assert found["classifier_auc"] < 0.7
