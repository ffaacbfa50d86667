"""Reader of printed T, N and M categories: TNM expressions, and values told by their label ("T Stage: 2").

What is printed goes before what could be derived. Of several the highest T of the specimens decides, as the index
tumour is the one with the highest pT, and the N and M beside it; a checked option, an amendment and a synopsis count
more, a clinical T or N, history, and a key that prints every category little or nothing. A clinical M counts: without
evidence to the contrary M0 is clinical (AJCC Cancer Staging Manual, 8th edition, chapter 1).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

from pathstage.rules.category_boxes import BoxRules, boxes
from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.staging.tnm import Category, find_tnm

_REACH = 120
"""Characters before and behind a category in which words can speak of it."""
_ITEM = 60
"""Characters between the categories of two items of a list."""
_NEAR = 15
"""Characters between two categories of a key with nothing between."""
_KEY_TEXT, _KEY_LINE = 40, 70
"""Characters behind a category of a key that begin to say what it means, and between two lines of a key."""

_KEYS = (
    ("key_text", 2 * _REACH, 2),
    ("key_bound", _KEY_LINE, 1),
    ("key_colon", 2 * _REACH, 3),
    ("key_gap", _NEAR, 2),
)
"""The kinds of keys: characters between two categories of one, and how many of them are no key yet."""


@dataclass(frozen=True)
class Axis:
    """T, N or M: its task, the class for each value (lowest first), and the labels a value may stand behind."""

    task: str
    classes: Mapping[str, str]
    labelled: re.Pattern[str]


@dataclass(frozen=True)
class Cue:
    """Words that put a category into a context; `of`: "any" one, one that is "not_p" or one that is "unmarked".

    Words before or behind it do, or only `both` together.
    """

    context: str
    of: str
    before: re.Pattern[str] | None
    behind: re.Pattern[str] | None
    both: bool

    def speaks(self, before: str, behind: str) -> bool:
        """Whether the words around a category put it into the context."""
        found = [
            bool(pattern and pattern.search(words)) for pattern, words in ((self.before, before), (self.behind, behind))
        ]
        return all(found) if self.both else any(found)


@dataclass(frozen=True)
class CategoryRules:
    """The content of a `categories.yaml`."""

    axes: Mapping[str, Axis]
    cues: tuple[Cue, ...]
    patterns: Mapping[str, re.Pattern[str]]
    boxes: BoxRules
    weights: Mapping[str, float]
    sections: Mapping[str, tuple[float, float]]
    trust: Mapping[str, float]
    clinical_axes: frozenset[str]
    sides: Mapping[str, re.Pattern[str]]
    distant: re.Pattern[str]
    distant_category: tuple[str, str]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CategoryRules:
        """Compile the data of the file; cheap when repeated, as `re` keeps what it has compiled."""
        return cls(
            {
                name: Axis(
                    body["task"],
                    body["classes"],
                    _compile(
                        rf"\b(?:(?P<label>{'|'.join(body['labels'])}|{_row(name, body['classes'], data['boxes'])})"
                        rf"|{'|'.join(body['names'])})"
                        rf"[\s:=.(-]{{1,5}}(?!(?<=\() ?x ?\)){_boxed(body['classes'], data['boxes'])}"
                        rf"(?:{_value(name, body['classes'], data['counted'])}|(?P<words>{data['not_assessed']}))"
                    ),
                )
                for name, body in data["axes"].items()
            },
            tuple(
                Cue(
                    name,
                    body["of"],
                    _compile("|".join(body["before"])) if "before" in body else None,
                    _compile("|".join(body["behind"])) if "behind" in body else None,
                    body.get("both", False),
                )
                for name, body in data["contexts"].items()
            ),
            {name: _compile(pattern) for name, pattern in data["patterns"].items()},
            BoxRules.from_data(data["boxes"], data["not_assessed"]),
            data["weights"],
            data["sections"],
            data["trust"],
            frozenset(data["clinical_axes"]),
            {side: _compile(pattern) for side, pattern in data["sides"].items()},
            _compile(rf"\b{data['distant']['specimen']}(?P<metastasis>{data['distant']['metastasis']})"),
            (data["distant"]["axis"], data["distant"]["value"]),
        )


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of printed T, N and M categories."""
    rules = CategoryRules.from_data(data)
    printed = _itemised(sorted(_printed(document.text, rules), key=lambda one: (one.start, one.end)))
    open_options = [one for one in printed if one.how != "checked"]
    lists = ([(one.start, one.end) for one in open_options if one.category.axis == axis] for axis in rules.axes)
    checked = boxes(document.text, lists, rules.boxes)
    printed = [replace(one, how="checked") if checked.get(one.start) else one for one in printed]
    asides = {start: "unchecked" for start, is_checked in checked.items() if not is_checked}
    asides |= dict.fromkeys(_keys(document.text, printed, rules), "definition")
    found = [_finding(document, one, None if one.how == "checked" else asides.get(one.start), rules) for one in printed]
    yield from _with_index_tumour(document.text, found, printed, rules)
    yield from _distant(document, rules)


@dataclass(frozen=True)
class Printed:
    """A printed category and how it is printed, a key of the weights; `group` counts the expressions."""

    category: Category
    prefix: str
    how: str
    group: int
    start: int
    end: int


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _boxed(classes: Mapping[str, str], boxes: Mapping[str, str]) -> str:
    """Pattern of what stands before the checked value of a list: "pT: ( ) 1c  (X) 2", "pT: 1c ( )  2 (X)"."""
    value, blank, gap = rf"(?:{'|'.join(classes)})(?:mi|[a-d])?", boxes["blank"], r"[\s,;./|]{1,3}"
    box_first = rf"(?:{blank} ?{value}{gap}){{0,8}}(?P<box>{boxes['checked']}) ?"
    box_last = rf"(?P<box_last>(?:{value} ?{blank}{gap}){{1,8}})(?={value} ?{boxes['checked']})"
    return rf"(?:{box_first}|{box_last})?"


def _row(axis: str, classes: Mapping[str, str], boxes: Mapping[str, str]) -> str:
    """Pattern of a letter that heads a row of boxes, two at least: "T [ ] 1 [X] 2"."""
    box, value = rf"(?:{boxes['checked']}|{boxes['blank']})", rf"(?:{'|'.join(classes)})(?:mi|[a-d])?"
    gap = r"[\s,;./|]{0,3}"
    row = rf"(?:{box} ?{value}{gap}{box} ?{value}|{value} ?{box}{gap}{value} ?{box})"
    return rf"(?-i:[yr]?p?{axis})(?=[ :.-]{{1,3}}{row})"


def _value(axis: str, classes: Mapping[str, str], counted: str) -> str:
    """Pattern of a value behind a label, with or without its letter, and no count or length of what is `counted`."""
    values = "|".join(sorted(classes, key=len, reverse=True))
    return (
        rf"[yr]?p?(?P<letter>(?-i:{axis}) ?)?"
        rf"(?P<digit>{values}|(?-i:O)(?=\Z|[\n.,;)\]]| ?\()|(?-i:[lI])(?=mi|[abc]))(?P<sub>mi|[abcd])?"
        rf"(?![\w%+]|[.,/]\d|(?: ?-| to)? ?\d| ?=| ?(?:{counted})\b)"
    )


def _printed(text: str, rules: CategoryRules) -> Iterator[Printed]:
    """All categories of `text`: those of TNM expressions, and those that only a label tells."""
    taken: set[tuple[str, int]] = set()
    group = 0
    for group, tnm in enumerate(find_tnm(text), start=1):
        for one in tnm.categories:
            if one.value in rules.axes[one.axis].classes:
                prefix = tnm.prefix(one.axis)
                how = _how(text, one, prefix, len(tnm.categories), rules)
                yield Printed(one, prefix, how, group, one.start, one.end)
                taken |= {(one.axis, at) for at in range(one.start, one.end)}
    for axis, body in rules.axes.items():
        for match in body.labelled.finditer(text):
            group += 1
            words = match["words"] is not None
            if (axis, match.end() - 1) in taken or not (words or match["letter"] or match["label"]):
                continue
            value = next(iter(body.classes)) if words else _value_of(match["digit"], body.classes)
            category = Category(axis, value, (match["sub"] or "").lower(), start=match.start(), end=match.end())
            how = "words" if words else "checked" if match["box"] or match["box_last"] else "labelled"
            yield Printed(category, "p", how, group, match.start(), match.end())


def _itemised(printed: list[Printed]) -> list[Printed]:
    """`printed` with categories that items in a row tell made as good as those of one expression.

    "Stage (AJCC) tumor: pT2. Stage (AJCC) nodes: pN0."
    """
    marked = [one for one in printed if one.how == "marked"]
    in_row = {
        member
        for one, following in pairwise(marked)
        if one.category.axis != following.category.axis and following.start - one.end <= _ITEM
        for member in (one, following)
    }
    return [replace(one, how="expression") if one in in_row else one for one in printed]


def _value_of(printed: str, classes: Iterable[str]) -> str:
    value = {"o": "0", "l": "1", "i": "1"}.get(printed.lower(), printed.lower())
    return next(one for one in classes if one.lower() == value)


def _how(text: str, one: Category, prefix: str, together: int, rules: CategoryRules) -> str:
    """How a category of an expression of so many `together` is printed."""
    if one.value == "X" and not {"x", "k"} & set(text[one.start : one.end].lower()):
        return "words"
    if together > 1:
        return "expression"
    if prefix or rules.patterns["own_label"].search(text[max(0, one.start - _REACH // 2) : one.start]):
        return "marked"
    if rules.patterns["stage_words"].search(text[max(0, one.start - _REACH // 2) : one.start]):
        return "staged"
    return "fine" if one.sub or one.suffixes or one.value == "is" else "bare"


def _keys(text: str, printed: Iterable[Printed], rules: CategoryRules) -> frozenset[int]:
    """Where the categories of a printed key begin: a row of one axis, each with what it means or nothing between.

    Two are a key where both are defined by the bounds of a size or count, else it takes three, or four in their order
    where only a colon shows that words of any kind define them.
    """
    keys: set[int] = set()
    rows: dict[tuple[str, str], list[Printed]] = {}
    patterns = rules.patterns
    for one in printed:
        if one.how == "checked":
            continue
        behind = text[one.end : one.end + _KEY_TEXT]
        for kind, reach, most in _KEYS:
            row = rows.setdefault((one.category.axis, kind), [])
            if kind != "key_gap" and not patterns[kind].search(behind):
                continue
            if row and (
                one.start - row[-1].end > reach
                or (kind != "key_colon" and one.category.name == row[-1].category.name)
                or (kind == "key_colon" and _rank(one, rules) < _rank(row[-1], rules))
                or (kind == "key_gap" and not patterns[kind].fullmatch(text, row[-1].end, one.start))
            ):
                row.clear()
            row.append(one)
            if len({member.category.name for member in row}) > most:
                keys |= {member.start for member in row}
    return frozenset(keys)


def _rank(one: Printed, rules: CategoryRules) -> int:
    return list(rules.axes[one.category.axis].classes).index(one.category.value)


def _finding(document: Document, one: Printed, aside: str | None, rules: CategoryRules) -> Finding:
    axis = rules.axes[one.category.axis]
    section = document.section(one.start)
    contexts = {*_contexts(document.text, one, rules), *([aside] if aside else [])}
    weight = rules.weights[one.how] * rules.sections.get(section, (1.0, 1.0))["p" not in one.prefix]
    for name in contexts:
        if not (name == "clinical" and one.category.axis in rules.clinical_axes):
            weight *= rules.trust.get(name, 1.0)
    return Finding(
        axis.task,
        axis.classes[one.category.value],
        one.category.name,
        "stated",
        "category",
        one.start,
        one.end,
        section,
        frozenset(contexts),
        weight,
    )


def _contexts(text: str, one: Printed, rules: CategoryRules) -> Iterator[str]:
    """What the words around a category say of it."""
    before, behind = text[max(0, one.start - _REACH) : one.start], text[one.end : one.end + _REACH]
    if "c" in one.prefix and "p" not in one.prefix:
        yield "clinical"
    for cue in rules.cues:
        if (cue.of == "unmarked" and one.prefix) or (cue.of == "not_p" and "p" in one.prefix):
            continue
        if cue.speaks(before, behind):
            yield cue.context


def _with_index_tumour(
    text: str, found: list[Finding], printed: list[Printed], rules: CategoryRules
) -> Iterator[Finding]:
    """The findings with what their rank, an amendment and their place beside the index tumour add to their weights."""
    added = [_with_rank(finding, one.category.sub, rules) for finding, one in zip(found, printed, strict=True)]
    first = next(iter(rules.axes.values())).task
    tumours = [at for at, finding in enumerate(added) if finding.task == first]
    if not tumours:
        yield from added
        return
    index = max(tumours, key=lambda at: (added[at].weight, -at))
    sides = _sides(text, rules)
    index_side = _side_at(sides, found[index].start)
    beside = _beside(index, tumours, added, printed)
    told = {
        one.task
        for at, one in enumerate(added)
        if _is_trusted(one, rules) and (at in beside or _side_at(sides, one.start) == index_side)
    }
    for at, finding in enumerate(added):
        if finding.task == first or not _is_trusted(finding, rules):
            yield finding
        elif at in beside:
            yield replace(finding, weight=finding.weight + rules.weights["index"])
        elif finding.task in told and _side_at(sides, finding.start) != index_side:
            yield replace(
                finding,
                weight=finding.weight * rules.trust["other_side"],
                context=finding.context | {"other_side"},
            )
        else:
            yield finding


def _beside(index: int, tumours: list[int], found: list[Finding], printed: list[Printed]) -> frozenset[int]:
    """The findings in the expression of the tumour at `index`, or behind it with no other tumour between."""
    following = min((at for at in tumours if at > index), default=len(found))
    return frozenset(
        at
        for at, one in enumerate(found)
        if printed[at].group == printed[index].group
        or (index < at < following and one.start - found[index].end <= _REACH)
    )


def _is_trusted(finding: Finding, rules: CategoryRules) -> bool:
    return finding.weight >= rules.weights["words"] / 2


def _with_rank(finding: Finding, sub: str, rules: CategoryRules) -> Finding:
    if not _is_trusted(finding, rules):
        return finding
    classes = next(list(axis.classes.values()) for axis in rules.axes.values() if axis.task == finding.task)
    rank = classes.index(finding.value)
    finer = 0.0 if sub in {"", "mi"} else (ord(sub[0]) - ord("a") + 1) / 10  # T1a before T1 and T1mi, T1c before T1a
    added = rules.weights["rank"] * (rank + finer) if rank else rules.weights["unassessed"]
    added += rules.weights["amended"] if "amended" in finding.context or finding.section == "addendum" else 0.0
    return replace(finding, weight=finding.weight + added)


def _sides(text: str, rules: CategoryRules) -> list[tuple[int, str]]:
    """Where the text names a side, in order; none unless it names both."""
    named = {side: [(match.start(), side) for match in pattern.finditer(text)] for side, pattern in rules.sides.items()}
    return sorted(chain.from_iterable(named.values())) if all(named.values()) else []


def _side_at(sides: list[tuple[int, str]], offset: int) -> str:
    at = bisect_left(sides, (offset, ""))
    return sides[at - 1][1] if at else ""


def _distant(document: Document, rules: CategoryRules) -> Iterator[Finding]:
    """Distant metastases that a specimen shows."""
    axis, value = rules.distant_category
    body = rules.axes[axis]
    for match in rules.distant.finditer(document.text):
        section = document.section(match.start())
        metastasis = match.start("metastasis")
        of_nodes = rules.patterns["nodal_before"].search(
            document.text, max(0, match.start() - _REACH), metastasis
        ) or rules.patterns["nodal_behind"].match(document.text, match.end())
        told = rules.patterns["organ_told"].search(document.text, match.start(), metastasis)
        if section not in rules.sections and not of_nodes and not told:
            yield Finding(
                body.task,
                body.classes[value],
                f"{axis}{value}",
                "derived",
                "specimen",
                metastasis,
                match.end(),
                section,
                frozenset(),
                rules.weights["derived"],
            )
