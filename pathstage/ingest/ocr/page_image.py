"""Turns a page image upright: quarter turns and small skew, found from the ink alone, whatever engine reads it."""

from __future__ import annotations

import cv2
import numpy as np

from pathstage.ingest.ocr.engine import PageImage

# Skew is looked for in steps of a degree, then of a tenth; less than the last is left alone.
MAX_SKEW = 10.0
MIN_SKEW = 0.3
_WORK_SIDE = 1200
# A page is blank if fewer than this share of its pixels are ink: a full stop on a letter page is about 3e-6.
_BLANK = 2e-5


def is_blank(image: PageImage) -> bool:
    """Whether there is no ink but specks."""
    return float(np.mean(_ink(_shrunk(image)) > 0)) < _BLANK


def upright(image: PageImage) -> PageImage:
    """The page with its lines of text level; it may still be upside down, which only reading it can tell."""
    ink = _letters(_ink(_shrunk(image)))
    level, level_score = _skew(ink)
    turned, turned_score = _skew(np.rot90(ink))
    if turned_score > level_score:
        return rotate(np.ascontiguousarray(np.rot90(image)), turned)
    return rotate(image, level)


def rotate(image: PageImage, degrees: float) -> PageImage:
    """The page turned counter-clockwise by a small angle about its centre, on paper wide enough to lose nothing."""
    if abs(degrees) < MIN_SKEW:
        return image
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_width, new_height = int(height * sin + width * cos), int(height * cos + width * sin)
    matrix[0, 2] += (new_width - width) / 2
    matrix[1, 2] += (new_height - height) / 2
    turned = cv2.warpAffine(image, matrix, (new_width, new_height), flags=cv2.INTER_CUBIC, borderValue=(255,))
    return turned.astype(np.uint8)


def upside_down(image: PageImage) -> PageImage:
    """The page turned by half."""
    return np.ascontiguousarray(np.rot90(image, 2))


def _shrunk(image: PageImage) -> PageImage:
    scale = _WORK_SIDE / max(image.shape)
    return (
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
        if scale < 1
        else image
    )


def _ink(image: PageImage) -> PageImage:
    """Ink as 255 on 0, against the paper around it, so that a grey or unevenly lit scan works too."""
    paper = cv2.medianBlur(cv2.dilate(image, np.ones((15, 15), np.uint8)), 21)
    return ((cv2.absdiff(image, paper) > 60) * 255).astype(np.uint8)


def _letters(ink: PageImage) -> PageImage:
    """Only what has the size of letters: rules, borders, stamps and specks say nothing about the lines of text."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height, area = (stats[:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    largest = max(ink.shape) // 12
    keep = (np.maximum(width, height) < largest) & (np.maximum(width, height) > 3) & (area > 4)
    keep[0] = False
    return (keep[labels] * 255).astype(np.uint8) if count > 1 else ink


def _skew(ink: PageImage) -> tuple[float, float]:
    """The angle in degrees by which turning levels the lines, and how sharp they then are.

    Level lines make the sums of ink by row jump between lines and gaps; the angle with the largest jumps is the one.
    """

    def sharpness(angle: float) -> float:
        height, width = ink.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        rows = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_NEAREST).sum(axis=1, dtype=np.float64)
        return float(np.square(np.diff(rows)).sum()) / width

    coarse = max(np.arange(-MAX_SKEW, MAX_SKEW + 0.5, 1.0), key=sharpness)
    best = max(np.arange(coarse - 1, coarse + 1.05, 0.1), key=sharpness)
    return float(best), sharpness(best)
