"""Tests and intervals of linear combinations of the fixed effects of one fit."""

import math
from collections.abc import Sequence

import numpy as np

from multipet.inference.approximations import DF_METHODS, small_sample
from multipet.inference.contrast_results import ContrastEstimate, JointTest
from multipet.inference.estimability import NotEstimable, Weights, weight_row
from multipet.inference.profile.intervals import (
    ProfileInterval,
    profile_interval,
    profile_parameters,
)
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model.fit import MixedFit

__all__ = [
    "DF_METHODS",
    "ContrastEstimate",
    "JointTest",
    "NotEstimable",
    "ProfileInterval",
    "Weights",
    "coefficient_estimates",
    "estimate",
    "joint_test",
    "profile_interval",
    "profile_parameters",
    "small_sample",
    "weight_row",
]


def estimate(
    fit: MixedFit,
    weights: Weights,
    df_method: str = "kenward-roger",
    confidence: float = 0.95,
    approximation: SmallSample | None = None,
) -> ContrastEstimate:
    """Estimate Σ weight x coefficient, with its small-sample test.

    Parameters
    ----------
    fit
        A fitted model.
    weights
        Coefficient name to weight; coefficients left out have weight 0.
    df_method
        ``kenward-roger`` or ``satterthwaite``; not read where ``approximation`` is given.
    confidence
        Level of the interval, between 0 and 1.
    approximation
        ``small_sample(fit, …)``, if already made for another contrast of this fit.

    Raises
    ------
    ValueError
        If a coefficient or the method is unknown, or all weights are 0.
    NotEstimable
        If the data do not tell the contrast from what a dropped column stands for.

    Examples
    --------
    >>> import pandas as pd
    >>> from multipet import fit_model
    >>> scans = pd.DataFrame({"age": [30.0, 40.0, 50.0, 60.0], "bp_nd": [2.9, 2.7, 2.6, 2.4]})
    >>> decade = estimate(fit_model("bp_nd ~ age", scans), {"age": 10})
    >>> round(decade.estimate, 3), round(decade.df, 3), round(decade.p_value, 4)
    (-0.16, 2.0, 0.0077)
    """
    row = weight_row(fit, weights)
    if not row.any():
        raise ValueError("All weights of the contrast are 0: there is nothing to estimate.")
    approximation = approximation or small_sample(fit, df_method)
    return _estimate_row(fit, row, approximation, confidence)


def joint_test(
    fit: MixedFit,
    rows: Sequence[Weights],
    df_method: str = "kenward-roger",
    approximation: SmallSample | None = None,
) -> JointTest:
    """F test that all contrasts of ``rows`` are 0; rows that others determine do not count.

    Parameters
    ----------
    fit
        A fitted model.
    rows
        Contrasts, each coefficient name to weight.
    df_method, approximation
        As for ``estimate``.

    Raises
    ------
    ValueError
        If a coefficient or the method is unknown, or all weights are 0.
    NotEstimable
        If the data do not tell the contrast from what a dropped column stands for.
    """
    given = np.array([weight_row(fit, weights) for weights in rows]).reshape(-1, len(fit.beta))
    independent = _independent(given, np.asarray(fit.vcov))
    approximation = approximation or small_sample(fit, df_method)
    effects = independent @ fit.beta
    covariance = independent @ approximation.covariance @ independent.T
    unscaled = float(effects @ np.linalg.solve(covariance, effects)) / len(independent)
    df, scale = approximation.joint_df(independent)
    return JointTest(
        f=scale * unscaled,
        numerator_df=len(independent),
        denominator_df=df,
        df_method=approximation.df_method,
        f_scale=scale,
        note=approximation.note,
    )


def coefficient_estimates(
    fit: MixedFit,
    df_method: str = "kenward-roger",
    confidence: float = 0.95,
    approximation: SmallSample | None = None,
) -> dict[str, ContrastEstimate]:
    """Every fitted coefficient as it stands, like lme4's summary: dropped ones count as 0."""
    approximation = approximation or small_sample(fit, df_method)
    rows = np.eye(len(fit.beta))
    return {
        name: _estimate_row(fit, row, approximation, confidence)
        for name, row in zip(fit.design.coefficients, rows, strict=True)
    }


def _estimate_row(
    fit: MixedFit, row: np.ndarray, approximation: SmallSample, confidence: float
) -> ContrastEstimate:
    variance = float(row @ approximation.covariance @ row)
    return ContrastEstimate(
        estimate=float(row @ fit.beta),
        # rounding alone can leave a variance that is not identified below 0
        standard_error=math.sqrt(variance) if variance > 0 else math.nan,
        df=approximation.df(row),
        df_method=approximation.df_method,
        confidence=confidence,
        note=approximation.note,
    )


def _independent(rows: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """The rows themselves, or, where some determine others, combinations along principal axes.

    Satterthwaite's df depends on the axes, so independent rows stay as the user gave them.
    """
    rows = rows[rows.any(axis=1)]
    if not len(rows):
        raise ValueError("All weights of the test are 0: there is nothing to test.")
    directions = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    if np.linalg.matrix_rank(directions, tol=1e-8) == len(rows):
        return rows
    sizes, axes = np.linalg.eigh(rows @ covariance @ rows.T)
    return axes[:, sizes > np.sqrt(np.finfo(float).eps) * sizes.max()].T @ rows
