"""Consistency: what a report says that cannot stand together, with both pieces of evidence side by side.

Facts in, findings out; nothing here reads text. What is compared is data: `consistency_breast.yaml`, which also names
the facts. The numbers of size and node categories are those the rules read reports with (`pathstage/rules/breast`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from itertools import product
from math import inf
from typing import Any

import yaml

from pathstage.staging.ajcc8 import PossibleStages, items_by_field
from pathstage.staging.items import Item
from pathstage.staging.record import StageResult, stage_fields
from pathstage.staging.scale import Scale

Value = str | float | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a report says. `field` is a name of `consistency_breast.yaml`; `span`, half-open, where it says so."""

    field: str
    value: Value
    span: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fact in JSON's types."""
        start, end = self.span or (None, None)
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"field": self.field, "value": value, "start": start, "end": end}


Facts = Mapping[str, Fact]
"""One fact of each field, by the field's name."""


@dataclass(frozen=True, slots=True)
class ConsistencyFinding:
    """Facts that contradict each other: first what is claimed, then what speaks against it.

    `message` names categories and numbers, never words of the report.
    """

    code: str
    message: str
    evidence: tuple[Fact, ...]

    def to_dict(self) -> dict[str, Any]:
        """The finding in JSON's types."""
        return {"code": self.code, "message": self.message, "evidence": [fact.to_dict() for fact in self.evidence]}


def consistency_findings(facts: Iterable[Fact], stage: StageResult | None = None) -> tuple[ConsistencyFinding, ...]:
    """All contradictions among the facts of a report.

    Several facts of one field (two tumours, an addendum) stand in the order they are believed, and contradict another
    field only if every one of them does. Categories are those the report prints; one that was derived from a number
    agrees with it anyway. A printed stage group is compared with `stage`, or without it with the stage of the facts.
    Raises ValueError for a category, status or grade that is none.
    """
    told: dict[str, list[Fact]] = {}
    for fact in facts:
        told.setdefault(fact.field, []).append(fact)
    return tuple(found for check in _checks(stage) if (found := _contradiction(check, told)) is not None)


@dataclass(frozen=True, slots=True)
class _Check:
    """A contradiction that one fact of each of `fields` may be; `others` are looked at as well, as first told.

    within: the most characters from the beginning of one fact to that of another that it needs.
    """

    fields: tuple[str, ...]
    find: Callable[[Facts], ConsistencyFinding | None]
    others: tuple[str, ...] = ()
    within: float = inf


def _checks(stage: StageResult | None) -> Iterator[_Check]:
    data = consistency_data()
    for code, sides in data["sums"].items():
        yield _Check((sides["parts"], sides["total"]), partial(_sum, code, sides))
    for code, rule in data["numbers"].items():
        numbers = [rule["number"], rule.get("else"), data["numbers"].get(rule.get("yields_to"), {}).get("number")]
        yield _Check((rule["category"], *filter(None, numbers)), partial(_number, code, rule))
    for code, (smaller, larger) in data["at_most"].items():
        yield _Check((smaller, larger), partial(_at_most, code, smaller, larger))
    for code, sides in data["stage"].items():
        yield _Check(
            (sides["printed"], *sides["of"]), partial(_stage, code, sides, stage), (*items_by_field(), data["edition"])
        )
    for code, combination in data["combinations"].items():
        fields = dict.fromkeys(field for when in combination["when"] for field in when)
        yield _Check(tuple(fields), partial(_combination, code, combination), within=combination.get("within", inf))


def _contradiction(check: _Check, told: Mapping[str, list[Fact]]) -> ConsistencyFinding | None:
    """What the check finds in the facts told first, if it finds something in every choice among those told."""
    sides = consistency_data()["sides"]
    two_sides = any(fact.value == sides["two"] for fact in told.get(sides["field"], ())[:1])
    within = min(check.within, sides["within"]) if two_sides else check.within
    others = {field: told[field][0] for field in check.others if field in told}
    fields = [field for field in check.fields if field in told]
    first = None
    for choice in product(*(told[field] for field in fields)):
        found = check.find(others | dict(zip(fields, choice, strict=True)))
        if found is None or _distance(found.evidence) > within:
            return None
        first = first or found
    return first


def _distance(evidence: Iterable[Fact]) -> int:
    """The characters between the beginnings of what stands furthest apart."""
    starts = [fact.span[0] for fact in evidence if fact.span is not None]
    return max(starts, default=0) - min(starts, default=0)


def _sum(code: str, sides: Mapping[str, str], facts: Facts) -> ConsistencyFinding | None:
    parts, total = facts.get(sides["parts"]), facts.get(sides["total"])
    if not (parts and total) or _amount(parts) == _amount(total):
        return None
    message = f"the scores add up to {_amount(parts):g}, and {_amount(total):g} is printed"
    return ConsistencyFinding(code, message, (total, parts))


def _number(code: str, rule: Mapping[str, Any], facts: Facts) -> ConsistencyFinding | None:
    """A printed category against the one that a number gives."""
    printed, number = facts.get(rule["category"]), _number_fact(rule, facts)
    if printed is None or number is None:
        return None
    item = items_by_field()[rule["category"]]
    written = item.read(str(printed.value)).written
    if not written or written not in rule.get("of", [written]):
        return None
    if "yields_to" in rule and not set(_given(rule["yields_to"], facts)) <= set(rule["of"]):
        return None
    given = _given(code, facts)
    if not given or any(_agree(item, written, one) for one in given):
        return None
    categories = " or ".join(item.read(one).written for one in given)
    message = f"{rule['category']} is printed as {written}; {_amount(number):g} {rule['unit']} would be {categories}"
    return ConsistencyFinding(code, message, (printed, number))


def _number_fact(rule: Mapping[str, Any], facts: Facts) -> Fact | None:
    return facts.get(rule["number"]) or facts.get(rule.get("else", ""))


def _given(code: str, facts: Facts) -> list[str]:
    """The categories that the number of a rule gives: none, one, or two where rounding it makes another."""
    rule = consistency_data()["numbers"][code]
    number = _number_fact(rule, facts)
    if number is None:
        return []
    amount = _amount(number)
    amounts = [amount, int(amount + 0.5)] if amount >= rule.get("round_from", float("inf")) else [amount]
    return list(dict.fromkeys(given for one in amounts if (given := _scale(code).category(one)) is not None))


def category_given(field: str, facts: Facts) -> str | None:
    """The category of `field` that a number among the facts gives; None where none of them gives one."""
    for code, rule in consistency_data()["numbers"].items():
        if rule["category"] == field and (given := _given(code, facts)):
            return given[0]
    return None


def _agree(item: Item, one: str, other: str) -> bool:
    """Whether two spellings may name the same category; a bare "T1" agrees with "T1c", and "T1b" does not."""
    first, second = item.read(one), item.read(other)
    if first.options != second.options:
        return first.other in second.options
    both_finer = first.written != first.options[0] and second.written != second.options[0]
    return not both_finer or first.written == second.written


def _at_most(code: str, smaller: str, larger: str, facts: Facts) -> ConsistencyFinding | None:
    less, more = facts.get(smaller), facts.get(larger)
    if not (less and more) or _amount(less) <= _amount(more):
        return None
    return ConsistencyFinding(code, f"{smaller} is {_amount(less):g}, {larger} only {_amount(more):g}", (less, more))


def _stage(code: str, sides: Mapping[str, Any], stage: StageResult | None, facts: Facts) -> ConsistencyFinding | None:
    """A printed stage group against the derived ones."""
    printed = facts.get(sides["printed"])
    group = _stage_group(str(printed.value)) if printed else None
    if printed is None or group is None:
        return None
    # A printed "N1" is as fine as the report has it, so it stands for its subcategory too.
    values = {field: str(facts[field].value) for field in items_by_field() if field in facts}
    told = stage_fields(values, values)
    derived = _derived(sides["tables"], stage or told, facts)
    if not derived or _names_one_of(derived, group):
        return None
    printed_all = all(field in facts for field in sides["needed"])
    if printed_all and _names_one_of(_derived(sides["tables"], told, facts), group):
        return None  # what is printed agrees, and another reading of the categories is not the report's contradiction
    explained, edition = _earlier(group, facts), _edition(facts)
    if explained is not None and 0 < edition <= explained["until"]:
        return None
    main = next(iter(derived))
    given = " and ".join(f"{_one_or_range(possible.stages)} ({name})" for name, possible in derived.items())
    assumed = "".join(f", {one} assumed" for one in derived[main].assumed)
    remark = f"; {explained['message']}" if explained is not None and not edition else ""
    categories = tuple(facts[field] for field in sides["of"] if field in facts)
    return ConsistencyFinding(
        code,
        f"stage {group} is printed; the categories give {given}{assumed}{remark}",
        (printed, Fact(f"{main}_stage_group", _one_or_range(derived[main].stages)), *categories),
    )


def _derived(tables: Sequence[str], stage: StageResult, facts: Facts) -> dict[str, PossibleStages]:
    """The stages that a printed group of these tables may be, by table; none where the first table has none."""
    possible = {name: getattr(stage, name) for name in tables}
    if not possible[tables[0]].stages:
        return {}
    since = consistency_data()["prognostic_since"]
    return {
        name: one
        for name, one in possible.items()
        if name == tables[0] or one.stage is not None or (one.stages and _edition(facts) >= since)
    }


def _names_one_of(derived: Mapping[str, PossibleStages], group: str) -> bool:
    return any(_is_group(one, group) for possible in derived.values() for one in possible.stages)


def _edition(facts: Facts) -> int:
    """The edition of the manual that a report names, 0 where it names none."""
    edition = facts.get(consistency_data()["edition"])
    return int(str(edition.value)) if edition else 0


def _earlier(group: str, facts: Facts) -> Mapping[str, Any] | None:
    """The rule of an earlier edition by which the categories gave the printed group."""
    for rule in consistency_data()["earlier"]:
        if _is_group(rule["group"], group) and all(
            _holds(facts.get(field), field, allowed) for field, allowed in rule["when"].items()
        ):
            return dict(rule)
    return None


def _stage_group(printed: str) -> str | None:
    """A stage group as the tables spell it: "IIA" of "Stage II a" or "2A"; None where it cannot be read."""
    match = re.fullmatch(r"(?:STAGE)?(0|IV|I{1,3}|[1-4])([ABC])?", re.sub(r"[\s.:_-]+", "", printed).upper())
    if match is None:
        return None
    return {"1": "I", "2": "II", "3": "III", "4": "IV"}.get(match[1], match[1]) + (match[2] or "")


def _one_or_range(stages: tuple[str, ...]) -> str:
    return stages[0] if len(stages) == 1 else f"{stages[0]} to {stages[-1]}"


def _is_group(stage: str, group: str) -> bool:
    """Whether a stage is of a group, which may lack its letter: "IIA" is of "IIA" and of "II"."""
    return stage == group or stage.rstrip("ABC") == group


def _combination(code: str, data: Mapping[str, Any], facts: Facts) -> ConsistencyFinding | None:
    for when in data["when"]:
        if all(_holds(facts.get(field), field, allowed) for field, allowed in when.items()):
            evidence = tuple(facts[field] for field in when if field in facts)
            shown = ", ".join(f"{fact.field} {fact.value}" for fact in evidence)
            return ConsistencyFinding(code, f"{shown}: {data['message']}", evidence)
    return None


def _holds(fact: Fact | None, field: str, allowed: list[Value | None]) -> bool:
    if fact is None:
        return None in allowed
    if fact.value in allowed:
        return True
    return field in items_by_field() and items_by_field()[field].category(str(fact.value)) in allowed


def _amount(fact: Fact) -> float:
    return float(sum(fact.value)) if isinstance(fact.value, tuple) else float(fact.value)


def consistency_codes() -> tuple[str, ...]:
    """The codes that findings may have."""
    data = consistency_data()
    return tuple(code for kind in ("sums", "numbers", "at_most", "stage", "combinations") for code in data[kind])


@cache
def consistency_data() -> dict[str, Any]:
    """The content of `consistency_breast.yaml`."""
    return _read_yaml("pathstage.staging", "consistency_breast.yaml")


@cache
def _scale(code: str) -> Scale:
    rule = consistency_data()["numbers"][code]
    file, *keys = rule["scale"]
    data = _read_yaml("pathstage.rules", f"breast/{file}.yaml")
    for key in keys:
        data = data[key]
    return Scale.from_data(data, rule.get("above"))


def _read_yaml(package: str, name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((resources.files(package) / name).read_text(encoding="utf-8"))
    return content
