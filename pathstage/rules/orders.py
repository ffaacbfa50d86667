"""Orders: words in a report that tell its reader what to answer. Nothing in them is a finding to believe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pathstage.rules.finding import Finding

CONTEXT = "order"


def distrust(findings: Iterable[Finding], text: str, data: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings, without weight where an order governs them: behind its words, to the end of the line.

    data: the patterns that orders `begin` with, and how many characters they reach at most.
    """
    order = re.compile("|".join(data["begin"]), re.IGNORECASE)
    governed = []
    for match in order.finditer(text):
        line_end = text.find("\n", match.end())
        furthest = match.end() + data["reach"]
        governed.append((match.end(), furthest if line_end < 0 else min(furthest, line_end)))
    for finding in findings:
        if any(start <= finding.start < end for start, end in governed):
            finding = replace(finding, weight=0.0, context=finding.context | {CONTEXT})
        yield finding
