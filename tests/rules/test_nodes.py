"""Node counts read from marked-up text: {words|total} is the finding expected to decide, with its detail."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pathstage.rules import nodes
from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.node_parts import NumberWords

_FOLDER = resources.files("pathstage.rules") / "breast"
DATA: dict[str, Any] = yaml.safe_load((_FOLDER / "nodes.yaml").read_text(encoding="utf-8"))
CONTEXT = ContextRules.from_data(yaml.safe_load((_FOLDER / "context.yaml").read_text(encoding="utf-8")))
_MARK = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


def read(text: str) -> list[Finding]:
    return list(nodes.find(Document(text), DATA, CONTEXT))


def best(text: str) -> Finding | None:
    return max((one for one in read(text) if one.weight > 0), key=lambda one: one.weight, default=None)


def check(marked: str) -> Finding:
    """The deciding finding of the text, which covers the marked words or lies in them and has the marked detail."""
    mark = _MARK.search(marked)
    assert mark
    text = _MARK.sub(lambda match: match[1], marked)
    found = best(text)
    assert found, "nothing found"
    assert found.detail == mark[2], text[found.start : found.end]
    touches = found.start < mark.start() + len(mark[1]) and found.end > mark.start()
    assert touches, text[found.start : found.end]
    assert found.task == DATA["task"]
    assert found.kind == DATA["kind"]
    assert found.basis == "derived"
    return found


@pytest.mark.parametrize(
    ("marked", "value"),
    [
        ("Axillary contents: Metastatic carcinoma in {2 of 14 lymph nodes (2/14)|2/14}.", "N1"),
        ("{Three of sixteen axillary nodes show tumour|3/16}, two of them with 2 mm deposits.", "N1"),
        ("Lymph nodes, axillary: {negative for malignancy 0/5|0/5}.", "N0"),
        ("Lymph nodes: {no tumor seen (0/12)|0/12}.", "N0"),
        ("Sentinel nodes: {4 nodes, in one a micrometastasis|N1mi 1/4} of 1.2 mm, the others free.", "N1"),
        ("{METASTASES IN 03 (THREE) OF 2O (TWENTY)|3/20} AXILLARY LYMPH NODES.", "N1"),
        ("{21 (TWENTY-ONE) AXILLARY LYMPH NODES FREE|0/21} OF NEOPLASIA.", "N0"),
        ("Axillary dissection: {2 N+ / 12 N|2/12}, capsule intact.", "N1"),
        ("Curage: {N+ 5/15|5/15}.", "N2"),
        ("Nodes: {sentinel 4, positive 0|0/4}.", "N0"),
        ("{Axillary nodes 12, 2 with metastases|2/12}.", "N1"),
        ("Left axilla, dissection: {four lymph nodes, all negative|0/4}.", "N0"),
        ("Right axilla: {two benign lymph nodes|0/2}.", "N0"),
        ("Breast with axilla. {One sentinel node positive|1/1} for carcinoma.", "N1"),
        ("Nodes examined: 14. {Nodes positive: 5|5/14}.", "N2"),
        ("Classification: pT2, {pN1a(2/14)|2/14}, M0.", "N1"),
        ("LN {2/14|2/14} with carcinoma.", "N1"),
        ("Nodal status: {12 of 17|12/17}.", "N3"),
        ("{Twenty-one out of twenty-four lymph nodes|21/24} contain metastatic carcinoma.", "N3"),
        ("{No malignancy in either of 2 lymph nodes|0/2}.", "N0"),
        ("{Multiple (6 of 17) left axillary lymph nodes are involved|6/17}.", "N2"),
        ("{A single (of 12) sentinel lymph nodes is positive|1/12} for metastatic carcinoma.", "N1"),
        ("{Multiple (5) right axillary lymph nodes are negative|0/5} for tumor.", "N0"),
        ("{Eleven carcinoma-free lymph nodes|0/11} were included.", "N0"),
        ("{Two axillary lymph node metastases (of 20|2/20} lymph nodes studied).", "N1"),
        ("{Fourteen lymph nodes, three of which contain metastases|3/14}.", "N1"),
        ("{None of 3 nodes positive|0/3}.", "N0"),
        ("Tumour-free lymph nodes ({total N = 11, pN0|0/11}).", "N0"),
        ("{Lymph nodes are negative|0} for carcinoma.", "N0"),
        ("Axillary clearance: {15 nodes, 3 with macrometastases|3/15}.", "N1"),
        ("{Of the 18 axillary lymph nodes recovered, five show metastases|5/18}.", "N2"),
        ("Axillary {nodes: total 17, positive 4|4/17}.", "N2"),
        ("Nodes: {0 positive of 7|0/7} examined.", "N0"),
        ("Sentinel node: {1 examined, 0 positive|0/1}.", "N0"),
        ("Axillary lymph nodes: {13 (2 positive|2/13}).", "N1"),
        ("Level I: {2/10|3/16}, level II: 1/4, level III: 0/2 nodes.", "N1"),
        ("{Positive nodes: 2/13|2/13}. Extranodal extension in 1/2.", "N1"),
    ],
)
def test_counts_in_all_their_spellings(marked: str, value: str) -> None:
    assert check(marked).value == value


@pytest.mark.parametrize(
    ("marked", "value"),
    [
        ("Sentinel node #1: {O/12|0/12}.", "N0"),
        ("Axillary Iymph nodes: metastatic tumor {(l/3)|1/3}.", "N1"),
        ("Metastasis in {theree out of four lymph nodes (3/4)|3/4}.", "N1"),
        ("{Six out of twenty-thre lymph nodes (6/23)|6/23} with carcinoma.", "N2"),
        ("{One of. fourteen lymph nodes positive|1/14}.", "N1"),
        ("Sentinel node: One lymph node. {Negative for neoplasm (0/1)|0/1}.", "N0"),
    ],
)
def test_counts_that_ocr_damaged(marked: str, value: str) -> None:
    assert check(marked.replace("{One of. ", "{One of. ")).value == value


def test_specimens_are_added_and_tellings_are_not() -> None:
    found = check(
        "FINAL DIAGNOSIS:\n"
        "A. Sentinel node #1, left axilla: One node, no tumor (0/1).\n"
        "B. Sentinel node #2, left axilla: Metastatic carcinoma in one of two nodes (1/2).\n"
        "C. Left breast, mastectomy: Invasive ductal carcinoma, grade 2/3, in 4/15 slides.\n"
        "D. Left axilla, dissection: {Metastatic carcinoma in 4 of 11 lymph nodes (4/11)|5/14}.\n"
        "INTRAOPERATIVE CONSULTATION:\n"
        "A. Sentinel node #1: negative (0/1).\nB. Sentinel node #2: positive (1/2).\n"
    )
    assert found.value == "N2"


def test_a_synopsis_counts_before_the_specimens_and_frozen_section_only_without_them() -> None:
    check(
        "FINAL DIAGNOSIS:\nA. Left axilla: metastatic carcinoma in 2 of 11 nodes.\nSYNOPTIC REPORT:\n"
        "Number of sentinel nodes examined: 2\nTotal number of nodes examined: 13\n"
        "{Number of nodes with macrometastases (>2 mm): 2|3/13}\nNumber of nodes with micrometastases: 1\n"
    )
    check("FROZEN SECTION DIAGNOSIS:\nA. Sentinel node: {positive for carcinoma (1/1)|1/1}.\n")


def test_a_printed_total_is_not_added_to_its_parts() -> None:
    check(
        "DIAGNOSIS:\nA. Sentinel node: carcinoma in one lymph node (1/1).\n"
        "C. Axillary contents: carcinoma in two of six nodes. {Total 3/7|3/7} including sentinel node.\n"
    )
    check(
        "DIAGNOSIS:\n1. Sentinel node, left: no tumour in two nodes (0/2).\n"
        "2. Axilla, left: metastasis in 3 of 10 nodes.\n"
        "Nodal status: {Positive 3/12|3/12}.\n"
    )


@pytest.mark.parametrize(
    ("marked", "value"),
    [
        ("A. Sentinel node #1: {one of three nodes with micrometastasis|N1mi 1/3} (1.2 mm).", "N1"),
        ("A. Sentinel node: {isolated tumor cells in one of 3 nodes|N0(i+) 0/3}, 0.1 mm.", "N0"),
        ("A. Sentinel node: {metastatic carcinoma (1/2)|1/2}, largest deposit 9 mm.", "N1"),
        ("A. Sentinel node: {metastatic carcinoma (1/2)|N1mi 1/2}, largest deposit 1.5 mm.", "N1"),
        ("A. Sentinel node: {tumour deposit (1/2)|N0(i+) 0/2}, deposit of 0.15 mm.", "N0"),
        ("A. Sentinel node: {no micrometastasis in 2 nodes (0/2)|0/2}.", "N0"),
        ("Nodes examined: 3. Nodes with macrometastases: 0. {Nodes with micrometastases: 1|N1mi 1/3}.", "N1"),
        ("Nodes examined: 3. Nodes with macrometastases: 0. {Nodes with isolated tumor cells: 1|N0(i+) 0/3}.", "N0"),
        ("A. Axilla: {metastatic carcinoma in 2 of 9 nodes|2/9}.\nB. Margin: benign breast tissue.", "N1"),
        ("A. Supraclavicular node, left: {metastatic carcinoma (1/1)|N3c 1/1}.", "N3"),
        ("A. Level III axillary nodes: {metastatic carcinoma (1/2)|N3a 1/2}.", "N3"),
    ],
)
def test_deposits_and_sites(marked: str, value: str) -> None:
    assert check(marked).value == value


def test_the_other_side_does_not_count() -> None:
    text = (
        "DIAGNOSIS:\nA. Right axilla, sentinel node: no tumor (0/3).\nB. Left axilla, sentinel node: carcinoma (2/4).\n"
        "C. Left breast, mastectomy: Invasive ductal carcinoma, 2.5 cm.\nD. Right breast: fibrocystic change.\n"
    )
    found = best(text)
    assert found
    assert found.detail == "2/4"
    other = next(one for one in read(text) if one.detail == "0/3")
    assert "other_side" in other.context
    assert other.weight == 0


@pytest.mark.parametrize(
    "text",
    [
        "Nottingham grade 2/3, score 6/9 (tubules 3/3, nuclei 2/3, mitoses 1/3).",
        "Axillary tail unremarkable. DCIS in 8/13 slides, block 2/3.",
        "Lymph nodes: none. ER: negative, Allred 0/8.",
        "Four lymph node candidates are submitted in 2 of 3 cassettes.",
        "No lymphovascular invasion. Lymphatic invasion: not identified.",
        "Lymph nodes examined. Page 1/2.",
        "pN1a: metastases in 1 to 3 axillary lymph nodes; pN2a: 4 to 9 nodes; pN3a: 10 or more.",
        "CLINICAL HISTORY: previous sentinel node biopsy with 2 positive nodes.",
        "Tumor at 12 o'clock. Received 3/4/05. Breast mass 2/3 of the specimen.",
        "LYMPH NODES POSITIVE: LYMPH NODES EXAMINED: METHOD OF LYMPH NODE EXAMINATION: ESTROGEN RECEPTORS: positive.",
    ],
)
def test_what_is_no_count_of_nodes(text: str) -> None:
    found = best(text)
    assert found is None or found.value == DATA["absent"]["value"], found


def test_no_nodes_in_the_specimen_is_said_and_weighs_little() -> None:
    found = best("Axillary tissue: No lymph nodes identified.")
    assert found
    assert found.value == "NX"
    assert found.weight <= 10


def test_separate_statements_never_outweigh_the_total() -> None:
    found = read("DIAGNOSIS:\nA. SLN 1: negative (0/1).\nB. SLN 2: metastatic carcinoma (1/1).\n")
    total = max(found, key=lambda one: one.weight)
    assert total.detail == "1/2"
    assert all(one.weight < total.weight for one in found if one is not total)


@given(positive=st.integers(0, 40), others=st.integers(0, 40), words=st.booleans())
def test_every_count_gives_the_category_of_its_number(positive: int, others: int, words: bool) -> None:
    examined = max(1, positive + others)
    numbers = NumberWords(DATA["numbers"])
    said = [_in_words(positive), _in_words(examined)] if words else [str(positive), str(examined)]
    assert [numbers.value(one) for one in said] == [positive, examined]
    found = best(f"Axillary dissection: {said[0]} of {said[1]} lymph nodes positive for carcinoma.")
    expected = "N0" if positive == 0 else "N1" if positive < 4 else "N2" if positive < 10 else "N3"
    assert found
    assert (found.value, found.detail) == (expected, f"{positive}/{examined}")


def _in_words(number: int) -> str:
    units, tens = DATA["numbers"]["units"], {value: ten for ten, value in DATA["numbers"]["tens"].items()}
    if number < 20:
        return str(units[number])
    ten, unit = divmod(number, 10)
    if ten * 10 not in tens:
        return str(number)
    return f"{tens[ten * 10]}-{units[unit]}" if unit else str(tens[ten * 10])


@given(st.text(alphabet="0123456789/()., :;ABnode lymphoftuczrsi-\n", max_size=300))
def test_any_text_is_read_and_findings_lie_in_it(text: str) -> None:
    if not text.strip():
        return
    for one in read(text):
        assert 0 <= one.start < one.end <= len(text)
        assert one.weight <= 100


@pytest.mark.parametrize(
    ("marked", "value"),
    [
        # Latin reports count in Roman numerals.
        ("Metastases carcinomatosae in {lymphonodis axillae (No IV/XIII)|4/13}.", "N2"),
        ("Cancer metastases in {lymph nodes No. II / XVI|2/16}. Capsule intact.", "N1"),
        ("Margins clear. {Lymphonodulitis reactiva (No XIV|0/14}).", "N0"),
        ("Regional nodes ({positive:total): 3:19|3/19}.", "N1"),
        ("Incision lines and {lymph nodes (11) - free of neoplastic|0/11} lesions.", "N0"),
        ("Axillary {lymph nodes x9: negative|0/9} for malignancy.", "N0"),
        ("Axillary {lymph nodes (eleven), all of them negative|0/11} for tumour.", "N0"),
        (
            "{One of the axillary lymph nodes contains metastatic|1} carcinoma. The remaining nodes are not involved.",
            "N1",
        ),
        ("{Lymph nodes: 2 positive; 9 negative|2/11}.", "N1"),
        ("{Axillary nodes: 4 + / 15|4/15}.", "N2"),
        ("{NODES TOTAL: 21 POS: 2|2/21} ECE: N.", "N1"),
        ("{Nodes: 13, positive 0|0/13}. Stage follows.", "N0"),
        ("{Nodes: axillary 12 with 3 containing macro|3/12}metastases.", "N1"),
        ("B. Axillary nodes: {negative for tumour (7/7)|0/7}.", "N0"),
        ("Nodes examined: 12. {Number positive for neoplasia: 02|2/12}.", "N1"),
        (
            "Sentinel lymph nodes: Number examined: 3. Number positive: 1. "
            "Axillary lymph nodes: Number examined: 9. {Number positive: 4|5/12}.",
            "N2",
        ),
        (
            "Regional lymph nodes: Number examined: 9. {Number positive: 2|2/9}. Sentinel nodes: Number positive: 1.",
            "N1",
        ),
    ],
)
def test_counts_of_other_houses(marked: str, value: str) -> None:
    assert check(marked).value == value


@pytest.mark.parametrize(
    ("marked", "value"),
    [
        ("DIAGNOSIS: Ductal carcinoma. {No lymph node metastases|0} are seen.", "N0"),
        ("DIAGNOSIS: Ductal carcinoma, invasive, and {tumor-free lymph nodes|0}.", "N0"),
        ("DIAGNOSIS: Ductal carcinoma. All {lymph nodes found and examined are tumor-free|0}.", "N0"),
        ("DIAGNOSIS: Ductal carcinoma. {Sentinel lymph node tumour-free|0} on step sections.", "N0"),
        ("DIAGNOSIS: Ductal carcinoma. {All nodes negative|0}.", "N0"),
        ("DIAGNOSIS: Ductal carcinoma. {Lymph node metastasis: absent|0}.", "N0"),
        ("DIAGNOSIS: Ductal carcinoma. {Nodal status: positive|+}.", "N1"),
        ("DIAGNOSIS: Ductal carcinoma. {Metastatic carcinoma to axillary lymph node|+}.", "N1"),
        ("DIAGNOSIS: Ductal carcinoma. {Benign intramammary lymph node|0}, negative for carcinoma.", "N0"),
        ("DIAGNOSIS: Ductal carcinoma. {No vascular invasion or lymph node metastases|0} are seen.", "N0"),
    ],
)
def test_words_without_a_number(marked: str, value: str) -> None:
    assert check(marked).value == value


@pytest.mark.parametrize(
    "text",
    [
        "DIAGNOSIS: Ductal carcinoma. Lymph node status: None resected.",
        "DIAGNOSIS: Ductal carcinoma. Lymph node metastasis?: unknown.",
        "DIAGNOSIS: Ductal carcinoma. The other lymph nodes are not involved.",
        "DIAGNOSIS: Sentinel node. Nottingham score 3+2+2 = 7/9.",
    ],
)
def test_words_that_tell_no_status(text: str) -> None:
    assert best(text) is None


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Summary. Invasive carcinoma 19 mm. No metastatic carcinoma in 2 sentinel nodes.", "0/2"),
        ("Invasive carcinoma. Negative for metastatic lobular carcinoma in three axillary nodes.", "0/3"),
        ("Invasive carcinoma. No tumour in five nodes but metastatic carcinoma in one node.", "1/6"),
        ("Invasive carcinoma. Nine lymph nodes are present and n0ne harbours tumour.", "0/9"),
        ("Six level I and 5 level II nodes negative.", "0/11"),
        ("Five low, two middle and three high axillary lymph nodes free of tumor.", "0/10"),
        ("Tumor in two of seven low axillary nodes. Three mid and two high axillary nodes are free (2/12).", "2/12"),
        ("Clearing of the fat turned up three of the fifteen nodes. Axillary nodes: 0/15.", "0/15"),
        ("Three of the fifteen nodes were found after clearing. Axillary nodes: 0/15.", "0/15"),
        ("LYMPH NODES, LEFT AXILLARY: LOW AND HIGH, EIGHTEEN, NO. TUMOR.", "0"),
        ("Taken: tumor 4 fragments, skin 1, nodes 9 blocks. Nodes: 5/11 have metastases.", "5/11"),
        (
            "Microscopic: Four lymph nodes are present and all contain tumour. "
            "Summary: Left breast, excision - invasive carcinoma. Left axilla - four lymph nodes with metastases.",
            "4/4",
        ),
        (
            "Tissue: 1. Left breast. 2. Infraclavicular fat. Clinical: 61 year old, core positive for carcinoma. "
            "Diagnosis: 1. Breast: invasive carcinoma. Axillary nodes: 5/12. 2. Infraclavicular node: negative, 0/1.",
            "5/12",
        ),
    ],
)
def test_tellings_in_sentences_and_lists(text: str, detail: str) -> None:
    found = best(text)
    assert found
    assert found.detail == detail


def test_a_page_number_counts_no_nodes() -> None:
    found = best("DIAGNOSIS: A. Sentinel node: no tumour (0/2). 3 of 5. B. Breast: invasive carcinoma.")
    assert found
    assert found.detail == "0/2"


def test_a_letter_is_a_roman_number_only_where_all_are() -> None:
    assert NumberWords.roman("XIX") == 19
    assert NumberWords.roman("1V") == 4
    assert NumberWords.roman("XO") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Twelve axillary lymph nodes show fatty infiltration, no metastasis.", "N0"),
        ("Axilla: ten lymph nodes, largely replaced by fat, without metastasis.", "N0"),
        ("LYMPH NODES: level I, nine nodes, two with large confluent metastases; level II, four nodes, benign.", "N1"),
        ("Lymph nodes examined: none received. Lymph nodes with metastasis: n/a. Margins free.", "NX"),
        ("Axillary lymph nodes: replaced by tumour.", "N1"),
    ],
)
def test_benign_infiltrates_adjectives_and_labels_without_answer(text: str, value: str) -> None:
    found = best(text)
    assert found
    assert found.value == value


@pytest.mark.parametrize(
    ("marked", "value"),
    [
        # Tables whose columns ran together, with and without a row of totals, in either order.
        ("Nodes. Examined Involved. {Sentinel 2 0. Level I 7 3. Total 9 3|3/9}. Margins clear.", "N1"),
        ("Nodes: Positive / Examined. {Sentinel 1 2. Level I 4 8. Level II 0 3|5/13}. ENE none.", "N2"),
        ("Nodes. Removed Positive. {Left axillary 11 0|0/11}. Breast: carcinoma.", "N0"),
        # All of a number, and what is said of a row of counts behind it.
        ("{Nodes: 5 found, all contain tumour|5/5}.", "N2"),
        ("Lymph nodes recovered: 7. {Lymph nodes involved: all|7/7}.", "N2"),
        ("{Level I: 8 nodes|12/12}. Level II: 4 nodes. All are replaced by metastatic carcinoma.", "N3"),
        ("Axillary tail: 2 nodes. {Level I: 6 nodes|0/8}. All are uninvolved.", "N0"),
        # The number of positive nodes behind.
        ("{LYMPH NODES, AXILLARY, 21: METASTATIC CARCINOMA IN TWELVE|12/21}; FAT INFILTRATED.", "N3"),
        ("The axilla held {15 nodes; metastases in two|2/15}. Breast: carcinoma.", "N1"),
        ("The axilla held {15 nodes; metastases in none|0/15}. Breast: carcinoma.", "N0"),
        ("{Level I (12): 5 positive|5/12}. Margins free.", "N2"),
        ("# LN examined/# LN involved: {18/4|4/18}.", "N2"),
        ("{AXILLARY NODES (18): METASTASES TO 7|7/18}. BREAST CARCINOMA.", "N2"),
        ("Regional lymph nodes: {involved 2, uninvolved 8|2/10}.", "N1"),
        ("LN: {2 +ve out of 13|2/13}.", "N1"),
        ("Axilla: {12 LNs (4+)|4/12}.", "N2"),
        ("{Lymph nodes identified: thirteen; involved: two|2/13}.", "N1"),
        ("Nodes: 12 examined, {macrometastasis in one (5 mm), micrometastases in four|5}.", "N2"),
        ("nodes: number examined - ten, {number with tumor - six|6/10}.", "N2"),
        # Free nodes told in other ways.
        ("Sentinel nodes: {three of three free of carcinoma|0/3} on step sections.", "N0"),
        ("Axillary {nodes show sinus histiocytosis. No metastatic deposit is seen|0}.", "N0"),
        ("Meta in l.n. {0/14|0/14}.", "N0"),
        ("Breast carcinoma, pT2 {pN(0/16)|0/16}.", "N0"),
    ],
)
def test_tables_rows_and_numbers_behind(marked: str, value: str) -> None:
    assert check(marked).value == value


def test_nodes_of_another_organ_do_not_count() -> None:
    for text in (
        "Pericolic lymph nodes: metastatic carcinoma in 4 of 12. Right sentinel nodes: 0/2.",
        "h/o colon carcinoma (5/16 nodes positive). Right sentinel nodes: 0/2.",
    ):
        found = best(text)
        assert found, text
        assert found.value == "N0", text


def test_a_specimen_is_no_result_for_the_nodes_of_the_next_label() -> None:
    found = best(
        "A: Right sentinel node - one node with 4 mm metastasis (1/1). B: Right breast - invasive carcinoma 30 mm. "
        "C: Left axillary nodes - three nodes negative (0/3). D: Left breast - invasive carcinoma 6 mm."
    )
    assert found
    assert found.value == "N1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "Infiltrating cancer. In lymph nodes (9 of axillary and subclavian groups) tumor growth was not revealed.",
            "N0",
        ),
        ("Infiltrating cancer. In the axillary lymph nodes (8) cancer metastases were not detected.", "N0"),
        ("Infiltrating cancer. In the lymph nodes there was no tumor growth.", "N0"),
        ("Infiltrating cancer. Metastases in lymph nodes have not been revealed.", "N0"),
    ],
)
def test_nodes_as_translations_tell_them(text: str, value: str) -> None:
    found = best(text)
    assert found
    assert found.value == value
