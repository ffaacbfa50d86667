"""Reader of stage groups as they are printed, "Stage IIA" or "AJCC stage: 2A", and of the manual's edition.

No task of a schema is a stage group, which follows from the categories: what is printed is there to be compared with
that. A clinical stage, one of an earlier illness or of another organ, and the manual's own table are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding

_NEAR = 80
"""Characters around a group in which the words stand that say whose stage it is."""
_ROMAN = {"0": "0", "O": "0", "2": "II", "3": "III", "4": "IV"}


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of printed stage groups, under the names `tasks` of `stages.yaml`, and of the manual's edition."""
    groups = list(_groups(document, data, context))
    if len({finding.value for finding in groups}) <= data["most"]:
        yield from groups
    edition = data["edition"]
    for value, pattern in edition["statements"].items():
        for match in _compiled(pattern, edition).finditer(document.text):
            yield _finding(document, data, context, edition["task"], value, match.span(), edition["weight"])


def _groups(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    for how, weight in data["weights"].items():
        last = 0
        for match in _compiled(data[how], data).finditer(document.text):
            group = _group(match["number"], match["letter"] or "")
            sentence = document.sentence(match.start())
            if group in data["groups"] and not _is_refused(document.text, match, data, sentence):
                before = re.split(r"[;\n]|\.\s", document.text[max(last, match.start() - _NEAR) : match.start()])[-1]
                task = data["tasks"][_kind(before + match["label"], data)]
                span = match.start() if how == "mention" else match.start("group"), match.end("group")
                yield _finding(document, data, context, task, group, span, weight)
            last = match.end()


def _finding(
    document: Document,
    data: Mapping[str, Any],
    context: ContextRules,
    task: str,
    value: str,
    span: tuple[int, int],
    weight: float,
) -> Finding:
    said = context.around(document, *span)
    believed = 0.0 if said & set(data["spared"]) else weight
    section = context.section(document, span[0])
    return Finding(task, value, value, "stated", "stage", *span, section, said, believed)


def _group(number: str, letter: str) -> str:
    """A group as the manual spells it: "IIA" of "2A" or "llA", "IV" of "lV"."""
    roman = _ROMAN.get(number) or re.sub("[^V]", "I", number.upper())
    return roman + letter.strip(" -").upper()


def _kind(label: str, data: Mapping[str, Any]) -> str:
    """Which table the words before a group name; "plain" where they name none, or both."""
    kinds = [kind for kind, words in data["kinds"].items() if re.search(words, label, re.IGNORECASE)]
    return kinds[0] if len(kinds) == 1 else "plain"


def _is_refused(text: str, match: re.Match[str], data: Mapping[str, Any], sentence: tuple[int, int]) -> bool:
    """Whether what stands around a group makes it another thing's stage, or no group."""
    before, behind = text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]
    if len(match["group"]) == 1 and re.search(r"\.\s", match["label"]):
        return True  # "… stage. I, the pathologist": the stop ends a sentence
    loose = (match["letter"] or "").startswith(" ") or match["group"].islower()
    if loose and not re.match(r"\s*(?:[.,;:)\]\n]|\Z)", behind):
        return True  # "stage II a carcinoma", "stage ia only": a word that a scan ran together
    if _compiled(data["ambiguous"], data).search(match[0]):
        return True
    refused = {name: _compiled(pattern, data) for name, pattern in data["refused"].items()}
    first, last = max(sentence[0], match.start() - _NEAR), min(max(sentence[1], match.end()), match.end() + _NEAR)
    return bool(
        refused["before"].search(before)
        or refused["behind"].search(behind)
        or refused["sentence"].search(text[first:last])
    )


def _compiled(pattern: str, data: Mapping[str, Any]) -> re.Pattern[str]:
    """`pattern` with the fragments of `data` for their names in braces."""
    for name, fragment in data["fragments"].items():
        pattern = pattern.replace(f"{{{name}}}", fragment)
    return _compile(pattern)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
