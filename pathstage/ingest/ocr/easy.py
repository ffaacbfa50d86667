"""EasyOCR, the engine of the paper, in a Python environment and a process of its own.

It needs torchvision, which must not enter this environment. `make easyocr` builds the other one in `.venv-easyocr`
beside the package; PATHSTAGE_EASYOCR_PYTHON names the Python of one that is elsewhere. `easyocr_worker.py` runs there.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

from pathstage.ingest.ocr.engine import OcrEngine, PageImage, TextBox
from pathstage.ingest.options import ReadError

PYTHON_VARIABLE = "PATHSTAGE_EASYOCR_PYTHON"
_DEFAULT_PYTHON = Path(__file__).parents[3] / ".venv-easyocr" / "bin" / "python"
_WORKER = Path(__file__).with_name("easyocr_worker.py")


class EasyOcr:
    """Client of the worker. One line of JSON a page, each way."""

    dpi = 200

    def __init__(self, python: Path) -> None:
        # The worker ends by itself when this process closes the pipe, or dies.
        self._process = subprocess.Popen(
            [str(python), str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def recognize(self, image: PageImage) -> list[TextBox]:
        """See OcrEngine."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        import cv2

        done, png = cv2.imencode(".png", image)
        assert done
        try:
            self._process.stdin.write(json.dumps({"png": base64.b64encode(png.tobytes()).decode()}).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise ReadError("EasyOCR's process ended; build its environment anew with `make easyocr`")
        return [TextBox(*box) for box in json.loads(line)["boxes"]]

    def close(self) -> None:
        """Ends the worker."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def unavailable() -> str | None:
    """None if the environment is there."""
    python = _python()
    if python.exists():
        return None
    return f"there is no EasyOCR environment at {python}; build it with `make easyocr`, or set {PYTHON_VARIABLE}"


def load() -> OcrEngine:
    """An EasyOCR engine. Raises ReadError if its environment is not there."""
    missing = unavailable()
    if missing:
        raise ReadError(missing)
    return EasyOcr(_python())


def _python() -> Path:
    return Path(os.environ.get(PYTHON_VARIABLE) or _DEFAULT_PYTHON)
