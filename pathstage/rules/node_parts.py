"""Parts of a report: each specimen in each telling of it; and the compiled patterns of the readers of nodes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pathstage.prepare.sections import SYNOPTIC
from pathstage.rules.document import Document

_BEGINNING = r"(?:\A|\n|(?<=[.:;!?)\]\"'*-] ))[ *-]{0,4}"
_OCR_DIGITS = str.maketrans("OoIlL|", "001111")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_MOST_NODES = 99


@dataclass(frozen=True, slots=True)
class Part:
    """One specimen in one telling of the report, from the label or heading at `start` to the next.

    label: "A", "1", or the heading itself where no label is printed. nodal: its heading names lymph nodes and no
    operation of the breast. side: "left", "right" or "". labelled: whether a label is printed. whole: its heading names
    the nodes of the whole case, not a specimen.
    """

    label: str
    heading: str
    start: int
    body: int
    end: int
    nodal: bool
    side: str
    labelled: bool
    whole: bool


class NumberWords:
    """Numbers in digits and in words; the words are data."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        words = {word: value for value, word in enumerate(data["units"])}
        for ten, value in data["tens"].items():
            words |= {ten: value} | {f"{ten}-{data['units'][unit]}": value + unit for unit in range(1, 10)}
        self._words = words | data["others"]
        units = data["units"]
        ten = rf"(?:{'|'.join(data['tens'])})(?:[ -]?(?:{'|'.join(units[1:10])}))?"
        spelled = "|".join([ten, *sorted((*units, *data["others"]), key=len, reverse=True)])
        self.pattern = rf"(?:\b(?:{spelled})\b|(?<![\w./,])(?<!\w-)\d{{1,2}}(?!\d))"

    def value(self, text: str | None) -> int | None:
        """The number that `text` writes; None for none, for one that is no count of nodes, and for unknown words."""
        if text is None:
            return None
        word = re.sub(r"[ -]+", "-", text.strip().lower())
        known = self._words.get(word, self._words.get(word.replace("-", " "), self._joined(word)))
        if known is not None:
            return known
        digits = text.strip().translate(_OCR_DIGITS)
        return int(digits) if digits.isascii() and digits.isdigit() and int(digits) <= _MOST_NODES else None

    @staticmethod
    def roman(text: str) -> int | None:
        """The Roman number that `text` writes; None for letters that write none."""
        digits = [_ROMAN.get(letter, 0) for letter in text.strip().upper().replace("1", "I")]
        total = sum(-one if one < after else one for one, after in zip(digits, [*digits[1:], 0], strict=True))
        return total if 0 not in digits and 0 < total <= _MOST_NODES else None

    def of(self, match: re.Match[str], group: str) -> int | None:
        """The number of a group of `match`, a Roman one where the pattern has a group "roman"."""
        return self.roman(match[group]) if "roman" in match.re.groupindex else self.value(match[group])

    def _joined(self, word: str) -> int | None:
        return next((value for one, value in self._words.items() if one.replace("-", "") == word), None)


class Patterns:
    """The compiled patterns of a `nodes.yaml`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.numbers = NumberWords(data["numbers"])
        self._vocabulary = {"number": self.numbers.pattern}
        for name, pattern in data["vocabulary"].items():
            self._vocabulary[name] = self._fill(pattern)
        compiled = self.compile
        self.cue = compiled(data["cue"])
        self.nodal_result = compiled(data["nodal_result"])
        self.not_before, self.not_behind = (compiled(data["not_nodes"][where]) for where in ("before", "behind"))
        self.page = {where: compiled(one) for where, one in data["not_nodes"]["page"].items()}
        self.table = {where: compiled(one) for where, one in data["tables"].items()}
        self.number = compiled("{number}|\\bno (?=of )")
        self.topics = compiled(data["not_nodes"]["topics"])
        self.ratios_elsewhere = [compiled(one) for one in data["ratios_elsewhere"]]
        self.ratios = [compiled(one) for one in data["ratios"]]
        self.count = compiled(data["count"])
        self.counts_elsewhere = [compiled(one) for one in data["counts_elsewhere"]]
        self.count_range, self.remaining = compiled(data["count_range"]), compiled(data["remaining"])
        self.polarity = compiled(f"(?P<negative>{data['negative']})|(?P<positive>{data['positive']})")
        self.told = compiled("|".join(f"(?P<{polarity}>{one})" for polarity, one in data["told"].items()))
        self.status, self.matted = compiled(data["status"]), compiled(data["matted"])
        self.none_received = compiled(data["none_received"])
        self.total_before, self.total_behind, self.category = (
            compiled(data["total"][where]) for where in ("before", "behind", "category")
        )
        self.side, self.invasive = compiled(data["side"]), compiled(data["invasive"])
        self.laterality, self.contralateral = compiled(data["laterality"]), compiled(data["contralateral"])
        self.deposits = {name: compiled(one["pattern"]) for name, one in data["deposits"].items()}
        self.deposit_limits = {name: one["up_to_mm"] for name, one in data["deposits"].items() if "up_to_mm" in one}
        self.deposit_size = compiled(data["deposit_size"])
        self.axillary = compiled(data["axillary"])
        self.sites = {name: compiled(one["pattern"]) for name, one in data["sites"].items()}
        self.keys = {name: compiled(rf"\b(?=[a-z])(?:{one})") for name, one in data["keyed"]["keys"].items()}
        self.keyed_beginning, self.keyed_sure = (compiled(data["keyed"][one]) for one in ("beginning", "sure"))
        self.keyed_value, self.keyed_blank = compiled(data["keyed"]["value"]), compiled(data["keyed"]["blank"])
        self.station = compiled(data["keyed"]["station"])
        self.status_stops = compiled(data["status_stops"])
        self.status_ignored_sections = frozenset(data["status_ignored_sections"])
        self.cues = {name: compiled(one) for name, one in data["context_cues"].items()}
        parts = data["parts"]
        self.labels = [compiled(_BEGINNING + one + parts["named"]) for one in parts["labels"]]
        self.unlabelled = compiled(_BEGINNING + f"(?P<label>{parts['unlabelled']})")
        self.no_result, self.one_node = compiled(parts["no_result"]), compiled(parts["one_node"])
        self.whole = compiled(parts["whole"])
        self.heading, self.nodal = compiled(parts["heading"]), compiled(parts["nodal"])
        self.not_nodal = compiled(parts["not_nodal"])

    def compile(self, pattern: str) -> re.Pattern[str]:
        """`pattern` with the vocabulary filled in."""
        return re.compile(self._fill(pattern), re.IGNORECASE)

    def _fill(self, pattern: str) -> str:
        for name, words in self._vocabulary.items():
            pattern = pattern.replace(f"{{{name}}}", words)
        return pattern

    def site_of(self, before: str, behind: str) -> str:
        """The site named last in `before`, else first in `behind`; "" for axillary nodes and where none is named."""
        for text, choose in ((before, max), (behind, min)):
            named = [(match.start(), "") for match in self.axillary.finditer(text)]
            named += [(match.start(), name) for name, site in self.sites.items() for match in site.finditer(text)]
            if named:
                return choose(named)[1]
        return ""

    def side_of(self, text: str) -> str:
        """The one side that `text` names; "" for none and for both."""
        sides = {(match["side"] or match["letter"])[0].lower() for match in self.side.finditer(text)}
        return {"l": "left", "r": "right"}[sides.pop()] if len(sides) == 1 else ""


class Parts:
    """The parts of a document, found once."""

    def __init__(self, document: Document, patterns: Patterns) -> None:
        self._document, self._patterns = document, patterns
        self.all = tuple(self._parts())
        self._starts = [part.start for part in self.all]

    def at(self, offset: int) -> Part:
        """The part that holds `offset`."""
        return self.all[max(0, bisect_right(self._starts, offset) - 1)]

    def _parts(self) -> Iterator[Part]:
        text, patterns = self._document.text, self._patterns
        labels: list[re.Match[str]] = []
        for section in self._document.sections:
            # A section labels its specimens in one style; labels of another style in it number something else.
            for pattern in patterns.labels:
                some = list(pattern.finditer(text, section.start, section.end))
                ends = [*(match.start() for match in some), section.end][1:]
                styled = [one for one, end in zip(some, ends, strict=True) if not self._says_a_result(one.end(), end)]
                if styled:
                    labels += styled
                    break
        heads = {match.start("label"): (match["label"], match.start("label"), match.end(), True) for match in labels}
        for match in patterns.unlabelled.finditer(text):
            if not any(match.start() - 12 <= start < match.end() for _, start, *_ in heads.values()):
                heads[match.start("label")] = (match["label"].lower(), match.start(), match.start("label"), False)
        # The headings of sections end a part as well.
        for section in self._document.sections:
            heads.setdefault(section.start, ("", section.start, section.start, False))
        ordered = sorted(heads.values(), key=lambda head: head[1:])
        for (label, start, body, labelled), end in zip(
            ordered, [*(head[1] for head in ordered[1:]), len(text)], strict=True
        ):
            found = patterns.heading.match(text, body, end) if label else None
            heading = found[0] if found else ""
            nodal = bool(patterns.nodal.search(heading)) and not patterns.not_nodal.search(heading)
            if not labelled or self._document.section(start) == SYNOPTIC:
                nodal = nodal and not patterns.no_result.search(heading)
            body += len(heading)
            whole = bool(patterns.whole.search(heading))
            yield Part(label.strip(), heading, start, body, end, nodal, patterns.side_of(heading), labelled, whole)

    def _says_a_result(self, body: int, end: int) -> bool:
        """Whether `body:end`, behind a label, is no heading but a result: "A. One lymph node, negative"."""
        text, patterns = self._document.text, self._patterns
        named = patterns.nodal.search(text, body, min(body + 80, end))
        if not named:
            return False
        return bool(patterns.number.match(text, body)) or bool(patterns.polarity.search(text, body, named.start()))
