"""Page images → text, by one of three engines behind one protocol."""

from pathstage.ingest.ocr.engine import ENGINES, OcrEngine, TextBox, load_engine, why_unavailable

__all__ = ["ENGINES", "OcrEngine", "TextBox", "load_engine", "why_unavailable"]
