from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pathstage.corpus.codebook import Codebook, load_codebook
from pathstage.corpus.dataset import LabelledReport
from pathstage.schema import TaskSchema, load_schema

_WORDS = """
specimen received fresh formalin margin inked serially sectioned reveals firm tan stellate mass adjacent
fibrous tissue fatty lobulated microscopic shows invasive ductal carcinoma nests cords stroma desmoplastic
necrosis focal calcification benign terminal duct hyperplasia papilloma cyst apocrine change skin nipple
unremarkable node capsule sinus hilum negative positive metastatic deposit measuring extension absent present
superior inferior medial lateral
"""


@pytest.fixture(scope="session")
def schema() -> TaskSchema:
    return load_schema()


@pytest.fixture(scope="session")
def codebook(schema: TaskSchema) -> Codebook:
    return load_codebook(schema)


@pytest.fixture(scope="session")
def words_of() -> Callable[[int, int], list[str]]:
    """`n` report-like words drawn by a seed: texts of different seeds share hardly any shingle."""

    def draw(seed: int, n: int = 300) -> list[str]:
        return random.Random(seed).choices(_WORDS.split(), k=n)

    return draw


@pytest.fixture(scope="session")
def many_rows(schema: TaskSchema, words_of: Callable[[int, int], list[str]]) -> Callable[..., list[LabelledReport]]:
    """A labelled corpus: `n` rows of `hospitals` hospitals of uneven size, classes with uneven frequencies."""

    def make(n: int, hospitals: int = 10, seed: int = 0) -> list[LabelledReport]:
        rng = random.Random(seed)
        sizes = [1 / (at + 1) for at in range(hospitals)]
        rows = []
        for number in range(n):
            labels = {
                task.name: rng.choices(task.classes, [1 / (at + 1) for at in range(len(task.classes))])[0]
                for task in schema.tasks
            }
            # The one combination of classes that cannot be: an in-situ carcinoma does not spread.
            labels["pT"] = "T0" if labels["pT"] == "Tis" else labels["pT"]
            house = f"H{rng.choices(range(hospitals), sizes)[0]}"
            text = " ".join(words_of(seed * 100_000 + number, 60))
            rows.append(LabelledReport(f"r{number:04}", house, text, labels, patient=f"p{number // 2:04}"))
        return rows

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real reports beside the repository."""
    path = Path(__file__).parents[2].parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("the real reports (shared/data beside the repository) are not here")
    return path
