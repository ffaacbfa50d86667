"""What a report documents: labels from the case and from the facts that the report prints (`ANNOTATION.md`).

A house prints some facts and leaves others out; the marks of the text say which. A category that is printed is
`stated`; one that follows from a printed size or count is `derived`; otherwise the item is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pathstage.corpus.synthetic.case import Case, category_of
from pathstage.corpus.synthetic.writer import Mark

MAX_QUOTES = 3
# Kinds of marks that state a task, strongest first: the first kind that is printed decides.
DECISIVE = {
    "pT": ("pT.stated", "pT.extent", "pT.dcis", "pT.none", "pT.size", "pT.gross"),
    "pN": ("pN.stated", "pN.total", "pN.positive", "pN.counts"),
    "pM": ("pM.specimen", "pM.stated"),
    "grade": ("grade.stated", "grade.scores"),
    "ER": ("ER.result",),
    "PR": ("PR.result",),
    "HER2": ("HER2.ish", "HER2.ihc", "HER2.status"),
}
_T = re.compile(r"T\W*(?:stage)?\W*(is|X|[0-4](?:mi|[a-d])?)", re.IGNORECASE)
_N = re.compile(r"N\W*(?:stage)?\W*(0 ?\(i\+\)|1 ?mi|[0-3][a-c]?|X)", re.IGNORECASE)
_M = re.compile(r"M\W*(?:stage)?\W*([01X])", re.IGNORECASE)


def printed(task: str, words: str) -> str | None:
    """The category, with its sub-letter, in words that state one: "ypT1c(m)" → "T1c"; None when there is none."""
    match = {"pT": _T, "pN": _N, "pM": _M}[task].search(words)
    if not match:
        return None
    found = match.group(1).replace(" ", "")
    return task[1] + (found.upper() if found.lower() == "x" else found.lower())


def annotate(case: Case, text: str, marks: Sequence[Mark]) -> dict[str, Any]:
    """`labels, details, numbers, evidence, traps` of the report `text` about `case`, as rows of a corpus hold them."""
    by_kind: dict[str, list[Mark]] = {}
    for mark in marks:
        by_kind.setdefault(mark.kind, []).append(mark)
    deciding = {task: next((k for k in kinds if k in by_kind), "") for task, kinds in DECISIVE.items()}
    t, t_basis = _t(case, text, by_kind, deciding["pT"])
    n, n_basis = _n(case, text, by_kind, deciding["pN"])
    grade_basis = {"grade.stated": "stated", "grade.scores": "derived"}.get(deciding["grade"], "none")
    labels = {
        "pT": fold(t),
        "pN": fold(n),
        "pM": _m(text, by_kind),
        "grade": f"G{case.grade}" if grade_basis != "none" else "GX",
        "ER": _receptor(case.estrogen.positive, deciding["ER"]),
        "PR": _receptor(case.progesterone.positive, deciding["PR"]),
        "HER2": _her2(case, by_kind),
    }
    details = {
        "pT_sub": None if t == "TX" else t,
        "pN_sub": n if n != "NX" or n_basis == "stated" else None,
        "LVI": ("present" if case.lvi else "absent") if "LVI" in by_kind else "not_reported",
        "laterality": _laterality(case, by_kind),
        "histology": case.histology if "histology" in by_kind else "not_reported",
        "pT_basis": t_basis,
        "pN_basis": "none" if n == "NX" else n_basis,
        "grade_basis": grade_basis,
        "neoadjuvant": "yes" if "neoadjuvant" in by_kind or _treated(text, by_kind) else "no",
        "HER2_ihc": ["0", "1+", "2+", "3+"][case.her2.ihc or 0] if "HER2.ihc" in by_kind else None,
        "HER2_ish": ("amplified" if case.her2.amplified else "not_amplified") if "HER2.ish" in by_kind else None,
        "stage_group_printed": _first(text, by_kind, "stage_group"),
    }
    sized = "pT.size" in by_kind
    counted = any(kind in by_kind for kind in ("pN.total", "pN.positive", "pN.counts"))
    numbers = {
        "size_mm": case.size_mm if sized else case.foci[0].gross_mm[0] if "pT.gross" in by_kind else None,
        "nodes_positive": case.positive_nodes if counted else None,
        "nodes_examined": case.examined_nodes if counted else None,
        "ER_percent": case.estrogen.percent if "num.ER" in by_kind else None,
        "PR_percent": case.progesterone.percent if "num.PR" in by_kind else None,
        "Ki67_percent": case.ki67 if "num.Ki67" in by_kind else None,
    }
    evidence = {task: _quotes(text, by_kind.get(kind, ())) for task, kind in deciding.items()}
    if labels["HER2"] == "not_reported":
        evidence["HER2"] = []
    traps = sorted({kind.removeprefix("trap.") for kind in by_kind if kind.startswith("trap.")})
    return {"labels": labels, "details": details, "numbers": numbers, "evidence": evidence, "traps": traps}


def fold(category: str) -> str:
    """The class of a category with sub-letter: "T1c" → "T1", "N0(i+)" → "N0", "Tis" → "Tis"."""
    return category if category == "Tis" else category[:2]


def _t(case: Case, text: str, by_kind: Mapping[str, Sequence[Mark]], kind: str) -> tuple[str, str]:
    if kind == "pT.stated":
        return printed("pT", _words(text, by_kind[kind][-1])) or "TX", "stated"
    if kind in ("pT.extent", "pT.dcis", "pT.none"):
        return case.t, "derived"
    if case.scenario == "biopsy" or not kind:
        return "TX", "none"
    size = case.size_mm if kind == "pT.size" else case.foci[0].gross_mm[0]
    return category_of(size), "derived"


def _n(case: Case, text: str, by_kind: Mapping[str, Sequence[Mark]], kind: str) -> tuple[str, str]:
    if kind == "pN.stated":
        return printed("pN", _words(text, by_kind[kind][-1])) or "NX", "stated"
    return (case.n, "derived") if kind else ("NX", "none")


def _m(text: str, by_kind: Mapping[str, Sequence[Mark]]) -> str:
    if "pM.specimen" in by_kind:
        return "M1"
    if "pM.stated" not in by_kind:
        return "MX"
    return printed("pM", _words(text, by_kind["pM.stated"][-1])) or "MX"


def _receptor(positive: bool, kind: str) -> str:
    return ("positive" if positive else "negative") if kind else "not_reported"


def _her2(case: Case, by_kind: Mapping[str, Sequence[Mark]]) -> str:
    if "HER2.ish" in by_kind:
        return "positive" if case.her2.amplified else "negative"
    if "HER2.status" in by_kind:
        return case.her2.status
    if "HER2.ihc" in by_kind:
        return ("negative", "negative", "equivocal", "positive")[case.her2.ihc or 0]
    return "not_reported"


def _laterality(case: Case, by_kind: Mapping[str, Sequence[Mark]]) -> str:
    if "laterality" not in by_kind:
        return "not_reported"
    bilateral = case.other_breast and case.other_breast.finding != "benign" and "trap.other_breast" in by_kind
    return "bilateral" if bilateral else case.side


def _treated(text: str, by_kind: Mapping[str, Sequence[Mark]]) -> bool:
    return any("yp" in _words(text, mark) for mark in by_kind.get("pT.stated", ()))


def _words(text: str, mark: Mark) -> str:
    return text[mark.start : mark.end]


def _first(text: str, by_kind: Mapping[str, Sequence[Mark]], kind: str) -> str | None:
    return _words(text, by_kind[kind][0]) if kind in by_kind else None


def _quotes(text: str, marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """The last few quotes, of nested ones the outermost."""
    spans = {(mark.start, mark.end) for mark in marks}
    outer = sorted(s for s in spans if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in spans))[-MAX_QUOTES:]
    return [{"start": start, "end": end, "text": text[start:end]} for start, end in outer]
