from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathstage.corpus.dataset import LabelledReport
from pathstage.corpus.duplicates import DuplicateIndex, Key, duplicate_pairs


def _edited(words: list[str], changes: int, seed: int = 0) -> list[str]:
    """The words with `changes` of them, spread evenly, replaced by words that occur nowhere else."""
    step = len(words) / changes if changes else 1
    at = {int(step * number + step / 2): f"edit{seed}x{number}" for number in range(changes)}
    return [at.get(place, word) for place, word in enumerate(words)]


def test_case_spacing_and_punctuation_do_not_count(words_of: Callable[[int, int], list[str]]) -> None:
    index = DuplicateIndex()
    words = words_of(1, 40)
    assert index.add(Key("", "a"), " ".join(words)) == []
    (match,) = index.add(Key("", "b"), "\n".join(words).upper() + ".")
    assert (match.key.id, match.similarity, match.exact) == ("a", 1.0, True)


def test_unrelated_reports_do_not_match(words_of: Callable[[int, int], list[str]]) -> None:
    assert duplicate_pairs_of([" ".join(words_of(seed, 200)) for seed in range(100)]) == []


def duplicate_pairs_of(texts: list[str], threshold: float = 0.6) -> list[tuple[str, str]]:
    index = DuplicateIndex(threshold)
    return [(m.key.id, str(n)) for n, text in enumerate(texts) for m in index.add(Key("", str(n)), text)]


def test_an_addendum_is_a_near_duplicate(words_of: Callable[[int, int], list[str]]) -> None:
    words = words_of(1, 300)
    assert duplicate_pairs_of([" ".join(words), " ".join(words + words_of(2, 30))]) == [("0", "1")]


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9])
def test_pairs_above_the_threshold_are_found_and_those_below_are_not(
    words_of: Callable[[int, int], list[str]], threshold: float
) -> None:
    # Every change in 300 words breaks 3 of 298 shingles on either side: J = (298 - 3c) / (298 + 3c).
    for changes in range(0, 45, 6):
        similarity = (298 - 3 * changes) / (298 + 3 * changes)
        found = 0
        for seed in range(20):
            words = words_of(seed, 300)
            pair = [" ".join(words), " ".join(_edited(words, changes, seed))]
            found += len(duplicate_pairs_of(pair, threshold))
        if similarity < threshold:
            assert found == 0
        else:
            assert found >= 19, (changes, similarity)


@settings(max_examples=30, deadline=None)
@given(changes=st.integers(1, 12), seed=st.integers(0, 1000))
def test_similarity_is_the_exact_jaccard_of_the_shingles(changes: int, seed: int) -> None:
    words = [f"w{number}" for number in random.Random(seed).sample(range(10_000), 120)]
    other = _edited(words, changes)
    shingles = [{tuple(text[at : at + 3]) for at in range(len(text) - 2)} for text in (words, other)]
    index = DuplicateIndex(threshold=0.2)
    index.add(Key("", "a"), " ".join(words))
    for match in index.add(Key("", "b"), " ".join(other)):
        assert match.similarity == len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])


def test_copies_match_the_first_of_each_part() -> None:
    index = DuplicateIndex()
    text = "one two three four five six seven"
    for key in (Key("train", "a"), Key("train", "b"), Key("test", "c")):
        index.add(key, text)
    assert [match.key for match in index.add(Key("dev", "d"), text)] == [Key("test", "c"), Key("train", "a")]


def test_short_empty_and_repeated() -> None:
    index = DuplicateIndex()
    assert index.add(Key("", "a"), "pT2") == []
    assert [match.key.id for match in index.add(Key("", "b"), "PT2.")] == ["a"]
    assert index.add(Key("", "c"), " . ") == []
    assert index.add(Key("", "d"), "") == []
    assert index.add(Key("", "a"), "another text under a key that was used") == []


@pytest.mark.parametrize("threshold", [0, -1, 1.01])
def test_a_threshold_that_is_no_similarity(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        DuplicateIndex(threshold)


def test_pairs_of_a_corpus(many_rows: Callable[..., list[LabelledReport]]) -> None:
    rows = many_rows(10)
    rows.append(replace(rows[3], id="copy"))
    assert duplicate_pairs(rows) == [("r0003", "copy")]
