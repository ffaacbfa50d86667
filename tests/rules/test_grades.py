"""What the grade reader finds: in each example the words that decide stand in double brackets behind the class."""

from __future__ import annotations

import re
import time
from functools import cache
from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pathstage.prepare.align import identity
from pathstage.prepare.normalize import normalize
from pathstage.rules import grades
from pathstage.rules.context import ContextRules
from pathstage.rules.decide import decide
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.schema import load_schema

MARK = re.compile(r"\[\[(G[123]) (.*?)\]\]", re.DOTALL)


@cache
def _data() -> tuple[dict[str, object], ContextRules]:
    folder = resources.files("pathstage.rules") / "breast"
    read = {name: yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8")) for name in ("grades", "context")}
    return read["grades"], ContextRules.from_data(read["context"])


def find(text: str) -> list[Finding]:
    data, context = _data()
    return list(grades.find(Document(text), data, context))


def decided(text: str) -> str:
    found = decide(find(normalize(identity(text), load_schema()).text)).get("grade")
    return found.value if found else "GX"


LABELLED = """
Invasive ductal carcinoma, [[G2 Nottingham grade 2]].
Invasive ductal carcinoma, [[G3 grade III/III]], 21 mm.
Infiltrating lobular carcinoma, [[G2 Grade II of III]].
Invasive carcinoma NST, [[G3 SBR grade III]].
Invasive carcinoma. [[G2 mBR grade: 2]]
Invasive carcinoma. [[G1 Bloom-Richardson grade 1]]
Invasive carcinoma. [[G2 Modified Scarff-Bloom-Richardson grade II]]
Invasive carcinoma. [[G3 Elston-Ellis grade: 3]]
Invasive carcinoma. [[G3 Elston and Ellis grade 3]]
Invasive carcinoma. [[G3 NHG 3]]
Invasive carcinoma. [[G2 NHG: II]]
Invasive carcinoma. [[G2 B-R grade II]]
[[G2 Histologic grade: 2]] (score 6/9)
[[G3 Overall grade: 3]]
[[G3 Histological Grade (Nottingham): Grade 3]]
[[G1 Combined histologic grade: 1]]
[[G2 Nottingham grade (1, 2, 3): 2]]
[[G2 Nottingham combined histologic grade: II]]
[[G3 HISTOLOGIC GRADE, POOR]].
[[G3 Tumor grade: poorly differentiated]]
[[G2 Grade of invasive carcinoma: 2/3]]
Invasive carcinoma, [[G3 grade three]].
Invasive carcinoma of [[G2 histological grade two]].
Invasive carcinoma, [[G2 nuclear and histologic grade 2]].
[[G3 Poor histologic and nuclear grade]].
[[G2 Nottingham II (of III)]], invasive ductal carcinoma.
Invasive ductal carcinoma, [[G3 grade 2-3]].
Invasive ductal carcinoma, [[G3 grade II to III]].
Invasive ductal carcinoma, [[G2 Grade 1-2]].
Invasive ductal carcinoma, [[G1 malignancy grade I]].
[[G3 Histologic grade: Nottingham histologic score 3/3]].
[[G2 Degree of differentiation: moderate]]
[[G2 Differentiation: 2/3]]
[[G2 Histologic Grade | 2]]
"""

WORDS = """
Invasive ductal carcinoma, [[G2 moderately differentiated]].
[[G3 Poorly diff.]] infiltrating ductal carcinoma.
Invasive carcinoma, [[G3 moderate to poorly differentiated]].
Invasive carcinoma, [[G3 moderately to poorly differentiated]].
[[G1 Well-differentiated]] invasive ductal carcinoma.
[[G1 highly differentiated]] invasive ductal carcinoma.
[[G2 well to moderately differentiated]] invasive carcinoma.
[[G2 moderately well differentiated]] infiltrating carcinoma.
[[G3 High grade]] invasive carcinoma.
Infiltrating carcinoma, [[G1 low grade]].
Invasive mammary carcinoma, [[G2 intermediate-grade]].
Invasive carcinoma, [[G3 high combined histologic grade]].
"""

CODES = """
pT2 pN1a [[G3 G3]]
Tumour classification: pT1c, pN0 (0/3), MX, R0; [[G2 G2]] (L0, V0).
Invasive ductal carcinoma NOS, [[G2 G II]], pT2N0.
Invasive carcinoma of no special type ([[G3 G3]]).
Invasive lobular carcinoma, [[G2 G-2]].
invasive ductal carcinoma [[G2 G2]] by Bloom-Richardson
pT2N2aMX[[G3 G3]]
"""

SCORES = """
Invasive carcinoma: [[G2 3+2+1=6]].
Invasive carcinoma, [[G3 score 3 + 3 + 2 = 8/9]].
Invasive carcinoma, [[G3 tubules: 3, nuclei: 2, mitoses: 3]].
Invasive carcinoma. [[G3 Nottingham score 8 of 9]].
Invasive carcinoma. Tubules 3, mitoses 1. [[G2 Total score: 7]]
Invasive carcinoma, [[G1 Nottingham score 5/9]].
[[G2 Architectural score: 3. Nuclear score: 2. Mitotic score: 1]]. Invasive carcinoma.
[[G2 Tubules: Minimal (score = 3). Nuclei: Moderate (score = 2). Mitotic count: 3 mitoses per HPF (score = 1]])
"""

OCR = """
Invasive ductal carcinoma, Grade ll -> G2
Invasive ductal carcinoma, grade 1I/III -> G2
Invasive ductal carcinoma, Grade |||  -> G3
Invasive ductal carcinoma, Nottingham grade Ill (of III) -> G3
Invasive ductal carcinoma, Nottingham. grade lI (of. III) -> G2
Invasive ductal carcinoma, NOLLINGHAM GRADE 3 -> G3
Invasive ductal carcinoma, NOT TINGHAM GRADE 2 (TUBULES 3) -> G2
Histologio grade: Overall grade : 3 -> G3
Infiltrating ductal carcinoma, MODERATELY. DIFFERENTIATED -> G2
Infiltrating ductal carcinoma, poorly differentlated -> G3
Invasive ductal carcinoma, Nottingham score 779 -> G2
Invasive carcinoma. Histologic. grade. 2 -> G2
Nuclear grade: Poor. Grade of invasive tumour: III (of III) -> G3
Invasive carcinoma. Overall Grade: Grade 3: scores of 8 or 9 -> G3
Infiltrating ductal carcinoma, Grade ITI -> G3
Invasive ductal ca, gr. 2, 15 mm -> G2
Invasive carcinoma. Nottingham grade: [ ] G1 [ ] G2 [X] G3 -> G3
Invasive carcinoma. Histologic grade: Grade 2: 6-7 points -> G2
The tumor is graded as 2 by the Nottingham system. Invasive carcinoma. -> G2
Invasive carcinoma [ ] Grade 1 [x] Grade 2 [ ] Grade 3 -> G2
Invasive carcinoma. Grade: ( ) Grade I ( ) Grade II (X) Grade III -> G3
Invasive carcinoma, Nottingham grade 2. Key: grade 1 = 3-5, grade 2 = 6-7, grade 3 = 8-9 -> G2
Invasive ductal carcinoma, high grade. Total score 7/9 (tubules 3, nuclei 3, mitoses 1). -> G2
Invasive ductal carcinoma, grade 2, nuclear grade 3. -> G2
Invasive ductal carcinoma, Nottingham grade 2, with DCIS, nuclear grade 3. -> G2
Invasive ductal carcinoma, grade 1, 8 mm. Second focus: invasive ductal carcinoma, grade 3, 24 mm. -> G3
Invasive ductal carcinoma. Histologic grade: 2. Ductal carcinoma in situ: present. Grade: 3. -> G2
Type of Procurement: Mastectomy Grade: 2. T Stage: 3 N Stage: 0 -> G2
Invasive ductal carcinoma, Nottingham grade I (tubules 1, nuclear grade 2, mitoses 1). -> G1
Grade (Elston & Ellis): 3 (T3 N3 M2 = 8). Invasive carcinoma. -> G3
"""

TRAPS = """
Invasive ductal carcinoma, nuclear grade 3.
Invasive ductal carcinoma, high nuclear grade.
Invasive carcinoma with grade 3 nuclei.
Invasive carcinoma. Nuclear Grade: Grade III (high).
Invasive carcinoma, poor nuclear grade, 4.0 cm.
Invasive lobular carcinoma. Ductal carcinoma in situ, grade 2.
Invasive carcinoma. High-grade DCIS with comedonecrosis.
Invasive carcinoma. Associated ductal carcinoma in situ, intermediate grade, solid.
Ductal carcinoma in situ, high grade, no invasion identified.
Ductal carcinoma in situ. Grade: 3. Margins free.
Poorly differentiated ductal carcinoma in situ; no invasive carcinoma is seen.
DCIS, Van Nuys grade 3. Invasive carcinoma present.
Invasive carcinoma. Histologic grade: cannot be determined.
Invasive carcinoma. Nottingham grade: not applicable.
Invasive lobular carcinoma; grade not assigned.
Invasive carcinoma. Grade key: I (3-5 points), II (6-7 points), III (8-9 points).
Invasive carcinoma. Histologic grade: score 3-5 = grade 1, 6-7 = grade 2, 8-9 = grade 3.
Invasive carcinoma. Grade 1: 3-5 points. Grade 2: 6-7 points. Grade 3: 8-9 points.
Clinical history: previous left breast cancer 2009, pT1c N0 G2.
Invasive carcinoma. Tubule formation: score 3.
Invasive carcinoma. Mitotic grade 2.
Sections submitted: G1 - skin; G2 - nipple; G3 - deep margin.
Invasive carcinoma. Estrogen receptor: Allred total score 7.
Invasive carcinoma. No high grade areas.
Endometrial biopsy: endometrioid adenocarcinoma, FIGO grade 2.
Invasive carcinoma. Miller-Payne grade 3 response.
Invasive carcinoma. Necrosis grade 2.
Baker grade III capsular contracture.
Superseded: preliminary grade 1.
"""


@pytest.mark.parametrize("example", [line for line in f"{LABELLED}{WORDS}{CODES}{SCORES}".split("\n") if line])
def test_the_words_that_decide(example: str) -> None:
    mark = MARK.search(example)
    assert mark is not None
    text = MARK.sub(r"\2", example)
    found = decide(find(text))["grade"]
    start = mark.start()
    assert found.value == mark[1], find(text)
    assert (found.start, found.end) == (start, start + len(mark[2])), text[found.start : found.end]
    assert found.context == frozenset()


@pytest.mark.parametrize("example", OCR.split("\n")[1:-1])
def test_damaged_and_crowded(example: str) -> None:
    text, _, expected = example.partition("->")
    assert decided(text.strip()) == expected.strip(), find(text)


@pytest.mark.parametrize("text", TRAPS.split("\n")[1:-1])
def test_not_the_histologic_grade(text: str) -> None:
    assert decided(text) == "GX", find(text)


@pytest.mark.parametrize(
    ("text", "value", "context"),
    [
        ("Invasive carcinoma, nuclear grade 3.", "G3", "nuclear"),
        ("Invasive carcinoma. DCIS, high grade.", "G3", "in_situ"),
        ("Metastatic carcinoma in one lymph node, poorly differentiated.", "G3", "metastasis"),
        ("Invasive carcinoma, at least grade 2.", "G2", "hedged"),
        ("Invasive carcinoma. Grade 1: 3-5 points. Grade 2: 6-7. Grade 3: 8-9.", "G1", "definition"),
        ("CLINICAL HISTORY: prior invasive carcinoma of the other breast, grade 1.", "G1", "history"),
    ],
)
def test_a_decoy_says_why_it_is_one(text: str, value: str, context: str) -> None:
    assert any(finding.value == value and context in finding.context for finding in find(text)), find(text)


def test_a_stated_grade_outweighs_one_of_its_scores() -> None:
    text = "Invasive carcinoma, histologic grade: 3. Tubules 3, nuclei 2, mitoses 2."
    assert decided(text) == "G3"
    assert {(finding.basis, finding.value) for finding in find(text)} == {("stated", "G3"), ("derived", "G2")}


@given(scores=st.tuples(*[st.integers(1, 3)] * 3), form=st.sampled_from(["{}+{}+{}", "{} + {} + {} = {total}/9"]))
def test_sums_give_the_grade_of_elston_and_ellis(scores: tuple[int, int, int], form: str) -> None:
    total = sum(scores)
    expected = "G1" if total <= 5 else "G2" if total <= 7 else "G3"
    text = f"Invasive carcinoma, Nottingham {form.format(*scores, total=total)}."
    assert decided(text) == expected


@given(
    label=st.sampled_from(
        ["Nottingham grade", "Histologic grade", "SBR grade", "Overall grade", "Tumor grade", "Grade"]
    ),
    separator=st.sampled_from([" ", ": ", " - ", " = ", ". ", ", "]),
    grade=st.integers(1, 3),
    form=st.sampled_from(["{n}", "{r}", "{n}/3", "{r} of III", "{n} (of 3)", "grade {n}", "Grade {r}/III", "G{n}"]),
)
def test_labels_separators_and_numerals_combine(label: str, separator: str, grade: int, form: str) -> None:
    value = form.format(n=grade, r="I" * grade)
    assert decided(f"Invasive ductal carcinoma.\n{label}{separator}{value}\nMargins free") == f"G{grade}"


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("Invasive carcinoma, modified Black's nuclear grade 3 (poorly differentiated), 14 mm.", "GX"),
        ("Invasive lobular carcinoma, nuclear grade 1-2 (well to moderately differentiated).", "GX"),
        ("Invasive carcinoma. Nuclear grade: 3 = poorly differentiated.", "GX"),
        ("Nuclear grade of the invasive tumour ranges from intermediate to high grade.", "GX"),
        ("Invasive ductal carcinoma. Histologic grade: poorly differentiated (nuclear grade 3).", "G3"),
        ("Invasive ductal carcinoma, moderately differentiated (nuclear grade 3, mitotic score 1).", "G2"),
        ("Invasive ductal carcinoma. Mitotic score: 3/3.", "GX"),
        ("Invasive carcinoma. Necrosis: grade 2.", "GX"),
        ("Residual ductal carcinoma; pretreatment biopsy was grade 3.", "GX"),
        ("Focus A: invasive carcinoma, grade 3, 9 mm. Focus B: invasive carcinoma, grade 2, 22 mm.", "G2"),
        ("1) Invasive carcinoma, 9 mm, grade 3. 2) Invasive carcinoma, 22 mm, grade 2.", "G2"),
        (
            "TUMOR 1: INVASIVE TUMOR SIZE: 2.6 CM. GRADE: HIGH (GRADE 3). TUMOR 2: INVASIVE TUMOR SIZE: 0.7 CM. "
            "HISTOLOGIC GRADE: LOW (GRADE 1). DISTANCE BETWEEN TUMORS: 5.5 CM.",
            "G3",
        ),
        ("No carcinoma left. Evaluation of therapeutic effect: grade 3 (complete).", "GX"),
        ("Invasive carcinoma. Lymphocytic response: Overall grade: moderate.", "G2"),
        ("Invasive carcinoma. Tubules: 3 Nuclei: 2 Mitoses: 2.", "G2"),
        (
            "Invasive carcinoma. Tubules: ( ) Score 1 (+) Score 3. Nuclei: ( ) Score 2 (+) Score 3. Mitoses: (+) 2.",
            "G3",
        ),
        ("Invasive carcinoma, Grade 3 (Grade 1: score 3-5; Grade 2: score 6-7; Grade 3: score 8-9).", "G3"),
        ("Invasive ductal carcinoma. Tubule formation: 3.", "GX"),
        (
            "Left breast: invasive carcinoma, 1.9 cm, SBR 3+2+2=7. "
            "Right breast: invasive carcinoma, 0.4 cm, well differentiated.",
            "G2",
        ),
        # scores without a total
        ("Invasive carcinoma. Nottingham scores: Tubules 3 Nuclei 3 Mitosis 2 (19 mitoses/10 HPF).", "G3"),
        ("Invasive carcinoma, tubule formation score of 3, a nuclear score of 2 and a mitotic score of 1.", "G2"),
        ("Invasive carcinoma. Tubules: <10% (3)\nNuclear pleomorphism: marked (3)\nMitoses: 14/10 HPF (2)", "G3"),
        ("Invasive carcinoma. Tubules: little = 3\nNuclei: moderate = 2\nMitoses: <7 per 10 HPF = 1", "G2"),
        ("Invasive carcinoma. Tubules: none (3 points); nuclei: pleomorphic (3 points); mitoses: 20 (3 points)", "G3"),
        ("Invasive carcinoma: 3 for tubule formation, 2 for nuclear pleomorphism and 1 for mitoses.", "G2"),
        ("Invasive carcinoma, score 3 (tubules) + 2 (nuclei) + 3 (mitoses).", "G3"),
        ("Invasive carcinoma. Nottingham: T3 N2 M1.", "G2"),
        ("Invasive carcinoma. Nottingham score T:2 / P:2 / M:1", "G1"),
        ("Invasive carcinoma. Score SBR: 8.", "G3"),
        ("Invasive carcinoma, MBR: 7.", "G2"),
        ("Invasive carcinoma, Nottingham: 7 mm from the margin.", "GX"),
        # words as a scan leaves them
        ("Invasive carcinoma, moderately differenatied.", "G2"),
        ("INVASIVE CARCINOMA, POORLY DIFFERENTTATED.", "G3"),
        ("Invasive carcinoma, welldifferentiated.", "G1"),
        ("Invasive carcinoma, noderately difforentiatod.", "G2"),
        ("Invasive carcinoma from two different blocks, with well different areas.", "GX"),
        # whose grade it is
        ("Invasive ductal carcinoma. Histologic grade: 3/3 Nuclear grade: 2/3", "G3"),
        ("INFILTRATING CARCINOMA WITH CARCINOMA IN SITU. HISTOLOGIC GRADE, INVASIVE: LOW. GRADE, IN SITU: HIGH", "G1"),
        ("Infiltrating carcinoma, tubular type, grade I.", "G1"),
        ("Infiltrating duct carcinoma.\n- High grade.\n- Margins clear.", "G3"),
        ("Infiltrating duct carcinoma with DCIS.\n- High grade.\n- Margins clear.", "GX"),
        ("Infiltrating duct carcinoma. Histologic grade: Undifferentiated.", "G3"),
        ("Infiltrating duct carcinoma. Grade of malignancy II.", "G2"),
        ("Histologic type | Invasive carcinoma\nHistologic grade | 2\n", "G2"),
        ("Invasive ductal carcinoma. Tubular score: 2. Nuclear grade: 3.", "GX"),
        ("Tubular score: 3 (<10% tubules). Nuclear grade: 3. Mitotic score (x40 lens): 3. Invasive carcinoma.", "G3"),
        (
            "DIAGNOSIS: Invasive carcinoma, SBR grade II.\nSYNOPTIC REPORT: Tubular score: 3 (<10%). Nuclear grade: 3. "
            "Mitotic score (x40): 3. Modified Scarff Bloom Richardson grade: III.",
            "G3",
        ),
        (
            "Tumor 1: Invasive ductal carcinoma. Size: 2.6 cm. Margins: negative. Grade: 1. "
            "Tumor 2: Invasive lobular carcinoma. Size: 0.6 cm. Margins: negative. Grade: 3.",
            "G1",
        ),
        (
            "CLINICAL HISTORY: "
            + "Screening found a mass, see requisition. " * 25
            + "Right breast, excision: Invasive ductal carcinoma, Nottingham grade 2 of 3, 18 mm.",
            "G2",
        ),
    ],
)
def test_grades_of_other_things_and_of_several_tumours(text: str, grade: str) -> None:
    assert decided(text) == grade


@given(st.text(alphabet="GgradeIil123/+-.,: ()nuclearDCS\n", max_size=120))
def test_any_text_is_read(text: str) -> None:
    for finding in find(text):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.weight >= 0


def test_a_long_report_is_read_quickly() -> None:
    text = "Invasive ductal carcinoma, Nottingham grade 2, 3+2+1=6, nuclear grade 2, high grade DCIS. " * 150
    find(text)
    begin = time.perf_counter()
    find(text)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("word", ["grade ", "nottingham score ", "grade (", "- grade - ", "3+2+", "moderately to "])
def test_repeated_words_take_no_longer_than_their_number(word: str) -> None:
    begin = time.perf_counter()
    find(word * 500)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("Invasive ductal carcinoma, two foci beside ductal carcinoma in situ. Elston grade I (1+2+1=4).", "G1"),
        ("Invasive carcinoma near DCIS. SBR grade III.", "G3"),
        ("Ductal carcinoma in situ. Grade 3. No invasive carcinoma.", "GX"),
        ("Infiltrating duct cancer of the left mammary gland, G2 with scanty stroma.", "G2"),
        ("Infiltrating duct cancer. Degree of malignancy: III.", "G3"),
        ("Infiltrating duct cancer of moderate degree of malignancy.", "G2"),
        ("Infiltrating cancer. By Elston and Ellis: tubules 3, polymorphism 3, mitoses 2. Sum 8.", "G3"),
        ("Carcinoma ductale NHG2 (3 + 2 + 1, 6 mitoses/10 HPF, visual field 0.55 mm). Nodes 0/12.", "G2"),
    ],
)
def test_grades_of_translations_and_beside_in_situ(text: str, grade: str) -> None:
    assert decided(text) == grade


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("Ductal carcinoma, invasive. Histological grade: [ ] 1 [X] 2 [ ] 3 [ ] Unknown", "G2"),
        ("Ductal carcinoma, invasive. Histological grade: [ ] 1 [ ] 2 [ ] 3 [X] Unknown", "GX"),
        ("Ductal carcinoma, invasive. Grade (Nottingham): ( ) I ( ) II (x) III. Necrosis: ( ) yes", "G3"),
        ("Ductal carcinoma, invasive. Tumor grade: [ ] low [x] intermediate [ ] high.", "G2"),
        ("Ductal carcinoma, invasive. Nottingham grade: 1 [ ] 2 [ ] 3 [X] Necrosis [ ]", "G3"),
        ("Ductal carcinoma, invasive. Histologic grade: 1 [ ] 2 [ ] 3 [ ].", "GX"),
        ("Ductal carcinoma, invasive. Grade 1 [ ] Grade 2 [X] Grade 3 [ ]", "G2"),
        ("Ductal carcinoma, invasive. The nuclei are of grade 2 and mitoses are rare.", "GX"),
        ("Ductal carcinoma, invasive. Mitotic activity is of grade 1.", "GX"),
        ("Ductal carcinoma, invasive. The nuclei are large. The tumour is of grade 2.", "G2"),
    ],
)
def test_boxes_of_grades_and_grades_of_nuclei(text: str, grade: str) -> None:
    assert decided(text) == grade


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        (
            "Infiltrating duct carcinoma, histologic grade I/III, nuclear grade II/III. DCIS, nuclear grade III/III.",
            "G1",
        ),
        (
            "Infiltrating duct carcinoma, nuclear grade III/III, histologic grade II/III, with DCIS of grade I/III.",
            "G2",
        ),
        ("Nottingham score: Grade 1: 3-5 points. Grade 2: 6-7 points [X]. Grade 3: 8-9 points.", "G2"),
        ("Nottingham score: [ ] Grade 1: 3-5 points. [ ] Grade 2: 6-7 points. [X] Grade 3: 8-9 points.", "G3"),
        (
            "Invasive carcinoma. Histologic grade: not applicable. Key: Grade 1 = well differentiated, 3-5 points; "
            "Grade 2 = moderately differentiated, 6-7 points; Grade 3 = poorly differentiated, 8-9 points.",
            "GX",
        ),
        (
            "Tumor 1: invasive carcinoma, 1.8 cm, Nottingham grade 1. Tumor 2: invasive carcinoma, 0.3 cm, Nottingham "
            "grade 2. Tumor 3: invasive carcinoma, 0.6 cm, Nottingham grade 3. The sum of sizes is 2.7 cm.",
            "G1",
        ),
        ("Carcinoma lobulare invasivum. BR II. LCIS.", "G2"),
        ("Infiltrating duct carcinoma, B.R. III.", "G3"),
        ("Infiltrating duct carcinoma, grade 11/111, 9 mm.", "G2"),
        ("Infiltrating duct carcinoma, grade 111/111, 9 mm.", "G3"),
        ("DCIS, high grade, with two foci of invasion, each well differentiated.", "G1"),
        ("Right breast, pT2 pN0 stage II B. R1. Infiltrating duct carcinoma, G3.", "G3"),
        ("Infiltrating carcinoma. Differentiation: good. Size 9 mm.", "G1"),
        ("Infiltrating low differentiated ductal carcinoma of the breast.", "G3"),
        ("Infiltrating carcinoma of high differentiation; high-differentiated tubules.", "G1"),
        ("Infiltrating ductal carcinoma, second degree of malignancy, 3 cm.", "G2"),
        ("Infiltrating ductal carcinoma of the 3rd degree of malignancy.", "G3"),
        (
            "Invasive metaplastic carcinoma, high grade. The squamous component is moderately differentiated.",
            "G3",
        ),
    ],
)
def test_keys_lists_and_words_of_other_laboratories(text: str, grade: str) -> None:
    assert decided(text) == grade


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("Infiltrating duct cancer of III degree of malignancy.", "G3"),
        ("Invasive duct carcinoma. Combined: [ ] Grade 1 [x]. Grade 2 [ ] Grade 3. Skin: [x] Free.", "G2"),
        ("Invasive duct carcinoma. Combined: Grade 1 [x]. Grade 2 [ ]. Grade 3 [ ].", "G1"),
        ("Invasive duct carcinoma. Overall grade: __ I (3-5) __ II (6-7) X_ III (8-9).", "G3"),
        ("Invasive duct carcinoma. Tubules: X_ 1 __ 2 __ 3. Nuclei: __ 1 X_ 2 __ 3. Mitoses: X_ 1 __ 2 __ 3.", "G1"),
        ("Infiltrating duct carcinoma, L0, V0, R0, G2.", "G2"),
        (
            "Invasive duct carcinoma, moderately differentiated. Node: metastatic poorly differentiated carcinoma.",
            "G2",
        ),
    ],
)
def test_boxes_and_stops_of_a_scan_and_what_belongs_to_a_metastasis(text: str, grade: str) -> None:
    assert decided(text) == grade
