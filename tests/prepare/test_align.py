import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.prepare.align import Edit, apply, identity, select
from pathstage.report import PreparedText


def test_identity_maps_every_character_to_itself() -> None:
    prepared = identity("grade 2")
    assert prepared.text == "grade 2"
    assert prepared.to_source(6, 7) == (6, 7)
    assert identity("") == PreparedText("", (), ())


def test_edit_of_equal_length_keeps_the_place_of_each_character() -> None:
    prepared = apply(identity("AJCC pNO."), [Edit(5, 8, "pN0")])
    assert prepared.text == "AJCC pN0."
    assert prepared.to_source(7, 8) == (7, 8)
    assert prepared.to_source(5, 9) == (5, 9)


def test_a_shorter_replacement_stands_for_all_it_replaces() -> None:
    source = "for HERZ/neu: 3+"
    prepared = apply(identity(source), [Edit(4, 12, "HER2")])
    assert prepared.text == "for HER2: 3+"
    # "HER" is shared, so "2" alone stands for the rest of the name.
    assert source[slice(*prepared.to_source(4, 7))] == "HER"
    assert source[slice(*prepared.to_source(7, 8))] == "Z/neu"
    assert source[slice(*prepared.to_source(4, 12))] == "HERZ/neu: 3+"


def test_a_longer_replacement_stands_for_what_it_replaces() -> None:
    source = "a ﬁrm mass"
    prepared = apply(identity(source), [Edit(2, 3, "fi")])
    assert prepared.text == "a firm mass"
    assert prepared.to_source(2, 3) == prepared.to_source(3, 4) == (2, 3)
    assert source[slice(*prepared.to_source(2, 6))] == "ﬁrm"


def test_deletion_and_insertion() -> None:
    prepared = apply(identity("is. inked"), [Edit(2, 3, "")])
    assert prepared.text == "is inked"
    assert prepared.to_source(0, 8) == (0, 9)
    prepared = apply(identity("1.2cm"), [Edit(3, 3, " ")])
    assert prepared.text == "1.2 cm"
    assert prepared.to_source(3, 4) == (3, 3)
    assert prepared.to_source(0, 6) == (0, 5)


def test_edits_of_an_edited_text_still_lead_to_the_source() -> None:
    source = "the  tumor is. 2,3 em wide"
    once = apply(identity(source), [Edit(4, 5, "")])
    twice = apply(once, [Edit(once.text.index(". "), once.text.index(". ") + 1, ""), Edit(15, 16, ".")])
    start = twice.text.index("2.3")
    assert source[slice(*twice.to_source(start, start + 3))] == "2,3"


@pytest.mark.parametrize(
    "edits", [[Edit(2, 4, ""), Edit(3, 5, "")], [Edit(4, 5, ""), Edit(0, 1, "")], [Edit(0, 9, "")]]
)
def test_overlapping_unsorted_or_outlying_edits_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps the one before it or reaches beyond"):
        apply(identity("abcdef"), edits)


def test_select_keeps_spans_and_joins_them() -> None:
    source = "one. two. three."
    prepared = select(identity(source), [(0, 4), (10, 16)])
    assert prepared.text == "one.\nthree."
    assert source[slice(*prepared.to_source(5, 11))] == "three."
    assert prepared.to_source(4, 5) == (4, 4)
    assert select(identity(source), []).text == ""
    assert select(identity(source), [(0, 3), (5, 8)], separator=" … ").text == "one … two"


def test_select_refuses_spans_out_of_order() -> None:
    with pytest.raises(ValueError, match="span 0:4 overlaps the one before it or reaches beyond"):
        select(identity("one. two."), [(5, 9), (0, 4)])


@given(st.text("ab. ", max_size=40), st.data())
def test_the_map_stays_monotone_and_within_the_source(source: str, data: st.DataObject) -> None:
    prepared = identity(source)
    for _ in range(3):
        cuts = sorted(data.draw(st.lists(st.integers(0, len(prepared.text)), max_size=6)))
        edits = [
            Edit(start, end, data.draw(st.text("abc", max_size=4)))
            for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        ]
        expected = list(prepared.text)
        for edit in reversed(edits):
            expected[edit.start : edit.end] = edit.replacement
        prepared = apply(prepared, edits)
        assert prepared.text == "".join(expected)
    assert len(prepared.starts) == len(prepared.ends) == len(prepared.text)
    assert list(prepared.starts) == sorted(prepared.starts)
    assert list(prepared.ends) == sorted(prepared.ends)
    assert all(0 <= start <= end <= len(source) for start, end in zip(prepared.starts, prepared.ends, strict=True))
