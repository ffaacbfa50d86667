import random
from dataclasses import replace

import pytest

from pathstage.corpus.synthetic import synthesize
from pathstage.corpus.synthetic.case import T_SIZE, Case, Her2, NodeGroup, Receptor, category_of, sample_case
from pathstage.corpus.synthetic.check import InconsistentReportError, check_report, read_grade
from pathstage.corpus.synthetic.generate import TRAP_RATES, write
from pathstage.corpus.synthetic.houses import houses
from pathstage.corpus.synthetic.labels import annotate, fold, printed
from pathstage.corpus.synthetic.writer import Mark


@pytest.fixture
def case() -> Case:
    """A T2 N1a G2 ER-positive case with HER2 2+ that is not amplified."""
    rng = random.Random(0)
    drawn = sample_case(rng)
    while drawn.scenario != "resection" or drawn.t != "T2" or drawn.metastasis or drawn.extent:
        drawn = sample_case(rng)
    return replace(
        drawn,
        nodes=(NodeGroup("sentinel", 2, (4.0,)), NodeGroup("axillary", 9)),
        scores=(3, 2, 1),
        estrogen=Receptor(True, 90, 3),
        her2=Her2(2, False, 1.2, 2.4, 60),
    )


def marks(text: str, **words: str) -> list[Mark]:
    return [
        Mark(kind.replace("_", "."), text.index(said), text.index(said) + len(said)) for kind, said in words.items()
    ]


def test_labels_are_rederived_for_2000_reports() -> None:
    """`write` reads every fact back from the clean text and raises when case, words and labels disagree."""
    chosen = list(houses().values())
    for i in range(2000):
        rng = random.Random(f"rederive/{i}")
        write(sample_case(rng, balance=i % 2 == 1), rng.choice(chosen), TRAP_RATES, i % 2 == 1, rng)


def test_a_printed_category_is_stated(case: Case) -> None:
    text = "Carcinoma, 6 mm. pT2 pN1a."
    found = annotate(case, text, marks(text, pT_stated="pT2", pN_stated="pN1a"))
    assert (found["labels"]["pT"], found["details"]["pT_basis"]) == ("T2", "stated")
    assert (found["labels"]["pN"], found["details"]["pN_sub"]) == ("N1", "N1a")
    assert found["evidence"]["pT"] == [{"start": 17, "end": 20, "text": "pT2"}]


def test_without_a_category_size_and_counts_decide(case: Case) -> None:
    text = "Tumor of some size. 1 of 11 nodes. Tubules 3, nuclei 2, mitoses 1."
    found = annotate(case, text, marks(text, pT_size="some size", pN_total="1 of 11", grade_scores="Tubules 3"))
    assert (found["labels"]["pT"], found["details"]["pT_basis"]) == ("T2", "derived")
    assert (found["labels"]["pN"], found["details"]["pN_basis"]) == ("N1", "derived")
    assert (found["labels"]["grade"], found["details"]["grade_basis"]) == ("G2", "derived")


def test_what_is_not_printed_is_not_reported(case: Case) -> None:
    labels = annotate(case, "Carcinoma.", [])["labels"]
    assert labels == {
        "pT": "TX", "pN": "NX", "pM": "MX", "grade": "GX",
        "ER": "not_reported", "PR": "not_reported", "HER2": "not_reported",
    }  # fmt: skip


def test_ish_overrides_ihc_and_2_plus_alone_is_equivocal(case: Case) -> None:
    text = "HER2 2+. FISH not amplified."
    assert annotate(case, text, marks(text, HER2_ihc="2+"))["labels"]["HER2"] == "equivocal"
    both = marks(text, HER2_ihc="2+", HER2_ish="FISH not amplified")
    assert annotate(case, text, both)["labels"]["HER2"] == "negative"


def test_a_her2_phrase_that_contradicts_its_case_is_found(case: Case) -> None:
    for text, kind in (("HER2 overexpressed", "HER2_ish"), ("HER2 score 3+", "HER2_ihc"), ("HER2 2+", "HER2_status")):
        found = marks(text, **{kind: text})
        with pytest.raises(InconsistentReportError):
            check_report(case, text, found, annotate(case, text, found))


def test_a_gross_size_of_another_category_never_stands_alone() -> None:
    """Without a microscopic size the report would be staged by the gross one, which must then agree."""
    for row in synthesize(400, seed=17, noise=False):
        if row["details"]["pT_sub"] in T_SIZE and row["numbers"]["size_mm"] is not None:
            low, high = T_SIZE[row["details"]["pT_sub"]]
            assert low < row["numbers"]["size_mm"] <= high, row["id"]


def test_any_size_has_a_category() -> None:
    sizes = {0.4: "T1mi", 5: "T1a", 5.1: "T1b", 20: "T1c", 50: "T2", 51: "T3", 400: "T3"}
    assert {size: category_of(size) for size in sizes} == sizes


def test_nodes_and_categories_can_be_together() -> None:
    for i in range(3000):
        drawn = sample_case(random.Random(f"possible/{i}"), balance=True)
        assert drawn.n != "N3a" or drawn.positive_nodes >= 10
        assert drawn.t != "Tis" or drawn.n[:2] in ("N0", "NX")


def test_a_phrase_that_contradicts_its_case_is_found(case: Case) -> None:
    for text, kind in (
        ("pT3", "pT_stated"),
        ("Grade 3", "grade_stated"),
        ("ER negative", "ER_result"),
        ("9 cm", "pT_size"),
    ):
        found = marks(text, **{kind: text})
        with pytest.raises(InconsistentReportError):
            check_report(case, text, found, annotate(case, text, found))


@pytest.mark.parametrize(
    ("task", "words", "category"),
    [
        ("pT", "ypT1c(m)", "T1c"), ("pT", "T Stage: 2", "T2"), ("pT", "pT 4b", "T4b"), ("pT", "pTis", "Tis"),
        ("pN", "pN0(i+)(sn)", "N0(i+)"), ("pN", "N 1mi", "N1mi"), ("pN", "pNX", "NX"), ("pM", "cM0", "M0"),
        ("pM", "pMx", "MX"), ("pT", "not given", None),
    ],
)  # fmt: skip
def test_printed_categories(task: str, words: str, category: str | None) -> None:
    assert printed(task, words) == category


def test_fold() -> None:
    assert [fold(c) for c in ("T1mi", "Tis", "N0(i+)", "N3c")] == ["T1", "Tis", "N0", "N3"]


@pytest.mark.parametrize(
    ("words", "grade"),
    [("Nottingham grade II (of III)", 2), ("G3", 3), ("poorly differentiated", 3), ("NHG1", 1), ("grade: 2/3", 2)],
)
def test_read_grade(words: str, grade: int) -> None:
    assert read_grade(words) == grade


def test_node_categories(case: Case) -> None:
    def n(*groups: NodeGroup) -> str:
        return replace(case, nodes=groups).n

    assert n(NodeGroup("sentinel", 3)) == "N0"
    assert n(NodeGroup("sentinel", 3, (0.1,))) == "N0(i+)"
    assert n(NodeGroup("sentinel", 3, (1.0, 0.1))) == "N1mi"
    assert n(NodeGroup("sentinel", 3, (1.0, 2.5))) == "N1a"
    assert n(NodeGroup("axillary", 12, (5.0,) * 4)) == "N2a"
    assert n(NodeGroup("axillary", 12, (5.0,) * 10)) == "N3a"
    assert n(NodeGroup("axillary", 12, (5.0,)), NodeGroup("supraclavicular", 1, (5.0,))) == "N3c"
    assert n() == "NX"
