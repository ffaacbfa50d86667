"""Words that a scan damaged by one letter or a blank."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.rules.spelling import Spelling

WORDS = ("positive", "negative", "immunoreactive", "receptor", "receptors")
SPELLING = Spelling.from_data({"words": WORDS, "own": ["negativity", "receptorx"]})


@pytest.mark.parametrize(
    ("damaged", "right"),
    [
        ("negatlve", "negative"),
        ("NEGATVE", "NEGATIVE"),
        ("possitive", "positive"),
        ("positiv", "positive"),
        ("egative", "negative"),
        ("immunoreact1ve", "immunoreactive"),
    ],
)
def test_one_letter_is_set_right(damaged: str, right: str) -> None:
    text = f"ER ({damaged}), PR."
    repaired = SPELLING.repaired(text)
    assert repaired is not None
    assert repaired.text == f"ER ({right}), PR."
    at = repaired.text.index(right)
    assert text[repaired.starts[at] : repaired.ends[at + len(right) - 1]] == damaged


@pytest.mark.parametrize("gap", [" ", ". ", "- ", "-\n", "\n"])
def test_halves_are_put_together(gap: str) -> None:
    text = f"PR: nega{gap}tive."
    repaired = SPELLING.repaired(text)
    assert repaired is not None
    assert repaired.text == "PR: negative."
    assert text[repaired.starts[4] : repaired.ends[11]] == f"nega{gap}tive"


@pytest.mark.parametrize(
    "text", ["", "ER: negative", "relative", "natve", "negativity", "positives", "receptorx", "Ng 12", "nega, tive"]
)
def test_other_words_stay(text: str) -> None:
    assert SPELLING.repaired(text) is None


@given(st.sampled_from(WORDS[:3]), st.data())
def test_any_exchanged_letter(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz1"))
    repaired = SPELLING.repaired(word[:at] + letter + word[at + 1 :])
    assert (repaired.text if repaired else word) == word
