"""Details: what a registry asks beyond the tasks' classes (T1c, 17 mm, 2 of 14 nodes, left), as the rules read it.

Which details there are, and how each is read off the rules' findings, is data: `readings` of
`staging/consistency_breast.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pathstage.report import Evidence, Extraction
from pathstage.rules.finding import Finding
from pathstage.schema import TaskSchema
from pathstage.staging.ajcc8 import has_staging, items_by_field
from pathstage.staging.consistency import Value, category_given, consistency_data
from pathstage.staging.facts import facts_of

SUBCATEGORY = "_subcategory"
"""Ending of the names of details that are finer than the class of a task: "pT_subcategory"."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A detail's value and the words it was read from."""

    value: Value
    evidence: tuple[Evidence, ...]


def detail_types(schema: TaskSchema) -> dict[str, type]:
    """The details that a report of this schema may have, in order, and whether each is a number (float), scores (tuple)
    or a word (str); none for a schema without stage tables."""
    if not has_staging(schema.name):
        return {}
    types: dict[str, type] = {}
    for field, how in consistency_data()["readings"].items():
        if field in _axes():
            types[field + SUBCATEGORY] = str
        elif field not in schema.names:
            numbers = re.compile(how["pattern"]).groups if "pattern" in how and "values" not in how else 0
            types[field] = (str, float)[numbers] if numbers < 2 else tuple
    return types


def details_of(extraction: Extraction) -> dict[str, Detail]:
    """The details of a report, by name; one the rules did not find is left out.

    A subcategory is always one of the class that the field has: the field decides, the rules refine.
    """
    report = extraction.report
    best: dict[str, Detail] = {}
    for fact in facts_of(extraction.findings):
        if fact.field not in extraction.fields and fact.span is not None:
            best.setdefault(fact.field, Detail(fact.value, (report.quote(*fact.span),)))
    for task in _axes() & extraction.fields.keys():
        refined = _subcategory(task, extraction.fields[task].value, extraction.findings)
        if refined is not None:
            category, finding = refined
            best[task + SUBCATEGORY] = Detail(category, (report.quote(finding.start, finding.end),))
    order = [name + suffix for name in consistency_data()["readings"] for suffix in (SUBCATEGORY, "")]
    return {name: best[name] for name in order if name in best}


def subcategories(details: Mapping[str, Detail]) -> dict[str, str]:
    """Task → its subcategory."""
    return {
        name.removesuffix(SUBCATEGORY): str(detail.value)
        for name, detail in details.items()
        if name.endswith(SUBCATEGORY)
    }


def _subcategory(task: str, value: str, findings: Iterable[Finding]) -> tuple[str, Finding] | None:
    """The finest category of a class that the findings speak of, and the finding that does; the heaviest comes first.

    A printed category without a letter is refined by the number it rests on, and stands where no number is found.
    """
    speaking = sorted(
        (one for one in findings if one.task == task and one.value == value and one.weight > 0),
        key=lambda one: (-one.weight, one.start),
    )
    named = [(category, one) for one in speaking if (category := _category(one)) is not None]
    finer = [pair for pair in named if pair[0] != value]
    return next(iter(finer or named), None)


def _category(finding: Finding) -> str | None:
    """The category that a finding names ("T1c", "N1mi 1/3") or that its number gives ("17 mm", "2/14")."""
    item = items_by_field()[finding.task]
    name = finding.detail.split(" ")[0]
    if item.accepts(name):
        return item.read(name).written or None
    return category_given(finding.task, {fact.field: fact for fact in facts_of([finding])})


def _axes() -> frozenset[str]:
    """The tasks that have subcategories: those whose facts are the categories as printed."""
    return frozenset(field for field, how in consistency_data()["readings"].items() if how.get("value") == "detail")
