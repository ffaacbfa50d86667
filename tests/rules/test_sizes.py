"""Tumour sizes and extent give the T category: expected sizes stand in brackets behind the words they are read of."""

from __future__ import annotations

import time

import pytest

from pathstage.rules import decide, find
from pathstage.rules.finding import Finding

KINDS = {"size", "extent"}


def derived(text: str) -> list[Finding]:
    return [finding for finding in find(text, "breast") if finding.task == "pT" and finding.kind in KINDS]


def best(text: str) -> Finding | None:
    return decide(derived(text)).get("pT")


def read(marked: str) -> tuple[str, str | None]:
    """The text without its mark-up, and the words marked `<<like this>>`, if any."""
    before, opens, rest = marked.partition("<<")
    words, _, after = rest.partition(">>")
    return before + words + after, words if opens else None


@pytest.mark.parametrize(
    ("marked", "detail", "value"),
    [
        ("Diagnosis: Invasive ductal carcinoma, grade 2, <<2.3 cm>>.", "23 mm", "T2"),
        (
            "DIAGNOSIS: A. Invasive and intraductal adenocarcinoma, 1.1 x 1.0 cm. "
            "B. Invasive and intraductal carcinoma, <<4.2 x 2.0 cm>>.",
            "42 mm",
            "T2",
        ),
        (
            "Multifocal invasive carcinoma. Three foci measuring <<23, 9 and 4 mm>>, total extension 51 mm.",
            "23 mm",
            "T2",
        ),
        ("Invasive carcinoma. Two foci of <<2.3 and 0.8 cm>>.", "23 mm", "T2"),
        ("Invasive ductal carcinoma - Maximum tumour dimension: <<31mm>> - Margins: closest 2mm deep.", "31 mm", "T2"),
        ("Invasive ductal carcinoma\nTumor size\n<<3.1 cm>>\nMargins\nNegative, 1.0 cm", "31 mm", "T2"),
        ("Carcinoma mammae, diam. <<2.6 cm>>, ductal invasive.", "26 mm", "T2"),
        ("Invasive tumor sizes: <<2.6 cm>> and 0.7 cm. Distance between tumors: 5.5 cm.", "26 mm", "T2"),
        ("(1) Invasive ductal carcinoma, <<2.9 cm>>. (2) Benign phyllodes tumor, 6.1 cm.", "29 mm", "T2"),
        ("Multifocal invasive carcinoma; largest focus <<1.8 cm>>, over an area of 6 cm.", "18 mm", "T1"),
        ("Invasive carcinoma, <<1.5 cm>>, others 0.8 and 0.5 cm, spanning 4.5 cm in total.", "15 mm", "T1"),
        ("Residual invasive carcinoma <<2.6 cm>> in a tumour bed of 6 cm.", "26 mm", "T2"),
        ("Dimension of invasive tumour <<14 mm>>. Whole tumour: 32 mm.", "14 mm", "T1"),
        ("The invasive component spans three slides and is estimated at <<2.4 cm>>.", "24 mm", "T2"),
        ("Invasive carcinoma. Tumor measures 3.1 cm on imaging; microscopically <<2.2 cm>>.", "22 mm", "T2"),
        (
            "Clinical data: lump. Gross picture: cut surface: a mass measuring <<4x3.5x3 cm>>. Invasive carcinoma.",
            "40 mm",
            "T2",
        ),
        ("Carcinoma of no special type. Greatest axis <<37 mm>>. Carcinoma in situ present.", "37 mm", "T2"),
        ("Site. Upper quadrant. Greatest dimension. <<2.1 cm>>. Tumor type. Invasive carcinoma, NST.", "21 mm", "T2"),
        ("Two foci of invasive carcinoma of <<1.2 cm>>, separated by about 3.0 cm of breast tissue.", "12 mm", "T1"),
        ("FINAL DIAGNOSIS: INFILTRATING LOBULAR CARCINOMA, <<6.0 X 5.0 BY 4.0 CM>>.", "60 mm", "T3"),
        ("Diagnosis: Quadrantectomy with a <<1.7 cm>> moderately differentiated (G2) invasive tumour.", "17 mm", "T1"),
        (
            "Invasive mucinous carcinoma forming a <<2.0 x 1.8 cm>> circumscribed mass with central fibrosis.",
            "20 mm",
            "T1",
        ),
        ("Invasive carcinoma. Tumor size: <<51 mm>>. Tumor focality: single.", "51 mm", "T3"),
        ("Invasive carcinoma. Size: <<2.5 cm>>. Margins: invasive carcinoma: clear (at least 60 mm)", "25 mm", "T2"),
        ("Invasive carcinoma.\nTumor size: <<1.2 cm>>\nDCIS extent: 6 cm", "12 mm", "T1"),
        ("Invasive carcinoma, <<1.6 cm>>. DCIS involves an area of 3.3 cm around the mass.", "16 mm", "T1"),
        ("Invasive carcinoma. Tumor size: <<2.5 cm>> (tumor > 2 to 5 cm)", "25 mm", "T2"),
        ("Invasive carcinoma. When cut, a mass of 5.5 cm. The invasive carcinoma measures <<4.5 cm>>.", "45 mm", "T2"),
        ("Invasive carcinoma. Clinical: 2.3 cm mass, BI-RADS 5. The tumor measures <<1.2 cm>>.", "12 mm", "T1"),
        ("Invasive carcinoma. In the upper quadrant a tumor node <<3 x 2 x 2 cm>>, whitish.", "30 mm", "T2"),
        (
            "Mucous (colloid) carcinoma. A single node of <<2.2 cm>>, dense on section. Lymph nodes to 2.5 cm.",
            "22 mm",
            "T2",
        ),
        ("Invasive carcinoma NST. Tumour size <<(mm): 23>>.", "23 mm", "T2"),
        ("Invasive carcinoma. Margins negative. Greatest dimension: <<2.1 cm>>.", "21 mm", "T2"),
        ("Invasive carcinoma.\nTumor size\n<<1.8 mm>>\nWire localization: done", "1.8 mm", "T1"),
        ("Invasive carcinoma, largest focus, measures <<9 mm>> on the slide.", "9 mm", "T1"),
        ("Microscopic size of the invasive tumour is <<14 mm>>.", "14 mm", "T1"),
        ("Invasive ductal carcinoma measuring some <<57 mm>>, with vascular invasion.", "57 mm", "T3"),
        ("Invasive carcinoma (maximum diameter <<two cm>>).", "20 mm", "T1"),
        ("Diagnosis: Invasive carcinoma (diameter of the tumor <<115 cm>>).", "115 mm", "T3"),
        ("Invasive carcinoma, greater than <<5 cm>>.", "50 mm", "T3"),
        ("Invasive carcinoma in a single focus, less than <<1 mm>>.", "1 mm", "T1"),
        ("Irvasive ductal carcinoma, <<3 cm>>, with ductal carcinoma in situ.", "30 mm", "T2"),
    ],
)
def test_the_size_of_the_invasive_tumour(marked: str, detail: str, value: str) -> None:
    text, words = read(marked)
    found = best(text)
    assert found is not None
    assert (found.detail, found.value, text[found.start : found.end]) == (detail, value, words)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        # foci are not added: the greatest is the index tumour
        ("Diagnosis: Bifocal invasive carcinoma (diameters: 2.9 and 1.1 cm).", "29 mm"),
        ("Diagnosis: Invasive carcinoma, two lesions, 2.6 cm in the LOQ. And 3.0 cm in the UOQ.", "30 mm"),
        ("SYNOPTIC REPORT: Sum of the sizes of invasive tumors: 4.5 cm. Maximum dimension invasive component: 2.5 cm.",
         "25 mm"),
        # invasive against in situ, whole, margin, node, specimen
        ("Invasive carcinoma, 1.8 cm, with DCIS, 4.2 cm.", "18 mm"),
        ("Invasive carcinoma. Whole tumour size 45 mm (invasive and in situ). Invasive tumour size 17 mm.", "17 mm"),
        ("Size: 1.8 cm (invasive), 4 cm (DCIS). Invasive carcinoma.", "18 mm"),
        ("Invasive carcinoma, 1.2 cm, lies 3 mm from the deep margin and comes to within 2 mm of the skin.", "12 mm"),
        ("Invasive carcinoma, 7 mm. Lymph nodes: positive for carcinoma (2/8), 2.4 cm.", "7 mm"),
        ("Invasive carcinoma, 7 mm. Metastatic carcinoma in one node, 2.4 cm. Largest deposit 24 mm.", "7 mm"),
        ("Mastectomy, 22 x 18 x 4 cm, with a 7 x 5 cm ellipse of skin. Invasive carcinoma, 1.1 cm.", "11 mm"),
        ("Invasive carcinoma, 1.1 cm. Fibroadenoma, 2.5 cm. Biopsy cavity, 3 cm. Tumor bed of 4 cm.", "11 mm"),
        # the microscopic size is preferred to the gross one, the synopsis to the diagnosis
        ("Gross size of 3.4 cm; invasive carcinoma measures 2.0 cm microscopically.", "20 mm"),
        ("GROSS DESCRIPTION: A firm mass, 3.4 cm.\nFINAL DIAGNOSIS: Invasive carcinoma, 1.9 cm.", "19 mm"),
        ("GROSS DESCRIPTION: A firm white, stellate mass, 3.4 cm.\nFINAL DIAGNOSIS: Invasive carcinoma.", "34 mm"),
        ("FINAL DIAGNOSIS: Invasive carcinoma, 1.9 cm.\nSYNOPTIC REPORT: Size of invasive carcinoma: 2.2 cm.", "22 mm"),
        # imaging and history
        ("CLINICAL HISTORY: MRI showed a 4 cm mass.\nFINAL DIAGNOSIS: Invasive carcinoma, 1.9 cm.", "19 mm"),
        # definitions of categories are no sizes
        ("Invasive carcinoma, size 23 mm. pT2: Tumor more than 20 mm but not more than 50 mm.", "23 mm"),
        ("Invasive carcinoma, size 4 mm. pT1a (tumor 2 cm or less).", "4 mm"),
        ("Invasive carcinoma. pT2 (tumor 2.4 cm).", "24 mm"),
    ],
)  # fmt: skip
def test_other_sizes_are_not_taken_for_it(text: str, detail: str) -> None:
    found = best(text)
    assert found is not None
    assert found.detail == detail


@pytest.mark.parametrize(
    "text",
    [
        "Clinical: irregular 1.3 cm hypoechoic mass at 4:00. Diagnosis: core biopsy: invasive carcinoma.",
        "Left breast core biopsy: invasive carcinoma. Ultrasound: mass 2.3 cm.",
        "Invasive carcinoma. GROSS DESCRIPTION: Node, 1.1 cm. B. Aggregate 2.0 cm, all submitted.",
        "Invasive carcinoma. GROSS DESCRIPTION: A 2.5 x 1.0 cm aggregate of many core biopsies.",
        "Invasive carcinoma. Distance to the nearest margin: 4 mm.",
        'Invasive carcinoma.\nGROSS: Received labeled "left breast mass" and measuring 12 x 9 x 4 cm.',
        "Fibroadenoma, 2.5 cm. No malignancy.",
        "CLINICAL HISTORY: Ultrasound shows a 2.5 cm mass.\nDIAGNOSIS: Invasive carcinoma.",
        "Invasive carcinoma. Metastatic carcinoma in a sentinel node, 6 mm.",
        "Invasive carcinoma. DCIS extent: 4 cm.",
        "Invasive carcinoma. Sections are taken at 3 mm intervals.",
        "No residual carcinoma in this re-excision.",
        "Benign breast tissue.",
    ],
)
def test_nothing_measured_is_no_finding(text: str) -> None:
    assert best(text) is None


def test_decoys_are_reported_with_their_context_and_without_weight() -> None:
    found = {finding.detail: finding for finding in derived("Invasive carcinoma, 1.8 cm, with DCIS, 4.2 cm.")}
    assert "in_situ" in found["42 mm"].context
    assert found["42 mm"].weight == 0 < found["18 mm"].weight


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Invasive carcinoma, 3 cm, with ulceration of the overlying skin.", "T4b skin ulceration"),
        ("Invasive carcinoma, 6 cm. Skin ulceration: present.", "T4b skin ulceration"),
        ("Carcinoma, 3 cm, infiltrating; satellite skin nodules of carcinoma.", "T4b skin satellite nodules"),
        ("Invasive carcinoma with peau d'orange, 3 cm.", "T4b skin oedema"),
        ("Invasive carcinoma, 3 cm, invading the chest wall.", "T4a chest wall"),
        ("Inflammatory breast carcinoma, invasive, 3 cm.", "T4d inflammatory carcinoma"),
    ],
)
def test_extent_decides_before_size(text: str, detail: str) -> None:
    found = best(text)
    assert found is not None
    assert (found.value, found.detail) == ("T4", detail)


@pytest.mark.parametrize(
    "text",
    [
        "Invasive carcinoma, 3 cm, which invades the dermis.",
        "Invasive carcinoma, 3 cm. Skin ulceration: not identified.",
        "Invasive carcinoma, 3 cm. The skin is not ulcerated. No chest wall invasion.",
        "Invasive carcinoma, 3 cm, invading the dermis without skin ulceration.",
        "Invasive carcinoma, 3 cm. Invasion of skin or chest wall: as above.",
        "CLINICAL HISTORY: Inflammatory carcinoma?\nDIAGNOSIS: Invasive carcinoma, 3 cm.",
        "Invasive carcinoma, 3 cm, extending into the pectoral muscle.",
    ],
)
def test_what_is_not_t4(text: str) -> None:
    found = best(text)
    assert found is not None
    assert found.detail == "30 mm"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ductal carcinoma in situ, 3 cm. No invasion.", "Tis"),
        ("DIAGNOSIS: DCIS, high grade, spanning 45 mm; margins uninvolved by invasive carcinoma.", "Tis"),
        ("Paget's disease of the nipple with intraductal carcinoma.", "Tis"),
        ("CLINICAL HISTORY: Core biopsy: invasive carcinoma.\nDIAGNOSIS: Ductal carcinoma in situ.", "Tis"),
        ("Ductal carcinoma in situ with a focus of microinvasion.", "T1"),
        ("Status after neoadjuvant chemotherapy. No residual invasive carcinoma.", "T0"),
        ("Complete pathologic response to neoadjuvant treatment; tumor bed with fibrosis.", "T0"),
        ("After neoadjuvant chemotherapy: no residual invasive carcinoma; residual DCIS, 4 mm.", "Tis"),
        ("After neoadjuvant chemotherapy: residual invasive carcinoma, 4 mm.", "T1"),
    ],
)
def test_without_measurable_invasion(text: str, value: str) -> None:
    found = best(text)
    assert found is not None
    assert found.value == value


def test_a_long_report_is_read_quickly() -> None:
    text = "Invasive carcinoma of the left breast, firm tan-white mass 2.3 x 1.8 cm, 0.4 cm from the margin. " * 120
    derived(text)
    began = time.perf_counter()
    derived(text)
    assert time.perf_counter() - began < 5


def test_a_stop_behind_brackets_does_not_part_an_invasive_carcinoma() -> None:
    found = best("BREAST: INVASIVE TUBULAR (WELL FORMED). CARCINOMA, 0.8 CM. NO DUCTAL CARCINOMA IN SITU.")
    assert found
    assert found.detail == "8 mm"


def test_a_rubbery_nodule_is_rarely_the_tumour() -> None:
    found = best(
        "Infiltrating carcinoma. The tumour measures 26 mm on the slides. "
        "Further up a smooth, rubbery, well defined nodule of 14 mm resembles fibroadenoma."
    )
    assert found
    assert found.detail == "26 mm"


def test_sizes_of_the_field_of_view_are_none_of_the_tumour() -> None:
    text = "Carcinoma ductale invasivum, NHG2 (3 + 2 + 1, 6 mitoses/10 HPF, visual field 0.55 mm). Tumour size 2.4 cm."
    assert {one.detail for one in derived(text) if one.weight} == {"24 mm"}


@pytest.mark.parametrize(
    "definition",
    [
        "pT1b. (Tumor greater than 5 cm, but 7 cm or less.)",
        "Multiple tumors, none more than 5 cm.",
        "Tumor 5 cm or less in greatest dimension.",
        "T2: tumor more than 20 mm but less than or equal to 50 mm.",
    ],
)
def test_printed_definitions_are_no_sizes(definition: str) -> None:
    found = best(f"Invasive ductal carcinoma, 14 mm. {definition}")
    assert found
    assert found.detail == "14 mm"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (
            "Breast 20 x 15 cm, in it a firm node 2.4 x 2 cm with indistinct borders. Invasive ductal carcinoma.",
            "24 mm",
        ),
        ("Firm lymph node 2.4 cm. Invasive ductal carcinoma, 9 mm.", "9 mm"),
        ("Ultrasound: 1.4 cm. Mastectomy: whitish growth 2.6 x 2.1 cm. Infiltrating duct carcinoma.", "26 mm"),
        ("Infiltrating duct carcinoma with a pushing growth pattern. Lump 1.8 cm across.", "18 mm"),
        ("DCIS, 5 cm, high grade, with two foci of invasion measuring 3 and 4 mm.", "4 mm"),
        ("Invasive ductal 1.3 cm at 9:00, invasive ductal 1.1 cm at 10:00. Combined 2.4 cm.", "13 mm"),
        ("Ulceroproliferative growth of 4 x 3 cm. Infiltrating duct carcinoma.", "T4b skin ulceration"),
        ("Tumor type. Invasive ductal. Tumor size. 1.4 cm. DCIS. Present.", "14 mm"),
        ("Invasive carcinoma. The largest diameter on glass is 12 mm. Grossly the mass was put at 2.4 cm.", "12 mm"),
    ],
)
def test_words_for_the_tumour_of_other_laboratories(text: str, detail: str) -> None:
    found = best(text)
    assert found is not None
    assert found.detail == detail


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Invasive duct carcinoma. The tumor, which extends through five slices, is 2.4 cm.", "24 mm"),
        ("Invasive duct carcinoma, grade 2 (few tubules), arising in wide DCIS, and measuring 1.2 cm.", "12 mm"),
        ("Infiltrating carcinoma. Dense tumor 4.2 x 3 x 3 cm under the nipple.", "42 mm"),
        ("Re-excision: 2 mm of infiltrating ductal carcinoma is left.", "2 mm"),
        ("The right sentinel node shows a 1.6 mm focus of carcinoma. Infiltrating carcinoma 9 mm.", "9 mm"),
        ("Invasive carcinoma, 9 mm. Keratin in the sentinel node: small clusters (<0.2 mm).", "9 mm"),
        ("Sentinel nodes and a breast with a 3 cm carcinoma. Infiltrating duct carcinoma.", "30 mm"),
    ],
)
def test_what_stands_between_a_tumour_and_its_size(text: str, detail: str) -> None:
    found = best(text)
    assert found is not None
    assert found.detail == detail


@pytest.mark.parametrize("held", ["a 1.6 mm focus of carcinoma", "small clusters (<0.2 mm)", "a 1 mm tumor"])
def test_what_a_node_holds_is_no_size_of_the_tumour(held: str) -> None:
    found = best(f"Addendum: levels of the sentinel node show {held}. Left breast: infiltrating carcinoma.")
    assert found is None or found.weight == 0
