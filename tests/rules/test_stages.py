"""Printed stage groups: read as they stand, and not where the words are of something else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.rules import Finding, decide, find

GROUPS = ["0", "I", "IA", "IB", "II", "IIA", "IIB", "III", "IIIA", "IIIB", "IIIC", "IV"]
TASKS = {"stage_group_printed", "anatomic_stage_printed", "prognostic_stage_printed"}
MARK = re.compile(r"\[\[(\w+) (.*?)\]\]", re.DOTALL)


def groups(text: str) -> list[Finding]:
    return [one for one in find(text, "breast") if one.task in TASKS and one.weight > 0]


@pytest.mark.parametrize(
    "example",
    [
        "[[IIA Stage IIA]].",
        "[[IIA AJCC stage: 2A]]",
        "[[IIIC Pathologic stage grouping IIIC]].",
        "[[I stage group 1]]",
        "[[IIA Stage llA]]",
        "[[IIIA Stage IIlA]].",
        "[[IV Stage lV]].",
        "[[0 Stage: O]].",
        "[[0 stage 0]]",
        "R 0. [[IIA Stage II a]].",
        "[[IIIB stage III B]]. R1.",
        "[[IIB Stage\nIIB]]\nGrade 2",
        "[[IA stage grouping: Stage 1A]]",
        "[[IIIB final pathological stage = IIIB]]",
        "[[IIIA Pathologic Stage (AJCC, 7th edition): p stage IIIA]] (T3 N1 MX)",
        "[[III Pathologic Staging (pTNM) III]]. Primary tumor (pT): pT3",
        "Categories: [[IIIC Stage IIIC]] (assuming cM0 status).",
        "Stage: pT1c pN1 MX, [[IIA stage lla]]. CLINICAL INFORMATION: none.",
        "pT2 N1a M0, [[IIB IIB]].",
        "pT1c pN0 ([[IA IA]])",
        "[[IIA ypStage IIA]]",
        "[[IIA Anatomic Stage/Prognostic Group: IIA]]",
        "pT1c pN0, [[IA stage IA]]. I have seen the slides.",
        "The stage refers to the 6th edition. [[IIA Stage: IIA]]",
    ],
)
def test_a_group_is_read_with_its_words(example: str) -> None:
    mark = MARK.search(example)
    assert mark is not None
    text = MARK.sub(r"\2", example)
    (found,) = groups(text)
    assert (found.task, found.value, text[found.start : found.end]) == ("stage_group_printed", mark[1], mark[2])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Pathologic prognostic stage: IA. Anatomic stage: IIA.", {"prognostic": "IA", "anatomic": "IIA"}),
        ("Anatomic stage IIA, prognostic stage IB", {"anatomic": "IIA", "prognostic": "IB"}),
        ("Prognostic stage group (AJCC 8th edition): IIIA", {"prognostic": "IIIA"}),
    ],
)
def test_the_words_tell_which_table_it_is_of(text: str, told: dict[str, str]) -> None:
    assert {one.task.split("_")[0]: one.value for one in groups(text)} == told


@pytest.mark.parametrize(
    "text",
    [
        "T stage: 2. N stage: 1. M stage: 0.",
        "pT stage 2",
        "Pathologic T stage: 3",
        "T STAGE, PATHOLOGIC: pT2. N STAGE, PATHOLOGIC: pN1a.",
        "Tumor stage: 2",
        "Pathological staging (pTNM): 2",
        "Tumor stage: pT1c",
        "Stage pT2N0",
        "FIGO stage IIIC",
        "Clinical stage IIB",
        "cT2 cN1, clinical stage II",
        "Clinical prognostic stage IB",
        "Stage IIB (clinical)",
        "Initial stage IIIA, now after chemotherapy",
        "History of stage II breast cancer.",
        "CLINICAL HISTORY: Stage IIIA carcinoma of the left breast.\nFINAL DIAGNOSIS: Fibroadenoma.",
        "Her mother had stage III breast cancer.",
        "Stage IV chronic kidney disease",
        "Stage III ovarian carcinoma",
        "Colon carcinoma, stage IIA",
        "Cirrhosis (stage 4)",
        "Fibrosis, stage 2 of 4",
        "In patients with stage II, node-positive breast cancer",
        "Treatment decision for stage II, node-positive breast cancer patients",
        "early-stage disease, stage I-III",
        "Stage IIB/III",
        "stage I or II",
        "at least stage IIB",
        "not stage IV",
        "Stage II a carcinoma",
        "The stage. I, the pathologist, have seen the slides.",
        "The stage is based on the tissue received.",
        "Stage IA: T1 N0 M0. Stage IB: T0-1 N1mi M0. Stage IIA: T2 N0 M0. Stage IIB: T2 N1 M0.",
        "Stage IA, stage IB, stage IIA, stage IIIC: see the manual.",
        "Staging sheet #25",
        "Stage: 12",
    ],
)
def test_what_is_another_things_stage_is_passed_over(text: str) -> None:
    assert groups(text) == []


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("Staging is based on the AJCC Cancer Staging Manual, 7th Edition.", "7"),
        ("pTNM (AJCC, 7th edition, 2010): pT1c", "7"),
        ("Pathologic stage (AJCC 8th ed.): pT1c", "8"),
        ("AJCC 2002", "6"),
        ("TNM, fifth edition", "5"),
        ("AJCC stage 8.2 cm", None),
        ("The 7th edition of the cookbook", None),
    ],
)
def test_the_edition_of_the_manual(text: str, edition: str | None) -> None:
    found = decide(find(text, "breast")).get("AJCC_edition")
    assert (found and found.value) == edition


@given(st.sampled_from(GROUPS), st.sampled_from(["Stage {}", "AJCC stage: {}.", "pT2 pN1a, stage {}, R0", "({})"]))
def test_every_group_is_read_and_no_other(group: str, frame: str) -> None:
    text = frame.format(group) if frame != "({})" else f"Pathologic stage ({group})"
    assert [one.value for one in groups(text)] == [group]
