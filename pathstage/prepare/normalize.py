"""Repair what scanning, OCR and layout did to a report, where that helps the model and cannot change what is said."""

from __future__ import annotations

from collections.abc import Iterator

from pathstage.prepare.align import Edit, apply
from pathstage.prepare.repairs import RULES, Rule
from pathstage.prepare.sentences import begins_sentences_with_capitals
from pathstage.report import PreparedText
from pathstage.schema import TaskSchema

MAX_ROUNDS = 8
"""One repair can make room for another, so the rules run until none applies; no real report needs more than three."""


def normalize(prepared: PreparedText, schema: TaskSchema) -> PreparedText:
    """Repair `prepared` by `RULES` and by the spellings of the schema's tasks; offsets still lead to the report.

    Normalizing what has been normalized changes nothing.
    """
    rules = (*RULES, *spelling_rules(schema))
    for _ in range(MAX_ROUNDS):
        before = prepared.text
        capitals = begins_sentences_with_capitals(before)
        for rule in rules:
            if capitals or not rule.needs_capitals:
                prepared = apply(prepared, edits(prepared.text, rule))
        if prepared.text == before:
            break
    return prepared


def edits(text: str, rule: Rule) -> Iterator[Edit]:
    """What `rule` changes in `text`, in order."""
    for match in rule.pattern.finditer(text):
        replacement = match.expand(rule.replacement) if isinstance(rule.replacement, str) else rule.replacement(match)
        if replacement != match[0]:
            yield Edit(match.start(), match.end(), replacement)


def spelling_rules(schema: TaskSchema) -> Iterator[Rule]:
    """The spellings of the schema's tasks, as rules."""
    for task in schema.tasks:
        for pattern, replacement in task.spellings:
            yield Rule(f"{task.name} spelling", pattern, replacement)
