"""Models without random terms: ordinary least squares."""

import numpy as np
from scipy import linalg

from multipet.mixed_model.design import Design
from multipet.mixed_model.fit import Convergence, MixedFit


def fit_ordinary(design: Design, y: np.ndarray, outcome: str, formula: str, reml: bool) -> MixedFit:
    """Least-squares fit of one outcome.

    The residual variance is RSS / (n - p) whether or not ``reml``; the criterion is -2 log of
    the restricted or the full likelihood, as R's ``logLik.lm`` has them.
    """
    n, p = design.X.shape
    Q, R = linalg.qr(design.X, mode="economic")
    beta = linalg.solve_triangular(R, Q.T @ y)
    beta = beta + linalg.solve_triangular(R, Q.T @ (y - design.X @ beta))
    residual = y - design.X @ beta
    rss = residual @ residual
    inverse = linalg.solve_triangular(R, np.eye(p))
    freedom = n - p if reml else n
    criterion = freedom * (1 + np.log(2 * np.pi * rss / freedom))
    if reml:
        criterion += 2 * np.log(np.abs(np.diag(R))).sum()
    return MixedFit(
        outcome=outcome,
        formula=formula,
        design=design,
        products=None,
        y=y,
        reml=reml,
        criterion=float(criterion),
        beta=beta,
        vcov=rss / (n - p) * inverse @ inverse.T,
        theta=np.empty(0),
        sigma=float(np.sqrt(rss / (n - p))),
        modes=(),
        singular=False,
        converged=Convergence(0.0, 0, 0),
    )
