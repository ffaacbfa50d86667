"""Reader of receptor and HER2 results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding
from pathstage.rules.marker_boxes import BoxRules, read_boxes
from pathstage.rules.marker_foci import FocusRules, of_index
from pathstage.rules.marker_grammar import Grammar
from pathstage.rules.marker_results import Token, Vocabulary
from pathstage.rules.marker_rows import RowRules, rows
from pathstage.rules.marker_statements import Statement, statements
from pathstage.rules.marker_tables import tables
from pathstage.rules.spelling import Spelling

REACH = 150
"""How many characters behind a measure that decides words are still about the same result."""


@dataclass(frozen=True)
class _Rules:
    """A `markers.yaml`, compiled."""

    spelling: Spelling
    vocabulary: Vocabulary
    grammar: Grammar
    context: ContextRules
    tasks: Mapping[str, Any]
    weights: Mapping[str, Any]
    foci: FocusRules
    boxes: BoxRules
    rows: RowRules
    hybridisation: frozenset[str]
    by: re.Pattern[str]


_CHOICE = re.compile(r"\s*/\s*")
"""Between words of which one was to be chosen and none was: "positive / negative"."""

_compiled: dict[int, tuple[Mapping[str, Any], _Rules]] = {}


def _rules(data: Mapping[str, Any]) -> _Rules:
    """The compiled `data`, kept as long as the data it was made of."""
    if id(data) not in _compiled:
        rules = _Rules(
            Spelling.from_data(data["spelling"]),
            Vocabulary.from_data(data),
            Grammar.from_data(data),
            ContextRules.from_data(data["context"]),
            data["tasks"],
            data["weights"],
            FocusRules.from_data(data["foci"]),
            BoxRules.from_data(data["boxes"]),
            RowRules.from_data(data["rows"]),
            frozenset(data["methods"]["ish"]["kinds"]),
            re.compile(data["methods"]["ish"]["by"], re.IGNORECASE),
        )
        _compiled[id(data)] = data, rules
    return _compiled[id(data)][1]


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of receptor and HER2 results.

    One finding for each marker of each statement; in-situ hybridisation makes a finding of its own, which outweighs
    immunohistochemistry (ASCO/CAP 2018, doi:10.1200/JCO.2018.77.8738). Where a status and its numbers are printed
    together the status counts. Results that are pending, definitions or about control tissue have no weight.
    """
    rules = _rules(data)
    repaired = rules.spelling.repaired(document.text)
    if repaired is None:
        yield from _found(document, rules)
        return
    for finding in _found(Document(repaired.text), rules):
        start, end = repaired.starts[finding.start], repaired.ends[finding.end - 1]
        yield replace(finding, start=start, end=end, section=document.section(start))


def _found(document: Document, rules: _Rules) -> Iterator[Finding]:
    text, tokens = read_boxes(document.text, rules.vocabulary.tokens(document.text), rules.boxes)
    reader = _Reader(document, rules)
    told = list(rows(rules.grammar, rules.rows, text, tokens))
    rest = _unused(tokens, told)
    told += tables(rules.grammar, text, rest)
    lines = statements(rules.grammar, text, _unused(rest, told))
    said = (*(statement for statement, _ in told), *lines)
    found = [finding for statement in said for finding in reader.findings(statement)]
    found = list(_outvoted(found, document, rules))
    yield from _weighed(of_index(document.text, found, rules.foci), rules.weights)
    yield from reader.decoys(tokens)


def _unused(tokens: Sequence[Token], told: Iterable[tuple[Statement, tuple[Token, ...]]]) -> list[Token]:
    """Those of `tokens` that no table used up."""
    used = {token.start for _, own in told for token in own}
    return [token for token in tokens if token.start not in used]


def _outvoted(found: Sequence[Finding], document: Document, rules: _Rules) -> Iterator[Finding]:
    """The findings, words behind the measure that decides for their task in the same sentence of no weight to speak of.

    "2+ membrane staining, interpreted as positive for HER2" is 2+.
    """
    ends: dict[tuple[str, int], int] = {}
    for finding in found:
        decides = rules.tasks[finding.task].get("decides")
        sentence = finding.task, document.sentence(finding.start)[0]
        if decides and finding.kind == decides:
            ends[finding.task, document.sentence(finding.end - 1)[0]] = finding.end
        elif decides and finding.kind == "status" and 0 <= finding.start - ends.get(sentence, -REACH - 1) <= REACH:
            weight = min(finding.weight, float(rules.weights["contexts"]["conflict"]))
            finding = replace(finding, context=finding.context | {"conflict"}, weight=weight)
        yield finding


def _weighed(found: Iterable[Finding], weights: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings, those of decisive kinds heavier than all others of their task."""
    found = list(found)
    heaviest: dict[str, float] = {}
    for finding in found:
        heaviest[finding.task] = max(heaviest.get(finding.task, 0), finding.weight)
    for finding in found:
        if finding.kind in weights["decisive"] and finding.weight >= weights["floor"]:
            finding = replace(finding, weight=heaviest[finding.task] + finding.weight / 100)
        yield finding


@dataclass(frozen=True)
class _Reader:
    """Reads the statements of one document."""

    document: Document
    rules: _Rules

    def findings(self, statement: Statement) -> Iterator[Finding]:
        """What `statement` says: of immunohistochemistry and of in-situ hybridisation, each if it does."""
        task = self.rules.tasks[statement.task]
        if statement.tokens[0].role == "verdict":
            kind = statement.tokens[0].kind
            yield self._finding(statement, statement.tokens, _Reading(task["classes"][kind], kind, "verdict", True))
            return
        stained, hybridised = self._by_method(statement.tokens)
        for tokens, kind in ((stained, ""), (hybridised, "ish")):
            if reading := _read(self.document.text, task, tokens):
                yield self._finding(statement, tokens, reading, kind)
            elif tokens and all(token.kind == "pending" for token in tokens):
                yield self._finding(statement, tokens, _Reading(task["absent"], "pending", "pending", True))

    def decoys(self, tokens: Sequence[Token]) -> Iterator[Finding]:
        """For each marker the first result that is part of a definition or about control tissue, without weight."""
        named: tuple[str, ...] = ()
        seen = set()
        for token in tokens:
            if token.role in {"name", "group"}:
                named = token.tasks
            for task in named if token.note else ():
                value = self.rules.tasks[task]["classes"].get(token.kind)
                if value and (task, token.note) not in seen:
                    seen.add((task, token.note))
                    section = self.document.section(token.start)
                    yield Finding(
                        task, value, token.kind, "stated", "definition", token.start, token.end, section,
                        frozenset({token.note}), 0.0,
                    )  # fmt: skip

    def _by_method(self, tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
        """The results of staining and those of in-situ hybridisation."""
        stained: list[Token] = []
        hybridised: list[Token] = []
        ahead = False
        end = 0
        for token in tokens:
            if token.role == "method":
                if stained and self.rules.by.search(self.document.text, end, token.start):
                    words = [one for one in stained if one.number is None]
                    hybridised += words[-1:]
                    stained = [one for one in stained if one not in words[-1:]]
                else:
                    ahead = True
            elif token.kind in self.rules.hybridisation or (
                token.number is None and (ahead or self._of_hybridisation(hybridised, token))
            ):
                hybridised.append(token)
            else:
                stained.append(token)
            end = token.end
        return stained, hybridised

    def _of_hybridisation(self, hybridised: Sequence[Token], token: Token) -> bool:
        """Whether `token` is the word for the measure right ahead of it: "ratio 2.0 - equivocal"."""
        end = hybridised[-1].end if hybridised else token.start
        if self.rules.grammar.concludes.match(self.document.text[end : token.start]):
            return True
        return end < token.start and not re.search(r"\w|\.\s", self.document.text[end : token.start])

    def _finding(self, statement: Statement, tokens: Sequence[Token], reading: _Reading, kind: str = "") -> Finding:
        first, last = min(token.start for token in tokens), max(token.end for token in tokens)
        results = [token for token in statement.tokens if token.role == "result"]
        # Beside others, results that do not come first are shown without the name.
        start = min(statement.start, first) if not results or tokens[0] is results[0] else first
        end = statement.end if len(tokens) >= len(results) else last
        end += self.document.text.startswith(")", end) and "(" in self.document.text[start:end].rpartition(")")[2]
        context = self.rules.context.around(self.document, first, last)
        if reading.source in {"pending", "conflict"}:
            context |= {reading.source}
        section = self.document.section(first)
        weights = self.rules.weights
        weight = weights["sections"].get(section, weights["default"]) + weights["kinds"].get(reading.source, 0)
        if statement.implied:
            weight += weights["kinds"]["implied"]
        weight = min([weight, *(weights["contexts"][name] for name in context if name in weights["contexts"])])
        return Finding(
            task=statement.task,
            value=reading.value,
            detail=reading.detail,
            basis="stated" if reading.stated else "derived",
            kind=kind or reading.kind,
            start=start,
            end=end,
            section=section,
            context=context,
            weight=float(weight),
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What some results come to: a class, in words, and what it was read from."""

    value: str
    detail: str
    source: str
    stated: bool

    @property
    def kind(self) -> str:
        return self.source if self.source in {"percent", "allred", "score", "pending", "hscore", "irs"} else "status"


def _read(text: str, task: Mapping[str, Any], tokens: Sequence[Token]) -> _Reading | None:
    """What `tokens` come to: their words before their numbers, but for the measure that decides for the task."""
    numbers = [token for token in tokens if token.number is not None and token.kind in task["steps"]]
    numbers = [token for token in numbers if _class(task, token) is not None]
    words = [token for token in tokens if token.kind in task["classes"] and not _echo(text, token, numbers)]
    telling = _telling(task, numbers) if numbers else None
    decisive = next((token for token in numbers if token.kind == task.get("decides")), None)
    firm = [token for token in words if token.kind != "soft"] or words
    if len(firm) > 1 and not numbers and _CHOICE.fullmatch(text, firm[0].end, firm[1].start):
        return None
    if firm and not decisive and not (telling and all(token.kind == "soft" for token in firm)):
        values = {task["classes"][token.kind] for token in firm}
        value = task["classes"][firm[0].kind]
        word = task["labels"].get(firm[0].kind, value)
        detail = _detail(task, telling) if telling and len(values) == 1 else word
        source = "conflict" if len(values) > 2 else firm[0].kind
        return _Reading(value, detail, source, firm[0].kind != "soft")
    if number := decisive or telling:
        source = "less_than" if number.less and (number.number or 0) > 1 else number.kind
        if value := _class(task, number):
            return _Reading(value, _detail(task, number), source, False)
    return None


def _telling(task: Mapping[str, Any], numbers: Sequence[Token]) -> Token:
    """The first of `numbers` in the order of the task's measures, but for one of `either` that reaches its top step."""
    first = min(numbers, key=lambda token: list(task["steps"]).index(token.kind))
    tops = {kind: list(steps.values())[-1] for kind, steps in task["steps"].items()}
    either = [token for token in numbers if token.kind in task.get("either", ())]
    return next((token for token in either if _class(task, token) == tops[token.kind]), first)


def _echo(text: str, token: Token, numbers: Sequence[Token]) -> bool:
    """Whether `token` only says what the percentage ahead of it is of: "0 % positive cells"."""
    return token.kind == "positive" and any(
        number.kind == "percent"
        and 0 <= token.start - number.end <= 30
        and not any(mark in text[number.end : token.start] for mark in ";,.(")
        for number in numbers
    )


def _class(task: Mapping[str, Any], token: Token) -> str | None:
    """The class of the highest step that the number of `token`, or the upper end of its range, reaches, if any."""
    number = (token.upper if token.upper is not None else token.number) or 0.0
    if token.less:
        number -= 0.01
    steps = task["steps"][token.kind]
    reached = [value for step, value in steps.items() if number >= step]
    value: str | None = reached[-1] if reached else next(iter(steps.values()))
    return value


def _detail(task: Mapping[str, Any], token: Token) -> str:
    number = f"{token.number:g}" if token.upper is None else f"{token.number:g}-{token.upper:g}"
    if token.kind == "percent":
        return f"{'<' if token.less else ''}{number} %"
    return (
        f"{task['labels'].get(token.kind, token.kind)} {number}{'+' if token.kind == 'score' and number != '0' else ''}"
    )
