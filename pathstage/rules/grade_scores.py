"""Reader of the three scores of Elston & Ellis 1991 (doi:10.1111/j.1365-2559.1991.tb00229.x): their names and totals.

Glandular or tubular differentiation, nuclear pleomorphism and mitoses score 1 to 3 each; totals of 3-5, 6-7 and 8-9 are
grades 1, 2 and 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from pathstage.rules.grade_patterns import Patterns, Reading, of_number

SPREAD = 700
"""Characters over which the three scores can be spread, each with the sentence that explains it."""


def scored(text: str, patterns: Patterns) -> Iterator[Reading]:
    """The grades that totals and components give."""
    yield from _totals(text, patterns)
    yield from _components(text, patterns)


def _totals(text: str, patterns: Patterns) -> Iterator[Reading]:
    """Sums and totals of the three scores: "3+2+1=6", "score 6/9", "total score: 7", "seven points"."""
    one = patterns.one
    weight = patterns.weights["scores"]
    for match in chain.from_iterable(
        one[form].finditer(text) for form in ("sum", "slashes", "letters", "values_first")
    ):
        scores = [int(score) for score in match.groups() if score]
        detail = "+".join(map(str, scores))
        value = patterns.totals[sum(scores)]
        yield Reading(value, detail, "scores", match.start(), match.end(), match.start(), weight)
    for match in one["total_of_nine"].finditer(text):
        label = one["total_label"].search(text, max(0, match.start() - 70), match.start())
        if label and not one["total_foreign"].search(label[0]):
            start = label.start()
            value, detail = patterns.totals[int(match["total"])], f"{match['total']}/9"
            yield Reading(value, detail, "scores", start, match.end(), match.start("total"), weight)
    for match in one["total_of_scheme"].finditer(text):
        value, at = patterns.totals[int(match["total"])], match.start("total")
        yield Reading(value, f"{match['total']}/9", "scores", match.start(), match.end(), at, weight)
    for name, label_name in (("total_bare", "bare_label"), ("total_points", "points_label")):
        for match in one[name].finditer(text):
            label = one[label_name].search(text, max(0, match.start() - 60), match.start())
            words = match.groupdict()
            total = int(words["total"]) if words["total"] else patterns.words[words["word"].lower()]
            near = text[max(0, match.start() - 250) : match.end() + 120]
            foreign = one["total_foreign"].search(text, max(0, match.start() - 60), match.end())
            if label and not foreign and one["total_setting"].search(near):
                value = patterns.totals[total]
                at = match.start("total" if words["total"] else "word")
                yield Reading(value, f"{total}/9", "scores", label.start(), match.end(), at, weight)


def _components(text: str, patterns: Patterns) -> Iterator[Reading]:
    """The three scores, each behind its name, wherever all three stand together."""
    names = [
        (match.start(), match.end(), name)
        for name, pattern in patterns.components.items()
        for match in pattern.finditer(text)
    ]
    names += [
        (match.start(), match.end(), name)
        for name, pattern in patterns.short_components.items()
        for match in pattern.finditer(text)
        if any(abs(match.start() - end) < 60 for _, end, _ in names)
    ]
    names.sort()
    found: dict[str, tuple[int, int, int]] = {}
    for index, (start, end, name) in enumerate(names):
        limit = min(names[index + 1][0] if index + 1 < len(names) else len(text), end + 260)
        match = _component(text, end, limit, patterns)
        if not match:
            continue
        upper = match.groupdict().get("upper")
        found.pop(name, None)
        found[name] = start, match.end(), int(upper) if upper else of_number(match["value"], patterns)
        found = {kind: one for kind, one in found.items() if match.end() - one[0] <= SPREAD}
        if len(found) == len(patterns.components):
            scores = [found[kind][2] for kind in patterns.components]
            first = min(one[0] for one in found.values())
            yield Reading(
                value=patterns.totals[sum(scores)],
                detail="+".join(map(str, scores)),
                kind="scores",
                start=first,
                end=match.end(),
                at=first,
                weight=patterns.weights["components"],
            )
            found = {}


def _component(text: str, end: int, limit: int, patterns: Patterns) -> re.Match[str] | None:
    """The value of the score whose name ends at `end`; in a checklist the option that is checked."""
    one = patterns.one
    checked = one["component_checked"].search(text, end, limit)
    if checked or one["component_blank"].search(text, end, limit):
        return checked
    match = one["component_value"].match(text, end)
    if match and match.start("value") < limit:
        return match
    return one["component_score"].search(text, end, limit) or one["component_last"].search(text, end, limit)
