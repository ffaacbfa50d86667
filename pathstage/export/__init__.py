"""Records out: extractions and failures as JSON Lines, and as tables for spreadsheets and data frames."""

from pathstage.export.partial import partial_path
from pathstage.export.record import json_schema, record
from pathstage.export.writer import SUPPORTED, Writer, open_writer

__all__ = ["SUPPORTED", "Writer", "json_schema", "open_writer", "partial_path", "record"]
