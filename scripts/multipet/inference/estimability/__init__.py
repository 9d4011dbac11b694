"""Contrasts as rows of weights, and what the data can tell of them."""

from multipet.inference.estimability.contrast_row import Weights
from multipet.inference.estimability.told import NotEstimable, told_row, weight_row

__all__ = ["NotEstimable", "Weights", "told_row", "weight_row"]
