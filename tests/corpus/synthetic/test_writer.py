import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.corpus.synthetic.grammar import GrammarError, parse, rules
from pathstage.corpus.synthetic.writer import Exact, Template, Writer


def written(template: str, seed: int = 0, **slots: str) -> Writer:
    writer = Writer(random.Random(seed))
    writer.write(template, slots)
    return writer


def test_choices_slots_and_marks() -> None:
    writer = written("tumor ⟦pT.size:of <size>⟧{!|!}", size="2 cm")
    assert writer.text == "Tumor of 2 cm!"
    assert [(m.kind, writer.text[m.start : m.end]) for m in writer.marks] == [("pT.size", "of 2 cm")]


def test_nested_marks_and_renaming() -> None:
    writer = Writer(random.Random(0))
    writer.rename["R"] = "ER"
    writer.write("⟦R.result:receptor ⟦num.x:90⟧%⟧", {})
    assert [(m.kind, writer.text[m.start : m.end]) for m in writer.marks] == [
        ("ER.result", "Receptor 90%"),
        ("num.x", "90"),
    ]


def test_capitals_leave_codes_alone() -> None:
    writer = Writer(random.Random(0))
    writer.upper = True
    writer.write("stage <code>", {"code": Exact("pT1c")})
    assert writer.text == "STAGE pT1c"


def test_british_spelling() -> None:
    writer = Writer(random.Random(0))
    writer.british = True
    writer.write("Tumor, estrogen", {})
    assert writer.text == "Tumour, oestrogen"


def test_article_follows_the_next_word() -> None:
    writer = written("within a ⟦x:<shape>⟧ mass", shape="irregular")
    assert writer.text == "Within an irregular mass"
    assert writer.text[writer.marks[0].start : writer.marks[0].end] == "irregular"


def test_optional_words_leave_no_double_blanks() -> None:
    assert written("a {|} b {|} c").text == "A b c"


@pytest.mark.parametrize("template", ["{a|b", "⟦pT.size:a", "a}", "a⟧"])
def test_unbalanced_brackets_are_refused(template: str) -> None:
    with pytest.raises(GrammarError):
        parse(template)


def test_unknown_slot_is_refused() -> None:
    with pytest.raises(GrammarError, match="nothing fills <nowhere>"):
        written("<nowhere>")


def test_every_shipped_rule_parses() -> None:
    for templates in rules().values():
        assert templates
        for template in templates:
            parse(template)


WORDS = st.text(alphabet="abcXY ,.", min_size=1, max_size=12)


@given(st.lists(st.tuples(WORDS, st.booleans()), min_size=1, max_size=12), st.booleans(), st.booleans())
def test_marks_stand_where_their_words_stand(pieces: list[tuple[str, bool]], upper: bool, lines: bool) -> None:
    writer = Writer(random.Random(1))
    writer.upper = upper
    expected = []
    for words, marked in pieces:
        writer.write("⟦k:<w>⟧" if marked else "<w>", {"w": words})
        if marked and words.strip():
            expected.append(words.strip())
        if lines:
            writer.end_line()
    found = [writer.text[m.start : m.end] for m in writer.marks]
    assert [f.lower().lstrip("n ") for f in found] == [e.lower().lstrip("n ") for e in expected]


def test_templates_as_slots() -> None:
    writer = Writer(random.Random(0))
    writer.write("<outer>", {"outer": Template("grade <g>"), "g": "2"})
    assert writer.text == "Grade 2"
