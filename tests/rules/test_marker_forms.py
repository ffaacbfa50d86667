"""Forms in which laboratories print receptor and HER2 results: checklists, flattened tables, translations, guidance.

Each row gives a text and the classes of ER, PR and HER2 that it reports, "-" where it reports none.
"""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from pathstage.rules import decide, markers
from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document


def _data(name: str) -> dict[str, object]:
    file = resources.files("pathstage.rules") / "breast" / f"{name}.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


DATA = _data("markers")
CONTEXT = ContextRules.from_data(_data("context"))
CLASSES = {"+": "positive", "-": "not_reported", "n": "negative", "e": "equivocal"}


def check(text: str, expected: str) -> None:
    decided = decide(list(markers.find(Document(text), DATA, CONTEXT)))
    said = [decided[task].value if task in decided else "not_reported" for task in ("ER", "PR", "HER2")]
    assert said == [CLASSES[one] for one in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Estrogen receptor _X_. positive, 80% ___ negative. Progesterone receptor ___ positive _X_. negative.", "+n-"),
        ("HER2 by IHC _X_ 0 ___ 1+ ___ 2+ ___ 3+. HER2 FISH not performed.", "--n"),
        ("HER2: [ ] 0 [ ] 1+ [X] 2+ [ ] 3+.", "--e"),
        ("HER2: 0 [ ] 1+ [X] 2+ [ ] 3+ [ ].", "--n"),
        ("HER2 (IHC): 0 [ ]  1+ [ ]  2+ [ ]  3+ [X]", "--+"),
        ("ER: Positive [ ] Negative [X]. PR: Positive [X] Negative [ ].", "n+-"),
        ("HER2: Positive [ ] Equivocal [X] Negative [ ].", "--e"),
        ("ER: Positive (X) Negative ( ). PR: Positive ( ) Negative (X).", "+n-"),
        ("ER: ( ) Positive (X) Negative. PR: (X) Positive ( ) Negative.", "n+-"),
        ("ER: positive ☐ negative ☒\nPR: positive ☒ negative ☐\nHER2: 0 ☐ 1+ ☐ 2+ ☒ 3+ ☐", "n+e"),
        ("ER: Positive ___ Negative _X_. PR: Positive _X_ Negative ___.", "n+-"),
        ("HER2: 0 ___ 1+ ___ 2+ ___ 3+ _X_.", "--+"),
        ("ER: Positive (90%) [X] Negative [ ]. HER2: 0 / 1+ / 2+ / 3+.", "+--"),
        ("ER [x] Pos [ ] Neg PR [ ] Pos [x] Neg HER2 [ ] Pos [x] Neg [ ] Equiv", "+nn"),
        ("ER: Positive [ ] Negative [ ].", "---"),
        ("HER2 IHC [ ] Positive 3+ [ ] Equivocal 2+ [X] Negative 1+ [ ] Negative 0.", "--n"),
        ("HER2: [ ] Negative, score 0 [ ] Equivocal, score 2+ [X] Positive, score 3+", "--+"),
        ("HER2: [ ] 3+ positive [ ] 2+ equivocal [X] 1+ negative [ ] 0 negative", "--n"),
        ("HER2: ___ Positive 3+ ___ Equivocal 2+ _X_ Negative 0-1+", "--n"),
        ("HER2 IHC: [ ] 0 [X] 2+ [ ] 3+ FISH: [ ] Ampl. [X] Non-ampl. [ ] Not done.", "--n"),
        ("ER: Positive Negative X. PR: Positive X Negative.", "n+-"),
        ("ER: X Positive Negative. PR: Positive X Negative. HER2: X Positive Negative Equivocal.", "+n+"),
        ("ER Positive Negative x\nPR Positive x Negative\nHER2 Positive Negative Equivocal x\n", "n+e"),
        ("HER2: 0 1+ X 2+ 3+.", "--n"),
    ],
)
def test_checklists(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ERPR HER2 Ki-67 Result Positive 90% Negative 0% Equivocal (IHC 2+) 25%.", "+ne"),
        ("ERPRHER2: positive/negative/negative", "+nn"),
        ("ER PR HER2. + - +.", "+n+"),
        ("ER PR HER2\n- + -\n", "n+n"),
        ("ER PR HER2. Positive Positive Negative. 90% 70% 1+.", "++n"),
        ("Marker ER PR HER2 Ki-67. Result Positive Negative Negative 20%. Percent 90% 0% n/a 20%.", "+nn"),
        ("Marker Ki-67 HER2 PR ER. Result 20% 3+ Negative Positive.", "+n+"),
        ("HER2 ER PR. 0 90% 20%.", "++n"),
        ("ER PR HER2 Status Positive Negative Negative. Percent 90% <1% NA. Intensity strong none 0.", "+nn"),
        ("ER 6F11 <1 None Negative. PR PgR636 40 Moderate Positive. HER2 CB11 - 0 Negative.", "n+n"),
        ("ER - SP1 - (+) 80%. PR - 1E2 - (-). HER2 - 4B5 - (2+).", "+ne"),
        ("HER2 PROTEIN*: 0. ESTROGEN RECEPTOR PROTEIN*: 90%.", "+-n"),
        ("Estrogen = 120, Progesterone = 4 fmol/mg protein.", "+n-"),
    ],
)
def test_flattened_tables(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Receptors to estrogen: positive. Receptors of progesterone - negative. Her-2: 2+.", "+ne"),
        ("Receptors of estrogens - 6 points by Allred; receptors of progesterone - 0 points by Allred.", "+n-"),
        ("ER 1 point by Remmele, PR 9 points by Remmele.", "n+-"),
        ("HER2 FISH: ratio 1.9. The result is EQUIVOCAL.", "--e"),
        ("HER2 FISH: ratio 2.4, copies 6.1. This is interpreted as amplified.", "--+"),
        ("HER2 FISH: HER2 signals 6.4 per nucleus.", "--+"),
        ("HER2 FISH: ampl.", "--+"),
        ("HER2 - indefinite reaction in invasive cancer. (Score = 2+); FISH is advised.", "--e"),
        ("HER2 - reaction in the invasive cancer. (Score = 3+).", "--+"),
        ("No tumor nuclei. stain for estrogen receptor. 80% of nuclei stain for progesterone receptor.", "n+-"),
        ("None of the tumour cells express ER. PR stains no nuclei.", "nn-"),
        ("ER: Allred proportion 4, intensity 2, total 6. PR: Allred proportion 0, intensity 0, total. 0.", "+n-"),
        ("ER: intensity 3 + proportion 5 = 8. PR: intensity 1, proportion 1, sum 2.", "+n-"),
        ("ER: nega tive. PR: posi tive. HER2 - sc ore. 1+.", "n+n"),
        ("Estro gen receptor: positive. Proges- terone receptor: negative.", "+n-"),
    ],
)
def test_words_of_other_laboratories(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ductal carcinoma. ER PR HER2 Allred score 7 0 - IHC - - 3+", "+n+"),
        ("PR ER HER2. Percent 0 90. Intensity 0 2+", "+n-"),
        ("Antibody: ER PR HER2. Percent: 70 0 n/a. Intensity: 2 0 2+.", "+ne"),
        ("ER | PR | HER2 | Ki67\n% cells | 60 | 0 | 90 | 45\nResult | Positive | Negative | Positive | High\n", "+n+"),
        ("Grade: 2. pT1c, pN0. ER. PR. HER2. Ki-67. Positive. Negative. Negative. 12%.", "+nn"),
        ("Quality: ER PR HER2 Percent 90", "---"),
    ],
)
def test_rows_of_values(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ERA positive at 50 femtomoles per mg; PRA negative at 4 femtomoles per mg.", "+n-"),
        (
            "A few nuclei take up the estrogen receptor stain. No nucleus takes up the progesterone receptor stain.",
            "+n-",
        ),
        ("ER+/PR-/HER2- ductal carcinoma on core.", "+nn"),
        ("ER/PR/HER2 status: +/-/- (outside core).", "+nn"),
        ("ER and PR Allred scores are 6 and 0 respectively.", "+n-"),
        ("ER and PR mark 90 and 0% of nuclei respectively.", "+n-"),
        ("HER2 ASSAY. RESULTS: 0. INTERPRETATION: NEGATIVE.", "--n"),
        ("HER2 (HercepTest): 2 PLUS. ER 3 plus.", "+-e"),
        ("Absent estrogen receptor expression. No evidence of HER2 overexpression.", "n-n"),
        ("ER 2+/40, PR 0/0, HER2 3+/90, Ki67 30.", "+n+"),
        ("PR: nuclear staining in about a third of the tumor cells. ER: strong staining in 0%.", "n+-"),
        ("Tumor cells stain for ER and PR and do not stain for HER2 or p63.", "++n"),
        ("Less than 1% of the cells label for PR. Two thirds of the nuclei label for ER.", "+n-"),
        ("PR: negative in both. HER2: both components positive.", "-n+"),
        ("HER2: weak to moderate complete membrane staining in 20% of cells.", "--e"),
        ("HER2 FISH: ratio 2.1, which falls in the borderline zone.", "--e"),
        ("ER: 96.4 % [<1.0 NEG]. PR: 0.2 % [<1.0 NEG].", "+n-"),
        ("HER2. TUMOR CELL RESULT: 0. CONTROL RESULT: 3+. ER. TUMOR CELL RESULT: POSITIVE. CONTROL RESULT: P.", "+-n"),
        ("ER - Yes. PR - No. HER2 overexpression - No. Carcinoma.", "+nn"),
        ("HER2/CEP17 1.1. Reference: <2.0 negative, >=2.0 positive. INTERPRETATION: NEGATIVE.", "--n"),
        ("Nuclei do not stain with ER nor with PR. HER2 does not decorate the membranes.", "nnn"),
        ("HER2 - weak complete membranous reaction (++).", "--e"),
        ("ER and PR receptors are both absent. HER2 was tested by FISH, with a normal copy number.", "nnn"),
        ("ER: P. PR: N. HER2: N. (P = positive, N = negative)", "+nn"),
        ("Immunoreactivity for estrogen and progesterone receptors is absent. HER2 reactivity is 2+.", "nne"),
        ("ER: Carried out on another specimen. Results: Positive. PR: Tested on a core. Result: Negative.", "+n-"),
        (
            "Progesterone receptors: nuclear reaction absent. Estrogen receptors: labelling is lacking.",
            "nn-",
        ),
        ("Nearly all nuclei express ER, and PR is seen in about one third.", "++-"),
        ("HER2 IHC 2+. FISH key: ratio, under 1.8 Not amplified, 1.8 to 2.2 Equivocal, over 2.2 Amplified.", "--e"),
        ("HER2 by FISH: ratio 2.0, which the laboratory places in the equivocal range.", "--e"),
    ],
)
def test_words_of_a_third_round(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    "text",
    [
        "Progesterone induced changes are not seen. Estrogen receptor modulator was not given: negative.",
        "Estrogen therapy is not reported. Estrogen levels are negative.",
        "HER2. Cases scored 2+ are reflexed to FISH.",
        "For HER2, all equivocal (2+) cases are sent for FISH.",
        "Staining in 1% or more of tumor cells = positive for ER and PR.",
        "HER2 scale used: 0 - no reaction in the cells; 3+ - strong.",
        "Key: receptors, from 1% POSITIVE. HER2, 0 and 1+ NEGATIVE, 2+ EQUIVOCAL (FISH is added). 3+ POSITIVE.",
        "HER2 ampl. status: not done.",
        "The morphology suggests a triple negative phenotype; ER, PR and HER2 will follow.",
        "ER/PR by IHC with 1% positivity threshold, HER2 scored 0 to 3+ where 3+ is positive and 0 or 1+ is negative.",
        "HER2 positive tumors (3+) may respond to antibody treatment.",
        "Estrogen receptor positive tumors (>10%) are reported to respond to tamoxifen.",
        "ER ___ PR ___ HER2 ___ Quality: tumor cells 75 %",
        "HER2: [ ] Positive [ ] Negative [X] To follow Score: Comment: NPI = 0.5 + 2 + 3 = 5.5.",
        "ER and PR were studied. Controls for ER stained appropriately (positive).",
    ],
)
def test_traps(text: str) -> None:
    check(text, "---")
