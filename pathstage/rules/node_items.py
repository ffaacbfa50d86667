"""Node items: the numbers of nodes in a synoptic report ("Nodes examined: 14", "Number with macrometastases: 2")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pathstage.rules.document import Document
from pathstage.rules.node_parts import Patterns

_POSITIVES = ("positive", "macro", "micro", "itc")
ALL = -1
"""The number of an item that says "all": as many as were examined."""


@dataclass(frozen=True, slots=True)
class Item:
    """The number of one item, `name` a key of `keyed.keys`, printed at `start:end`."""

    name: str
    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Synopsis:
    """What the items of one synoptic report tell: `positive` of `examined` (None: not told).

    Nodes with isolated tumour cells only are not positive (AJCC 8th edition). deposit: as in `Statement`. start, end:
    of the item that decides. side: "left", "right" or "".
    """

    positive: int
    examined: int | None
    deposit: str
    start: int
    end: int
    side: str


def items(document: Document, patterns: Patterns, data: Mapping[str, Any]) -> tuple[Item, ...]:
    """The items of all synoptic reports of `document`, in order."""
    text = document.text
    candidates = []
    for name, key in patterns.keys.items():
        for match in key.finditer(text):
            value = patterns.keyed_value.match(text, match.end())
            number = _number(value["value"], patterns) if value else None
            if value is None or number is None or patterns.keyed_blank.match(text, match.end() - 9):
                continue
            if document.section(match.start()) in data["ignored_sections"]:
                continue
            sure = bool(patterns.keyed_sure.match(text[match.end() : value.end()]))
            candidates.append((Item(name, number, match.start(), value.end()), sure))
    found: list[Item] = []
    last = -1
    for item, sure in sorted(candidates, key=lambda one: (one[0].start, -one[0].end)):
        before = text[max(0, item.start - 6) : item.start]
        begins = item.start - last <= 2 or bool(patterns.keyed_beginning.search(before))
        if item.start >= last and (sure or begins):
            found.append(item)
            last = item.end
    return tuple(found)


def _number(printed: str, patterns: Patterns) -> int | None:
    return ALL if printed.lower() == "all" else patterns.numbers.value(printed)


def synopses(document: Document, patterns: Patterns, found: tuple[Item, ...], same_report: int) -> Iterator[Synopsis]:
    """The synoptic reports that `found` make: an item that comes again, or after a gap, begins the next.

    Those under the headings of different groups of nodes ("Sentinel nodes", "Axillary nodes") are one.
    """
    text = document.text
    blocks: list[dict[str, Item]] = []
    stations: list[str] = []
    last = -same_report - 1
    for item in found:
        if item.start - last > same_report or item.name in blocks[-1]:
            blocks.append({})
            heading = patterns.station.search(text, max(0, last, item.start - 60), item.start)
            stations.append(heading["station"].lower() if heading else "")
        blocks[-1][item.name] = item
        last = item.end
    told: list[tuple[set[str], Synopsis]] = []
    for block, station in zip(blocks, stations, strict=True):
        synopsis = _synopsis(block)
        if synopsis is None:
            continue
        sides = [match["side"].lower() for match in patterns.laterality.finditer(text, 0, synopsis.start)]
        synopsis = replace(synopsis, side=sides[-1] if sides else "")
        before, whole = told[-1] if told else (set[str](), synopsis)
        if station and before and station not in before and "" not in before and whole.side == synopsis.side:
            told[-1] = ({*before, station}, _sum(whole, synopsis))
        else:
            told.append(({station}, synopsis))
    for _, synopsis in told:
        yield synopsis


def _sum(one: Synopsis, other: Synopsis) -> Synopsis:
    larger, smaller = (one, other) if one.positive >= other.positive else (other, one)
    examined = None if one.examined is None or other.examined is None else one.examined + other.examined
    deposits = {one.deposit, other.deposit} if smaller.positive else {larger.deposit}
    deposit = "macro" if "macro" in deposits else deposits.pop() if len(deposits) == 1 else ""
    return replace(larger, positive=one.positive + other.positive, examined=examined, deposit=deposit)


def _synopsis(block: Mapping[str, Item]) -> Synopsis | None:
    number = {name: item.number for name, item in block.items()}
    named = [name for name in _POSITIVES if name in number]
    if not named or (named == ["itc"] and not number["itc"]):
        return None
    examined = max((number[name] for name in ("examined", "sentinel_examined") if name in number), default=None)
    if ALL in number.values() and (examined is None or examined == ALL):
        return None
    number = {name: examined if some == ALL and examined else some for name, some in number.items()}
    positive = number.get("positive", number.get("macro", 0) + number.get("micro", 0))
    if examined is not None and (positive > examined or examined == 0):
        return None
    deposit = ""
    if positive:
        deposit = "macro" if number.get("macro") else "micro" if number.get("micro") == positive else ""
    elif number.get("itc"):
        deposit = "itc"
    decides = block[next((name for name in named if number[name]), named[0])]
    return Synopsis(positive, examined, deposit, decides.start, decides.end, "")
