"""From where a head looked to the words that a value rests on."""

from __future__ import annotations

import torch
from torch import Tensor

from pathstage.model.encode import Encoded
from pathstage.report import Evidence, Report

_LOOKED_AT = 0.05
"""Share of a head's attention that makes a token one it looked at …"""
_OF_MOST = 0.25
"""… as does this part of the largest share, since a look at a candidate is spread over all its tokens …"""
_OF_EVEN = 2
"""… if it is so many times what each token would get of a look that is spread evenly, which is none."""
_GAP = 4
"""Tokens that may lie between two such tokens of one span."""
_WORTH_SHOWING = 0.2
"""Share of the attention that a span must hold to be shown; if none does, the most looked-at one is."""
_MOST_SPANS = 2


def find_evidence(report: Report, encoded: Encoded, attention: Tensor) -> tuple[Evidence, ...]:
    """The spans of `report` that a head looked at, the most looked-at first; none if it looked at nothing.

    attention: one task's attention over the tokens, whose last place stands for "nothing in this report".
    Shape: (n_tokens + 1).
    """
    weights = attention[:-1]
    shares: dict[tuple[int, int], float] = {}
    for first, last in _clusters(weights, encoded):
        # Two clusters within one word ("ER:......POSITIVE") are one span.
        span = _words(encoded, first, last)
        shares[span] = shares.get(span, 0.0) + float(weights[first : last + 1].sum())
    ranked = sorted(shares, key=lambda span: -shares[span])[:_MOST_SPANS]
    best = [span for span in ranked if shares[span] >= _WORTH_SHOWING] or ranked[:1]
    return tuple(report.quote(*encoded.prepared.to_source(*span)) for span in best)


def _clusters(weights: Tensor, encoded: Encoded) -> list[tuple[int, int]]:
    """First and last token of each run of looked-at tokens within one line of the prepared text."""
    clusters: list[tuple[int, int]] = []
    enough = min(_LOOKED_AT, max(_OF_MOST * float(weights.max()), _OF_EVEN / len(weights)))
    for token in torch.nonzero(weights >= enough).flatten().tolist():
        start, end = encoded.spans[token]
        if not encoded.prepared.text[start:end].strip():
            continue
        if clusters:
            first, last = clusters[-1]
            if token - last <= _GAP and "\n" not in encoded.prepared.text[encoded.spans[last][0] : end].strip():
                clusters[-1] = (first, token)
                continue
        clusters.append((token, token))
    return clusters


def _words(encoded: Encoded, first: int, last: int) -> tuple[int, int]:
    """The span of the tokens `first` to `last` in the prepared text, widened to whole words and without blanks."""
    text = encoded.prepared.text
    start, end = encoded.spans[first][0], encoded.spans[last][1]
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
