"""Staging: TNM categories and the stage groups they give."""

from pathstage.staging.ajcc8 import (
    PossibleStages,
    anatomic_stage_group,
    pathological_prognostic_stage_group,
    possible_anatomic_stages,
    possible_prognostic_stages,
)
from pathstage.staging.record import StageResult, stage_fields
from pathstage.staging.tnm import parse_tnm

__all__ = [
    "PossibleStages",
    "StageResult",
    "anatomic_stage_group",
    "parse_tnm",
    "pathological_prognostic_stage_group",
    "possible_anatomic_stages",
    "possible_prognostic_stages",
    "stage_fields",
]
