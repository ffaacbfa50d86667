"""Report → PreparedText: repair what OCR broke, then keep the sentences that matter, with an offset map throughout."""

from __future__ import annotations

from pathstage.prepare.align import identity
from pathstage.prepare.normalize import normalize
from pathstage.prepare.truncate import truncate
from pathstage.report import PreparedText
from pathstage.schema import TaskSchema

__all__ = ["repair", "truncate"]


def repair(text: str, schema: TaskSchema) -> PreparedText:
    """A report's `text`, whole, as rules and models are to read it."""
    return normalize(identity(text), schema)
