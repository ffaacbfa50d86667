"""Truncation: what a token budget keeps of a report. Tokens are words here, so that one can count along."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.prepare.align import identity
from pathstage.prepare.truncate import passages, truncate
from pathstage.report import PreparedText
from pathstage.schema import TaskSchema, load_schema, parse_schema

FRUIT = parse_schema(
    """
name: fruit
version: 1
tasks:
  apple: {classes: [ripe, none], absent: none, keywords: [apple, ripe]}
  pear: {classes: [ripe, none], absent: none, keywords: [pear]}
""",
    "fruit",
)


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def kept(text: str, budget: int, schema: TaskSchema = FRUIT) -> list[str]:
    return truncate(identity(text), schema, budget, words).text.split("\n")


def line(word: str, number: int) -> str:
    """A sentence of ten words, too long to be a scrap."""
    return f"Sentence number {number} speaks at some length about one {word}."


def test_only_passages_that_speak_of_a_task_are_kept_in_their_order() -> None:
    text = "\n".join([line("pear", 1), line("stone", 2), line("apple", 3), line("river", 4)])
    assert kept(text, 100) == [line("pear", 1), line("apple", 3)]


def test_the_tasks_take_turns_so_that_none_is_crowded_out() -> None:
    text = "\n".join([*(line("apple", number) for number in range(5)), line("pear", 5)])
    assert kept(text, 22) == [line("apple", 0), line("pear", 5)]


def test_a_task_chooses_its_most_telling_passage_first() -> None:
    text = "\n".join([line("apple", 0), line("ripe apple", 1), line("apple", 2)])
    assert kept(text, 12) == [line("ripe apple", 1)]


def test_a_passage_that_is_too_long_makes_room_for_a_shorter_one() -> None:
    long = "The ripe apple " + "and all that was ever written of it " * 5 + "ends here."
    assert kept(f"{long}\n{line('apple', 1)}", 15) == [line("apple", 1)]


def test_a_text_that_speaks_of_no_task_keeps_its_beginning() -> None:
    text = "\n".join(line("stone", number) for number in range(5))
    assert kept(text, 25) == [line("stone", 0), line("stone", 1)]


def test_the_diagnosis_goes_before_the_gross_description(schema: TaskSchema) -> None:
    gross = "GROSS DESCRIPTION:\nThe tumor mass is firm and measures 2.5 cm across at the upper pole of it."
    final = "FINAL DIAGNOSIS:\nThe tumor mass is firm and measures 2.1 cm across at the upper pole of it."
    found = kept(f"{gross}\n{final}\n", 20, schema)
    assert any("2.1 cm" in one for one in found)
    assert not any("2.5 cm" in one for one in found)


def test_scraps_stay_with_what_they_answer_but_not_across_lines() -> None:
    text = "Progesterone receptor. POSITIVE. Strong.\nNegative."
    assert [text[start:end] for start, end in passages(text)] == [
        "Progesterone receptor. POSITIVE. Strong.",
        "Negative.",
    ]


@pytest.mark.parametrize("text", ["", " \n "])
def test_of_a_blank_text_nothing_is_kept(text: str) -> None:
    assert truncate(identity(text), FRUIT, 10, words) == PreparedText("", (), ())


SENTENCES = st.lists(
    st.sampled_from(
        [
            "Tumor size 2.1 cm.",
            "FINAL DIAGNOSIS:",
            "pT2 pN0",
            "Estrogen receptor:",
            "positive.",
            "HER2 3+",
            "The skin is tan.",
        ]
    )
    | st.text(max_size=12),
    max_size=20,
).flatmap(lambda parts: st.sampled_from(["\n", " ", ". "]).map(lambda between: between.join(parts)))


@given(text=SENTENCES, budget=st.integers(0, 60))
def test_the_budget_is_kept_and_every_character_leads_back(text: str, budget: int) -> None:
    schema = load_schema()
    short = truncate(identity(text), schema, budget, words)
    assert sum(words([short.text])) <= budget
    for at, (start, end) in enumerate(zip(short.starts, short.ends, strict=True)):
        # A separator stands for the empty place after the text before it; the rest for itself.
        assert text[start:end] == short.text[at] or (short.text[at] == "\n" and start == end)
    assert list(short.starts) == sorted(short.starts)


@given(SENTENCES)
def test_with_room_for_all_no_passage_that_speaks_of_a_task_is_lost(text: str) -> None:
    schema = load_schema()
    short = truncate(identity(text), schema, 10**6, words).text
    for start, end in passages(text):
        if any(keyword.search(text[start:end]) for task in schema.tasks for keyword in task.keywords):
            assert text[start:end] in short


def test_truncating_again_with_the_same_budget_changes_nothing(schema: TaskSchema) -> None:
    text = (
        "FINAL DIAGNOSIS: Invasive ductal carcinoma of the left breast, Nottingham grade 2, 2.1 cm in size.\n"
        "Sections of the uninvolved breast show fibrocystic changes and usual hyperplasia throughout them.\n"
        "Two of fourteen axillary lymph nodes are positive for metastatic carcinoma without any extension.\n"
        "Estrogen receptor is positive in 90% of nuclei, and progesterone receptor is negative in them all.\n"
    )
    for budget in (15, 30, 45, 100):
        once = truncate(identity(text), schema, budget, words)
        assert once.text
        assert truncate(once, schema, budget, words) == once
