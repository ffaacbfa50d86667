"""The domain check: texts of our own, each with the problem it should be told for."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.prepare.domain import domain_problem

TEXTS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "domain_texts.jsonl").read_text(encoding="utf-8").splitlines()
]
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.mark.parametrize("case", TEXTS, ids=[case["name"] for case in TEXTS])
def test_a_text_is_told_for_what_it_is(case: dict[str, str]) -> None:
    problem = domain_problem(case["text"], "breast")
    assert (problem.code if problem else None) == case["expected"]


def test_every_kind_of_problem_has_texts() -> None:
    assert {case["expected"] for case in TEXTS} == {
        None,
        "blank",
        "unreadable_text",
        "foreign_language",
        "not_pathology",
        "other_organ",
    }


def test_the_organ_is_that_of_the_schema() -> None:
    colon = next(case["text"] for case in TEXTS if case["name"] == "colon")
    breast = next(case["text"] for case in TEXTS if case["name"] == "breast_excision")
    assert domain_problem(colon, "colon") is None
    problem = domain_problem(breast, "colon")
    assert problem is not None
    assert problem.code == "other_organ"


def test_an_organ_that_is_not_known_is_not_checked() -> None:
    colon = next(case["text"] for case in TEXTS if case["name"] == "colon")
    assert domain_problem(colon, "spleen") is None


@given(st.text(max_size=300))
def test_any_text_is_judged_and_never_quoted(text: str) -> None:
    problem = domain_problem(text, "breast")
    assert problem is None or problem.message.isprintable()


def reports(name: str) -> list[dict[str, str]]:
    path = SHARED / name / "reports.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"needs {name} beside the repository (shared/data)")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_development_breast_reports_pass() -> None:
    assert [row["id"] for row in reports("tcga_brca")[::4] if domain_problem(row["text"], "breast")] == []


def test_reports_on_other_cancers_do_not_pass() -> None:
    rows = reports("tcga_other")[::40]
    passing = [row["id"] for row in rows if domain_problem(row["text"], "breast") is None]
    assert len(passing) <= 0.01 * len(rows)
