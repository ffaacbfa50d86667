"""Bytes → Report: text, Word, PDF, scans and tables, by one function."""

from pathstage.ingest.options import ReadOptions, UsageError
from pathstage.ingest.reader import read, read_bytes

__all__ = ["ReadOptions", "UsageError", "read", "read_bytes"]
