"""Each text marks what is read of it: "<ER=positive ER: positive>" is a finding of that span for that class.

The mark-up is taken out before reading. What is marked is the whole answer: a marker without a mark has none.
"""

from __future__ import annotations

import re
from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pathstage.rules import Finding, decide, markers
from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document

_MARK = re.compile(r"⟨(?P<task>ER|PR|HER2)=(?P<value>\w+) ")
MARKERS = ("ER", "PR", "HER2")


def _data(name: str) -> dict[str, object]:
    file = resources.files("pathstage.rules") / "breast" / f"{name}.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


DATA = _data("markers")
CONTEXT = ContextRules.from_data(_data("context"))


def find(text: str) -> list[Finding]:
    return list(markers.find(Document(text), DATA, CONTEXT)) if text.strip() else []


def answers(text: str) -> dict[str, str]:
    decided = decide(find(text))
    return {task: decided[task].value for task in MARKERS if task in decided}


def of(text: str, task: str) -> list[Finding]:
    return [finding for finding in find(text) if finding.task == task]


def unmark(marked: str) -> tuple[str, dict[str, tuple[str, str]]]:
    """The text without marks, and for each task the class and the words marked. Marks may nest."""
    text = ""
    opened: list[tuple[str, str, int]] = []
    found = {}
    at = 0
    while at < len(marked):
        if mark := _MARK.match(marked, at):
            opened.append((mark["task"], mark["value"], len(text)))
            at = mark.end()
            continue
        if marked[at] == "⟩":
            task, value, start = opened.pop()
            found[task] = (value, text[start:])
        else:
            text += marked[at]
        at += 1
    return text, found


SPANS = [
    "The tumor: ⟨ER=positive ER: positive⟩, ⟨PR=negative PR: negative⟩. ⟨HER2=positive HER2: 3+⟩.",
    "⟨ER=positive Estrogen receptor: POSITIVE (91%)⟩. ⟨PR=negative Progesterone receptor: Negative (0%)⟩.",
    "⟨HER2=negative HER2 IHC: negative (score 1+)⟩.",
    "Carcinoma ⟨ER=positive positive for ER⟩, ⟨HER2=negative negative for HER2⟩.",
    "⟨HER2=negative No amplification of HER2⟩ was seen.",
    "⟨ER=positive 95% of the tumor cells are positive for ER⟩.",
]


@pytest.mark.parametrize("marked", SPANS)
def test_spans_hold_name_and_value(marked: str) -> None:
    text, expected = unmark(marked)
    decided = decide(find(text))
    found = {task: (one.value, text[one.start : one.end]) for task, one in decided.items() if task in MARKERS}
    assert found == expected


P, N, E, _ = "positive", "negative", "equivocal", None

CASES = [
    # Signs
    ("ER+/PR+/HER2-", P, P, N),
    ("ER+ PR- HER2+", P, N, P),
    ("ER(+), PR(-), HER2(-)", P, N, N),
    ("ER/PR/HER2: +/-/-", P, N, N),
    ("receptors (ER, PR): +/-", P, N, _),
    ("ER (+++), PR (-), HER2 (++)", P, N, E),
    ("ER-, PR- Positive for HER2 (3+).", N, N, P),
    ("ER-/ PR-. No membrane staining for HER2; negative.", N, N, N),
    ("ER -, PR -, HER2 +", N, N, P),
    ("ER + PR + HER2 -", P, P, N),
    ("ER: + PR: - HER2: -", P, N, N),
    ("ER -. PR -. HER2 -.", N, N, N),
    ("ER: - pending. PR: - pending.", _, _, _),
    ("Hormone receptors - PR: + (99%). ER +", P, P, _),
    ("ER +ve (8/8), PR -ve", P, N, _),
    ("ER-/ PR- and HER2 -. pTNM: pT3 pNX", N, N, N),
    ("HER2 +. Positive and negative controls reacted.", _, _, P),
    # One result for several markers, or one each
    ("ER and PR are positive.", P, P, _),
    ("ER, PR and HER2 are positive, positive and negative, respectively.", P, P, N),
    ("Hormone receptors: positive. HER2: not amplified by FISH (ratio 1.1).", P, P, N),
    ("Hormone receptors are negative (ER 0%, PR 0%).", N, N, _),
    ("Identification of estrogen and progesterone receptors was done on A1. NO. DISTINCT NUCLEAR STAINING IS "
     "IDENTIFIED FOR EITHER RECEPTOR. THEREFORE, BOTH ARE INTERPRETED AS. NEGATIVE.", N, N, _),
    ("Triple negative carcinoma.", N, N, N),
    ("This is not a triple negative tumor.", _, _, _),
    ("The tumour expresses ER and PR but not HER2.", P, P, N),
    ("The tumour does not express ER, PR or HER2.", N, N, N),
    ("Positive for ER and PR and negative for HER2.", P, P, N),
    ("No expression for hormone receptor and HER2 indeterminate.", N, N, E),
    ("Staining is seen for estrogen receptor (85%) but not for progesterone receptor.", P, N, _),
    ("Lack of expression of ER and PR. Overexpression of HER2 protein (3+).", N, N, P),
    ("No estrogen receptors found in neoplastic cells. Progesterone receptors not found.", N, N, _),
    # Tables that lost their rows
    ("ER PR HER2\npositive negative 1+", P, N, N),
    ("ANTIBODY. RESULT. ER. positive. PR. negative. HER2. 3+.", P, N, P),
    ("Estrogen receptor. Progesterone receptor. HER2. Positive. Negative. 2+.", P, N, E),
    ("M STAGE: ESTROGEN RECEPTORS: pMX. PROGESTERONE RECEPTORS: positive. HER2: negative. 2+.", P, N, E),
    ("ESTROGEN RECEPTORS: pMX. positive. PROGESTERONE RECEPTORS: HER2: positive zero or 1+.", P, P, N),
    ("ER. N/A. 37%. Favorable. PR. N/A. 0%. Unfavorable. Ki-67. N/A. 18%. Borderline.", P, N, _),
    ("ESTROGEN RECEPTOR STATUS. POSITIVE. PROGESTERONE RECEPTOR STATUS. NEGATIVE.", P, N, _),
    ("Oestrogen Receptor: - Performed on another specimen. - Results: no immunoreactive tumor cells present.", N, _, _),
    ("ER: [X] Positive [ ] Negative PR: [ ] Positive [X] Negative", P, N, _),
    ("Estrogen receptor\nProgesterone receptor\nHER2\nKi-67\nPositive\nNegative\n1+\n20%", P, N, N),
    ("Size\nGrade\nER status\nPgR\nHER2\n2.1 cm\n2\nNo staining\nPositive on core\nPositive (3+)", N, P, P),
    ("Positive\nNegative\n1+\nER\nPR\nHER2\nThe margins are clear of tumour by far in all of the sections.", P, N, N),
    ("Positive\nEstrogen receptor\nNegative\nProgesterone receptor\nEquivocal\nHER2", P, N, E),
    ("Studies: STATUS OF HER2: 90% positive. ER: 0%. PR: IHC 1+, HER2: 30%. Ki-67: The report ends.", P, N, N),
    ("Margins: Negative. ER: Positive. PR: Negative. HER2: This is left open.", P, N, _),
    ("Estrogen receptor:\nProgesterone receptor:\n\nMargins:\nNegative\nNodes:\nNegative", _, _, _),
    ("ER: (+) Positive, 31-40% ( ) Negative. HER2 IHC: ( ) Negative (+) Equivocal (Score 2+) ( ) Positive (Score 3+). "
     "HER2 by ISH: ( ) Negative (not amplified) (+) Positive (amplified)", P, _, P),
    ("BREAST HER2 RESULTS. Specimen: excision. Block: F12. Fixation: formalin. Interpretation: NEGATIVE. Score: 1+.",
     _, _, N),
    # Letters that a scan damaged
    ("Estrogen receptor: posltive. Progesterone receptor: negatlve. HER2: equivccal", P, N, E),
    ("No nuclear roaction for estrogen receptor. Nuclear reaction for progesterone receptor: postive.", N, P, _),
    ("The tumor is ER negative and overexpresses HER2.", N, _, P),
    # Names as scans and other languages of the field have them
    ("Oestrogen receptor: positive (Quick score 7/8). PgR: 0/8.", P, N, _),
    ("c-erbB-2: negative.", _, _, N),
    ("HercepTest score 1+.", _, _, N),
    ("Estnogen recepton: H-score 20; PR (clone PgR 636): 0%", P, N, _),
    ("THE TUMOR IS POSITIVE FOR ESTROGEN AND PROGESTERONE. RECEPTORS AND WEAKLY. POSITIVE FOR HER2", P, P, E),
    # Numbers
    ("ER: 95 %. PR: <1%.", P, N, _),
    ("Marker Result Percent Intensity\nER Positive 95% Strong\nPR Positive 10% Weak\nHER2 Negative 1+", P, P, N),
    ("ER status (QS): 8. Progesterone receptor: 0/300 H score", P, N, _),
    ("ER: 1-10% low positive. PR: 0 %.", P, N, _),
    ("ER: Allred 5+3=8/8. PR: Allred score 2.", P, N, _),
    ("ER: proportion score 5, intensity score 3, total score 8. PR: IRS 0.", P, N, _),
    ("ER (0 20%; 1+ 30%, 2+ 30%, 3+ 20%). PR (0 100%).", P, N, _),
    ("less than 1% of tumor cells are positive for ER", N, _, _),
    ("ER: weak staining in 2% of cells; PR focally positive", P, P, _),
    ("Estrogen receptor 2+, progesterone receptor 3+, HER2 2+", P, P, E),
    ("Estrogen receptor: Negative (0% positive cells).", N, _, _),
    ("ER assay: 268 fmol/mg. PR assay: 4 fmol/mg.", P, N, _),
    ("Two thirds of the cells label for ER. Less than 1% of the cells label for PR, which is regarded as negative.",
     P, N, _),
    ("ER 95 %, PR 60 %, Ki67 24 % (cut-off: 14), HER2 2+", P, P, E),
    ("HER2: 0.0%.", _, _, N),
    ("HER2 staining in 40 % of cells; positive (3+).", _, _, P),
    ("PR: positive, PS 5 + intensity score 3 = 8 HER2: weakly positive (2+).", _, P, E),
    # HER2 scores and hybridisation
    ("A stain for HER2 shows moderate. (2+) membrane staining in half of the cells and is interpreted as POSITIVE for "
     "HER2 overexpression.", _, _, E),
    ("HER2 IHC equivocal (2+), FISH negative (ratio 1.1)", _, _, N),
    ("HER2 2+. FISH: ratio 1.9 - EQUIVOCAL.", _, _, E),
    ("HER2 equivocal, 2+; dual ISH (Ventana): HER2 7.9 / Chr17 3.2 = 2.47, POSITIVE.", _, _, P),
    ("HER2: 2+. Completed by CISH: amplification of the HER2 gene.", _, _, P),
    ("HER2 score: 0", _, _, N),
    ("HER2 1+ to 2+", _, _, E),
    ("HER2/neu 2+/3+", _, _, E),
    ("HER2: positive (score 2+)", _, _, E),
    ("HER2: 2+ (equivocal). Reflex FISH will be performed.", _, _, E),
    ("HER2 equivocal (2+) by immunohistochemistry, FISH pending", _, _, E),
    ("HER2 was indeterminate (2+); FISH showed no amplification.", _, _, N),
    ("HER2: IHC negative; FISH: amplified.", _, _, P),
    ("HER2 FISH: amplified, ratio 5.6. HER2 IHC 2+.", _, _, P),
    ("HER2 3+ by IHC and not amplified by FISH", _, _, N),
    ("FISH for HER2: ratio 2.4", _, _, P),
    ("HER2: 2+. THEREFORE, THIS SPECIMEN IS NOT. AMPLIFIED", _, _, N),
    ("HER2 2+ by IHC; FISH ratio 1.8, copy number 6.5", _, _, P),
    ("HER2 ratio=0.98 Reference: <1.8 not amplified; 1.8-2.2 equivocal; >2.2 amplified", _, _, N),
    ("HER2 by FISH: unable to be determined.", _, _, _),
    # No result
    ("ER: Pending\nPR: Pending\nHER2: Pending\nMargins: Negative", _, _, _),
    ("ER, PR and HER2 have been ordered and will be reported in an addendum.", _, _, _),
    ("ER: see prior report. PR: not repeated.", _, _, _),
    ("ER: not performed. Margins: positive.", _, _, _),
    ("No estrogen receptor studies were performed.", _, _, _),
    ("Estrogen receptor:\nProgesterone receptor:\nHER2:\nTumor grade: 2", _, _, _),
    ("CK5/6 positive, EGFR negative, AR positive.", _, _, _),
    ("Two nodes, both positive for carcinoma.", _, _, _),
    # Definitions and controls
    ("ER and PR are considered positive when at least 1% of nuclei stain.", _, _, _),
    ("Positive: >= 1% of nuclei. Negative: < 1%. ER: 0%. PR: 45%.", N, P, _),
    ("ER/PR positive means 1% or more of nuclei. No staining for ER.", N, _, _),
    ("Score 0 and 1+: negative; 2+: equivocal; 3+: positive. HER2 score: 1+.", _, _, N),
    ("HER2 interpretation - negative (0, 1+), equivocal (2+), positive (3+). HER2: 3+.", _, _, P),
    ("Estrogen Receptor: POSITIVE (91%). > 5% is Positive. 1-5% is Borderline. < 1% is Negative.", P, _, _),
    ("The ratio of HER2 is 0.94 (> 2.0 ratio is considered amplified). Therefore, HER2 is not amplified.", _, _, N),
    ("ER: 95% (positive >=1%); PR: 0% (positive >=1%)", P, N, _),
    ("HER2 (reference 0-1+ negative, 2+ equivocal, 3+ positive): 2+", _, _, E),
    ("The result for HER2 is considered negative (1+).", _, _, N),
    ("HER2: negative (1+). Cell lines of high, low and negative. HER2 protein expression and our own known HER2 "
     "amplified control tissue were evaluated.", _, _, N),
    ("Trastuzumab reduced the risk for patients with HER2 amplified cancer. These cases were read as amplified or "
     "non-amplified by FISH. HER2: 1+.", _, _, N),
    ("HER2 positive (3/3). p53 positive (70%).", _, _, P),
    ("External control ER positive. ER: negative.", N, _, _),
    ("ER: Negative (internal control positive).", N, _, _),
    ("Benign ducts are positive for ER. The carcinoma is negative for ER.", N, _, _),
    ("ER positive. Deep margin 2 mm, lateral 5 mm, both negative.", P, _, _),
    # Lists with other markers
    ("The cells are positive for CK7, GATA-3, ER and PR and negative for HER2, p63 and TTF-1.", P, P, N),
    ("Tumor is negative for p63, CK5/6, ER and PR.", N, N, _),
    ("Stains for S100, ER, PR and synaptophysin are negative.", N, N, _),
    ("Stains for ER, PR and p63 were performed. Nodes: positive.", _, _, _),
    ("ER, PR, Ki-67: 20%", _, _, _),
    ("Ki-67/ER/PR: 15%/80%/0%", P, N, _),
    ("ER/PR/HER2/Ki-67: +/+/-/20%", P, P, N),
    ("Positive: ER, HER2. Negative: PR.", P, N, P),
    ("Negative - p63, ER, PR.", N, N, _),
    ("Neither ER nor PR is expressed.", N, N, _),
    ("No nuclear reactivity for ER or PR is present.", N, N, _),
    ("Cells are negative for progesterone but do express estrogen receptors.", P, N, _),
    ("The cells stain strongly for ER; PR expression is lost.", P, N, _),
    ("Presence of estrogen receptors. Absence of progesterone receptors.", P, N, _),
    # Nothing entered, nothing chosen
    ("ER ___ PR ___ HER2 ___. Sample: tumor cells 75 %, necrosis 5 %.", _, _, _),
    ("Hormone receptors: Tumor cells: 70%. Necrosis: 10%.", _, _, _),
    ("ER: positive / negative. PR: Positive/Negative/Not done", _, _, _),
    ("HER2 (0-3+):", _, _, _),
    ("Clones used: ER SP1, PR 16, HER2 4B5.", _, _, _),
    ("ER and PR need tissue fixed in 10% neutral buffered formalin.", _, _, _),
    ("Codes: ER, PR, HER2. Specimen: positive for carcinoma.", _, _, _),
    ("ID XY-12-ABCD-01A-PR - 2 parts. ER: positive.", P, _, _),
    # Numbers without a sign, signs and digits that a scan damaged
    ("Receptor status: ER 90 PR 0 HER2 1+", P, N, N),
    ("ER: P0S. PR: nega tive. HER-21neu: l+", P, N, N),
    ("E R: posi-tive. Proges terone receptor: negative. HER2: score O", P, N, N),
    ("HercepTestTM by DAKO. Negative reaction in the cells (Score = 1+).", _, _, N),
    # Done elsewhere
    ("Estrogen receptor: Carried out on another specimen. Results: positive.", P, _, _),
    ("HER2 amplification: No", _, _, N),
    ("HER2 overexpression: Yes", _, _, P),
    ("HER2 dual ISH group 5.", _, _, N),
    ("HER2: equivocal (2+). FISH group 1.", _, _, P),
    # Definitions and guidance
    ("HER2 SISH: ratio 4.1 - amplified. Scoring: ratio below 1.8 is non-amplified, above 2.2 amplified.", _, _, P),
    ("HER2 FISH: ratio 1.5 - equivocal. Categories: ratio 2.0 or above: positive; ratio below 2.0 with mean HER2 6.0 "
     "or above: positive; ratio below 2.0 with mean HER2 below 4.0: negative.", _, _, E),
    ("HER2 FISH: ratio > 10.0, amplified.", _, _, P),
    ("HER2 negative: HER2/chromosome 17 ratio less than 2.0. HER2 positive: ratio greater than 2.0.", _, _, _),
    ("HER2 (0). ER, PgR positive from 1%; HER2 0 and 1+ negative, 2+ needs FISH, 3+ positive.", _, _, N),
    ("HER2 is scored as follows: No staining is scored as (0), faint as (1+), complete but thin as (2+), and strong as "
     "(3+).", _, _, _),
    ("For HER2: Positive cases are defined as those with strong membranes (Score 3+).", _, _, _),
    ("Amplified, non-amplified and centromere controls were run with the HER2 probe.", _, _, _),
    ("HER2: negative (1+). Positive control 3+, negative control 0.", _, _, N),
    ("HER2 FISH ratio: 1.2 (Reference range: <1.8 negative, >2.2 positive)", _, _, N),
    ("ER positive tumors may lose their receptors.", _, _, _),
    ("The ER assay has a sensitivity of 95%.", _, _, _),
    # Whose result
    ("ER positive carcinoma in her mother.", _, _, _),
    ("ER: Positive (previously given as negative in error). Original report read: PR negative (in error).", P, _, _),
    ("Left: carcinoma, pT2. ER positive. Right: DCIS, pTis. ER negative.", P, _, _),
    ("Left breast: carcinoma, 0.8 cm, pT1b. ER negative, HER2 3+. Right breast: carcinoma, 3.5 cm, pT2. ER positive, "
     "HER2 1+.", P, _, N),
    ("Tumor 1 (0.9 cm): ER 90%, PR 80%. Tumor 2 (2.5 cm): ER 0%, PR 0%.", N, N, _),
    ("Smaller focus: ER positive. Larger focus: ER negative.", N, _, _),
    ("Aunt with HER2 positive breast cancer.", _, _, _),
    ("Sister had. HER2 positive breast cancer at 44.", _, _, _),
    ("Prior left mastectomy for carcinoma, ER negative.", _, _, _),
    ("ER positive on prior core biopsy.", P, _, _),
    ("As first issued: ER positive (in error).", _, _, _),
    ("DCIS: ER positive (90%). Invasive carcinoma: ER negative.", N, _, _),
    ("ER: pending. ADDENDUM: ER: positive.", P, _, _),
]  # fmt: skip


@pytest.mark.parametrize(("text", "er", "pr", "her2"), CASES)
def test_answers(text: str, er: str | None, pr: str | None, her2: str | None) -> None:
    expected = {"ER": er, "PR": pr, "HER2": her2}
    assert answers(text) == {task: value for task, value in expected.items() if value}


def test_details_are_finer_than_the_class() -> None:
    text = "ER: positive (80-90%). PR: Allred score 4. HER2: 2+. HER2 FISH: ratio 1.2."
    details = {finding.task: finding.detail for finding in find(text) if finding.kind != "score"}
    assert details == {"ER": "80-90 %", "PR": "allred 4", "HER2": "ish ratio 1.2"}
    assert [finding.detail for finding in of(text, "HER2")] == ["ihc 2+", "ish ratio 1.2"]


def test_losers_say_why_they_lose() -> None:
    (pending,) = of("ER pending.", "ER")
    assert (pending.kind, pending.value, pending.weight) == ("pending", "not_reported", 0)
    (family,) = of("Her sister had an ER positive cancer.", "ER")
    assert "other_tumour" in family.context
    (control,) = of("ER antibody clone SP1: external control positive.", "ER")
    assert "control" in control.context
    assert family.weight == control.weight == 0


def test_hybridisation_outweighs_staining_wherever_it_stands() -> None:
    text = "Clinical history: biopsy HER2 FISH not amplified.\n\nFINAL DIAGNOSIS: Carcinoma. HER2: 2+."
    assert answers(text) == {"HER2": "negative"}


percentages = st.integers(0, 100)


@given(percentages, percentages, st.sampled_from([": ", " - ", " = ", " status: ", " (clone SP1): "]))
def test_one_percent_rule(er: int, pr: int, between: str) -> None:
    text = f"Estrogen receptor{between}{er}%. Progesterone receptor{between}{pr} %."
    assert answers(text) == {"ER": P if er >= 1 else N, "PR": P if pr >= 1 else N}


@given(st.integers(0, 3), st.sampled_from(["HER2: {}+", "HER-2/neu (IHC): score {}+", "c-erbB-2 = {}+", "HER2 +{}"]))
def test_her2_scores(score: int, form: str) -> None:
    expected = [N, N, E, P][score]
    assert answers(form.format(score)) == {"HER2": expected}


@given(st.integers(1, 99), st.integers(0, 9))
def test_hybridisation_ratio(tenths: int, hundredths: int) -> None:
    ratio = tenths / 10 + hundredths / 100
    assert answers(f"HER2 FISH: HER2/CEP17 ratio: {ratio:.2f}") == {"HER2": P if round(ratio, 2) >= 2 else N}


WORDS = (
    "ER PR HER2 Estrogen_receptor : positive negatlve 2+ ( - + 0% ratio_2.1 . , FISH not_amplified pending both left "
    "right Tumor_1 2.3_cm pT2 ( ) (+) control Interpretation: and for / Ki-67 8/8 1 are_considered_positive_when"
)
FRAGMENTS = ("\n", *(word.replace("_", " ") for word in WORDS.split()))


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60), st.sampled_from(["", " "]))
def test_any_words_are_read(words: list[str], between: str) -> None:
    text = between.join(words)
    for finding in find(text):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.value in {"positive", "negative", "equivocal", "not_reported"}


@given(st.text(alphabet="ERPHern2+-/%:;.,() \n01positvegafmldFIS", max_size=300))
def test_any_text_is_read(text: str) -> None:
    for finding in find(text):
        assert 0 <= finding.start < finding.end <= len(text)
