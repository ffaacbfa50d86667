from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pathstage.ingest.ocr.engine import TextBox
from pathstage.ingest.ocr.page_image import _ink, _letters, _skew, is_blank, rotate, upright
from pathstage.ingest.ocr.reading import read_page
from pathstage.ingest.ocr.spacing import restore_spaces


@pytest.mark.parametrize(("angle", "quarters"), [(-9.0, 0), (-3.3, 1), (0.0, 0), (0.0, 1), (1.5, 0), (9.0, 1)])
def test_skew_and_quarter_turns_are_undone(page_image: Image.Image, angle: float, quarters: int) -> None:
    lying = np.ascontiguousarray(np.rot90(rotate(np.asarray(page_image), angle), quarters))
    level, _ = _skew(_letters(_ink(upright(lying))))
    assert abs(level) <= 0.4
    straightened = upright(lying)
    assert straightened.shape[1] > straightened.shape[0]


def test_turning_loses_no_ink(page_image: Image.Image) -> None:
    image = np.asarray(page_image)
    turned = rotate(image, 8.0)
    assert np.sum(255 - turned.astype(int)) == pytest.approx(np.sum(255 - image.astype(int)), rel=0.05)


def test_blank_pages_are_seen(page_image: Image.Image) -> None:
    image = np.asarray(page_image)
    grain = np.random.default_rng(0).normal(235, 6, image.shape).clip(0, 255).astype(np.uint8)
    assert is_blank(np.full_like(image, 255))
    assert is_blank(grain)
    assert not is_blank(image)


class _ReadsWhenUpright:
    """An engine that reads words if the page's first rows are light, and rubbish if it is upside down."""

    dpi = 200

    def recognize(self, image: np.ndarray) -> list[TextBox]:
        half = image.shape[0] // 2
        upper = (image[:half] < 128).sum() > (image[half:] < 128).sum()
        return [TextBox("Invasive carcinoma" if upper else "uwoupıɔɹɐɔ ǝʌᴉsɐʌuI|^~", 0, 0, 100, 20, 0.9)]


def test_a_page_upside_down_is_turned_by_what_it_says(page_image: Image.Image) -> None:
    image = np.asarray(page_image)
    upper_heavy = np.vstack([image, np.full_like(image, 255)])
    for page in (upper_heavy, np.ascontiguousarray(np.rot90(upper_heavy, 2))):
        assert read_page(page, _ReadsWhenUpright()) == "Invasive carcinoma"


def test_spaces_are_restored_where_the_paper_shows_them() -> None:
    text, word_gap_after = "ERPositive,95%", {1, 10}
    line = np.full((30, 500), 255, np.uint8)
    centres, x = [], 10
    for position in range(len(text)):
        line[5:25, x : x + 10] = 0
        centres.append(x + 5.0)
        x += 10 + (14 if position in word_gap_after else 3)
    assert restore_spaces(text, centres, line) == "ER Positive, 95%"
    assert restore_spaces("ER Positive, 95%", centres, line) == "ER Positive, 95%"
