"""Pages that document nothing a schema asks for: what a system reads in them it has made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import yaml

from pathstage.schema import TaskSchema


@dataclass(frozen=True, slots=True)
class Page:
    """A page of `foreign_pages.yaml`."""

    name: str
    kind: str
    text: str
    organ: str = ""


@dataclass(frozen=True, slots=True)
class Invention:
    """What a system made of the `pages` of a kind: it `declined` some, and of the others' values it `invented` a share.

    A value is invented when it is not the absent class of its task; None where every page was declined.
    """

    pages: int
    declined: int
    invented: float | None


Answers = Mapping[str, Mapping[str, str] | None]
"""Page name → task → value, or None for a page that the system declined to read."""


def foreign_pages(schema: TaskSchema) -> tuple[Page, ...]:
    """The pages that are foreign to a schema."""
    content = (resources.files(__package__) / "foreign_pages.yaml").read_text(encoding="utf-8")
    pages = (Page(**raw) for raw in yaml.safe_load(content))
    return tuple(page for page in pages if page.organ != schema.name)


def inventions(answers: Answers, pages: Sequence[Page], schema: TaskSchema) -> dict[str, Invention]:
    """Kind of page → what was made of it. Raises KeyError for a page without an answer."""
    found = {}
    for kind in dict.fromkeys(page.kind for page in pages):
        given = [answers[page.name] for page in pages if page.kind == kind]
        read = [values for values in given if values is not None]
        wrong = [values.get(task.name, "") != task.absent for values in read for task in schema.tasks]
        found[kind] = Invention(len(given), len(given) - len(read), sum(wrong) / len(wrong) if wrong else None)
    return found
