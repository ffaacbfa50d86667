"""What the reader of details finds: the words that decide stand in double brackets behind their value."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pathstage.rules.context import ContextRules
from pathstage.rules.details import Detail, decide_details, find_details
from pathstage.rules.document import Document

MARK = re.compile(r"\[\[(\w+) (.*?)\]\]")


@cache
def _data() -> tuple[dict[str, object], ContextRules]:
    folder = resources.files("pathstage.rules") / "breast"
    read = {name: yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8")) for name in ("details", "context")}
    return read["details"], ContextRules.from_data(read["context"])


def find(text: str) -> list[Detail]:
    return list(find_details(Document(text), *_data()))


def decided(text: str, item: str) -> str | None:
    found = decide_details(iter(find(text))).get(item)
    return found.value if found else None


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
def test_lymphovascular_invasion(example: str) -> None:
    mark = MARK.search(example)
    assert mark is not None
    text = MARK.sub(r"\2", example)
    found = decide_details(iter(find(text)))["LVI"]
    assert (found.value, text[found.start : found.end]) == (mark[1], mark[2])


@pytest.mark.parametrize(
    "text",
    [
        "Lymphovascular invasion: indeterminate.",
        "Lymphovascular invasion: cannot be determined.",
        "Perineural invasion: present.",
        "Sections submitted in L1-L4.",
        "Angiolymphatic invasion: Margins: negative.",
    ],
)
def test_no_word_of_lymphovascular_invasion(text: str) -> None:
    assert decided(text, "LVI") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Breast, left, mastectomy: invasive ductal carcinoma.", "left"),
        ("Laterality: Right", "right"),
        ("Right breast, lumpectomy: invasive carcinoma. Left breast, reduction: benign breast tissue.", "right"),
        ("Left breast: invasive carcinoma. Right breast: invasive lobular carcinoma.", "bilateral"),
        ("Modified radical mastectomy, left.", "left"),
        ("Invasive carcinoma.", None),
        ("Left arm lesion: nevus.", None),
    ],
)
def test_laterality(text: str, value: str | None) -> None:
    assert decided(text, "laterality") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Invasive ductal carcinoma, grade 2.", "ductal"),
        ("Infiltrating carcinoma of no special type (NST).", "ductal"),
        ("Invasive mammary carcinoma.", "ductal"),
        ("Histologic type: Invasive lobular carcinoma, classic", "lobular"),
        ("ILC, 2 cm.", "lobular"),
        ("Invasive ductal and lobular carcinoma.", "mixed"),
        ("Invasive carcinoma with mixed ductal and lobular features.", "mixed"),
        ("Invasive ductal carcinoma with lobular features.", "ductal"),
        ("Invasive mucinous (colloid) carcinoma.", "mucinous"),
        ("Invasive ductal carcinoma with mucinous features.", "ductal"),
        ("Metaplastic carcinoma, 5 cm.", "metaplastic"),
        ("Invasive papillary carcinoma.", "papillary"),
        ("Infiltrating medullary carcinoma.", "medullary"),
        ("Invasive ductal carcinoma. Lobular carcinoma in situ.", "ductal"),
        ("Ductal carcinoma in situ, solid type.", None),
        ("No invasive ductal carcinoma is seen.", None),
    ],
)
def test_histology(text: str, value: str | None) -> None:
    assert decided(text, "histology") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ki-67: 15%", "15"),
        ("KI67 (MIB1) proliferation marker: HIGH (33%). > 20% is high.", "33"),
        ("MIB-1 labelling index 10-20 %", "15"),
        ("Ki-67 <5%", "5"),
        ("Ki-67 is pending.", None),
        ("Ki-67 was not done. ER 90%.", None),
        ("Ki-67: <14% is considered low.", None),
    ],
)
def test_proliferation(text: str, value: str | None) -> None:
    assert decided(text, "Ki67_percent") == value


def test_an_earlier_finding_does_not_decide() -> None:
    text = "History of carcinoma with lymphovascular invasion identified in 2009. Lymphovascular invasion: absent."
    assert decided(text, "LVI") == "absent"
    assert any("earlier" in detail.context for detail in find(text))


@given(st.text(alphabet="LVIRleftrightductalno: .,-/067%Ki\n", max_size=150))
def test_any_text_is_read(text: str) -> None:
    for detail in find(text):
        assert 0 <= detail.start < detail.end <= len(text)
        assert 0 <= detail.weight <= 100
