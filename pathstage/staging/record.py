"""Stage of a record: both stages of a report, from its fields as a model, a reader or a person gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pathstage.staging.ajcc8 import PossibleStages, load_staging
from pathstage.staging.items import Item, Reading

_NOT_TREATED = "no neoadjuvant treatment"


@dataclass(frozen=True, slots=True)
class StageResult:
    """The stages of one report. `neoadjuvant` is what was known of treatment before surgery; the anatomic group of a
    treated case is its yp stage."""

    edition: str
    neoadjuvant: bool | None
    anatomic: PossibleStages
    prognostic: PossibleStages

    def to_dict(self) -> dict[str, Any]:
        """The result in JSON's types: `stage` is None unless it is certain, `possible` what it may be."""
        return {
            "edition": self.edition,
            "neoadjuvant": self.neoadjuvant,
            "anatomic": _stage_dict(self.anatomic),
            "prognostic": _stage_dict(self.prognostic),
        }


def stage_fields(
    values: Mapping[str, str | None],
    subcategories: Mapping[str, str | None] | None = None,
    *,
    neoadjuvant: bool | None = None,
) -> StageResult:
    """Both stages of a report, from its values by the schema's field names; a field that is not there is not known.

    `values` may be coarse: the class "N1" holds N1mi too, and is told from it by `subcategories["pN"]` ("N1a"; "N1"
    says that the report itself prints no more). A subcategory that its class does not hold is left out: the class
    decides.
    Where `neoadjuvant` is None and no category has a y, surgery as the first treatment is assumed.
    Raises ValueError for what is no category.
    """
    system = load_staging()
    finer = subcategories or {}
    readings = {name: _read(item, values.get(item.field), finer.get(item.field)) for name, item in system.items.items()}
    treated = any("y" in reading.prefix for reading in readings.values()) or neoadjuvant
    prognostic = system.prognostic_stages(readings, neoadjuvant=bool(treated))
    if treated is None and prognostic.stages:
        prognostic = replace(prognostic, assumed=(*prognostic.assumed, _NOT_TREATED))
    return StageResult(system.edition, treated, system.anatomic_stages(readings), prognostic)


def _read(item: Item, value: str | None, subcategory: str | None) -> Reading:
    coarse = item.read_class(value)
    if item.category(value) is None or subcategory is None:
        return coarse
    fine = item.read(subcategory)
    return fine if set(fine.options) <= set(coarse.options) else coarse


def _stage_dict(possible: PossibleStages) -> dict[str, Any]:
    return {
        "stage": possible.stage,
        "possible": list(possible.stages),
        "settled_by": list(possible.settled_by),
        "assumed": list(possible.assumed),
        "reason": possible.reason or None,
    }
