"""The OCR channel: what scanning, reading and redacting does to a report, with evidence kept in step.

Rates are those of `noise.yaml`, which `fit_noise` estimates from real text. Every step is a list of edits of one text;
spans are carried over them. Words that state a fact are never dropped, and no digit or sign becomes another.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

Span = tuple[int, int]
Edit = tuple[int, int, str]  # characters start:end become the string

_N_ZERO = re.compile(r"(?<=[NLVRM])0(?![.\d])")
_T_ONE = re.compile(r"(?<=T)1(?=[abcm])")
_TIMES = re.compile(r"(?<=\d )x(?= \d)")
_COLON = re.compile(r"(?<=\w):(?= )")
_FLAT_SHARE = 0.85  # of reports: text on one line, as public OCR text is; the rest keeps its line breaks
_TYPOS_PER_1000 = 0.25  # keyboard slips, which the fit does not see apart from OCR's own
_DROP_LINE = 0.012


class Alignment:
    """Where the characters of a text are after its edits."""

    def __init__(self, text: str, edits: Iterable[Edit]) -> None:
        self._ends = [0]
        self._shifts = [0]
        pieces: list[str] = []
        at = shift = 0
        self._edits = sorted(edits)
        for start, end, new in self._edits:
            if start < at:
                raise ValueError("edits overlap")
            pieces += (text[at:start], new)
            shift += len(new) - (end - start)
            at = end
            self._ends.append(end)
            self._shifts.append(shift)
        pieces.append(text[at:])
        self.text = "".join(pieces)
        self._starts = [start for start, _, _ in self._edits]

    def span(self, start: int, end: int) -> Span:
        """The span of the new text that stands for the non-empty span `start:end` of the old one."""
        return self._map(start, last=False), self._map(end, last=True)

    def _map(self, offset: int, last: bool) -> int:
        # An edit that reaches over the offset counts whole: a span's start moves to its start, its end to its end.
        i = bisect_right(self._starts, offset - (1 if last else 0)) - 1
        if i >= 0:
            start, end, new = self._edits[i]
            inside = start < offset < end or (not last and start == offset < end) or (last and start < offset == end)
            if inside:
                new_start = start + self._shifts[i]
                return new_start + (len(new) if last else 0)
        j = bisect_right(self._ends, offset) - 1
        while j > 0 and last and self._edits[j - 1][0] == self._edits[j - 1][1] == offset:
            j -= 1  # an insertion at a span's end stays outside
        return offset + self._shifts[j]


@dataclass(frozen=True)
class OcrChannel:
    """Rates of the channel; `confusions` are (printed, read, weight)."""

    widths: tuple[int, ...]
    stop_after_comma: float
    confusions: Mapping[str, tuple[tuple[str, ...], tuple[int, ...]]]
    dirtiness: tuple[float, ...]
    o_for_zero: float
    l_for_one: float
    capital_x: float
    space_before_colon: float
    gaps: float

    @classmethod
    @cache
    def fitted(cls) -> OcrChannel:
        """The channel of the shipped `noise.yaml`."""
        fit = yaml.safe_load((resources.files(__package__) / "noise.yaml").read_text(encoding="utf-8"))
        by_printed: dict[str, tuple[list[str], list[int]]] = {}
        for pair, count in fit["confusions"].items():
            printed, read = pair.split(">")
            reads, counts = by_printed.setdefault(printed, ([], []))
            reads.append(read)
            counts.append(count)
        return cls(
            widths=tuple(fit["line_width_quantiles"]),
            stop_after_comma=fit["stop_after_comma"],
            confusions={printed: (tuple(reads), tuple(counts)) for printed, (reads, counts) in by_printed.items()},
            dirtiness=tuple(fit["confusions_per_1000"]),
            o_for_zero=fit["letter_o_for_zero_in_N0"],
            l_for_one=fit["letter_l_for_one_in_T1"],
            capital_x=fit["capital_x_in_dimensions"],
            space_before_colon=fit["space_before_colon"],
            gaps=fit["gaps_per_report"],
        )

    def corrupt(
        self,
        text: str,
        evidence: Mapping[str, Sequence[Mapping[str, Any]]],
        rng: random.Random,
        keep: Sequence[Span] = (),
    ) -> tuple[str, dict[str, list[dict[str, Any]]]]:
        """The text as OCR would return it, and the evidence with its new offsets and words.

        No line with evidence or a span of `keep` is lost.
        """
        spans = {task: [(int(q["start"]), int(q["end"])) for q in quotes] for task, quotes in evidence.items()}
        flat = rng.random() < _FLAT_SHARE
        dirt = rng.choice(self.dirtiness) * rng.uniform(0.5, 1.5)
        kept = sorted([*keep, *(span for found in spans.values() for span in found)])
        text, spans = self._apply(text, self._dropped_lines(text, kept, rng), spans)
        text, spans = self._apply(text, self._wrapped(text, rng), spans)
        text, spans = self._apply(text, self._misread(text, spans, dirt, rng), spans)
        if flat:
            text, spans = self._apply(text, self._flattened(text, rng), spans)
        quotes = {
            task: [{"start": start, "end": end, "text": text[start:end]} for start, end in found]
            for task, found in spans.items()
        }
        return text, quotes

    @staticmethod
    def _apply(
        text: str, edits: Iterable[Edit], spans: Mapping[str, Sequence[Span]]
    ) -> tuple[str, dict[str, list[Span]]]:
        aligned = Alignment(text, edits)
        return aligned.text, {task: [aligned.span(*span) for span in found] for task, found in spans.items()}

    def _dropped_lines(self, text: str, kept: Sequence[Span], rng: random.Random) -> list[Edit]:
        """Lines that the scan lost and words that redaction removed, none of them `kept`."""
        edits: list[Edit] = []
        for line in re.finditer(r"[^\n]+\n", text):
            touches = any(start < line.end() and end > line.start() for start, end in kept)
            if not touches and rng.random() < _DROP_LINE:
                edits.append((line.start(), line.end(), ""))
        if rng.random() < min(self.gaps / 3, 0.8):
            for name in re.finditer(r"\b(?:Dr\.|MD|M\.D\.|\d+-year-old|(?:19|20)\d\d)(?=[ .,\n])", text):
                free = not any(start < name.end() and end > name.start() for start, end in kept)
                if free and not any(s < name.end() and e > name.start() for s, e, _ in edits):
                    edits.append((name.start(), name.end(), ""))
        return edits

    def _wrapped(self, text: str, rng: random.Random) -> list[Edit]:
        """Line breaks at the paper's width."""
        low, high = sorted((rng.choice(self.widths), rng.choice(self.widths)))
        width = rng.randint(max(low, 40), max(high, 60)) + 20
        edits: list[Edit] = []
        at = 0
        for line in text.split("\n"):
            start = at
            while len(line) - (start - at) > width:
                space = line.rfind(" ", start - at, start - at + width)
                if space <= start - at:
                    break
                edits.append((at + space, at + space + 1, "\n"))
                start = at + space + 1
            at += len(line) + 1
        return edits

    def _misread(self, text: str, spans: Mapping[str, Sequence[Span]], dirt: float, rng: random.Random) -> list[Edit]:
        """Confused characters and slips. `dirt` is confusions a thousand characters."""
        edits: dict[int, Edit] = {}
        for pattern, share, new in (
            (_N_ZERO, self.o_for_zero * rng.choice([0, 1, 1]), "O"),
            (_T_ONE, self.l_for_one * rng.choice([0, 1, 1]), rng.choice("llI")),
            (_TIMES, self.capital_x, "X"),
            (_COLON, self.space_before_colon, " :"),
        ):
            if share:
                for match in pattern.finditer(text):
                    if rng.random() < share:
                        edits[match.start()] = (match.start(), match.end(), new)
        for _ in range(round(rng.expovariate(1) * dirt * len(text) / 1000)):
            at = rng.randrange(len(text))
            printed = next((p for p in (text[at : at + 2], text[at]) if p in self.confusions), None)
            if printed and text[at].isalpha() and not _near_category(text, at):
                reads, counts = self.confusions[printed]
                edits[at] = (at, at + len(printed), rng.choices(reads, counts)[0])
        for _ in range(round(rng.expovariate(1) * _TYPOS_PER_1000 * len(text) / 1000)):
            at = rng.randrange(len(text))
            if text[at : at + 2].isalpha() and text[at : at + 2].islower() and not _near_category(text, at):
                slip = rng.choice([text[at + 1] + text[at], text[at], text[at] * 2 + text[at + 1]])
                edits[at] = (at, at + 2, slip)
        return _disjoint(edits.values())

    def _flattened(self, text: str, rng: random.Random) -> list[Edit]:
        """Line breaks as OCR text has them: a stop and a blank, or only a blank after a colon or a stop."""
        edits: list[Edit] = []
        for match in re.finditer(r"\n+", text):
            before = text[match.start() - 1] if match.start() else ""
            if before in ".:;?!" or (before == "," and rng.random() > self.stop_after_comma):
                new = " "
            else:
                new = ". " if rng.random() < 0.97 else " "
            edits.append((match.start(), match.end(), new))
        return edits


def _near_category(text: str, at: int) -> bool:
    """Whether the character is part of a short code ("pT1c", "ER", "2+"), where a slip would change the fact."""
    start, end = at, at
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    word = text[start:end]
    return len(word) < 5 or any(ch.isdigit() for ch in word)


def _disjoint(edits: Iterable[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(edits):
        if not kept or edit[0] >= kept[-1][1]:
            kept.append(edit)
    return kept
