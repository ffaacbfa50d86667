"""Encoding: every token knows its words in the report, and no report costs more than the budget."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pathstage.model.base import BaseConfig, load_base
from pathstage.model.encode import Encoder, pad
from pathstage.schema import TaskSchema, load_schema

TEXT = "Invasive ductal carcinoma, 21 mm.\nHER-2/neu: negative. Stage: pT2 pNO.\nThe skin is unremarkable.\n"

WORDS = st.sampled_from(
    [
        "pT2",
        "pNO",
        "2.1 em",
        "HERZ",
        "Her-2/neu",
        "E.R.",
        "negative",
        "grade",
        "II",
        "node",
        "3/14",
        "Größe",
        "𝛼",
        ".",
        "\n",
    ]
)
REPORTS = st.lists(WORDS | st.text(max_size=8), max_size=25).map(" ".join)


@pytest.fixture(scope="module")
def make_encoder(tiny_llama: Path, tiny_qwen: Path) -> Callable[..., Encoder]:
    tokenizers = {path: load_base(BaseConfig(str(path))).tokenizer for path in (tiny_llama, tiny_qwen)}

    def make(max_tokens: int = 200, source: Path = tiny_llama) -> Encoder:
        return Encoder(tokenizers[source], load_schema(), max_tokens)

    return make


def test_it_begins_with_the_token_that_begins_a_text_and_spells_the_rest(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    encoded = encoder.encode(TEXT)
    assert encoded.token_ids[0] == encoder.tokenizer.bos_token_id
    assert encoded.spans[0] == (0, 0)
    assert encoded.source_span(0) is None
    assert encoder.tokenizer.decode(encoded.token_ids[1:]) == encoded.prepared.text
    assert "HER2" in encoded.prepared.text
    assert "pN0" in encoded.prepared.text


@settings(max_examples=40)
@given(text=REPORTS, max_tokens=st.integers(2, 60))
def test_every_token_leads_to_the_words_it_spells(
    make_encoder: Callable[..., Encoder], text: str, max_tokens: int
) -> None:
    encoder = make_encoder(max_tokens)
    encoded = encoder.encode(text)
    assert len(encoded.token_ids) == len(encoded.spans) <= max_tokens
    spelled = [span for span in encoded.spans if span[0] < span[1]]
    for before, after in pairwise(spelled):
        assert before == after or before[1] <= after[0], "tokens share a character only where each is a part of it"
    for token, (start, end) in enumerate(encoded.spans):
        assert 0 <= start <= end <= len(encoded.prepared.text)
        piece = encoder.tokenizer.decode([encoded.token_ids[token]])
        if start < end and "\ufffd" not in piece:
            assert encoded.prepared.text[start:end] == piece
        source = encoded.source_span(token)
        assert (source is None) == (start == end)
        if source:
            assert 0 <= source[0] <= source[1] <= len(text)


def test_where_nothing_was_repaired_the_source_is_the_word_itself(make_encoder: Callable[..., Encoder]) -> None:
    encoded = make_encoder().encode(TEXT)
    first = encoded.prepared.text.index("carcinoma")
    last = first + len("carcinoma")
    spans = [encoded.source_span(i) for i, (start, end) in enumerate(encoded.spans) if start < last and first < end]
    assert spans[0] is not None
    assert spans[-1] is not None
    assert TEXT[spans[0][0] : spans[-1][1]].strip() == "carcinoma"


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_a_blank_text_is_one_token_that_spells_nothing(
    make_encoder: Callable[..., Encoder], tiny_qwen: Path, text: str
) -> None:
    for encoder in (make_encoder(), make_encoder(source=tiny_qwen)):  # a tokenizer with and one without such a token
        encoded = encoder.encode(text)
        assert encoded.prepared.text == ""
        assert len(encoded.token_ids) == 1
        assert encoded.spans == ((0, 0),)


def test_the_schema_decides_what_is_kept_of_a_long_report(
    make_encoder: Callable[..., Encoder], schema: TaskSchema
) -> None:
    filler = "The patient was seen in the afternoon and was comfortable throughout the visit. " * 40
    encoded = make_encoder(120).encode(filler + "Stage: pT2 pN1. " + filler)
    assert "pT2 pN1" in encoded.prepared.text


def test_pad_fills_on_the_right_and_masks_what_it_filled() -> None:
    ids, mask = pad([[5, 6, 7], [8]])
    assert ids.dtype == torch.long
    assert ids[0].tolist() == [5, 6, 7]
    assert ids[1, 0] == 8
    assert mask.tolist() == [[True, True, True], [True, False, False]]
