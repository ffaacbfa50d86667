from collections.abc import Iterator
from typing import Any

import pytest

from pathstage.corpus.synthetic import synthesize


@pytest.fixture(scope="session")
def sample() -> list[dict[str, Any]]:
    """2,000 noisy reports, half of them with rare classes oversampled."""
    return [*synthesize(1000, seed=41), *synthesize(1000, seed=42, balance=True)]


@pytest.fixture
def rows() -> Iterator[dict[str, Any]]:
    return synthesize(10**9, seed=5)
