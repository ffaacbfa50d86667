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
    ],
)
def test_checklists(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ERPR HER2 Ki-67 Result Positive 90% Negative 0% Equivocal (IHC 2+) 25%.", "+ne"),
        ("ERPRHER2: positive/negative/negative", "+nn"),
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
    ],
)
def test_words_of_other_laboratories(text: str, expected: str) -> None:
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
        "HER2: [ ] Positive [ ] Negative [X] To follow Score: Comment: NPI = 0.5 + 2 + 3 = 5.5.",
        "ER and PR were studied. Controls for ER stained appropriately (positive).",
    ],
)
def test_traps(text: str) -> None:
    check(text, "---")
