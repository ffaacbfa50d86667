"""Grammar: what may stand between the names of markers and their results, and which results a marker can have.

What it looks like is data (`markers.yaml`); the statements made by it are read in `pathstage.rules.marker_statements`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pathstage.rules.marker_results import Token, compiled

_BLANKS = re.compile(r" {2,}")


@dataclass(frozen=True)
class Grammar:
    """What may stand between names and results (see the comments of `markers.yaml`).

    statuses: kinds of results that are words. accepted: the kinds that the results of a marker can be of; silent: the
    number from which on one of a kind says nothing. unread: what stands between names and results as if it did not.
    """

    fillers: re.Pattern[str]
    gap: int
    answer: re.Pattern[str]
    answer_gap: int
    blocks: re.Pattern[str]
    forward: re.Pattern[str]
    verbs: re.Pattern[str]
    nouns: re.Pattern[str]
    whole: re.Pattern[str]
    join: re.Pattern[str]
    collective: re.Pattern[str]
    heading: re.Pattern[str]
    label_end: re.Pattern[str]
    alone: re.Pattern[str]
    statuses: frozenset[str]
    accepted: dict[str, frozenset[str]]
    silent: dict[str, dict[str, float]]
    unread: re.Pattern[str]
    concludes: re.Pattern[str]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Grammar:
        """Compile the grammar of the content of a `markers.yaml`."""
        accepted = {
            task: frozenset([*body["steps"], *body["classes"], "pending"]) for task, body in data["tasks"].items()
        }
        silent = {
            task: {kind: min(step for step, value in steps.items() if value is None)}
            for task, body in data["tasks"].items()
            for kind, steps in body["steps"].items()
            if None in steps.values()
        }
        unread = [pattern for span in data["unread"] for pattern in data["spans"][span]]
        statuses = frozenset(kind for body in data["tasks"].values() for kind in body["classes"])
        return cls(
            re.compile(rf"(?:[\W_]|\b{data['fillers']}\b)*", re.IGNORECASE),
            data["gap"],
            re.compile(data["answer"], re.IGNORECASE),
            data["answer_gap"],
            re.compile(data["blocks"], re.IGNORECASE),
            compiled(data["forward"]),
            compiled(data["verbs"]),
            compiled(data["nouns"]),
            compiled(data["whole"]),
            re.compile(data["join"], re.IGNORECASE),
            re.compile(data["collective"], re.IGNORECASE),
            re.compile(data["heading"]),
            re.compile(data["label_end"], re.IGNORECASE),
            re.compile(data["alone"]),
            statuses,
            accepted,
            silent,
            compiled("|".join((rf"(?:{data['boxes']['checked']})\.?", *unread))),
            re.compile(data["concludes"], re.IGNORECASE),
        )

    def accepts(self, task: str, token: Token) -> bool:
        """Whether `token`, a result or a method, can be one of the marker `task`."""
        if token.role == "method" or task not in self.accepted:
            return True
        if token.number is not None and token.number >= self.silent.get(task, {}).get(token.kind, math.inf):
            return False
        return (not token.tasks or task in token.tasks) and (token.kind in self.accepted[task] or token.kind == "soft")

    def leads(self, text: str, start: int, end: int) -> bool:
        """Whether a result at `end` can belong to a name that ends at `start`."""
        between = _BLANKS.sub(" ", text[start:end])
        if len(between) <= self.gap and not self.blocks.search(between):
            return True
        if len(between) <= 2 * self.gap and self.fillers.fullmatch(between):
            return True
        return len(between) <= self.answer_gap and bool(self.answer.search(between))
