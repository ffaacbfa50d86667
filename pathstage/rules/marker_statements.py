"""Statements: which results belong to which markers.

The tokens of a text (see `pathstage.rules.marker_results`) are read from left to right as names that stand together
("ER and PR", "ER/PR/HER2") and results that stand together ("positive (95 %, strong)"). Results belong to

* the names they stand ahead of, when a word like "for" leads there: "negative for HER2", "positive for ER and PR";
* else the names ahead of them: "ER: positive", one each when there are as many: "ER/PR/HER2: +/+/-";
* else, in lists whose values slipped out of their rows, the labels that wait for one, in order;
* else, if they need no name, the marker they are results of: "no amplification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise, takewhile

from pathstage.rules.marker_grammar import Grammar
from pathstage.rules.marker_results import Token, is_sign
from pathstage.rules.marker_shares import Names, Shares

LONGEST_LIST = 20
"""How many other markers may stand ahead of the first name of a list."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one place says of one marker: its results and methods in order. implied: no name stands beside them."""

    task: str
    start: int
    end: int
    tokens: tuple[Token, ...]
    implied: bool = False


def statements(grammar: Grammar, text: str, tokens: Sequence[Token]) -> list[Statement]:
    """The statements that `tokens` of `text` make, in the order of their results."""
    marked = grammar.unread.sub(lambda match: " " * len(match[0]), text)
    return list(_Reader(grammar, marked, [token for token in tokens if not token.note]).read())


def _tasks(token: Token) -> list[str]:
    """The markers that `token` names, or something in their place."""
    return [*token.tasks] or [f"{token.role} {token.start}"]


class _Reader:
    """One pass over the tokens of one text.

    at: the token to read next. waiting: the names that have no results yet, in order. carried: results that lead to
    the names behind them, and to those that follow these with "and", up to `carried_end`. method: a method that
    no name or result took so far.
    """

    def __init__(self, grammar: Grammar, text: str, tokens: Sequence[Token]) -> None:
        self.grammar = grammar
        self.text = text
        self.shares = Shares(grammar, text)
        self.tokens = tokens
        self.at = 0
        self.waiting: list[Names] = []
        self.carried: list[Token] = []
        self.carried_end = 0
        self.method: Token | None = None

    def read(self) -> Iterator[Statement]:
        """The statements, in the order of their results."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.role in {"name", "group"} or self._begins_list():
                yield from self._read_names()
            elif token.role == "stain" and self._in_list(token):
                self.carried_end = token.end
                self.at += 1
            elif token.role == "result":
                yield from self._read_results()
            else:
                self.at += 1
                if token.role == "method":
                    self._wait_for_method(token)
                    continue
                self.carried = []
                if token.role == "verdict":
                    for task in token.tasks:
                        yield Statement(task, token.start, token.end, (token,))
                elif not (token.role == "foreign" and self._displaces(token)):
                    self.waiting = []
                    self.method = None

    def _begins_list(self) -> bool:
        """Whether the next token is another marker in a list that holds names: "p63, ER and PR"."""
        if self.carried:
            return False
        for token, behind in pairwise(self.tokens[self.at : self.at + LONGEST_LIST]):
            if token.role != "stain" or not self._joins(token.end, behind.start):
                return False
            if behind.role == "name":
                return True
        return False

    def _in_list(self, token: Token) -> bool:
        """Whether `token`, another marker, is one of those that a result ahead of them belongs to."""
        if not self.carried:
            return False
        return self.carried[-1].end == self.carried_end or self._joins(self.carried_end, token.start)

    def _read_names(self) -> Iterator[Statement]:
        names = self._names()
        leads = self.carried and (
            self.carried[-1].end == self.carried_end or self._joins(self.carried_end, names.start)
        )
        if not leads:
            self.carried = []
            self._wait(names)
            return
        first = self.at
        results = self._results(names.end)
        if prefix := self._prefix(results):
            results = results[: results.index(prefix)]
            if results and results[-1].kind == "percent" and self._one_clause(results[-1], prefix):
                results.pop()
        if results and results[0].kind in self.grammar.statuses and self._worded(names.end, results[0].start):
            # "immunoreactivity for ER and PR is absent"
            self.at, self.carried = first, []
            self._wait(names)
            return
        if len(names.tasks) > 1 and self._last_has_own(names, results):
            # "negative for ER, PR and HER2 is positive"
            last = names.last
            names.tasks = [task for task in names.tasks if task not in last.tasks]
            yield from self._carry(names, [])
            self.at, self.carried = first, []
            self.waiting = [Names(last.start, names.end, list(last.tasks), False, last)]
            return
        own = list(takewhile(lambda one: one.kind not in self.grammar.statuses, results))
        if len(own) < len(results) or prefix:
            self.at = first + sum(1 for one in self.tokens[first : self.at] if not own or one.start <= own[-1].start)
            if not own:
                self.at = first
        yield from self._carry(names, own)
        self.carried_end = max(names.end, own[-1].end if own else 0)
        self.waiting = []

    def _worded(self, end: int, start: int) -> bool:
        """Whether the result that leads here only words the one behind the names, from `end` to `start` a verb."""
        if not re.fullmatch(r"\s(?:is|are|was|were)\s", self.text[end:start]):
            return False
        return bool(self.grammar.nouns.fullmatch(self.text[self.carried[-1].start : self.carried[-1].end]))

    def _last_has_own(self, names: Names, results: Sequence[Token]) -> bool:
        """Whether the last of `names` has a result of its own behind it, or an empty place for one."""
        if self.grammar.whole.fullmatch(self.text[self.carried[-1].start : self.carried[-1].end]):
            return False
        if re.match(r"\)?\s*(?::|-\s)", self.text[names.end : names.end + 4]):
            return True
        if not results or results[0].kind not in self.grammar.statuses:
            return False
        return not re.search(r"[.;\n,]", self.text[names.end : results[0].start])

    def _read_results(self) -> Iterator[Statement]:
        results = self._column(self._results(None))
        prefix = self._prefix(results)
        self.carried = [prefix] if prefix else []
        if prefix:
            self.carried_end = prefix.end
            results = results[: results.index(prefix)]
            if results and results[-1].kind == "percent" and self._one_clause(results[-1], prefix):
                self.carried.insert(0, results.pop())
        yield from self._attach(results)

    def _displaces(self, token: Token) -> bool:
        """Whether the category of another item stands where a result belongs, so that results stand further down."""
        if not self._labelled(token):
            return False
        self.waiting[-1].displaced = True
        return True

    def _names(self) -> Names:
        """The names from here on that stand together."""
        first = self.tokens[self.at]
        names = Names(first.start, first.end, _tasks(first), first.role == "group", first)
        names.mixed = first.role == "stain"
        self.at += 1
        while self.at < len(self.tokens) and self.tokens[self.at].role in {"name", "group", "stain"}:
            token = self.tokens[self.at]
            between = self.text[names.end : token.start]
            heading = names.generic and re.fullmatch(r"[\s:,(\[=-]{0,4}", between)
            if not heading and not self.grammar.join.match(between):
                break
            if heading and token.role == "name":
                names = Names(token.start, token.end, list(token.tasks), False, token)
            else:
                names.generic = False
                names.mixed |= token.role == "stain"
                if names.last.tasks != token.tasks:
                    names.last = token
                names.listed |= "\n" in between or between == " "
                names.tasks += [task for task in _tasks(token) if task not in names.tasks]
                names.end = token.end
            self.at += 1
        return names

    def _results(self, after: int | None) -> list[Token]:
        """The results from here on that stand together, behind the name that ends at `after` if there is one."""
        results: list[Token] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.role not in {"result", "method"}:
                break
            end = results[-1].end if results else after
            if end is not None and not self._goes_on(results, token, end):
                break
            if not (token.label and results) or is_sign(self.text, token):
                results.append(token)
            self.at += 1
        return results

    def _column(self, results: list[Token]) -> list[Token]:
        """`results` with those below them, if that makes one for each of the labels that wait."""
        if len(self.waiting) < 2 or not results or len(self.shares.units(results)) >= len(self.waiting):
            return results
        column = [*results]
        for token in self.tokens[self.at :]:
            between = self.text[column[-1].end : token.start]
            if token.role != "result" or not self.grammar.alone.match(between.strip("()")):
                break
            column.append(token)
        if len(self.shares.units(column)) != len(self.waiting):
            return results
        self.at += len(column) - len(results)
        return column

    def _goes_on(self, results: Sequence[Token], token: Token, end: int) -> bool:
        between = self.text[end : token.start]
        if not results and token.label:
            return bool(self.grammar.label_end.match(between))
        if not results:
            return self.grammar.leads(self.text, end, token.start)
        if not re.search(r"[;\n]|\.(?=\s)", between):
            return len(between) <= 60 and not self.grammar.blocks.search(between)
        kinds = {one.kind for one in results}
        fresh_word = token.kind in self.grammar.statuses and not kinds & self.grammar.statuses
        if fresh_word and results[-1].number is not None and self.grammar.concludes.match(between):
            return True
        if token.role == "method":
            return len(between) <= 30
        if results[-1].role == "method" or kinds <= {"pending"}:
            filled = bool(self.grammar.fillers.fullmatch(between))
            return filled and (kinds != {"pending"} or self._announces(results, between))
        if token.kind in self.grammar.statuses:
            behind = self.text[token.end : token.end + 2].lstrip()[:1]
            return (
                not kinds & self.grammar.statuses
                and not between.strip(" .")
                and behind in {"", ".", ",", ";", "(", ")"}
            )
        fresh = token.kind not in kinds
        return fresh and bool(self.grammar.fillers.fullmatch(between))

    def _announces(self, results: Sequence[Token], between: str) -> bool:
        """Whether what was not done here is given right behind: "Previously performed. Results: ..."."""
        words = self.text[results[0].start : results[-1].end].lower()
        return "performed" in words and "result" in between.lower()

    def _prefix(self, results: Sequence[Token]) -> Token | None:
        """The one of `results`, which end here, that belongs to the name behind it, if there is one."""
        follower = self.tokens[self.at] if self.at < len(self.tokens) else None
        if follower is None or follower.role not in {"name", "group", "stain"}:
            return None
        for token in reversed(results):
            if token.kind == "percent" and self._labelled(token) and self.text[self.waiting[-1].end] != ".":
                return None
            if token.kind in self.grammar.statuses or token.kind in {"score", "soft", "percent"}:
                between = self.text[token.end : follower.start]
                leads = (
                    len(between) < 80 and self.grammar.forward.match(between) and not self._begins(between, follower)
                )
                leads = leads or self._heads(token, follower)
                verb = between in {"", " "} and self.grammar.verbs.fullmatch(
                    self.text[token.start : follower.start].strip()
                )
                return token if leads or verb else None
        return None

    def _begins(self, between: str, follower: Token) -> bool:
        """Whether `follower` is a label that begins a sentence: "negative in both. HER2: positive"."""
        return "." in between and bool(re.match(r"\s?:", self.text[follower.end : follower.end + 2]))

    def _heads(self, token: Token, follower: Token) -> bool:
        """Whether `token` is the heading of a list: "Positive: ER, PR. Negative: HER2."."""
        return (
            token.kind in self.grammar.statuses
            and bool(self.grammar.heading.fullmatch(self.text, token.end, follower.start))
            and bool(re.search(r"(?:\A|[.:;\n(])\s*\Z", self.text[max(0, token.start - 3) : token.start]))
            and bool(re.match(r"[,.;\n)]| and\b|\Z", self.text[follower.end :]))
            and not self._labelled(token)
        )

    def _labelled(self, token: Token) -> bool:
        """Whether `token` stands right behind a name as behind a label."""
        return bool(self.waiting) and bool(self.grammar.label_end.match(self.text[self.waiting[-1].end : token.start]))

    def _joins(self, end: int, start: int) -> bool:
        return bool(self.grammar.join.match(self.text[end:start]))

    def _wait(self, names: Names) -> None:
        if self.waiting and set(names.tasks) < set(self.waiting[-1].tasks):
            self.waiting = []  # "ER/PR and HER2 results: ER positive" begins with a heading
        last = self.waiting[-1] if self.waiting else None
        if last and not last.displaced and not self.grammar.label_end.match(self.text[last.end : names.start]):
            self.waiting = []
        if self.method and re.fullmatch(
            r"[\s:(-]*(?:analysis|results?|testing|test)?(?: \([^()]{1,30}\))?[\s:(-]*(?:for|of|on)?(?: the)?[\s(]*",
            self.text[self.method.end : names.start],
        ):
            names.methods.append(self.method)
        self.method = None
        self.waiting.append(names)

    def _wait_for_method(self, token: Token) -> None:
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

    def _carry(self, names: Names, results: Sequence[Token]) -> Iterator[Statement]:
        carried = self.carried
        shares = self.shares.of(names, results)
        for task in names.tasks:
            if task in self.grammar.accepted and self.grammar.accepts(task, carried[-1]):
                own = [one for one in shares.get(task, ()) if one.role == "method" or one.kind != "pending"]
                own = [*(one for one in carried if self.grammar.accepts(task, one)), *own]
                start, end = min(carried[0].start, names.start), max([names.end, *(one.end for one in own)])
                yield Statement(task, start, end, tuple(own))

    def _attach(self, found: list[Token]) -> Iterator[Statement]:
        if not found:
            return
        waiting, self.waiting = self.waiting, []
        own = list(dropwhile(lambda one: one.label and bool(waiting) and not self._fits(waiting[-1], one), found))
        results = found = own or found
        first = results[0]
        while waiting and not self._fits(waiting[-1], first):
            waiting = []
        if not waiting:
            yield from self._implied(results)
            return
        tasks = {task for names in waiting for task in names.tasks}
        yield from self._implied([one for one in results if not any(self.grammar.accepts(task, one) for task in tasks)])
        results = [one for one in results if any(self.grammar.accepts(task, one) for task in tasks)]
        last = waiting[-1]
        if len(waiting) > 1 or last.displaced:
            units = self.shares.units(results)
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

    def _fits(self, names: Names, token: Token) -> bool:
        between = self.text[names.end : token.start]
        if token.label:
            return bool(self.grammar.label_end.match(between))
        if len(names.tasks) > 2 and re.search(r"(?i)\b(?:assays?|results|studies|report|panel)\W*[.:]", between):
            return False  # a heading
        return names.displaced or self.grammar.leads(self.text, names.end, token.start)

    def _direct(self, names: Names, results: Sequence[Token]) -> Iterator[Statement]:
        for task, own in self.shares.of(names, results).items():
            if own and task in self.grammar.accepted:
                end = max((one.end for one in own if one.role == "result"), default=own[-1].end)
                start = names.start if own[0].start - names.end <= 60 and names.start < own[0].start else own[0].start
                yield Statement(task, start, end, (*names.methods, *own))

    def _implied(self, results: Sequence[Token]) -> Iterator[Statement]:
        own: list[Token] = []
        for one in results:
            # "ratio 2.0, equivocal"
            if one.implied or (own and re.fullmatch(r"[\s,:;=(-]*", self.text[own[-1].end : one.start])):
                own.append(one)
        if own:
            start = own[0].start
            for task in own[0].tasks:
                yield Statement(task, start, own[-1].end, tuple(own), implied=True)
