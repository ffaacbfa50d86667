"""Reader of tumour sizes and extent, and the T category they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pathstage.rules.context import ContextRules
from pathstage.rules.document import Document
from pathstage.rules.finding import Finding


def find(document: Document, data: Mapping[str, Any], context: ContextRules) -> Iterator[Finding]:
    """Findings of tumour sizes and extent, and the T category they give."""
    yield from ()
