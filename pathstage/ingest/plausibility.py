"""How much a text looks like words that someone wrote, rather than like a page misread. No dictionary, so any language
in Latin letters passes that is written with vowels.
"""

from __future__ import annotations

import re

_EDGE = ".,;:!?()[]{}\"'“”‘’*<>=+-–—/#_&•·→≥≤±"
_NUMBER = re.compile(r"[<>≤≥~±+-]?\d+([.,:/x×=+-]\d+)*(%|[a-z]{1,2}|st|nd|rd|th)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+([-'’/&.][^\W\d_]+)*")
_CODE = re.compile(r"[A-Za-z]{0,5}[-/.]?\d{1,4}[A-Za-z]{0,3}([-/.:(][A-Za-z\d+()-]{1,8})*\)?")
_VOWEL = re.compile(r"[aeiouyáàâäãåæéèêëíìîïóòôöõøœúùûüýąęůı]", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}", re.IGNORECASE)
_REPEATED = re.compile(r"([^\W\d_])\1\1")
_ODD_CASE = re.compile(r"[a-z][A-Z][a-z]+[A-Z]|[a-z]{3}[A-Z]")

# A length or a share whose unit or number cannot have been written so: "20 em.", "1.2 crn", "S.O cm", "SO%".
_MISREAD_QUANTITY = re.compile(
    r"\d\s*(em|ern|crn|cin|rnm|nun|mrn)\b|\b(?=[\dOolISB.]*[OolISB])(?=[OolISB.]*[\d.])[\dOolISB]+[.,]?[\dOolISB]*\s*(cm|mm)\b"
    r"|\b[SOB]{1,2}\s?%|\b\d[Ool]\s?%|\bp[TN]O\b"
)


def plausible_share(text: str) -> float:
    """Share, from 0 to 1, of a text's characters (white space apart) that stand in plausible words; 0 without any."""
    words = text.split()
    total = sum(map(len, words))
    return sum(len(word) for word in words if _is_plausible(word)) / total if total else 0.0


def misread_quantities(text: str) -> int:
    """How many measurements are printed as only a machine would."""
    return len(_MISREAD_QUANTITY.findall(text))


def _is_plausible(word: str) -> bool:
    core = word.strip(_EDGE)
    if not core:
        return len(word) <= 3
    if _NUMBER.fullmatch(core):
        return True
    if _WORD.fullmatch(core):
        return all(_is_word(part) for part in re.split(r"[-'’/&.]", core))
    return bool(_CODE.fullmatch(core))


def _is_word(part: str) -> bool:
    if _REPEATED.search(part) or _CONSONANTS.search(part) or _ODD_CASE.search(part):
        return False
    # Abbreviations do without vowels, if they are short: cm, Dr, HPF, DCIS.
    return len(part) <= 4 or not part.isascii() or bool(_VOWEL.search(part))
