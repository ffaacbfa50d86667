"""Descriptors: the value read off a phrase."""

from __future__ import annotations

import re

import pytest

from pathstage.rules import decide, find

MARK = re.compile(r"\[\[(\w+) (.*?)\]\]")


@pytest.mark.parametrize(
    ("descriptor", "text", "value"),
    [
        ("LVI", "Lymphovascular invasion: Not identified.", "absent"),
        ("LVI", "Lymphovascular Invasion .................. Not identified", "absent"),
        ("LVI", "No angiolymphatic invasion is seen.", "absent"),
        ("LVI", "There is no evidence of lymphatic or vascular invasion.", "absent"),
        ("LVI", "VENOUS/LYMPHATIC (LARGE/SMALL VESSEL) INVASION (V/L): Absent", "absent"),
        ("LVI", "LYMPHOVASCULAR INVASION: PRESENT. MULTIFOCALITY: ABSENT.", "present"),
        ("LVI", "Angiolymphatic invasion is present.", "present"),
        ("LVI", "Carcinoma with extensive lymphovascular invasion.", "present"),
        ("LVI", "Lymphovascular invasion: present. Dermal lymphovascular invasion: not identified.", "present"),
        ("laterality", "Breast, left, lumpectomy: carcinoma.", "left"),
        ("laterality", "RIGHT MODIFIED RADICAL MASTECTOMY", "right"),
        ("laterality", "Specimen laterality: Right", "right"),
        ("laterality", "Bilateral invasive ductal carcinoma", "bilateral"),
        ("histology", "Infiltrating ductal carcinoma, grade 2", "ductal"),
        ("histology", "Invasive carcinoma of no special type", "ductal"),
        ("histology", "Invasive lobular carcinoma", "lobular"),
        ("histology", "Invasive ductal and lobular carcinoma", "mixed"),
        ("histology", "Mucinous carcinoma, 1.2 cm", "mucinous"),
        ("LVI", "Invasion vasc/lymphatic: present.", "present"),
        ("laterality", "Laterality: Right", "right"),
        ("laterality", "Laterality: ( Left. Procedure: excision. Laterality: Right.", "bilateral"),
        ("laterality", "Left breast: invasive carcinoma. Right breast: invasive lobular carcinoma.", "bilateral"),
        ("laterality", "Right breast, lumpectomy: invasive carcinoma. Left breast, reduction: benign tissue.", "right"),
        ("laterality", "Modified radical mastectomy, left.", "left"),
        ("laterality", "Ablated (left) breast", "left"),
        ("histology", "Invasive mammary carcinoma.", "ductal"),
        ("histology", "Infiltrating carcinoma present, histologic type ductal.", "ductal"),
        ("histology", "Histologic type: Invasive lobular carcinoma, classic", "lobular"),
        ("histology", "ILC, 2 cm.", "lobular"),
        ("histology", "Invasive carcinoma with mixed ductal and lobular features.", "mixed"),
        ("histology", "Invasive ductal carcinoma with lobular features.", "ductal"),
        ("histology", "Invasive ductal carcinoma with mucinous features.", "ductal"),
        ("histology", "Metaplastic carcinoma, 5 cm.", "metaplastic"),
        ("histology", "Invasive papillary carcinoma.", "papillary"),
        ("histology", "Infiltrating medullary carcinoma.", "medullary"),
        ("histology", "Invasive ductal carcinoma. Lobular carcinoma in situ.", "ductal"),
        ("neoadjuvant", "ypT1c ypN0", "yes"),
        ("neoadjuvant", "Response to chemotherapy is partial.", "yes"),
        ("neoadjuvant", "The patient had neoadjuvant chemotherapy.", "yes"),
        ("neoadjuvant", "No neoadjuvant therapy was given.", "no"),
        ("neoadjuvant", "Neoadjuvant therapy: No.", "no"),
        ("neoadjuvant", "Mastectomy after neoadjuvant chemotherapy: no residual invasive carcinoma.", "yes"),
    ],
)
def test_a_phrase_has_a_value(descriptor: str, text: str, value: str) -> None:
    assert decide(find(text, "breast"))[descriptor].value == value


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Ki-67 proliferation index: 23%", "23 %"),
        ("Ki67 (MIB-1): 10-20 %", "15 %"),
        ("Ki-67. High (>35%). 50 %.", "50 %"),
        ("KI67 (MIB1) proliferation marker: HIGH (33%). > 20% is high.", "33 %"),
        ("Ki-67; 7% positive cells", "7 %"),
        ("Ki-67 <5%", "5 %"),
    ],
)
def test_a_number_is_the_detail(text: str, detail: str) -> None:
    assert decide(find(text, "breast"))["Ki67"].detail == detail


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Sentinel node: metastatic carcinoma. Size of largest metastatic deposit: 9 mm.", "9 mm"),
        ("One node with micrometastasis (0.6 mm).", "0.6 mm"),
        ("Two positive nodes; the largest metastasis measures 1.4 cm.", "14 mm"),
        ("Nodes with metastatic carcinoma, 3 mm and, larger, a metastatic focus measuring 7 mm.", "7 mm"),
        ("Node 1: metastatic focus measures 9 mm. Diameter of largest lymph node metastasis: 4 mm.", "4 mm"),
        ("Maximum size of metastasis is 0.3 cm. Axilla: maximum size of metastasis is 0.9 cm.", "9 mm"),
        ("Nodes positive: 3. Size of metastases: up to 3.5 mm.", "3.5 mm"),
    ],
)
def test_the_largest_nodal_deposit_is_read(text: str, detail: str) -> None:
    assert decide(find(text, "breast"))["nodal_deposit"].detail == detail


@pytest.mark.parametrize(
    "text",
    [
        "Number of nodes with macrometastases (>2 mm): 0. Nodes with micrometastases (>0.2 mm to 2 mm): 0.",
        "No metastasis greater than 0.2 mm in the nodes.",
        "Metastatic carcinoma in one node. The largest lymph node measures 1.4 cm.",
        "Node with metastasis. Extracapsular extension: 3 mm.",
        "Liver, biopsy: metastatic carcinoma, 4 mm.",
    ],
)
def test_other_lengths_are_no_deposit(text: str) -> None:
    assert "nodal_deposit" not in decide(find(text, "breast"))


@pytest.mark.parametrize(("text", "detail"), [("Grade 2 (3+2+1=7)", "7 /9"), ("(3 + 3 + 2 = 8/9)", "8 /9")])
def test_the_sum_of_the_scores_is_as_printed(text: str, detail: str) -> None:
    assert decide(find(text, "breast"))["grade_total"].detail == detail


@pytest.mark.parametrize(
    "example",
    [
        "[[present Lymphovascular invasion: present]].",
        "[[present Lymph-vascular invasion is identified]].",
        "[[absent No lymphovascular invasion is identified]].",
        "[[absent No definite angiolymphatic invasion seen]].",
        "[[absent LVI: not identified]].",
        "[[absent Lymphovascular space invasion: No]].",
        "[[absent Vascular invasion is absent]].",
        "[[present Invasion of lymphatics is noted]].",
        "Invasive carcinoma with [[present angioinvasion]].",
        "pT2 N0 [[absent L0 V0]] R0",
        "pT2 N1a [[present L1 V0]] R0",
        "[[absent Venous/lymphatic (large/small vessel) invasion (V/L): Absent]]",
        "[[present LVI]].",
    ],
)
def test_the_words_that_decide_on_invasion(example: str) -> None:
    mark = MARK.search(example)
    assert mark is not None
    text = MARK.sub(r"\2", example)
    found = decide(find(text, "breast"))["LVI"]
    assert (found.value, text[found.start : found.end]) == (mark[1], mark[2])


@pytest.mark.parametrize(
    ("descriptor", "text"),
    [
        ("LVI", "Lymphovascular invasion: indeterminate."),
        ("LVI", "Lymphovascular invasion: cannot be determined."),
        ("LVI", "Perineural invasion: present."),
        ("LVI", "Sections submitted in L1-L4."),
        ("LVI", "Angiolymphatic invasion: Margins: negative."),
        ("laterality", "Invasive carcinoma."),
        ("laterality", "Left arm lesion: nevus."),
        ("histology", "Ductal carcinoma in situ, solid type."),
        ("histology", "No invasive ductal carcinoma is seen."),
        ("Ki67", "Ki-67 is pending."),
        ("Ki67", "Ki-67 was not done. ER 90%."),
        ("Ki67", "Ki-67: <14% is considered low."),
        ("neoadjuvant", "Response to chemotherapy: not applicable"),
        *(
            (name, "Breast, biopsy: fibroadenoma.")
            for name in ("LVI", "laterality", "histology", "neoadjuvant", "Ki67")
        ),
    ],
)
def test_silence_has_no_value(descriptor: str, text: str) -> None:
    assert descriptor not in decide(find(text, "breast"))


def test_history_has_no_weight() -> None:
    found = find(
        "CLINICAL HISTORY: Prior left mastectomy.\nFINAL DIAGNOSIS: Breast, right, excision: carcinoma.", "breast"
    )
    assert decide(found)["laterality"].value == "right"


def test_an_earlier_finding_does_not_decide() -> None:
    text = "History of carcinoma with lymphovascular invasion identified in 2009. Lymphovascular invasion: absent."
    assert decide(find(text, "breast"))["LVI"].value == "absent"
