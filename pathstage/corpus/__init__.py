"""Labelled reports: their format, and how they are split."""
