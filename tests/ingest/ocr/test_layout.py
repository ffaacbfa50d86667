from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pathstage.ingest.ocr.engine import TextBox
from pathstage.ingest.ocr.layout import page_text, reading_order


def box(text: str, left: float, top: float, width: float = 80, height: float = 20) -> TextBox:
    return TextBox(text, left, top, left + width, top + height, 1.0)


def test_a_table_row_stays_on_one_line() -> None:
    boxes = [box("95%", 400, 101), box("ER", 50, 100), box("Positive", 200, 103), box("PR", 50, 130)]
    assert page_text(boxes) == "ER   Positive   95%\nPR"


def test_words_close_together_are_one_phrase_and_paragraphs_are_parted() -> None:
    boxes = [box("Left", 50, 100), box("breast", 140, 100), box("Comment", 50, 160)]
    assert page_text(boxes) == "Left breast\n\nComment"


def test_a_row_that_drifts_downwards_is_one_row() -> None:
    assert len(reading_order([box(str(n), 100 * n, 100 + 6 * n) for n in range(12)])) == 1


BOXES = st.lists(
    st.builds(
        box,
        st.text("abc", min_size=1, max_size=4),
        st.integers(0, 2000),
        st.integers(0, 2000),
        st.integers(1, 400),
        st.integers(1, 60),
    ),
    max_size=30,
)


@given(BOXES)
def test_every_box_is_read_once_and_rows_run_left_to_right(boxes: list[TextBox]) -> None:
    rows = reading_order(boxes)
    assert sorted(id(b) for row in rows for b in row) == sorted(map(id, boxes))
    assert all(row == sorted(row, key=lambda b: b.left) for row in rows)
    assert sorted(page_text(boxes).split()) == sorted(b.text for b in boxes)


@given(st.permutations([box(f"{r}{c}", 100 * c, 40 * r) for r in range(3) for c in range(3)]))
def test_the_order_of_the_boxes_does_not_matter(boxes: list[TextBox]) -> None:
    assert page_text(boxes).split() == ["00", "01", "02", "10", "11", "12", "20", "21", "22"]
