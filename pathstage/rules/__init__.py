"""Rules: what deterministic reading finds in a report, for the model to weigh and the rules baseline to answer with.

    normalized text ──Document──▶ readers ──▶ findings ──decide──▶ one finding a task

A reader is a module with `find(document, data, context)`; what it looks for is data, a YAML file of its name in the
folder of the schema (`rules/breast/`). A schema without such a folder has no rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from pathstage.rules import categories, descriptors, grades, markers, nodes, sizes, stages
from pathstage.rules.context import ContextRules
from pathstage.rules.decide import answers, decide
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding, in_source
from pathstage.rules.orders import distrust

__all__ = ["Finding", "answers", "decide", "find", "has_rules", "in_source"]

Reader = Callable[[Document, Mapping[str, Any], ContextRules], Iterable[Finding]]

_READERS: dict[str, Reader] = {
    "categories": categories.find,
    "sizes": sizes.find,
    "nodes": nodes.find,
    "grades": grades.find,
    "markers": markers.find,
    "descriptors": descriptors.find,
    "stages": stages.find,
}


def find(text: str, schema_name: str) -> tuple[Finding, ...]:
    """All findings in a normalized report text, in the order they stand in it; none for a schema without rules."""
    rules = _load(schema_name)
    if rules is None or not text.strip():
        return ()
    data, context = rules
    document = Document(text)
    found: Iterable[Finding] = (
        finding for name, read in _READERS.items() if name in data for finding in read(document, data[name], context)
    )
    if "orders" in data:
        found = distrust(found, text, data["orders"])
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end)))


def has_rules(schema_name: str) -> bool:
    """Whether there are rules for a schema."""
    return _load(schema_name) is not None


@cache
def _load(schema_name: str) -> tuple[Mapping[str, Any], ContextRules] | None:
    folder = resources.files("pathstage.rules") / schema_name
    if not folder.is_dir():
        return None
    files = [file for file in folder.iterdir() if file.name.endswith(".yaml")]
    data = {file.name.removesuffix(".yaml"): yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    return data, ContextRules.from_data(data["context"])
