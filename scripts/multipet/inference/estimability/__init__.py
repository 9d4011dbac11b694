"""Contrasts as rows of weights on the fixed effects, and what the data can tell of them."""

import numpy as np

from multipet.inference.estimability.contrast_row import ContrastRow, Weights, by_name
from multipet.inference.estimability.untold import why_not
from multipet.mixed_model.fit import MixedFit

__all__ = ["NotEstimable", "Weights", "told_row", "weight_row"]


class NotEstimable(ValueError):  # noqa: N818 - the word of emmeans
    """The design holds no information on a contrast; the message is a sentence for the report."""


def told_row(fit: MixedFit, weights: Weights) -> ContrastRow:
    """The row with these weights by name, dropped columns included.

    Raises
    ------
    ValueError
        If the model has no such coefficient.
    NotEstimable
        If the data do not tell it; the message says which levels are missing.
    """
    row = by_name(fit.design, weights)
    if not row.estimable:
        raise NotEstimable(f"This contrast cannot be estimated: {why_not(row)}.")
    return row


def weight_row(fit: MixedFit, weights: Weights) -> np.ndarray:
    """Weights in the order of ``fit.beta``, shape (p,); raises as ``told_row`` does."""
    return told_row(fit, weights).kept
