"""From a labelled corpus to a checkpoint, and an honest estimate of how good it is elsewhere."""

from pathstage.training.config import ConfigError, load_config
from pathstage.training.crossval import CrossValidation, cross_validate
from pathstage.training.loop import train

__all__ = ["ConfigError", "CrossValidation", "cross_validate", "load_config", "train"]
