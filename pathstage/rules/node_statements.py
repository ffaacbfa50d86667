"""Node statements: every place of a report that tells how many lymph nodes were examined or hold tumour.

    parts of the report ──▶ ratios ("2 of 14", "2/14") ──▶ counts ("two benign nodes") ──▶ statuses ("nodes: negative")

The reader of `nodes.py` adds them up. Patterns and words are data: `nodes.yaml` of the schema's rules.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pathstage.rules.document import Document
from pathstage.rules.measures import lengths
from pathstage.rules.node_parts import Part, Parts, Patterns
from pathstage.rules.node_tables import tables

Form = Literal["ratio", "count", "status"]

_STOP = re.compile(r"[.;]")
_END = re.compile(r"(?<=[\w)])(?<!\bno)[.;\n]", re.IGNORECASE)
_BETWEEN = re.compile(r"[ :\n=-]{0,4}(?:all |also |both |each |found to be |to be )?", re.IGNORECASE)
_NODES_BEHIND = re.compile(r"\)?(?: \w+){0,4} (?:nodes?|LNs?)(?: (?:is|are|was|were))?[ :,-]{1,3}", re.IGNORECASE)
_DIRECTLY = re.compile(r"\)?(?: (?:is|are|was|were))?[ :,-]{1,3}(?:all |both )?", re.IGNORECASE)
_NEGATIVE_BEFORE = re.compile(r"[ :=,(\[-]{0,4}(?:in (?:all )?)?")
_HELD = re.compile(r" (?:in|within|involving) (?:the |all |both )?", re.IGNORECASE)
_OF_ALL = re.compile(
    r"[.,;] (?:all|each|(?P<none>none))(?: of (?:these|them|which|the above|the nodes))?"
    r"(?: (?:the|nodes?|is|are|was|were|heavily|extensively|diffusely|show\w*|contain\w*|ha(?:s|ve)|with))* ",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|without|negative for|rather than)\b[^.;]{0,20}\Z", re.IGNORECASE)
_SEVERAL_SMALL = re.compile(r"micrometasta(?:ses|tic)", re.IGNORECASE)

_ROW_GAP = 40
"""Characters between two counts of which one word behind them tells."""
_STATUS_REACH = 160
"""Characters behind a specimen's heading in which its status stands."""
_CUE_REACH = 120
"""Characters around a number in which a word of nodes must stand."""
_PART_REACH = 500
"""Characters behind a specimen's heading in which a bare ratio counts its nodes; half behind an unlabelled heading."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What characters `start:end` say of lymph nodes: `positive` of `examined`, None where the text gives no number.

    deposit: "macro", "micro", "itc" or "" as far as the text tells the size of the largest one. site: a site of its
    own ("internal_mammary" …) or "" for axillary nodes. side: "left", "right" or "". total: whether the words around
    it make it the sum of others.
    """

    form: Form
    positive: int | None
    examined: int | None
    start: int
    end: int
    part: Part
    side: str
    site: str = ""
    deposit: str = ""
    total: bool = False


def statements(document: Document, patterns: Patterns, parts: Parts) -> tuple[Statement, ...]:
    """All statements of `document`, in order; one place makes one statement."""
    reader = _Reader(document, patterns, parts)
    found = list(reader.ratios())
    found += reader.counts(found)
    found += reader.statuses(found)
    return tuple(sorted(found, key=lambda one: one.start))


@dataclass(frozen=True, slots=True)
class _Ratio:
    start: int
    end: int
    positive: int
    examined: int
    total: bool
    digits: bool


class _Reader:
    def __init__(self, document: Document, patterns: Patterns, parts: Parts) -> None:
        self._text, self._document = document.text, document
        self._patterns, self._parts = patterns, parts
        self._cues = [match.start() for match in patterns.cue.finditer(document.text)]
        labels = {part.start for part in parts.all if part.labelled}
        numbers = (match.start() for match in patterns.number.finditer(document.text))
        self._numbers = [start for start in numbers if start not in labels and self._near_cue(start)]

    def _near_cue(self, offset: int) -> bool:
        """Whether a word of nodes stands near `offset`: nothing else needs the costlier patterns."""
        at = bisect_right(self._cues, offset - _CUE_REACH)
        return (at < len(self._cues) and self._cues[at] < offset + _CUE_REACH) or self._parts.at(offset).nodal

    def ratios(self) -> Iterator[Statement]:
        """ "2 of 14", "2/14", "14 nodes, 2 positive" """
        found: list[_Ratio] = []
        for match in self._ratio_matches():
            ratio = self._ratio(match)
            if ratio is None or any(ratio.start < one.end and one.start < ratio.end for one in found):
                continue
            found.append(ratio)
        found.sort(key=lambda one: one.start)
        for at, one in enumerate(found):
            following = found[at + 1] if at + 1 < len(found) else None
            # "six of twenty-three nodes (6/23)" says it twice; of a number that OCR damaged the digits are right.
            if following and following.digits and not one.digits and following.positive == one.positive:
                between = self._text[one.end : following.start]
                if len(between) < 70 and not re.search(r"[.;\d]", between):
                    found[at + 1] = replace(following, start=one.start)
                    continue
            yield self._statement("ratio", one.positive, one.examined, one.start, one.end, one.total)
        for table in tables(self._text, self._patterns):
            if not any(table.start < one.end and one.start < table.end for one in found):
                yield self._statement("ratio", table.positive, table.examined, table.start, table.end, total=True)

    def _ratio_matches(self) -> Iterator[re.Match[str]]:
        patterns = self._patterns
        for pattern in patterns.ratios_elsewhere:
            yield from pattern.finditer(self._text)
        for number in self._numbers:
            for pattern in patterns.ratios:
                match = pattern.match(self._text, number)
                if match:
                    yield match
                    break

    def _ratio(self, match: re.Match[str]) -> _Ratio | None:
        text, patterns = self._text, self._patterns
        start, end = match.span()
        printed = "positive" in match.re.groupindex
        positive = 0 if not printed or match["positive"].lower() == "no" else patterns.numbers.of(match, "positive")
        if "rest" in match.re.groupindex:
            rest = patterns.numbers.of(match, "rest")
            examined = None if positive is None or rest is None else positive + rest
        else:
            examined = patterns.numbers.of(match, "examined")
        if positive is None or not examined or positive > examined or self._is_page(start, end):
            return None
        number = match.start("positive") if printed else start
        category = not printed or bool(patterns.category.search(text[max(0, start - 12) : number]))
        if not category and not self._counts_nodes(start, end):
            return None
        first, last = self._document.sentence(start)
        total = category or bool(
            patterns.total_before.search(text, max(first, start - 60), start)
            or patterns.total_behind.search(text[end : end + 60])
        )
        positive = self._unless_negative(positive, examined, start, end, max(last, end))
        return _Ratio(start, end, positive, examined, total, "/" in match[0])

    def counts(self, ratios: Sequence[Statement]) -> Iterator[Statement]:
        """ "two benign nodes", "metastatic carcinoma in one lymph node" """
        matches = sorted(
            (
                match
                for match in self._count_matches()
                if not any(one.start < match.end() and match.start() < one.end for one in ratios)
            ),
            key=lambda match: (match.start(), -match.end()),
        )
        clear: list[re.Match[str]] = []
        for match in matches:
            if not clear or match.start() >= clear[-1].end():
                clear.append(match)
        for at, match in enumerate(clear):
            before = self._text[max(0, match.start() - 16) : match.start()]
            words = match["words"] if "words" in match.re.groupindex else ""
            if self._patterns.count_range.search(before) or self._patterns.remaining.search(before + words):
                continue
            count = self._patterns.numbers.of(match, "count")
            for more in {"and", "and2"} & match.re.groupindex.keys():
                count = None if count is None else count + (self._patterns.numbers.of(match, more) or 0)
            previous = clear[at - 1].end() if at else 0
            polarity = self._polarity(match, previous, clear[at + 1 :]) or self._of_all(clear[at:])
            if not polarity or count is None:
                continue
            if count == 0:
                continue
            start, end = min(match.start(), polarity[1]), max(match.end(), polarity[2])
            if "some" in match.re.groupindex:
                if polarity[0]:
                    yield self._statement("count", count, None, start, end)
                continue
            yield self._statement("count", count if polarity[0] else 0, count, start, end)

    def _count_matches(self) -> Iterator[re.Match[str]]:
        for pattern in self._patterns.counts_elsewhere:
            yield from pattern.finditer(self._text)
        for number in self._numbers:
            match = self._patterns.count.match(self._text, number)
            if match:
                yield match

    def statuses(self, found: Sequence[Statement]) -> Iterator[Statement]:
        """ "axillary nodes: negative"; the part "Sentinel node 1" and "micrometastasis" in it"""
        told = {one.part for one in found}
        for part in self._parts.all:
            none = self._patterns.none_received.search(self._text, part.body, self._status_end(part))
            if part.nodal and part not in told and not none and not self._no_status(part.start):
                match = self._patterns.polarity.search(self._text, part.body, self._status_end(part))
                if match:
                    yield self._status(match.start(), match, part)
        for match in self._patterns.status.finditer(self._text):
            part = self._parts.at(match.start())
            polarity = self._patterns.polarity.match(self._text, self._after(match.end()))
            if not polarity or part in told or part.nodal or self._no_status(match.start()):
                continue
            # What is said of the remaining nodes is not said of all.
            if not (polarity["negative"] and self._remaining_before(match.start())):
                yield self._status(match.start(), polarity, part)
        for match in self._patterns.told.finditer(self._text):
            part = self._parts.at(match.start())
            denied = match["positive"] and _DENIED.search(self._text, max(0, match.start() - 60), match.start())
            if part not in told and not denied and not self._no_status(match.start()):
                yield self._status(match.start(), match, part)
        for match in self._patterns.matted.finditer(self._text):
            part = self._parts.at(match.start())
            _, last = self._document.sentence(match.start())
            polarity = self._patterns.polarity.search(self._text, match.end(), min(last, match.end() + 90))
            if polarity and polarity["positive"] and part not in told and not self._no_status(match.start()):
                yield self._status(match.start(), polarity, part)

    def _remaining_before(self, offset: int) -> bool:
        return bool(self._patterns.remaining.search(self._text, max(0, offset - 24), offset))

    def _no_status(self, offset: int) -> bool:
        return self._document.section(offset) in self._patterns.status_ignored_sections

    def _status_end(self, part: Part) -> int:
        """Where the text in which the status of `part` stands ends."""
        end = min(part.end, part.body + _STATUS_REACH)
        stops = [match.start() for match in self._patterns.status_stops.finditer(self._text, part.body, end)]
        if not part.labelled or part.whole:
            for ends in (_END, self._patterns.topics):
                stops += [match.start() for match in ends.finditer(self._text, part.body, end)]
        return min([end, *stops])

    def _after(self, end: int) -> int:
        blank = _BETWEEN.match(self._text, end)
        return blank.end() if blank else end

    def _status(self, start: int, polarity: re.Match[str], part: Part) -> Statement:
        # The heading of a specimen that is one node counts it.
        one = part.nodal and not part.whole and bool(self._patterns.one_node.search(part.heading))
        positive = 0 if polarity["negative"] else 1 if one else None
        return self._statement("status", positive, 1 if one else None, start, polarity.end(), part=part)

    def _statement(
        self,
        form: Form,
        positive: int | None,
        examined: int | None,
        start: int,
        end: int,
        total: bool = False,
        part: Part | None = None,
    ) -> Statement:
        part = part or self._parts.at(start)
        first, last = self._document.sentence(start)
        near = self._text[max(first, start - 80) : min(max(last, end), end + 60)]
        side = part.side or self._patterns.side_of(self._text[start : end + 40]) or self._patterns.side_of(near)
        if form == "ratio":
            item = part.whole and 0 <= start - part.body < 20
            start, end = self._telling(max(first, part.body), start, end, max(last, end))
            if item:
                start = part.body - len(part.heading)
        if self._patterns.contralateral.search(near):
            side = "contralateral"
        heading = part.heading if part.nodal else ""
        before = f"{heading} {self._text[max(first, part.body, start - 60) : start]}"
        site = self._patterns.site_of(before, self._text[start : min(max(last, end), end + 60)])
        statement = Statement(form, positive, examined, start, end, part, side, site, total=total)
        return statement if positive == 0 else replace(statement, deposit=self._deposit(statement))

    def _telling(self, first: int, start: int, end: int, last: int) -> tuple[int, int]:
        """A ratio with the words of its sentence that tell what it counts: "negative for carcinoma (0/2)"."""
        said = self._last_polarity(max(first, start - 70), start)
        if said and not _STOP.search(self._text, said.end(), start):
            start = said.start()
        behind = self._patterns.polarity.search(self._text, end, min(last, end + 60))
        if behind and not said and not re.search(r"[.;,]", self._text[end : behind.start()]):
            end = behind.end()
        if self._text[end : end + 1] in {")", "]"} and re.search(r"[(\[][^)\]]*\Z", self._text[start:end]):
            end += 1
        return start, end

    def _deposit(self, one: Statement) -> str:
        """Size class of the largest deposit that the statement, the rest of its part or its sentence tells."""
        first, last = self._document.sentence(one.start)
        lower = max(one.part.start, first if one.part.label else one.start - 120)
        upper = min(one.part.end, max(last, one.end) + 120) if one.part.nodal else max(one.end, min(last, one.end + 90))
        text = self._text[lower:upper]
        named = {
            name
            for name, pattern in self._patterns.deposits.items()
            for match in pattern.finditer(text)
            if not _DENIED.search(text[: match.start()])
        }
        sizes = [
            size.greatest
            for size in lengths(text)
            if size.printed_unit and self._patterns.deposit_size.search(text[max(0, size.start - 60) : size.start])
        ]
        limits = self._patterns.deposit_limits
        if "macro" in named or (sizes and max(sizes) > max(limits.values())):
            return "macro"
        several = (one.positive or 1) > 1
        if not named and sizes and not several:
            return min((name for name in limits if max(sizes) <= limits[name]), key=limits.__getitem__)
        if "micro" in named:
            # "2/5, one with micrometastasis": of the other nothing is said.
            return "" if several and not _SEVERAL_SMALL.search(text) else "micro"
        return "itc" if named else ""

    def _counts_nodes(self, start: int, end: int) -> bool:
        """Whether a ratio at `start:end` counts nodes and not slides, scores, pages …"""
        text, patterns = self._text, self._patterns
        if patterns.not_before.search(text[max(0, start - 45) : start]) or patterns.not_behind.match(
            text[end : end + 30]
        ):
            return False
        part = self._parts.at(start)
        reach = _PART_REACH if part.labelled else _PART_REACH // 2
        if patterns.cue.search(text, start, end):
            return True
        if part.nodal and start - part.body < reach and not patterns.topics.search(text, part.body, start):
            return True
        if patterns.cue.search(text, end, min(len(text), end + 50)):
            return True
        if patterns.nodal_result.search(text[max(0, start - 50) : start]):
            return True
        before = max(part.start, start - 90)
        cues = [match.end() for match in patterns.cue.finditer(text, before, start)]
        return bool(cues) and not patterns.topics.search(text, cues[-1], start)

    def _is_page(self, start: int, end: int) -> bool:
        """Whether a ratio is the number of a page."""
        text, page = self._text, self._patterns.page
        return bool(
            page["itself"].match(text[start:end])
            and page["before"].search(text, max(0, start - 8), start)
            and page["behind"].match(text, end)
        )

    def _unless_negative(self, positive: int, examined: int, start: int, end: int, last: int) -> int:
        """The positives of "12 of 12 nodes are negative" and "negative (12/12)": none."""
        behind = _NODES_BEHIND.match(self._text, end, last)
        if behind and positive:
            match = self._patterns.polarity.match(self._text, behind.end())
            if match and match["negative"]:
                return examined - positive
        direct = _DIRECTLY.match(self._text, end, last)
        if direct and positive == examined:
            match = self._patterns.polarity.match(self._text, direct.end())
            if match and match["negative"]:
                return 0
        before = self._last_polarity(max(0, start - 50), start) if positive == examined else None
        if before and before["negative"] and _NEGATIVE_BEFORE.fullmatch(self._text, before.end(), start):
            return 0
        return positive

    def _polarity(
        self, match: re.Match[str], previous: int, following: list[re.Match[str]]
    ) -> tuple[bool, int, int] | None:
        """Whether the nodes of a count are positive, told in its words, behind it or before it, and where."""
        text, search = self._text, self._patterns.polarity
        if "words" in match.re.groupindex and match["words"]:
            inside = search.search(text, match.start("words"), match.end())
            if inside:
                return inside["positive"] is not None, match.start(), match.end()
        part = self._parts.at(match.start())
        first, _ = self._document.sentence(match.start())
        before = self._last_polarity(max(part.start, first, previous, match.start() - 90), match.start())
        if before and _HELD.fullmatch(text, before.end(), match.start()):
            return before["positive"] is not None, before.start(), before.end()
        stop = min([part.end, match.end() + 110, *(one.start() for one in following[:1])])
        behind = search.search(text, match.end(), stop)
        if behind and not _STOP.search(text, match.end(), behind.start()):
            return behind["positive"] is not None, behind.start(), behind.end()
        if before:
            return before["positive"] is not None, before.start(), before.end()
        # A full stop right behind the nodes is one that OCR put there: "One lymph node. Negative for tumour".
        if behind and behind.start() - match.end() <= 3 and text[match.end()] != ";":
            return behind["positive"] is not None, behind.start(), behind.end()
        return None

    def _of_all(self, row: list[re.Match[str]]) -> tuple[bool, int, int] | None:
        """What is said of a row of counts behind it: "Level I: 7 nodes. Level II: 4 nodes. All are uninvolved"."""
        last = row[0]
        for following in row[1:]:
            if following.start() - last.end() > _ROW_GAP:
                break
            last = following
        said = _OF_ALL.match(self._text, last.end())
        polarity = self._patterns.polarity.match(self._text, said.end()) if said else None
        if said is None or polarity is None:
            return None
        return bool(polarity["positive"]) and not said["none"], row[0].start(), row[0].end()

    def _last_polarity(self, start: int, end: int) -> re.Match[str] | None:
        return max(self._patterns.polarity.finditer(self._text, start, end), key=re.Match.start, default=None)
