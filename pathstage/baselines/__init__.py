"""Systems to compare with: each answers `extract(report)` as `pathstage.extractor.Extractor` does."""
