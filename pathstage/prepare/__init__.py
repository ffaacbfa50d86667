"""Report → PreparedText: repair what OCR broke, then keep the sentences that matter, with an offset map throughout."""

from __future__ import annotations

from pathstage.prepare.align import identity
from pathstage.prepare.normalize import normalize
from pathstage.prepare.truncate import CountTokens, truncate
from pathstage.report import PreparedText
from pathstage.schema import TaskSchema


def prepare(text: str, schema: TaskSchema, max_tokens: int, count_tokens: CountTokens) -> PreparedText:
    """What a model with a budget of `max_tokens` reads of a report's `text`."""
    return truncate(normalize(identity(text), schema), schema, max_tokens, count_tokens)
