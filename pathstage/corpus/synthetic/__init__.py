"""Synthetic breast pathology reports with labels, evidence and traps, made from sampled cases."""

from pathstage.corpus.synthetic.generate import TRAP_RATES, synthesize, write_corpus

__all__ = ["TRAP_RATES", "synthesize", "write_corpus"]
