"""What must hold of every report: the words printed for a fact say what the case says, and labels follow from both.

The labels are made from the case (`labels.annotate`); here they are made again the other way round, by reading the
marked words, so that a phrase that says something else than its mark claims is found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pathstage.corpus.synthetic.case import T_SIZE, Case
from pathstage.corpus.synthetic.labels import DECISIVE, printed
from pathstage.corpus.synthetic.writer import Mark
from pathstage.schema import TaskSchema, load_schema

_ROMAN = {"i": 1, "ii": 2, "iii": 3}
_LENGTH = re.compile(r"(\d+(?:[.,]\d+)?)(?=[\dxX×., by]*(?:\s?(cm|mm)))", re.IGNORECASE)
_GRADE = re.compile(r"(?:grade|nhg|\bg)\b\W*(?:is\b|by\b)?\W*(iii|ii|i|[123])(?![\d.]|\s*\+)", re.IGNORECASE)
_LEVELS = {"well": 1, "moderately": 2, "poorly": 3}
_NEGATIVE = re.compile(
    r"\bno\b|\bnot\b|negativ|\bneg\b|absent|(?<![\d.])0 ?%|< ?1 ?%|\bER-|\bPR-|\b0/(?:8|12)|\(-\)|unfavorable|without|"
    r"[:=.\-] *-$|allred 0|non-reactive|\bP[gG]?R *-$|\bER *-$|(?:receptors?|\)) *-$|\b(?:h-score|irs) 0\b|neither",
    re.IGNORECASE,
)


_HER2_NEGATIVE = re.compile(
    r"(?:non|un)-?amplif|normal|zero|triple|lacks|absence|\b0 ?(?:/|-|or|to) ?1|-\)?$|do not", re.IGNORECASE
)


class InconsistentReportError(AssertionError):
    """A report whose words, labels and case disagree; a fault of a phrase or a house, which the message names."""


def check_report(case: Case, text: str, marks: Sequence[Mark], annotation: Mapping[str, Any]) -> None:
    """Raise InconsistentReportError unless labels, evidence and words of a clean report agree with its case."""
    labels = annotation["labels"]
    _classes(labels, _schema())
    for task, quotes in annotation["evidence"].items():
        for quote in quotes:
            if text[quote["start"] : quote["end"]] != quote["text"] or not quote["text"].strip():
                raise InconsistentReportError(f"evidence for {task} is not what stands at its offsets")
    by_kind: dict[str, list[str]] = {}
    for mark in marks:
        by_kind.setdefault(mark.kind, []).append(text[mark.start : mark.end])
    expected = {"pT": case.t, "pN": case.n}
    for task, category in expected.items():
        for words in by_kind.get(f"{task}.stated", ()):
            found = printed(task, words)
            if found is None or (found != category and found != category[: len(found)]):
                raise InconsistentReportError(f"{words!r} states {found}, the case is {category}")
    for words in by_kind.get("pT.size", ()):
        _size(case, words)
    for words in by_kind.get("grade.stated", ()):
        if read_grade(words) != case.grade:
            raise InconsistentReportError(f"{words!r} states grade {read_grade(words)}, the case is {case.grade}")
    for task, receptor in (("ER", case.estrogen), ("PR", case.progesterone)):
        for words in by_kind.get(f"{task}.result", ()):
            if len(words) < 90 and " but " not in words and bool(_NEGATIVE.search(words)) == receptor.positive:
                raise InconsistentReportError(f"{words!r} contradicts {task}")
    _her2(case, by_kind)
    _documented(labels, by_kind)


def _her2(case: Case, by_kind: Mapping[str, Sequence[str]]) -> None:
    for words in by_kind.get("HER2.status", ()):
        if _her2_status(words) != case.her2.status:
            raise InconsistentReportError(f"{words!r} is not HER2 {case.her2.status}")
    for words in by_kind.get("HER2.ish", ()):
        if (_her2_status(words) == "negative") == case.her2.amplified:
            raise InconsistentReportError(f"{words!r} is not amplified={case.her2.amplified}")
    for words in by_kind.get("HER2.ihc", ()):
        scores = {int(score) for score in re.findall(r"(?<![/\d])([123]) ?\+", words)}
        if scores - {case.her2.ihc}:
            raise InconsistentReportError(f"{words!r} is not HER2 {case.her2.ihc}+")


def _her2_status(words: str) -> str:
    if re.search(r"equivocal|indeterminate|borderline", words, re.IGNORECASE):
        return "equivocal"
    return "negative" if _NEGATIVE.search(words) or _HER2_NEGATIVE.search(words) else "positive"


@cache
def _schema() -> TaskSchema:
    return load_schema()


def _classes(labels: Mapping[str, str], schema: TaskSchema) -> None:
    if set(labels) != set(schema.names):
        raise InconsistentReportError("labels are not those of the schema")
    for task, label in labels.items():
        schema[task].index(label)


def _size(case: Case, words: str) -> None:
    lengths = [
        float(number.replace(",", ".")) * (10 if unit.lower() == "cm" else 1) for number, unit in _LENGTH.findall(words)
    ]
    if not any(abs(length - case.size_mm) < 0.06 for length in lengths):
        raise InconsistentReportError(f"{words!r} is not the size {case.size_mm} mm")
    if case.t[:2] in ("T1", "T2", "T3") and case.t != case.t_by_size:
        raise InconsistentReportError(f"{case.t} does not follow from {case.size_mm} mm of {T_SIZE}")


def read_grade(words: str) -> int | None:
    """The grade that words state: "Nottingham grade II (of III)", "G3", "poorly differentiated" → 1 to 3."""
    lower = words.lower()
    for name, grade in _LEVELS.items():
        if name in lower:
            return grade
    adjective = re.search(r"\b(well|moderate|poor|low|intermediate|high)\b", lower)
    if adjective:
        return {"well": 1, "low": 1, "moderate": 2, "intermediate": 2, "poor": 3, "high": 3}[adjective.group(1)]
    words = words.replace("(1, 2, 3)", "")  # a label that lists what may be entered
    lower = words.lower()
    match = _GRADE.search(words) or re.search(r"\bG ?(III|II|I|[123])\b", words) or re.search(r"NHG\W*(\w+)", words)
    if not match:
        match = re.search(r"(?:^|[:=.\-] ?|\s)(iii|ii|i|[123])(?:$|[ /(,.])", lower)
    value = match.group(1).lower() if match else ""
    return _ROMAN.get(value) or (int(value) if value.isdigit() else None)


def _documented(labels: Mapping[str, str], by_kind: Mapping[str, Sequence[str]]) -> None:
    """A task is answered exactly when some words decide it (silence on M and a printed X have the same class)."""
    schema = _schema()
    for task, kinds in DECISIVE.items():
        decided = any(kind in by_kind for kind in kinds)
        if not decided and labels[task] != schema[task].absent:
            raise InconsistentReportError(f"{task} is {labels[task]} though nothing in the text says so")
        if decided and labels[task] == schema[task].absent and task not in ("pT", "pN", "pM"):
            raise InconsistentReportError(f"{task} is documented but labelled {labels[task]}")
