"""A company with known truth, for demos, tests and acceptance: every figure of the product can be held against it."""

from dangol.simulate.company import Truth, advance, read_truth, simulate
from dangol.simulate.plan import Plan

__all__ = ["Plan", "Truth", "advance", "read_truth", "simulate"]
