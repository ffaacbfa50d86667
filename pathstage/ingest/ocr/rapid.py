"""RapidOCR: PaddleOCR's PP-OCRv4 models on onnxruntime, packaged with their weights. The default engine."""

from __future__ import annotations

import importlib.util
import os
import re
import unicodedata

from pathstage.ingest.ocr.engine import OcrEngine, PageImage, TextBox
from pathstage.ingest.ocr.spacing import restore_spaces
from pathstage.ingest.options import ReadError

# More threads than this do not make the small networks faster, and a batch shares the machine.
_MAX_THREADS = 4
# Above RapidOCR's own 2,000, which would shrink a letter page at 200 dpi.
_MAX_SIDE = 2400
_PUNCTUATION = str.maketrans({"、": ",", "。": ".", "【": "[", "】": "]", "《": "<", "》": ">"})
_IDEOGRAPH = re.compile("[\u2e80-\u9fff]")


class RapidOcr:
    """RapidOCR without its line-direction classifier, since pages come upright."""

    dpi = 200

    def __init__(self) -> None:
        from rapidocr_onnxruntime import RapidOCR

        threads = int(os.environ.get("OMP_NUM_THREADS", 0)) or min(os.cpu_count() or 1, _MAX_THREADS)
        self._engine = RapidOCR(
            intra_op_num_threads=threads, inter_op_num_threads=1, max_side_len=_MAX_SIDE, use_cls=False
        )

    def recognize(self, image: PageImage) -> list[TextBox]:
        """See OcrEngine."""
        import cv2

        result, _ = self._engine(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), return_word_box=True)
        boxes = []
        for corners, text, confidence, characters, *_ in result or []:
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            left, top = max(0.0, min(xs)), max(0.0, min(ys))
            line = image[int(top) : int(max(ys)) + 1, int(left) : int(max(xs)) + 1]
            centres = [sum(x for x, _ in box) / len(box) - int(left) for box in characters]
            text = _latin(restore_spaces(text, centres, line))
            boxes.append(TextBox(text, left, top, max(xs), max(ys), float(confidence)))
        return boxes


def _latin(text: str) -> str:
    """`text` with Latin punctuation for Chinese, and without the ideographs that handwriting is taken for."""
    return _IDEOGRAPH.sub("", unicodedata.normalize("NFKC", text.translate(_PUNCTUATION)))


def unavailable() -> str | None:
    """None if RapidOCR is installed."""
    if importlib.util.find_spec("rapidocr_onnxruntime"):
        return None
    return "RapidOCR is not installed; install it with `pip install rapidocr-onnxruntime`"


def load() -> OcrEngine:
    """A RapidOCR engine. Raises ReadError if it is not installed."""
    missing = unavailable()
    if missing:
        raise ReadError(missing)
    return RapidOcr()
