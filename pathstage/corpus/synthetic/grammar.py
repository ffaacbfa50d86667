"""A small template language, in which all wording of the synthetic reports is written.

    {a|b|c}          one of the alternatives, an empty one makes it optional; they nest
    <name>           a slot: what the caller gives under that name, else the rule of that name
    ⟦kind:words⟧     a mark: these words state a fact of that kind (`pT.stated`) or set a trap (`trap.margin_size`)

A rule is a list of templates, one of which is drawn. Rules are data: they live in `phrases/*.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

_TOKEN = re.compile(r"⟦([\w.]+):|⟧|\{|\}|\||<([a-z]\w*)>")
_RULE = re.compile(r"\[([a-z]\w*)\]")


class GrammarError(ValueError):
    """A template or rule that cannot be used; the message shows it and says what is wrong."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Words written as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A hole, filled by the caller or by a rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives, equally likely."""

    options: tuple[Sequence_, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Words that state a fact or set a trap."""

    kind: str
    body: Sequence_


Sequence_ = tuple["Literal | Slot | Choice | Marked", ...]


@cache
def parse(template: str) -> Sequence_:
    """The template as a tree. Raises GrammarError for brackets that do not match."""
    tokens = [(m.group(0), m.group(1), m.group(2), m.start(), m.end()) for m in _TOKEN.finditer(template)]
    position = 0
    index = 0

    def sequence(stops: str) -> tuple[Sequence_, str]:
        nonlocal position, index
        nodes: list[Literal | Slot | Choice | Marked] = []
        while index < len(tokens):
            token, kind, slot, start, end = tokens[index]
            if start > position:
                nodes.append(Literal(template[position:start]))
            position = end
            index += 1
            if token in stops:
                return tuple(nodes), token
            if slot:
                nodes.append(Slot(slot))
            elif kind:
                body, _ = sequence("⟧")
                nodes.append(Marked(kind, body))
            elif token == "{":
                options = []
                closed = "|"
                while closed == "|":
                    option, closed = sequence("|}")
                    options.append(option)
                nodes.append(Choice(tuple(options)))
            elif token == "|" and not stops:
                nodes.append(Literal("|"))
            else:
                raise GrammarError(f"unexpected {token!r} in {template!r}")
        if stops:
            raise GrammarError(f"missing one of {stops!r} in {template!r}")
        if position < len(template):
            nodes.append(Literal(template[position:]))
            position = len(template)
        return tuple(nodes), ""

    return sequence("")[0]


@cache
def rules() -> Mapping[str, Sequence[str]]:
    """Every rule of the shipped phrase files. Raises GrammarError for a rule defined twice or a line outside a rule.

    A phrase file is plain text: `[rule_name]`, then one template a line; lines that start with "# " are comments.
    """
    merged: dict[str, list[str]] = {}
    for file in sorted((resources.files(__package__) / "phrases").iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".txt"):
            continue
        templates: list[str] | None = None
        for line in file.read_text(encoding="utf-8").splitlines():
            header = _RULE.fullmatch(line)
            if header:
                if header.group(1) in merged:
                    raise GrammarError(f"{file.name}: rule {header.group(1)!r} is defined twice")
                templates = merged.setdefault(header.group(1), [])
            elif line.strip() and not line.startswith("# "):
                if templates is None:
                    raise GrammarError(f"{file.name}: a template stands before the first [rule]: {line!r}")
                templates.append(line.rstrip())
    return merged
