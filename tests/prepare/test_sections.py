import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.prepare.sections import sections


def parts(text: str) -> list[tuple[str, str]]:
    return [(section.kind, text[section.start : section.end].strip()) for section in sections(text)]


def kinds(text: str) -> list[str]:
    return [section.kind for section in sections(text)]


def test_report_with_lines() -> None:
    text = """Example Hospital
Department of Pathology

CLINICAL HISTORY:
Palpable lump, right breast.

Gross Description
A. Received fresh is a lumpectomy.

MICROSCOPIC DESCRIPTION: Sections show ductal carcinoma.

FINAL DIAGNOSIS
A. Right breast, lumpectomy:
   - Invasive ductal carcinoma.

SYNOPTIC REPORT
Specimen: Lumpectomy
Procedure: Excision
Grade: 2

ADDENDUM
HER2 by FISH is not amplified.

Comment: See above.
"""
    assert parts(text) == [
        ("preamble", "Example Hospital\nDepartment of Pathology"),
        ("clinical_history", "CLINICAL HISTORY:\nPalpable lump, right breast."),
        ("gross", "Gross Description\nA. Received fresh is a lumpectomy."),
        ("microscopic", "MICROSCOPIC DESCRIPTION: Sections show ductal carcinoma."),
        ("final_diagnosis", "FINAL DIAGNOSIS\nA. Right breast, lumpectomy:\n   - Invasive ductal carcinoma."),
        ("synoptic", "SYNOPTIC REPORT\nSpecimen: Lumpectomy\nProcedure: Excision\nGrade: 2"),
        ("addendum", "ADDENDUM\nHER2 by FISH is not amplified."),
        ("comment", "Comment: See above."),
    ]


def test_report_without_lines() -> None:
    text = (
        "SPECIMENS: A. LEFT BREAST. FINAL DIAGNOSIS: PART 1: LEFT BREAST, MASTECTOMY. CARCINOMA (SEE COMMENT). "
        "CASE SYNOPSIS: SYNOPTIC - BREAST. LATERALITY: Left. PROCEDURE: Mastectomy. T STAGE: pT2. "
        "PROGNOSTIC MARKERS: ER positive. CLINICAL HISTORY. Mass. FROZEN. SECTION DIAGNOSIS: Benign node. "
        "GROSS DESCRIPTION. A. Container A is labeled. COMMENT. None."
    )
    assert parts(text) == [
        ("other", "SPECIMENS: A. LEFT BREAST."),
        ("final_diagnosis", "FINAL DIAGNOSIS: PART 1: LEFT BREAST, MASTECTOMY. CARCINOMA (SEE COMMENT)."),
        ("synoptic", "CASE SYNOPSIS: SYNOPTIC - BREAST. LATERALITY: Left. PROCEDURE: Mastectomy. T STAGE: pT2."),
        ("biomarkers", "PROGNOSTIC MARKERS: ER positive."),
        ("clinical_history", "CLINICAL HISTORY. Mass."),
        ("frozen_section", "FROZEN. SECTION DIAGNOSIS: Benign node."),
        ("gross", "GROSS DESCRIPTION. A. Container A is labeled."),
        ("comment", "COMMENT. None."),
    ]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("PATIENT HISTORY:", "clinical_history"),
        ("Pre-Operative Diagnosis:", "clinical_history"),
        ("GROSS EXAMINATION:", "gross"),
        ("Macroscopic description", "gross"),
        ("Microscopic findings:", "microscopic"),
        ("FINAL PATHOLOGIC DIAGNOSIS:", "final_diagnosis"),
        ("DIAGNOSIS(ES):", "final_diagnosis"),
        ("Pathological Diagnosis:", "final_diagnosis"),
        ("**FINAL DIAGNOSIS**", "final_diagnosis"),
        ("Breast Cancer Synoptic Report:", "synoptic"),
        ("TUMOR SUMMARY:", "synoptic"),
        ("Addendum Report:", "addendum"),
        ("ER/PR/HER2 Results:", "biomarkers"),
        ("IMMUNOHISTOCHEMISTRY:", "biomarkers"),
        ("Ancillary Studies:", "biomarkers"),
        ("INTRAOPERATIVE CONSULTATION:", "frozen_section"),
        ("NOTE:", "comment"),
        ("Specimen(s) Received:", "other"),
    ],
)
def test_headings(heading: str, kind: str) -> None:
    assert kinds(f"Preliminary words.\n{heading}\nSome words follow.") == ["preamble", kind]


@pytest.mark.parametrize(
    "text",
    [
        "The final diagnosis: is pending",
        "Tumor is gross. The diagnosis was discussed.",
        "Carcinoma (SEE COMMENT). Margins are free.",
        "CLINICAL HISTORY OF CARCINOMA IS NOTED",
        "Breast, left, excision: Invasive carcinoma. Margins are free.",
    ],
)
def test_words_of_running_text_are_no_headings(text: str) -> None:
    assert kinds(text) == ["preamble"]


def test_a_page_header_repeats_the_heading_without_opening_a_section() -> None:
    text = "GROSS DESCRIPTION. A. Labeled with name and. GROSS DESCRIPTION. record number. DIAGNOSIS: Carcinoma."
    assert kinds(text) == ["gross", "final_diagnosis"]


def test_items_of_a_synoptic_list_stay_in_it() -> None:
    assert kinds("SYNOPTIC REPORT: SPECIMENS: one. RESULTS: two. T STAGE: pT1.") == ["synoptic"]


def test_empty_text_has_no_sections() -> None:
    assert sections("") == ()
    assert kinds("  \n ") == ["preamble"]


PIECES = ["FINAL DIAGNOSIS", ":", ".", " ", "\n", "Comment", "gross", "A. ", "SYNOPTIC ", "tumor", "-", "NOTE"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_sections_cover_the_text(text: str) -> None:
    found = sections(text)
    assert "".join(text[section.start : section.end] for section in found) == text
    assert all(section.start < section.end for section in found)


@pytest.mark.parametrize(
    "unit", ["(", "1.1.", " ", "\n", ". A", "SYNOPTIC ", "ADDENDUM ", "*", "Gross: ", "biomarker results "]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    sections(text)
    assert time.process_time() - began < 5
