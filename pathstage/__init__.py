"""pathstage: a pathology report goes in, a record with a value, a probability and evidence for each item comes out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathstage.extractor import Extractor as Extractor

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # torch takes a second to import; `pathstage --help` and the readers can do without it.
    if name == "Extractor":
        from pathstage.extractor import Extractor

        return Extractor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
