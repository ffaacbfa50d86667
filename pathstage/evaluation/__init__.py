"""How good a model is: scores against labels, on reports and hospitals it has not seen.

`evaluate` runs a checkpoint; everything else here are measures of saved predictions (`predictions.py`).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathstage.evaluation.checkpoint import Evaluation as Evaluation
    from pathstage.evaluation.checkpoint import evaluate as evaluate


def __getattr__(name: str) -> Any:
    # What measures saved predictions can do without torch, and the extractor may use the measures in its turn.
    if name in {"Evaluation", "evaluate"}:
        from pathstage.evaluation import checkpoint

        return getattr(checkpoint, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
