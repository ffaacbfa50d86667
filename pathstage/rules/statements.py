"""Statements: which results belong to which markers.

The tokens of a text (see `pathstage.rules.results`) are read from left to right as names that stand together ("ER and
PR", "ER/PR/HER2") and results that stand together ("positive (95 %, strong)"). Results belong to

* the names they stand ahead of, when a word like "for" leads there: "negative for HER2", "positive for ER and PR";
* else the names ahead of them: "ER: positive", one each when there are as many: "ER/PR/HER2: +/+/-";
* else, in lists whose values slipped out of their rows, the labels that wait for one, in order;
* else, if they need no name, the marker they are results of: "no amplification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pathstage.rules.results import Token, compiled


@dataclass(frozen=True, slots=True)
class Statement:
    """What one place says of one marker: its results and methods in order. implied: no name stands beside them."""

    task: str
    start: int
    end: int
    tokens: tuple[Token, ...]
    implied: bool = False


@dataclass(slots=True)
class _Names:
    """Names that stand together; `listed` one below the other, so that one result is not for all of them."""

    start: int
    end: int
    tasks: list[str]
    generic: bool
    last: Token
    listed: bool = False
    displaced: bool = False
    methods: list[Token] = field(default_factory=list)


@dataclass(frozen=True)
class Grammar:
    """What may stand between names and results (see the comments of `markers.yaml`)."""

    fillers: re.Pattern[str]
    gap: int
    blocks: re.Pattern[str]
    forward: re.Pattern[str]
    verbs: re.Pattern[str]
    join: re.Pattern[str]
    label_end: re.Pattern[str]
    alone: re.Pattern[str]
    statuses: frozenset[str]
    accepted: dict[str, frozenset[str]]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Grammar:
        """Compile the grammar of the content of a `markers.yaml`."""
        accepted = {
            task: frozenset([*body["steps"], *body["classes"], "pending"]) for task, body in data["tasks"].items()
        }
        statuses = frozenset(kind for body in data["tasks"].values() for kind in body["classes"])
        return cls(
            re.compile(rf"(?:[\W_]|\b{data['fillers']}\b)*", re.IGNORECASE),
            data["gap"],
            re.compile(data["blocks"], re.IGNORECASE),
            compiled(data["forward"]),
            compiled(data["verbs"]),
            re.compile(data["join"], re.IGNORECASE),
            re.compile(data["label_end"], re.IGNORECASE),
            re.compile(data["alone"]),
            statuses,
            accepted,
        )

    def statements(self, text: str, tokens: Sequence[Token]) -> list[Statement]:
        """The statements that `tokens` of `text` make, in the order of their results."""
        return list(_Reader(self, text).read([token for token in tokens if not token.note]))

    def leads(self, text: str, start: int, end: int) -> bool:
        """Whether a result at `end` can belong to a name that ends at `start`."""
        between = text[start:end]
        if len(between) <= self.gap and not self.blocks.search(between):
            return True
        return len(between) <= 2 * self.gap and bool(self.fillers.fullmatch(between))


class _Reader:
    """One pass over the tokens of one text."""

    def __init__(self, grammar: Grammar, text: str) -> None:
        self.grammar = grammar
        self.text = text
        self.waiting: list[_Names] = []
        self.method: Token | None = None

    def read(self, tokens: Sequence[Token]) -> Iterator[Statement]:
        at = 0
        carried: list[Token] = []
        carried_end = 0
        while at < len(tokens):
            token = tokens[at]
            if token.role in {"name", "group"}:
                names, at = self._names(tokens, at)
                if carried and (carried[-1].end == carried_end or self._joins(carried_end, names.start)):
                    results, after = self._results(tokens, at, names.end)
                    ahead = self._prefix(results, tokens[after] if after < len(tokens) else None)
                    if ahead:
                        after = tokens.index(ahead)
                        results = results[: results.index(ahead)]
                    between = self.text[names.end : results[0].start] if results else "."
                    own = results and results[0].kind in self.grammar.statuses and not re.search(r"[.;\n,]", between)
                    own = own or bool(re.match(r"\)?\s*(?::|-\s)", self.text[names.end : names.end + 4]))
                    if len(names.tasks) > 1 and own:
                        # "negative for ER, PR and HER2 is positive": the last name has a result of its own
                        last = names.last
                        names.tasks = [task for task in names.tasks if task not in last.tasks]
                        yield from self._carried(names, carried, [])
                        carried = []
                        self.waiting = [_Names(last.start, names.end, list(last.tasks), False, last)]
                        continue
                    count = next((i for i, one in enumerate(results) if one.kind in self.grammar.statuses), len(results))
                    at, results = (after if count == len(results) else tokens.index(results[count])), results[:count]
                    yield from self._carried(names, carried, results)
                    carried_end = max(names.end, results[-1].end if results else 0)
                    self.waiting = []
                    continue
                carried = []
                self._wait(names)
                continue
            if token.role == "result":
                results, at = self._results(tokens, at, None)
                results, at = self._column(tokens, at, results)
                follower = tokens[at] if at < len(tokens) else None
                prefix = self._prefix(results, follower)
                carried = [prefix] if prefix else []
                if prefix:
                    carried_end = prefix.end
                    results = results[: results.index(prefix)]
                    if results and results[-1].kind == "percent" and self._one_clause(results[-1], prefix):
                        carried = [results.pop(), prefix]
                yield from self._attach(results)
                continue
            carried = carried if token.role == "method" else []
            if token.role == "verdict":
                for task in token.tasks:
                    yield Statement(task, token.start, token.end, (token,))
            elif token.role == "method":
                self._method(token)
            elif token.role == "foreign":
                if self.waiting and self.grammar.label_end.match(self.text[self.waiting[-1].end : token.start]):
                    self.waiting[-1].displaced = True
                else:
                    self.waiting = []
            else:
                self.waiting = []
                self.method = None
            at += 1

    def _names(self, tokens: Sequence[Token], at: int) -> tuple[_Names, int]:
        first = tokens[at]
        names = _Names(first.start, first.end, list(first.tasks), first.role == "group", first)
        at += 1
        while at < len(tokens) and tokens[at].role in {"name", "group"}:
            token = tokens[at]
            between = self.text[names.end : token.start]
            heading = names.generic and re.fullmatch(r"[\s:,(\[=-]{0,4}", between)
            if not heading and not self.grammar.join.match(between):
                break
            if heading and token.role == "name":
                names = _Names(token.start, token.end, list(token.tasks), False, token)
            else:
                names.generic = False
                if not names.last.tasks == token.tasks:
                    names.last = token
                names.listed |= "\n" in between or between == " "
                names.tasks += [task for task in token.tasks if task not in names.tasks]
                names.end = token.end
            at += 1
        return names, at

    def _results(self, tokens: Sequence[Token], at: int, after: int | None) -> tuple[list[Token], int]:
        """The results from `at` on that stand together, behind the name that ends at `after` if there is one."""
        results: list[Token] = []
        while at < len(tokens):
            token = tokens[at]
            if token.role not in {"result", "method"}:
                break
            end = results[-1].end if results else after
            if end is not None and not self._goes_on(results, token, end):
                break
            if not (token.label and results) or self._is_sign(token):
                results.append(token)
            at += 1
        return results, at

    def _column(self, tokens: Sequence[Token], at: int, results: list[Token]) -> tuple[list[Token], int]:
        """`results` with those below them, if that makes one for each of the labels that wait."""
        if len(self.waiting) < 2 or not results or len(self._units(results)) >= len(self.waiting):
            return results, at
        column, end = [*results], at
        while end < len(tokens) and tokens[end].role == "result":
            if not self.grammar.alone.match(self.text[column[-1].end : tokens[end].start].strip("()")):
                break
            column.append(tokens[end])
            end += 1
        return (column, end) if len(self._units(column)) == len(self.waiting) else (results, at)

    def _is_sign(self, token: Token) -> bool:
        return self.text[token.start : token.end].strip("([ /])") in {"+", "-", "++", "+++", "--"}

    def _goes_on(self, results: Sequence[Token], token: Token, end: int) -> bool:
        between = self.text[end : token.start]
        if not results and token.label:
            return bool(self.grammar.label_end.match(between))
        if not results:
            return self.grammar.leads(self.text, end, token.start)
        if not re.search(r"[;\n]|\.(?=\s)", between):
            return len(between) <= 60 and not self.grammar.blocks.search(between)
        kinds = {one.kind for one in results}
        if token.role == "method":
            return len(between) <= 30
        if results[-1].role == "method" or kinds <= {"pending"}:
            return bool(self.grammar.fillers.fullmatch(between)) and kinds != {"pending"} or self._soft(results, between)
        if token.kind in self.grammar.statuses:
            behind = self.text[token.end : token.end + 2].lstrip()[:1]
            return not kinds & self.grammar.statuses and not between.strip(" .") and behind in {"", ".", ",", ";", "(", ")"}
        fresh = token.kind not in kinds
        return fresh and bool(self.grammar.fillers.fullmatch(between))

    def _soft(self, results: Sequence[Token], between: str) -> bool:
        """Whether what is pending may be said right behind: "performed on another specimen. Results: ..."."""
        words = self.text[results[0].start : results[-1].end].lower()
        return "performed" in words and bool(self.grammar.fillers.fullmatch(between)) and "result" in between.lower()

    def _prefix(self, results: Sequence[Token], follower: Token | None) -> Token | None:
        """The result that belongs to the name behind it, if there is one."""
        if follower is None or follower.role not in {"name", "group"} or not results:
            return None
        for token in reversed(results):
            if token.kind in self.grammar.statuses or token.kind in {"score", "soft", "percent"}:
                between = self.text[token.end : follower.start]
                leads = len(between) < 80 and self.grammar.forward.match(between)
                verb = between in {"", " "} and self.grammar.verbs.fullmatch(self.text[token.start : follower.start].strip())
                return token if leads or verb else None
        return None

    def _joins(self, end: int, start: int) -> bool:
        return bool(self.grammar.join.match(self.text[end:start]))

    def _wait(self, names: _Names) -> None:
        if self.waiting and set(names.tasks) < set(self.waiting[-1].tasks):
            self.waiting = []  # "ER/PR and HER2 results: ER positive" begins with a heading
        if self.waiting and not self.grammar.label_end.match(self.text[self.waiting[-1].end : names.start]):
            if not self.waiting[-1].displaced:
                self.waiting = []
        if self.method and re.fullmatch(r"[\s:(-]*(?:analysis|results?|testing|test)?[\s:(-]*(?:for|of|on)?(?: the)?[\s(]*",
                                        self.text[self.method.end : names.start]):
            names.methods.append(self.method)
        self.method = None
        self.waiting.append(names)

    def _method(self, token: Token) -> None:
        self.method = token
        if self.waiting:
            names = self.waiting[-1]
            if self.grammar.leads(self.text, names.end, token.start):
                names.methods.append(token)
                names.end = token.end

    def _one_clause(self, first: Token, second: Token) -> bool:
        """Whether a percentage is of what follows: "95 % of tumour cells are positive for ..."."""
        between = self.text[first.end : second.start]
        return len(between) <= 40 and not re.search(r"[;,.:]", between)

    def _carried(self, names: _Names, carried: Sequence[Token], results: Sequence[Token]) -> Iterator[Statement]:
        shares = self._shares(names, results)
        for task in names.tasks:
            if self._accepts(task, carried[-1]):
                own = [one for one in shares.get(task, ()) if one.role == "method" or one.kind != "pending"]
                own = [*(one for one in carried if self._accepts(task, one)), *own]
                start, end = min(carried[0].start, names.start), max([names.end, *(one.end for one in own)])
                yield Statement(task, start, end, tuple(own))

    def _attach(self, found: list[Token]) -> Iterator[Statement]:
        if not found:
            return
        results = found
        first = results[0]
        waiting, self.waiting = self.waiting, []
        while waiting and not self._fits(waiting[-1], first):
            waiting = []
        if not waiting:
            yield from self._implied(results)
            return
        tasks = {task for names in waiting for task in names.tasks}
        yield from self._implied([one for one in results if not any(self._accepts(task, one) for task in tasks)])
        results = [one for one in results if any(self._accepts(task, one) for task in tasks)]
        last = waiting[-1]
        if len(waiting) > 1 or last.displaced:
            units = self._units(results)
            if len(units) == len(waiting) > 1 or any(names.displaced for names in waiting):
                for names, unit in zip(waiting, units, strict=False):
                    yield from self._direct(names, unit)
                self.waiting = waiting[len(units) :]
                for names in self.waiting:
                    names.displaced = True
                return
        statements = list(self._direct(last, results))
        yield from statements
        if not statements and all(one.role == "result" for one in found):
            last.end = found[-1].end
            self.waiting = [last]

    def _fits(self, names: _Names, token: Token) -> bool:
        between = self.text[names.end : token.start]
        if token.label:
            return bool(self.grammar.label_end.match(between))
        if len(names.tasks) > 2 and re.search(r"(?i)\b(?:assays?|results|studies|report|panel)\W*[.:]", between):
            return False  # a heading
        return names.displaced or self.grammar.leads(self.text, names.end, token.start)

    def _direct(self, names: _Names, results: Sequence[Token]) -> Iterator[Statement]:
        for task, own in self._shares(names, results).items():
            if own:
                end = own[-1].end
                start = names.start if own[0].start - names.end <= 60 and names.start < own[0].start else own[0].start
                yield Statement(task, start, end, (*names.methods, *own))

    def _shares(self, names: _Names, results: Sequence[Token]) -> dict[str, list[Token]]:
        """The results of each of the `names`: one each if there are as many, else all for each."""
        results = [*results]
        if len(names.tasks) == 1:
            return {task: [one for one in results if self._accepts(task, one)] for task in names.tasks}
        units = self._units(results)
        if len(units) == len(names.tasks):
            return {
                task: [one for one in unit if self._accepts(task, one)]
                for task, unit in zip(names.tasks, units, strict=True)
            }
        if names.listed and len(units) > 1:
            return {}
        shares: dict[str, list[Token]] = {task: [] for task in names.tasks}
        for kind in dict.fromkeys(one.kind for one in results):
            same = [one for one in results if one.kind == kind]
            takers = [task for task in names.tasks if any(self._accepts(task, one) for one in same)]
            if len(same) == len(takers):
                for task, one in zip(takers, same, strict=True):
                    shares[task].append(one)
            else:
                for task in takers:
                    shares[task] += same[:1]
        return {task: sorted(own, key=lambda one: one.start) for task, own in shares.items()}

    def _accepts(self, task: str, token: Token) -> bool:
        if token.role == "method":
            return True
        return (not token.tasks or task in token.tasks) and (
            token.kind in self.grammar.accepted[task] or token.kind == "soft"
        )

    def _units(self, results: Sequence[Token]) -> list[list[Token]]:
        """The results cut where a second one of the kind of the first begins, as in "positive negative 1+"."""
        units: list[list[Token]] = []
        for token in results:
            status = token.kind in self.grammar.statuses
            before = self.text[units[-1][-1].end : token.start] if units else ""
            has_status = bool(units) and any(one.kind in self.grammar.statuses for one in units[-1])
            same = bool(units) and any(one.kind == token.kind for one in units[-1])
            apart = token.kind == "score" and re.fullmatch(r"\.?\s+", before)
            if not units or (status and has_status) or same or apart:
                units.append([])
            units[-1].append(token)
        return units

    def _implied(self, results: Sequence[Token]) -> Iterator[Statement]:
        own = [one for one in results if one.implied]
        if own:
            start = own[0].start
            for task in own[0].tasks:
                yield Statement(task, start, own[-1].end, tuple(own), implied=True)
