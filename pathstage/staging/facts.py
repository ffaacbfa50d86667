"""Facts of a report, for the consistency findings, as the rules find them in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pathstage.rules.finding import Finding
from pathstage.staging.ajcc8 import items_by_field
from pathstage.staging.consistency import Fact, Value, consistency_data


def facts_of(findings: Iterable[Finding]) -> tuple[Fact, ...]:
    """What the rules' findings of one report say, with spans in the text they were found in.

    A field has a fact for each value that is to be believed about as much as its best one, best first.
    """
    heaviest_first = sorted(findings, key=lambda finding: (-finding.weight, finding.start))
    return tuple(
        fact for field, how in consistency_data()["readings"].items() for fact in _facts(field, how, heaviest_first)
    )


def _facts(field: str, how: Mapping[str, Any], findings: Sequence[Finding]) -> Iterator[Fact]:
    data = consistency_data()
    read = [(finding, value) for finding in findings if (value := _value(field, how, finding)) is not None]
    decisive = [one for one in findings if one.task in _tasks(how) and one.kind == how.get("yields_to")]
    least = data["at_least"] * max((one.weight for one in (*decisive, *(finding for finding, _ in read))), default=0.0)
    values: list[Value] = []
    for finding, value in read:
        if finding.weight <= 0 or finding.weight < least or len(values) == data["most"]:
            return
        if value not in values:
            values.append(value)
            yield Fact(field, value, (finding.start, finding.end))


def _value(field: str, how: Mapping[str, Any], finding: Finding) -> Value | None:
    """What a finding says of a field that is read `how`; None if it says nothing of it."""
    if finding.task not in _tasks(how) or finding.kind not in how.get("kinds", [finding.kind]):
        return None
    if finding.basis != how.get("basis", finding.basis):
        return None
    value: Any = finding.value
    if how.get("value") == "detail" and items_by_field()[field].accepts(finding.detail):
        value = finding.detail
    if "pattern" in how:
        match = re.fullmatch(how["pattern"], finding.detail)
        if match is None:
            return None
        numbers = tuple(float(group) if "." in group else int(group) for group in match.groups())
        value = numbers if len(numbers) > 1 else numbers[0]
    read: Value | None = how["values"].get(value) if "values" in how else value
    return read


def _tasks(how: Mapping[str, Any]) -> Sequence[str]:
    return [how["task"]] if isinstance(how["task"], str) else how["task"]
