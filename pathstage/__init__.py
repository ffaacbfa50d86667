"""pathstage: a pathology report goes in, a staged, evidenced, calibrated record comes out."""

__version__ = "0.1.0"
