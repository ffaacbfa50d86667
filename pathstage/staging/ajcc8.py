"""AJCC 8th-edition stages of breast carcinoma: the anatomic stage group and the pathological prognostic stage.

Source: AJCC Cancer Staging Manual, 8th edition, chapter 48 (Breast), with the errata of January 2018. The tables are
data: `ajcc8_breast.yaml`. Not applied: multigene panels (Oncotype DX below 11 makes T1-2 N0 M0, ER positive, HER2
negative IA in the manual).

Categories are accepted as the manual spells them, with subcategories, prefixes and suffixes ("ypT1c(m)", "N1mi(sn)",
"N0 (i+)"); None, "TX", "NX", "MX", "GX", "equivocal" and "not_reported" say that an item is not known. An unknown M is
assumed cM0, as the manual has it. Where the stage depends on anything else unknown there is no stage, but a set of
those still possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import product
from typing import Any

import yaml

from pathstage.staging.items import Item, Reading

_TNM = ("T", "N", "M")
# Prefixes of recurrence, treatment before surgery and autopsy.
_NOT_FIRST_SURGERY = frozenset("yra")


@dataclass(frozen=True, slots=True)
class PossibleStages:
    """What is known of a stage.

    stages: those still possible, lowest first; none when there can be no stage, and then `reason` says why.
    settled_by: the unknown items the stage depends on, by field name: it is known when they are.
    assumed: what was taken for granted: "cM0"; "not N1mi" where a bare "N1", which may mean that too, would differ.
    """

    stages: tuple[str, ...]
    settled_by: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    reason: str = ""

    @property
    def stage(self) -> str | None:
        """The stage, if only one is possible."""
        return self.stages[0] if len(self.stages) == 1 else None


@dataclass(frozen=True, slots=True)
class StagingSystem:
    """An edition's items by name, in the order of the tables' keys, and its two tables of stages.

    `anatomic` is keyed by the T, N and M categories, `prognostic` by the categories of all items. A key that is not
    there has no stage.
    """

    edition: str
    items: Mapping[str, Item]
    anatomic: Mapping[tuple[str, ...], str]
    prognostic: Mapping[tuple[str, ...], str]
    order: tuple[str, ...]

    def anatomic_stages(self, readings: Mapping[str, Reading]) -> PossibleStages:
        """The anatomic stage groups that the readings of T, N and M allow."""
        return self._possible(self.anatomic, [readings[name] for name in _TNM])

    def prognostic_stages(self, readings: Mapping[str, Reading], *, neoadjuvant: bool = False) -> PossibleStages:
        """The pathological prognostic stages that the readings of all items allow; a clinical T or N says nothing."""
        if neoadjuvant or any(_NOT_FIRST_SURGERY & set(readings[name].prefix) for name in _TNM):
            return PossibleStages((), reason="the pathological prognostic stage is for surgery as the first treatment")
        pathological = {
            name: replace(readings[name], options=self.items[name].categories)
            for name in ("T", "N")
            if "c" in readings[name].prefix and "p" not in readings[name].prefix
        }
        return self._possible(self.prognostic, [pathological.get(name, readings[name]) for name in self.items])

    def _possible(self, table: Mapping[tuple[str, ...], str], readings: list[Reading]) -> PossibleStages:
        found = _completions(table, readings)
        stages = set(found.values())
        assumed = [reading.assumed for reading in readings if reading.assumed]
        for at, reading in enumerate(readings):
            if reading.other:
                meant = [*readings[:at], replace(reading, options=(reading.other,)), *readings[at + 1 :]]
                if set(_completions(table, meant).values()) != stages:
                    assumed.append(f"not {reading.other}")
        if not stages:
            categories = " ".join("/".join(reading.options) for reading in readings[:2])
            return PossibleStages((), reason=f"{self.edition} defines no stage for {categories}")
        return PossibleStages(
            stages=tuple(stage for stage in self.order if stage in stages),
            settled_by=tuple(reading.name for at, reading in enumerate(readings) if _matters(at, found)),
            assumed=tuple(assumed),
        )


def anatomic_stage_group(t: str | None, n: str | None, m: str | None = None) -> str | None:
    """The anatomic stage group: `("T1c", "N1a", "M0")` gives "IIA".

    None where it depends on something unknown or there is none; `possible_anatomic_stages` says which.
    Raises ValueError for what is no category.
    """
    return possible_anatomic_stages(t, n, m).stage


def possible_anatomic_stages(t: str | None, n: str | None, m: str | None = None) -> PossibleStages:
    """The anatomic stage groups that T, N and M allow. Raises ValueError for what is no category."""
    system = load_staging()
    return system.anatomic_stages(_read(system, t, n, m))


def pathological_prognostic_stage_group(
    t: str | None,
    n: str | None,
    m: str | None,
    grade: str | None,
    her2: str | None,
    er: str | None,
    pr: str | None,
    *,
    neoadjuvant: bool = False,
) -> str | None:
    """The pathological prognostic stage: `("T1c", "N1a", "M0", "G2", "negative", "positive", "positive")` gives "IA".

    None where it depends on something unknown or there is none; `possible_prognostic_stages` says which.
    Raises ValueError for what is no category.
    """
    return possible_prognostic_stages(t, n, m, grade, her2, er, pr, neoadjuvant=neoadjuvant).stage


def possible_prognostic_stages(
    t: str | None,
    n: str | None,
    m: str | None,
    grade: str | None,
    her2: str | None,
    er: str | None,
    pr: str | None,
    *,
    neoadjuvant: bool = False,
) -> PossibleStages:
    """The pathological prognostic stages that the seven items allow.

    There is none after `neoadjuvant` treatment, nor for a category with the prefix y, r or a; a clinical T or N ("cN0")
    counts as unknown. Raises ValueError for what is no category.
    """
    system = load_staging()
    return system.prognostic_stages(_read(system, t, n, m, grade, her2, er, pr), neoadjuvant=neoadjuvant)


@cache
def load_staging(name: str = "ajcc8_breast") -> StagingSystem:
    """The staging system of a shipped data file."""
    data = yaml.safe_load((resources.files("pathstage.staging") / f"{name}.yaml").read_text(encoding="utf-8"))
    items = {key: Item.from_data(body, data["unknown"]) for key, body in data["items"].items()}
    return StagingSystem(
        edition=data["edition"],
        items=items,
        anatomic=_anatomic_table(data, items),
        prognostic=_prognostic_table(data, items),
        order=tuple(data["stages"]),
    )


def has_staging(schema_name: str) -> bool:
    """Whether there are stage tables for the schema of this name."""
    return (resources.files("pathstage.staging") / f"ajcc8_{schema_name}.yaml").is_file()


@cache
def items_by_field() -> Mapping[str, Item]:
    """The items of a stage by the schema's names of them."""
    return {item.field: item for item in load_staging().items.values()}


def _read(system: StagingSystem, *values: str | None) -> dict[str, Reading]:
    return {name: item.read(value) for (name, item), value in zip(system.items.items(), values, strict=False)}


def _completions(table: Mapping[tuple[str, ...], str], readings: list[Reading]) -> dict[tuple[str, ...], str]:
    """The part of a table that agrees with the readings."""
    return {key: table[key] for key in product(*(reading.options for reading in readings)) if key in table}


def _matters(at: int, found: Mapping[tuple[str, ...], str]) -> bool:
    """Whether two keys that differ only at `at` have different stages."""
    seen: dict[tuple[str, ...], str] = {}
    return any(seen.setdefault(key[:at] + key[at + 1 :], stage) != stage for key, stage in found.items())


def _anatomic_table(data: Mapping[str, Any], items: Mapping[str, Item]) -> dict[tuple[str, ...], str]:
    ts, ns, (nonmetastatic, metastatic) = (items[name].categories for name in _TNM)
    table: dict[tuple[str, ...], str] = {}
    for t, n in product(ts, ns):
        table[t, n, metastatic] = data["metastatic"]
        if stage := _cell(data["anatomic"], t, n):
            table[t, n, nonmetastatic] = stage
    return table


def _prognostic_table(data: Mapping[str, Any], items: Mapping[str, Item]) -> dict[tuple[str, ...], str]:
    ts, ns, (nonmetastatic, metastatic), grades, *receptors = (item.categories for item in items.values())
    rows, stages = data["prognostic"]["rows"], data["prognostic"]["stages"]
    table = {}
    for t, n, grade, *status in product(ts, ns, grades, *receptors):
        table[t, n, metastatic, grade, *status] = data["metastatic"]
        if row := _cell(rows, t, n):
            signs = "".join("+" if one == "positive" else "-" for one in status)
            stage = _cell(stages, f"{row} {grade}", signs) if f"{row} {grade}" in stages else row
            table[t, n, nonmetastatic, grade, *status] = str(stage)
    return table


def _cell(table: Mapping[str, Any], row: str, column: str) -> str | None:
    cell: str | None = table[row][table["columns"].index(column)]
    return cell
