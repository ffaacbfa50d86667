"""Printed categories: the finding is what stands between « and », one for T, N and M at most; the traps have none."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pathstage.rules import categories, find
from pathstage.rules.context import ContextRules
from pathstage.rules.decide import decide
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding

Read = Callable[[str], list[Finding]]


@pytest.fixture(scope="module")
def read() -> Read:
    folder = resources.files("pathstage.rules") / "breast"
    data = yaml.safe_load((folder / "categories.yaml").read_text(encoding="utf-8"))
    context = ContextRules.from_data(yaml.safe_load((folder / "context.yaml").read_text(encoding="utf-8")))
    return lambda text: list(categories.find(Document(text), data, context))


def told(findings: list[Finding], least: float = 30.0) -> dict[str, str]:
    return {task: one.detail for task, one in decide(findings).items() if one.weight >= least}


MARKED = [
    ("FINAL DIAGNOSIS: Left breast: carcinoma, 2.4 cm («pT2»), grade 2.", {"pT": "T2"}),
    ("Pathologic stage (AJCC 8th ed.): «pT1c» «pN1a(sn)» «MX»", {"pT": "T1c", "pN": "N1a", "pM": "MX"}),
    ("«T Stage: 2» «N Stage: 0» «M Stage: 0» Treatment: none", {"pT": "T2", "pN": "N0", "pM": "M0"}),
    ("«Primary tumor (pT): 2».\n«Regional lymph nodes (pN): 1a».", {"pT": "T2", "pN": "N1a"}),
    ("Primary Tumor: «pT2»: Tumor more than 20 mm but not more than 50 mm", {"pT": "T2"}),
    ("Regional lymph nodes: «N1a»", {"pN": "N1a"}),
    ("«Distant metastasis (pM): cannot be assessed»", {"pM": "MX"}),
    ("pT: «T1c»; pN: «N0»; «pM: n/a»", {"pT": "T1c", "pN": "N0", "pM": "MX"}),
    ("Dermal lymphatics are filled with tumor («T4d»).", {"pT": "T4d"}),
    ("Stage IIB («T2»«N1»«M0»)", {"pT": "T2", "pN": "N1", "pM": "M0"}),
    ("M category: «cM0»", {"pM": "M0"}),
    ("[ ] pT1: Tumor 20 mm or less. [X] «pT2»: Tumor up to 50 mm. [ ] pT3: larger", {"pT": "T2"}),
    ("___ pT1a\n_x_ «pT1c»\n___ pT2", {"pT": "T1c"}),
    ("«pT2» [X] pT3 [ ] pT4 [ ]", {"pT": "T2"}),
    ("pT category: ___«pT2»___", {"pT": "T2"}),
    ("Clinical stage: cT3 cN1. Pathologic stage: «pT2» «pN0»", {"pT": "T2", "pN": "N0"}),
    ("History of contralateral carcinoma, pT3 pN2. DIAGNOSIS: left breast, «pT1b», «pN0».", {"pT": "T1b", "pN": "N0"}),
    ("Status post neoadjuvant chemotherapy, «ypT1a» «ypN0»", {"pT": "T1a", "pN": "N0"}),
    ("The stage is revised from pT1c to «pT2» on review.", {"pT": "T2"}),
    ("AMENDED DIAGNOSIS: «pT1c» «pN0» (previously reported as pT3 pN1)", {"pT": "T1c", "pN": "N0"}),
    ("Right breast, pT1c, pN2a.\nLeft breast, «pT3», «pN0».", {"pT": "T3", "pN": "N0"}),
    ("First focus pT1b. Second focus «pT1c».", {"pT": "T1c"}),
    ("«pTX» «pNX»", {"pT": "TX", "pN": "NX"}),
    ("Liver, core biopsy: «Metastatic carcinoma, consistent with breast primary»", {"pM": "M1"}),
    ("N STAGE: «pNX». Comment: the stage is at least pN1.", {"pN": "NX"}),
    ("Tumour: «pT2», node: «pN1», metastasis: «M0»", {"pT": "T2", "pN": "N1", "pM": "M0"}),
    ("Grade 2 (T3, N2, M1 = 6). Stage: «pT1c» «pN0»", {"pT": "T1c", "pN": "N0"}),
    ("Nottingham Gr. 2; total 6: T=3, N=2, M=1. «pT1c» «pN0»", {"pT": "T1c", "pN": "N0"}),
    ("Elston grade 3; components T3 N3 M2. Left breast, «pT1b».", {"pT": "T1b"}),
    ("pT (Primary Tumor): «T1c». Right breast; in the left breast DCIS, pTis.", {"pT": "T1c"}),
    ("Residual carcinoma. Stage (with previous excision): «pT2» «pN1a».", {"pT": "T2", "pN": "N1a"}),
    ("«T2» «N1» «M0». T1 N1 snap frozen; T3 (tumor), N3 (normal).", {"pT": "T2", "pN": "N1", "pM": "M0"}),
    ("Invasive carcinoma. Pieces: T1 T2 N1 N2", {}),
    ("Tumor stage: «T1c» «N0». Slides: T3-1, T3-2 (tumor), N3-1 (normal).", {"pT": "T1c", "pN": "N0"}),
    ("Grade: 2 (T3, N2, M1). Stage: «pT2» «pN0» «M0»", {"pT": "T2", "pN": "N0", "pM": "M0"}),
    ("Stage IV («T3», «N2», «M1»)", {"pT": "T3", "pN": "N2", "pM": "M1"}),
    ("Clinical TNM: T3 N1 «M0»", {"pM": "M0"}),
    ("«Distant metastasis: (+) Not applicable» ( ) pM1", {"pM": "MX"}),
    ("«Distant metastasis (pM): _X_ Not applicable» ___ pM1: distant", {"pM": "MX"}),
    ("T: «pT1c» _X_ pT2 ___ N: pN0 ___ «pN1a» _X_ M: Not applicable _X_ pM1 ___", {"pT": "T1c", "pN": "N1a"}),
    ("T1 ( ) «T2» (X) T3 ( ) «N0» (X) N1 ( ) «M0» (X) M1 ( )", {"pT": "T2", "pN": "N0", "pM": "M0"}),
    ("«pT: ( ) 1c (X) 2» ( ) 3   «pN: ( ) 0 (X) 1a»", {"pT": "T2", "pN": "N1a"}),
    ("□ pT1c ■ «pT2» □ pT3", {"pT": "T2"}),
    ("[X «pT2» [ ] pT3", {"pT": "T2"}),
    ("pT1: 20 mm or less. x «pT2»: more than 20 mm. pT3: more than 50 mm.", {"pT": "T2"}),
    ("«pT: 2» «pN: 1a» «M: O»", {"pT": "T2", "pN": "N1a", "pM": "M0"}),
    ("«T: 2», «N: O», «M: X»", {"pT": "T2", "pN": "N0", "pM": "MX"}),
    ("«T : 1c» «N : O» «M : O»", {"pT": "T1c", "pN": "N0", "pM": "M0"}),
    ("«pT(m)2» «pN0»", {"pT": "T2", "pN": "N0"}),
    ("Stage «pT2» «pNQ» «pMK»", {"pT": "T2", "pN": "N0", "pM": "MX"}),
    ("Depth (pT1 and pT2 tumors): 3 mm. Stage «pT1».", {"pT": "T1"}),
    ("Metastasis (M): «M0».", {"pM": "M0"}),
    ("Skin: invaded without ulcer (pT4b not met). Stage: «pT2»", {"pT": "T2"}),
    ("Duct carcinoma, «pT2» «pN2a»; clinically «M0».", {"pT": "T2", "pN": "N2a", "pM": "M0"}),
    ("Staging: «pT is 2», «pN is 1»", {"pT": "T2", "pN": "N1"}),
    ("Right breast «pT2» (23 mm), left breast pT1c (15 mm)", {"pT": "T2"}),
    ("pT1: tumour 20 mm or less\npT2: tumour more than 20 mm", {}),
    ("Categories: pTX, pT0, pTis, pT1, pT2, pT3, pT4.", {}),
    ("AJCC (8th): «pT2»; nodes, right axilla («AJCC NO»).", {"pT": "T2", "pN": "N0"}),
]

TRAPS = [
    "Clinically cT2 cN1.",
    "CLINICAL HISTORY: Left breast cancer, T3N1 on MRI.",
    "pT1: up to 2 cm; pT2: more than 2 and up to 5 cm; pT3: over 5 cm; pT4: chest wall or skin",
    "pN0: none; pN1: 1-3 nodes; pN2: 4-9 nodes; pN3: 10 or more",
    "T1 <= 20 mm, T2 21-50 mm, T3 over 50 mm",
    "pT3: beyond 50 mm. pT4a: on the ribs. pT4b: in the skin, with ulcers. pT4c: both of these. pT4d: inflamed breast.",
    "pNX: unknown. pN0: nothing. pN0(i-): no cells. pN0(i+): few. pN1mi: small. pN1a: up to three. pN2a: up to nine.",
    "M: Not applicable. pM1: Distant spread.",
    "Nottingham score 7 (T3 N2 M2).",
    "Blocks: T1, T2 and N1.",
    "MRI: T2 hyperintense mass.",
    "No invasion of the chest wall (not T4).",
    "No tumor in the nodes. No other finding. Note the margins.",
    "Tumor stage: II. Nodes: 3.",
    "Regional Lymph Nodes: 3 examined.",
    "Regional lymph nodes (pN): 1 residual node was found.",
    "Primary Tumor: 2.3 cm. pT: 2.3 cm.",
    "Distant metastasis: none.",
    "Superseded: pT3 (in error).",
    "Lung carcinoma, pT1a, 2015.",
    "Liver, core biopsy: no metastatic carcinoma.",
    "Lung is unremarkable. - Metastatic carcinoma in two axillary lymph nodes.",
    "Lymph node, hepatic, biopsy: involved by metastatic carcinoma.",
    "Received in Tis-u-Sol: three cores.",
    "Regional lymph nodes (pN): 3 intramammary lymph nodes were seen.",
]


@pytest.mark.parametrize(("marked", "expected"), MARKED)
def test_reads_what_is_marked(read: Read, marked: str, expected: dict[str, str]) -> None:
    text = marked.replace("«", "").replace("»", "")
    findings = read(text)
    assert told(findings) == expected
    spans = {text[one.start : one.end] for one in decide(findings).values() if one.weight >= 30}
    assert spans == set(_between(marked))


def _between(marked: str) -> list[str]:
    return [part.split("»")[0] for part in marked.split("«")[1:]]


@pytest.mark.parametrize("text", TRAPS)
def test_does_not_fall_for(read: Read, text: str) -> None:
    assert told(read(text)) == {}


def test_a_decoy_is_found_with_what_makes_it_one(read: Read) -> None:
    findings = {
        one.detail: one for one in read("Clinical stage: cT3. Key: pT2.\nPathology: pT1c. Superseded: pT4 (in error).")
    }
    assert "clinical" in findings["T3"].context
    assert "superseded" in findings["T4"].context
    assert findings["T1c"].weight > 10 * findings["T3"].weight


def test_a_printed_category_outweighs_the_words_for_not_assessed(read: Read) -> None:
    findings = read("pT2 pN1a. Regional lymph nodes: cannot be assessed.")
    assert told(findings)["pN"] == "N1a"


def test_nodes_of_the_other_breast_are_told_apart(read: Read) -> None:
    findings = read("Right breast: pT1b. Right axilla: 5 nodes, pN2a. Left breast: pT3. Left axilla: pN1mi.")
    assert told(findings) == {"pT": "T3", "pN": "N1mi"}
    assert next(one for one in findings if one.detail == "N2a").context == {"other_side"}


@given(text=st.text(alphabet="pTNMcxX0123 is()[]_oO:.,;-\nstage", max_size=80))
def test_spans_are_in_the_text_and_classes_in_the_schema(read: Read, text: str) -> None:
    classes = {"T0", "Tis", "T1", "T2", "T3", "T4", "TX", "N0", "N1", "N2", "N3", "NX", "M0", "M1", "MX"}
    for one in read(text):
        assert 0 <= one.start < one.end <= len(text)
        assert one.value in classes


def test_component_scores_behind_the_name_of_their_scheme_are_no_categories() -> None:
    text = "Histological grade: 2 (Elston & Ellis; T3 N2 M1). Sentinel nodes: 0/2"
    assert {one.weight for one in find(text, "breast") if one.kind == "category"} == {0.0}


def test_items_in_a_row_are_as_good_as_one_expression(read: Read) -> None:
    text = "Right breast: pT1b pN0 pMX. Left breast: Stage, tumor: pT2. Stage, nodes: pN1a. Stage, distant: pMX."
    assert told(read(text))["pT"] == "T2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Stage: T [ ] 1 [X] 2 [ ] 3. N [X] 0 [ ] 1 [ ] 2. M [ ] 0 [ ] 1 [X] X.",
            {"pT": "T2", "pN": "N0", "pM": "MX"},
        ),
        (
            "pT: 1 [ ] 2 [X] 3 [ ]  pN: 0 [ ] 1 [ ] 2 [X]  pM: 0 [X] 1 [ ]",
            {"pT": "T2", "pN": "N2", "pM": "M0"},
        ),
        ("Sex: [ ] M [X] F. T [ ] 1 [ ] 2 [ ] 3. N [ ] 0 [ ] 1", {}),
        ("pT2 N0. Aliquots: T1 T2 N1 B1.", {"pT": "T2", "pN": "N0"}),
    ],
)
def test_rows_of_boxes_and_names_of_samples(read: Read, text: str, expected: dict[str, str]) -> None:
    best: dict[str, Finding] = {}
    for one in read(text):
        if one.weight > best.get(one.task, one).weight or (one.weight and one.task not in best):
            best[one.task] = one
    assert {task: one.value for task, one in best.items()} == expected
