"""How good a model is: scores against labels, on reports and hospitals it has not seen."""

from pathstage.evaluation.evaluate import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
