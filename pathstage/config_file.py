"""Configuration files: YAML, checked against the dataclass that it configures."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

Config = TypeVar("Config")


def read_config_file(path: Path, kind: type[Config], error_type: type[ValueError]) -> Config:
    """Read a `kind` from a YAML file.

    Raises `error_type`, with a message that names the file, for a missing file, an unknown key or a value that does not
    fit.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(kind).validate_python(raw)
    except OSError as error:
        raise error_type(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise error_type(f"{path}: not valid YAML ({error})") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        raise error_type(f"{path}: {problems}") from error
