"""Houses: each family of hospitals is a function that writes a report in its own order and layout.

A new house is a function with `@house` in any module of this package: see `docs/synthetic.md`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pathstage.corpus.synthetic.reporter import Reporter

Write = Callable[[Reporter], None]


@dataclass(frozen=True)
class House:
    """A family of reports: how it writes, how often it is drawn, and its fixed habits.

    `extras` lets it append sections that it does not write itself. `style` overrides fields of `Style`, `plan`
    fields of `Plan`; a value may be a list, of which one is drawn.
    """

    name: str
    write: Write
    weight: float = 1.0
    extras: bool = True
    style: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)


_HOUSES: dict[str, House] = {}


def house(
    weight: float = 1.0,
    extras: bool = True,
    style: Mapping[str, Any] | None = None,
    plan: Mapping[str, Any] | None = None,
) -> Callable[[Write], Write]:
    """Register the function below as a house that bears its name. Raises ValueError when the name is taken."""

    def register(write: Write) -> Write:
        name = write.__name__
        if name in _HOUSES:
            raise ValueError(f"there are two houses called {name!r}")
        _HOUSES[name] = House(name, write, weight, extras, style or {}, plan or {})
        return write

    return register


@cache
def houses() -> Mapping[str, House]:
    """Every house by name, from all modules of this package, in a stable order."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(_HOUSES.items()))
