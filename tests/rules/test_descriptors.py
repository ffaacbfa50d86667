"""Descriptors: the value read off a phrase."""

from __future__ import annotations

import pytest

from pathstage.rules import decide, find


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
        ("laterality", "Bilateral mastectomies", "bilateral"),
        ("histology", "Infiltrating ductal carcinoma, grade 2", "ductal"),
        ("histology", "Invasive carcinoma of no special type", "ductal"),
        ("histology", "Invasive lobular carcinoma", "lobular"),
        ("histology", "Invasive ductal and lobular carcinoma", "mixed"),
        ("histology", "Mucinous carcinoma, 1.2 cm", "mucinous"),
        ("neoadjuvant", "ypT1c ypN0", "yes"),
        ("neoadjuvant", "The patient had neoadjuvant chemotherapy.", "yes"),
        ("neoadjuvant", "No neoadjuvant therapy was given.", "no"),
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
    ],
)
def test_a_number_is_the_detail(text: str, detail: str) -> None:
    assert decide(find(text, "breast"))["Ki67"].detail == detail


@pytest.mark.parametrize("descriptor", ["LVI", "histology", "neoadjuvant", "Ki67"])
def test_silence_has_no_value(descriptor: str) -> None:
    assert descriptor not in decide(find("Left breast, biopsy: fibroadenoma.", "breast"))


def test_history_has_no_weight() -> None:
    found = find(
        "CLINICAL HISTORY: Prior left mastectomy.\nFINAL DIAGNOSIS: Breast, right, excision: carcinoma.", "breast"
    )
    assert decide(found)["laterality"].value == "right"
