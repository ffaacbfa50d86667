"""Image files (.png .jpg .tif .bmp): every frame is a page, read by OCR."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from pathstage.ingest.document import PageText
from pathstage.ingest.ocr.engine import PageImage
from pathstage.ingest.options import ReadError, ReadOptions

MAX_SIDE = 5000


def image_pages(data: bytes, options: ReadOptions, read_image: Callable[[PageImage], str]) -> Iterator[PageText]:
    """Pages of an image file. Raises ReadError for a damaged one or one of too many pages or pixels."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            count = getattr(image, "n_frames", 1)
            if count > options.max_pages:
                raise ReadError(f"the image has {count:,} pages, more than {options.max_pages:,} (max_pages); raise it")
            for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
                yield PageText(number, read_image(_grey(frame)), "ocr")
    except Image.DecompressionBombError:
        raise ReadError("the image has too many pixels; scan it at 300 dpi") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise ReadError("the image is damaged or cut short; export it again") from None


def _grey(frame: Image.Image) -> PageImage:
    """A frame as grey, turned as its EXIF orientation says, transparency as paper, and not larger than MAX_SIDE."""
    frame = ImageOps.exif_transpose(frame)
    if frame.has_transparency_data:
        rgba = frame.convert("RGBA")
        frame = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    if frame.mode.startswith("I;16") or frame.mode in ("I", "F"):
        deep = np.asarray(frame, dtype=np.float64)
        frame = Image.fromarray((deep * (255 / max(deep.max(), 1.0))).clip(0, 255).astype(np.uint8))
    grey = frame.convert("L")
    grey.thumbnail((MAX_SIDE, MAX_SIDE))
    return np.asarray(grey)
