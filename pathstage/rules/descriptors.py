"""Reader of descriptors: what a registry asks of a tumour beside the schema's tasks, such as its side or histology.

Each descriptor is a list of patterns with a value and a weight; nothing is derived. Its findings have the descriptor's
name for a task, which no schema has, so that no head reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from statistics import mean
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding

NUMBER = "number"
"""The value of descriptors that are numbers, which stand in a finding's detail: "23 %"."""


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """All that a document says of the descriptors of `data`, the content of a `descriptors.yaml`."""
    spared = frozenset(data["spared"])
    for name, item in data["items"].items():
        for reading in item["values"]:
            for match in _compiled(reading["pattern"], item.get("term", "")).finditer(document.text):
                said = context.around(document, *match.span()) & spared
                section = document.section(match.start())
                weight = 0.0 if said else reading["weight"] * data["sections"].get(section, 1.0)
                detail = _number(match, reading["unit"]) if reading["value"] == NUMBER else match[0]
                yield Finding(
                    name, _text(reading["value"]), detail, "stated", "descriptor", *match.span(), section, said, weight
                )


@cache
def _compiled(pattern: str, term: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{term}", term), re.IGNORECASE)


def _number(match: re.Match[str], unit: str) -> str:
    return f"{mean(float(group) for group in match.groups() if group):g} {unit}"


def _text(value: str | bool) -> str:
    # YAML takes a bare yes or no for a truth value.
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
