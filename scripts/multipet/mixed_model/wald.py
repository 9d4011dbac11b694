"""Estimates and standard errors of contrasts alone, for thousands of outcomes of one design."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from multipet.mixed_model.criterion import evaluate, solve
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import Design
from multipet.mixed_model.design_fits import EXACT, LARGEST_BATCH, LARGEST_THETA
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.search import estimate_theta, refined_theta

_MOST_TOGETHER = 2048

# where to search for θ of standardised columns, (R, t), of outcomes (n, R)
Start = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class WaldDesign:
    """A design that is ready for any number of outcomes.

    Attributes
    ----------
    design
        With one residual variance.
    products
        Its cross-products; None without random terms.
    """

    design: Design
    products: DesignProducts | None

    @classmethod
    def of(cls, design: Design) -> "WaldDesign":
        """Factor ``design`` once.

        Raises
        ------
        ValueError
            If its residual variance differs between levels.
        """
        if design.residual:
            raise ValueError("the residual variance has to be the same everywhere")
        return cls(design, design_products(design) if design.terms else None)


def wald_statistics(
    design: Design | WaldDesign,
    Y: np.ndarray,
    row: np.ndarray,
    reml: bool = True,
    start: Start | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and plain Wald standard errors of one contrast or several.

    The numbers are those of ``models.fit_regions``, found in the same way, without an object for
    each outcome.

    Parameters
    ----------
    design
        The model but its outcome, its residual variance the same everywhere.
    Y
        Outcomes in the rows of ``design``, shape (n, R).
    row
        Weights of the fixed effects, shape (p,), or (contrasts, p).
    reml
        Restricted maximum likelihood; else maximum likelihood.
    start
        Where to search, if that is known; otherwise from where ``fit_regions`` does.

    Returns
    -------
    tuple of ndarray
        Estimate and standard error, shape (R,) or (contrasts, R). NaN where an outcome has
        no fit: values that are not finite, or effects that explain it exactly.
    """
    ready = design if isinstance(design, WaldDesign) else WaldDesign.of(design)
    if ready.products is None:
        beta, vcov, sound = _ordinary(ready.design, Y)
        return _contrast(row, beta, vcov, sound)
    step = max(1, min(_MOST_TOGETHER, LARGEST_BATCH // ready.products.size))
    parts = [
        _contrast(row, *_mixed(ready.products, Y[:, at : at + step], reml, start))
        for at in range(0, Y.shape[1], step)
    ]
    estimates, errors = zip(*parts, strict=True)
    return np.concatenate(estimates, axis=-1), np.concatenate(errors, axis=-1)


def _mixed(
    products: DesignProducts, Y: np.ndarray, reml: bool, start: Start | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fixed effects (R, p), their covariances (R, p, p), and which outcomes have a fit."""
    finite = np.isfinite(Y).all(axis=0)
    filled = np.where(finite, Y, 0)
    sums = outcome_products(products, filled)
    sound = finite & (sums.yy > EXACT * (filled**2).sum(axis=0))
    p = products.Q.shape[1]
    beta, vcov = np.full((len(sound), p), np.nan), np.full((len(sound), p, p), np.nan)
    if not sound.any():
        return beta, vcov, sound
    if not sound.all():
        sums = outcome_products(products, Y[:, sound])
    if start is None:
        theta = estimate_theta(products, sums, reml).theta
    else:
        theta = refined_theta(products, sums, start(Y[:, sound]), reml)
    result = evaluate(products, sums, theta, reml)
    solutions = solve(products, sums, theta, result.elimination, reml)
    beta[sound], vcov[sound] = solutions.beta, solutions.vcov
    sound[sound] = np.isfinite(result.criterion) & (np.abs(theta).max(axis=1) <= LARGEST_THETA)
    return beta, vcov, sound


def _ordinary(design: Design, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same by least squares; the covariances (R, p, p) are multiples of one matrix."""
    n, p = design.X.shape
    finite = np.isfinite(Y).all(axis=0)
    filled = np.where(finite, Y, 0)
    Q, R = linalg.qr(design.X, mode="economic")
    fitted = Q.T @ filled
    rest = filled - Q @ fitted
    again = Q.T @ rest
    rest, fitted = rest - Q @ again, fitted + again
    rss = (rest**2).sum(axis=0)
    inverse = linalg.solve_triangular(R, np.eye(p))
    vcov = (rss / (n - p))[:, None, None] * (inverse @ inverse.T)
    return (inverse @ fitted).T, vcov, finite & (rss > EXACT * (filled**2).sum(axis=0))


def _contrast(
    row: np.ndarray, beta: np.ndarray, vcov: np.ndarray, sound: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.atleast_2d(row)
    estimate = np.where(sound, rows @ beta.T, np.nan)
    variance = np.stack([np.einsum("p,rpq,q->r", one, vcov, one, optimize=True) for one in rows])
    with np.errstate(invalid="ignore"):
        error = np.where(sound, np.sqrt(variance), np.nan)
    return (estimate, error) if np.ndim(row) == 2 else (estimate[0], error[0])
