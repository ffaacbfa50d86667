"""Foreign pages: what is there, and how inventions are counted."""

from __future__ import annotations

from dataclasses import replace

from pathstage.evaluation.benchmark.foreign import Invention, Page, foreign_pages, inventions
from pathstage.schema import TaskSchema


def test_the_pages_are_of_three_kinds_and_of_no_breast(schema: TaskSchema) -> None:
    pages = foreign_pages(schema)
    assert {page.kind for page in pages} == {"blank", "not pathology", "other organ"}
    assert len({page.name for page in pages}) == len(pages)
    assert any(not page.text for page in pages)


def test_a_page_of_the_schema_itself_is_not_foreign(schema: TaskSchema) -> None:
    names = {page.name for page in foreign_pages(replace(schema, name="colon"))}
    assert {page.name for page in foreign_pages(schema)} - names == {"colon cancer"}


def test_values_that_are_not_absent_are_inventions(two_tasks: TaskSchema) -> None:
    pages = [Page("a", "blank", ""), Page("b", "blank", ""), Page("c", "blank", " "), Page("d", "other", "x")]
    answers = {"a": None, "b": {"a": "z", "b": "p"}, "c": {"a": "z", "b": "not a class"}, "d": None}
    assert inventions(answers, pages, two_tasks) == {"blank": Invention(3, 1, 0.5), "other": Invention(1, 1, None)}
