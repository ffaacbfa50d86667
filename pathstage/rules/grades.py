"""Reader of histologic grades, in words, numbers and component scores.

A grade is read where a label ("Nottingham grade", "differentiation", "NHG") has a value, where a tumour is called
"poorly differentiated" or "high grade", where a code ("G2") stands, and where the three scores of Elston & Ellis 1991
(doi:10.1111/j.1365-2559.1991.tb00229.x) or their total are given. Nuclear grades, grades of carcinoma in situ, keys to
the grades and the like are findings too, of no weight.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.grade_keys import without_keys
from pathstage.rules.grade_patterns import Patterns, Reading, compiled, of_level, of_number
from pathstage.rules.grade_scores import scored

DECOYS = 4
"""How many findings of no weight are kept: the first of each context and value."""
LOOK_BACK = 110
"""Characters before a label that can belong to it."""
LOOK_AHEAD = 220
"""Characters behind a label that can hold its value."""
NEAR = 300
"""Characters within which a grade belongs with the lesion that is named before it."""
BESIDE = 80
"""Characters between a grade and the size of the same tumour."""

_LISTS = ("box_first", "box_last_among", "box_last", "value")
"""The patterns of a value behind its label, lists of options with boxes first."""


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of histologic grades, in words, numbers and component scores."""
    patterns = compiled(data)
    text = document.text
    only_in_situ = _only_in_situ(text, patterns)
    readings = _without_overlaps(
        chain(
            _labelled(text, patterns),
            _differentiated(text, patterns),
            _codes(document, patterns),
            scored(text, patterns),
        )
    )
    readings = _with_brackets(text, readings, patterns)
    readings = [_weighed(reading, document, only_in_situ, patterns, context) for reading in readings]
    readings = without_keys(text, readings, patterns)
    yield from _kept(
        Finding(
            task=patterns.task,
            value=patterns.classes[reading.value],
            detail=reading.detail,
            basis="derived" if reading.kind == "scores" else "stated",
            kind=reading.kind,
            start=reading.start,
            end=reading.end,
            section=document.section(reading.start),
            context=reading.context,
            weight=round(max(0.0, reading.weight), 1),
        )
        for reading in _compared(document, readings, patterns)
    )


# Reading ------------------------------------------------------------------------------------------------------------


def _labelled(text: str, patterns: Patterns) -> Iterator[Reading]:
    """Grades behind a label, "histologic grade: II/III", and levels before one, "high grade"."""
    one = patterns.one
    for label in chain.from_iterable(one[name].finditer(text) for name in ("label", "scheme", "differentiation")):
        before = one["qualifiers"].search(text, max(0, label.start() - LOOK_BACK), label.start())
        start = before.start() if before else label.start()
        start = leading.end() if (leading := one["leading"].match(text, start, label.start())) else start
        if label.re is one["scheme"] and (closed := one["closed_in_situ"].search(text, start, label.start())):
            start = closed.end()
        phrase = text[start : label.start()]
        level = one["level_before"].search(phrase)
        if level and (value := of_level(level["value"], patterns)):
            at = start + level.start()
            words = phrase[level.start() :]
            own = _is_own(words, patterns)
            weight = patterns.weights["labelled" if own else "level"]
            role = _label_role(phrase, "", patterns)
            yield Reading(value, text[at : label.end()], "level", at, label.end(), at, weight, own, role)
            continue
        lists = (one[name].match(text, label.end(), label.end() + LOOK_AHEAD) for name in _LISTS)
        match = next((match for match in lists if match), None)
        if match:
            yield from _valued(text, label, match, start, phrase, patterns)


def _valued(
    text: str, label: re.Match[str], match: re.Match[str], start: int, phrase: str, patterns: Patterns
) -> Iterator[Reading]:
    """The reading of a label with the value that `match` found behind it, unless it is a choice or a list's number."""
    one = patterns.one
    value = of_number(match["number"], patterns) if match["number"] else of_level(match["words"], patterns)
    if not value or (match["number"] and one["no_range"].search(match["number"])):
        return
    if "\n" in match["filler"] and _numbers_next_item(text, match):
        return
    words = f"{phrase}{label[0]}"
    own = _is_own(words + match["filler"], patterns)
    of_tumor = patterns.role["tumor"].search(words) or patterns.one["of_invasive"].search(match["filler"])
    weight = patterns.weights["labelled" if own else "tumor" if of_tumor else "bare"]
    named_score = "score" in f"{words}{match['filler']}".lower() and not patterns.role["grade"].search(
        words + match["filler"]
    )
    if named_score and match["number"] == "3" and not match["three"]:
        weight = patterns.weights["score"]
    if match["number"] and one["span_of_grades"].search(match["number"]):
        weight += patterns.adjust["range"]
    is_open = match.re is one["value"] and one["option_unchecked"].match(text, match.end())
    context = frozenset({"unchecked"} if is_open else ())
    if not own and (subject := one["of_component"].search(text, max(0, label.start() - LOOK_BACK), label.start())):
        context |= {"nuclear" if patterns.role["nuclear"].search(subject[0]) else "component"}
    tail = one["score_tail"].match(text, match.end())
    yield Reading(
        value=value,
        detail=match["value"].strip(),
        kind="grade",
        start=start,
        end=tail.end() if tail else match.end(),
        at=match.start("value"),
        weight=weight,
        own=own or bool(of_tumor),
        context=context or _label_role(words, match["filler"], patterns),
    )


def _differentiated(text: str, patterns: Patterns) -> Iterator[Reading]:
    """ "moderately to poorly differentiated", "second degree of malignancy" and the like."""
    for match in chain.from_iterable(patterns.one[name].finditer(text) for name in ("differentiated", "ordinal")):
        if value := of_level(match["value"] + " diff", patterns) or of_number(match["value"], patterns):
            weight = patterns.weights["differentiated"]
            yield Reading(value, match[0], "differentiation", match.start(), match.end(), match.start(), weight)


def _codes(document: Document, patterns: Patterns) -> Iterator[Reading]:
    """ "G2", where it is not the name of a block."""
    text, one = document.text, patterns.one
    for match in one["code"].finditer(text):
        around = text[max(0, match.start() - 120) : match.end() + 80]
        setting = "tnm" if document.section(match.start()) == "gross" else "code_setting"
        loose = not one[setting].search(around)
        if one["block"].search(text, max(0, match.start() - 60), match.start()):
            continue
        weight = patterns.weights["code"]
        value = max(of_number(piece, patterns) for piece in re.split(r"[/-]", match["value"]))
        if one["span_of_grades"].search(match["value"]):
            weight += patterns.adjust["range"]
        context = frozenset({"unattached"} if loose else ())
        yield Reading(
            value, match[0], "code", match.start(), match.end(), match.start("value"), weight, context=context
        )


def _numbers_next_item(text: str, match: re.Match[str]) -> bool:
    """Whether a value at the beginning of a line is the number of the next item: "3. Grade:\n4. Margins: free"."""
    if not re.match(r"[.)]\s?[A-Z]", text[match.end("value") :]) or not match["value"].isdigit():
        return False
    before = text[max(0, match.start() - NEAR) : match.start()]
    return bool(re.search(rf"(?:^|\n)\s*{int(match['value']) - 1}[.)]", before))


# Whose grade it is --------------------------------------------------------------------------------------------------


def _is_own(words: str, patterns: Patterns) -> bool:
    """Whether a label with these words is one that only the grade of the invasive tumour has."""
    return bool(patterns.role["histologic"].search(words) or patterns.role["scheme"].search(words))


def _label_role(words: str, filler: str, patterns: Patterns) -> frozenset[str]:
    """What a label with these words is the grade of, where that is not the invasive tumour."""
    role = patterns.role
    for name in ("other_lesion", "in_situ"):
        if role[name].search(words) or role[name].search(filler):
            return frozenset({name})
    if patterns.one["histologic_and_nuclear"].search(words):
        return frozenset()
    last = {name: max((match.end() for match in role[name].finditer(words)), default=-1) for name in role}
    own = max(last["histologic"], last["scheme"])
    for name in ("nuclear", "component"):
        if last[name] > own or (own < 0 and role[name].search(filler)):
            return frozenset({name})
    return frozenset()


def _owner(reading: Reading, text: str, sentence: str, patterns: Patterns) -> frozenset[str]:
    """What a grade without a label of its own belongs to, where that is not the invasive tumour."""
    behind = text[reading.end : reading.end + 100]
    if reading.kind == "differentiation" and patterns.one["metastatic_before"].search(sentence):
        return frozenset({"metastasis"})
    if reading.own or reading.kind == "scores":
        nuclear = reading.kind != "scores" and patterns.behind["nuclear"].search(behind)
        return frozenset({"nuclear"}) if nuclear else frozenset()
    if reading.kind == "level" and patterns.one["nuclear_before"].search(sentence):
        return frozenset({"nuclear"})
    if reading.kind == "level" and not sentence.strip(" \n*-") and patterns.one["item_end"].search(behind):
        sentence = text[max(0, reading.start - NEAR) : reading.start]  # "Invasive carcinoma.\n- High grade."
    owner = next((name for name, pattern in patterns.behind.items() if pattern.search(behind)), None)
    owner = owner or _last_named(sentence, patterns)
    if owner is not None:
        return frozenset({owner} - {"invasive"})
    if reading.kind == "level":
        return frozenset({"unattached"})
    before = text[max(0, reading.start - NEAR) : reading.start]
    return frozenset({"near_in_situ"} if _last_named(before, patterns) == "in_situ" else ())


def _with_brackets(text: str, readings: list[Reading], patterns: Patterns) -> list[Reading]:
    """`readings`, where brackets behind one say it once more: "nuclear grade 3 (poorly differentiated)" is nuclear."""
    owners = {reading.end: reading.context for reading in readings if reading.context}
    explained = []
    for reading in readings:
        if reading.kind in {"differentiation", "level"} and not reading.own and not reading.context:
            opening = patterns.one["opening"].search(text, max(0, reading.start - 12), reading.start)
            if opening and (context := owners.get(opening.start())):
                reading = replace(reading, context=context)
        explained.append(reading)
    return explained


def _last_named(words: str, patterns: Patterns) -> str | None:
    """The last lesion that `words` name and do not deny."""
    last, at = None, -1
    for name, pattern in patterns.before.items():
        for match in pattern.finditer(words):
            if match.end() > at and not patterns.one["not_here"].search(words, 0, match.start()):
                last, at = name, match.end()
    return last


def _only_in_situ(text: str, patterns: Patterns) -> bool:
    """Whether the report finds carcinoma in situ and no invasion."""
    one = patterns.one
    for match in one["invasion"].finditer(text):
        if not one["no_invasion"].search(text, max(0, match.start() - 80), match.start()):
            return False
    return patterns.before["in_situ"].search(text) is not None


def _weighed(
    reading: Reading, document: Document, only_in_situ: bool, patterns: Patterns, rules: ContextRules
) -> Reading:
    """`reading` with what the words around it say of it and the weight that leaves it."""
    text, one = document.text, patterns.one
    sentence = text[max(document.sentence(reading.start)[0], reading.start - NEAR) : reading.start]
    section = rules.section(document, reading.start)
    context = set(reading.context or _owner(reading, text, sentence, patterns))
    # The Nottingham scores are of invasive carcinoma, whatever OCR left of the word.
    of_scheme = reading.own and patterns.role["scheme"].search(text, reading.start, reading.end)
    if only_in_situ and reading.kind != "scores" and not of_scheme:
        context.add("in_situ")
    if section == "clinical_history":
        context.add("history")
    if one["history"].search(sentence) or one["other_time"].search(sentence):
        context |= {"history", "earlier"}
    context |= {name for name in ("negated", "hedged") if one[name].search(sentence)}
    if not reading.own and one["of_part"].search(sentence):
        context.add("part")
    if one["pending"].search(text[reading.end : reading.end + 30]):
        context.add("pending")
    if one["unchecked"].search(sentence):
        context.add("unchecked")
    weight = reading.weight + patterns.sections.get(section, 0)
    weight += sum(patterns.contexts.get(name, 0) for name in context)
    return replace(reading, context=frozenset(context), weight=weight)


# All together -------------------------------------------------------------------------------------------------------


def _without_overlaps(readings: Iterable[Reading]) -> list[Reading]:
    """`readings` in order, without those that stand inside a longer one and say the same, or have the same value."""
    kept: list[Reading] = []
    near: list[Reading] = []
    for reading in sorted(readings, key=lambda one: (one.start, -one.end)):
        near = [other for other in near if other.end >= reading.start]
        if not any(_repeats(reading, other) for other in near):
            kept.append(reading)
            near.append(reading)
    return kept


def _repeats(reading: Reading, other: Reading) -> bool:
    if (reading.kind == "scores") != (other.kind == "scores"):
        return False
    return reading.at == other.at or (reading.end <= other.end and reading.value == other.value)


def _compared(document: Document, readings: list[Reading], patterns: Patterns) -> list[Reading]:
    """`readings` with the weight that they leave each other."""
    worthless = patterns.worthless
    readings = [replace(one, weight=0.0) if one.context & worthless or one.weight < 0 else one for one in readings]
    standing = [one for one in readings if one.weight > 20]
    sizes: dict[Reading, float] = {}
    for section in {document.section(one.start) for one in standing}:
        sizes |= _sizes_beside(
            document.text, [one for one in standing if document.section(one.start) == section], patterns
        )
    largest = max(sizes.values(), default=0.0)
    alike = Counter(one.value for one in standing)
    stands = set(standing)
    compared = []
    for reading in readings:
        if reading in stands:
            weight = reading.weight + patterns.adjust["agrees"] * min(3, alike[reading.value] - 1)
            if reading.kind != "scores" and (scores := _own_scores(document.text, reading, standing, patterns)):
                weight += patterns.adjust["own_scores" if scores.value == reading.value else "other_scores"]
            if sizes.get(reading) == largest and largest:
                weight += patterns.adjust["largest"]
            reading = replace(reading, weight=weight)
        compared.append(reading)
    return compared


def _own_scores(text: str, reading: Reading, readings: list[Reading], patterns: Patterns) -> Reading | None:
    """The scores that stand straight behind a grade, or else before it, of the same tumour."""
    scores = [one for one in readings if one.kind == "scores"]
    behind = [one for one in scores if -5 <= one.start - reading.end <= 60 or reading.start <= one.start < reading.end]
    before = [
        one
        for one in scores
        if 0 <= reading.start - one.end <= 120 and not patterns.one["next_tumor"].search(text, one.end, reading.start)
    ]
    return behind[0] if behind else before[-1] if before else None


def _sizes_beside(text: str, readings: list[Reading], patterns: Patterns) -> dict[Reading, float]:
    """Where grades differ, the size in millimetres that stands next to each, behind it and its scores or before.

    What names the next tumour, or the one before, parts them.
    """
    owned = {_own_scores(text, one, readings, patterns) for one in readings if one.kind != "scores"}
    graded = [one for one in readings if one not in owned]
    sizes = {}
    for index, reading in enumerate(graded):
        scores = _own_scores(text, reading, readings, patterns) if reading.kind != "scores" else None
        end = max(reading.end, scores.end if scores else 0)
        limit = min(end + BESIDE, graded[index + 1].start if index + 1 < len(graded) else len(text))
        if following := patterns.one["next_tumor"].search(text, end, limit):
            limit = following.start()
        first = max(0, reading.start - NEAR)
        first = max(
            (one.end() for one in patterns.one["next_tumor"].finditer(text, first, reading.start)), default=first
        )
        behind = _own_sizes(text, end, limit, patterns)
        before = _own_sizes(text, first, reading.start, patterns)
        if match := next(iter(behind), None) or next(reversed(before), None):
            lengths = [float(match[name]) for name in ("number", "second", "third") if match[name]]
            sizes[reading] = max(lengths) * (10 if match["unit"].lower() == "cm" else 1)
    return sizes if len({one.value for one in sizes}) > 1 else {}


def _own_sizes(text: str, start: int, end: int, patterns: Patterns) -> list[re.Match[str]]:
    """The sizes in a span that are not of a margin, a distance, a node or carcinoma in situ."""
    return [
        match
        for match in patterns.one["size"].finditer(text, start, end)
        if not patterns.one["other_size"].search(text, max(start, match.start() - BESIDE // 2), match.start())
    ]


def _kept(findings: Iterable[Finding]) -> Iterator[Finding]:
    """`findings` without decoys that repeat others."""
    seen: set[tuple[str, frozenset[str]]] = set()
    for finding in findings:
        if finding.weight == 0:
            what = finding.value, finding.context
            if what in seen or len(seen) == DECOYS:
                continue
            seen.add(what)
        yield finding
