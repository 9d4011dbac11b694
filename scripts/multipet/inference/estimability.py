"""From weights by coefficient name to a row of numbers, where the data can tell it."""

from collections.abc import Mapping

import numpy as np

from multipet.core.problems import did_you_mean, listed
from multipet.mixed_model.fit import MixedFit

Weights = Mapping[str, float]


class NotEstimable(ValueError):  # noqa: N818 - the word of emmeans
    """The design holds no information on a contrast; the message is a sentence for the report."""


def weight_row(fit: MixedFit, weights: Weights) -> np.ndarray:
    """Weights in the order of ``fit.beta``, shape (p,); raises as ``estimate`` does.

    Where columns were dropped, data only tell combinations in which a dropped column has the
    weight that the kept ones imply; all others are refused.
    """
    design = fit.design
    for name in weights:
        if name not in (*design.coefficients, *design.dropped_columns):
            near = did_you_mean(name, design.coefficients)
            raise ValueError(f"the model has no coefficient {name!r}; {near}")
    row = np.array([float(weights.get(name, 0)) for name in design.coefficients])
    if design.dropped_columns:
        _require_estimable(fit, row, weights)
    return row


def _require_estimable(fit: MixedFit, row: np.ndarray, weights: Weights) -> None:
    design = fit.design
    aliases = design.fixed.aliases
    dropped = np.array([float(weights.get(name, 0)) for name in design.dropped_columns])
    kept_size = np.linalg.norm(design.X, axis=0)
    dropped_size = np.linalg.norm(design.X @ aliases, axis=0)
    # each weight in units of its column: rounding in the aliases is not confounding
    size = np.abs(dropped) + np.sum(np.abs(row) / kept_size) * dropped_size
    wrong = np.abs(dropped - row @ aliases) > 1e-7 * size
    if wrong.any():
        guilty = [n for n, is_wrong in zip(design.dropped_columns, wrong, strict=True) if is_wrong]
        raise NotEstimable(
            f"This contrast cannot be estimated: the data do not tell {listed(guilty)} "
            "from the other terms of the model."
        )
