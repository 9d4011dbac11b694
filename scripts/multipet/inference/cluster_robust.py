"""Cluster-robust variances with the bias-reduced linearisation CR2, and Satterthwaite df.

Bell & McCaffrey 2002 (Survey Methodology 28:169) and Pustejovsky & Tipton 2018
(doi:10.1080/07350015.2016.1247004), whose equations are named below. Clusters are independent
of each other, whatever happens within them: people with their scans. Residuals are adjusted so that
the variance is unbiased under a working model; with one scan a person it is the HC2 variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_NONE_LEFT = 1e-10  # relative eigenvalue at which a cluster has no residual left in a direction


@dataclass(frozen=True, eq=False)
class ClusterBlock:
    """All clusters with the same number of rows.

    Attributes
    ----------
    rows
        Positions of their rows, shape (clusters, size).
    covariance
        Working covariance within each, up to one factor for all, shape (clusters, size, size);
        None for independent rows of the same variance.
    """

    rows: np.ndarray
    covariance: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class RobustContrasts:
    """Contrasts of one design with everything about them that no outcome changes.

    Attributes
    ----------
    estimator
        Estimates are ``estimator.T @ y``, shape (n, k).
    df
        Satterthwaite degrees of freedom, shape (k,).
    told
        Share of the variance that residuals tell under the working model, shape (k,). It is 1, as
        the variance is then unbiased; less where a contrast rests on a cluster that the model
        fits exactly (one person alone in a cell), whose standard error is too small.
    """

    estimator: np.ndarray
    df: np.ndarray
    told: np.ndarray
    _coefficients: np.ndarray
    _X: np.ndarray
    _adjusted: np.ndarray
    _codes: np.ndarray

    def estimates(self, Y: np.ndarray) -> np.ndarray:
        """Estimate of each contrast, (k, R), for outcomes (n, R)."""
        return self.estimator.T @ Y

    def standard_errors(self, Y: np.ndarray) -> np.ndarray:
        """CR2 standard error of each contrast, (k, R), for outcomes (n, R)."""
        residuals = Y - self._X @ (self._coefficients @ Y)
        sums = np.zeros((self._codes.max() + 1, Y.shape[1]))
        errors = []
        for weights in self._adjusted.T:
            sums[:] = 0
            np.add.at(sums, self._codes, weights[:, None] * residuals)
            errors.append(np.sqrt((sums**2).sum(axis=0)))
        return np.array(errors)


def cluster_blocks(codes: np.ndarray) -> list[ClusterBlock]:
    """Clusters by size, for the cluster of each row, (n,), numbered from 0."""
    sizes = np.bincount(codes)
    order = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return [
        ClusterBlock(order[starts[sizes == size][:, None] + np.arange(size)])
        for size in np.unique(sizes)
    ]


def robust_contrasts(
    X: np.ndarray, rows: np.ndarray, codes: np.ndarray, blocks: Sequence[ClusterBlock]
) -> RobustContrasts:
    """Prepare contrasts: least squares weighted by the inverse of the working covariance.

    Parameters
    ----------
    X
        Columns of full rank, best orthonormal, shape (n, p).
    rows
        Contrasts of their coefficients, shape (k, p).
    codes
        Cluster of each row, numbered from 0, shape (n,).
    blocks
        ``cluster_blocks(codes)``, with a working covariance each or without.
    """
    weighted = np.empty_like(X)
    for block in blocks:
        weighted[block.rows] = _solve(block, X[block.rows])
    bread = np.linalg.inv(X.T @ weighted)
    bread = (bread + bread.T) / 2
    adjusted = np.empty((len(X), len(rows)))
    for block in blocks:
        adjusted[block.rows] = _adjust(block, X[block.rows], bread, bread @ rows.T)
    expected, df = _moments(X, bread, adjusted, codes, blocks)
    return RobustContrasts(
        estimator=weighted @ (bread @ rows.T),
        df=df,
        told=expected / np.einsum("kp,pq,kq->k", rows, bread, rows),
        _coefficients=bread @ weighted.T,
        _X=X,
        _adjusted=adjusted,
        _codes=codes,
    )


def _solve(block: ClusterBlock, columns: np.ndarray) -> np.ndarray:
    """W_i X_i, W the inverse of the working covariance."""
    return columns if block.covariance is None else np.linalg.inv(block.covariance) @ columns


def _adjust(block: ClusterBlock, X: np.ndarray, bread: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """A_i W_i X_i M c with the adjustment matrices of equation 7, (clusters, size, k)."""
    wanted = _solve(block, X) @ asked
    if block.covariance is None and X.shape[1] > X.shape[2]:
        return _adjust_long(X, bread, asked)
    if X.shape[1] == 1:
        own = 1.0 if block.covariance is None else block.covariance
        left = 1 - np.einsum("ijp,pq,ijq->ij", X, bread, X, optimize=True)[..., None] / own
        return wanted * np.where(left > _NONE_LEFT, left, np.inf) ** -0.5
    unseen = X @ bread @ np.swapaxes(X, 1, 2)
    if block.covariance is None:
        return _root_inverse(np.eye(X.shape[1]) - unseen) @ wanted
    lower = np.linalg.cholesky(block.covariance)
    upper = np.swapaxes(lower, 1, 2)
    middle = upper @ (block.covariance - unseen) @ lower
    return lower @ (_root_inverse(middle) @ (upper @ wanted))


def _adjust_long(X: np.ndarray, bread: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The same for independent rows, where clusters have more rows than X has columns."""
    root = np.linalg.cholesky(bread)
    basis = X @ root
    inner = np.eye(X.shape[2]) - np.swapaxes(basis, 1, 2) @ basis
    return basis @ (_root_inverse(inner) @ np.linalg.solve(root, asked))


def _root_inverse(matrices: np.ndarray) -> np.ndarray:
    """Symmetric inverse square roots, directions without a residual left out."""
    values, vectors = np.linalg.eigh(matrices)
    largest = np.maximum(values[:, -1:], np.finfo(float).tiny)
    roots = np.where(values > _NONE_LEFT * largest, values, np.inf) ** -0.5
    return vectors * roots[:, None] @ np.swapaxes(vectors, 1, 2)


def _moments(
    X: np.ndarray,
    bread: np.ndarray,
    adjusted: np.ndarray,
    codes: np.ndarray,
    blocks: Sequence[ClusterBlock],
) -> tuple[np.ndarray, np.ndarray]:
    """tr P and the df (tr P)² / tr P² of equation 11, P = diag(a) − Z M Zᵀ, a row a cluster."""
    own = np.empty((codes.max() + 1, adjusted.shape[1]))
    for block in blocks:
        own[codes[block.rows[:, 0]]] = _own_variance(block, adjusted[block.rows])
    means, squares = np.empty(own.shape[1]), np.empty(own.shape[1])
    for k, (weights, a) in enumerate(zip(adjusted.T, own.T, strict=True)):
        Z = np.empty((len(a), X.shape[1]))
        for block in blocks:
            sums = np.einsum("is,isp->ip", weights[block.rows], X[block.rows])
            Z[codes[block.rows[:, 0]]] = sums
        moved = Z @ bread
        shared, inner = np.sum(moved * Z, axis=1), Z.T @ moved
        means[k] = np.sum(a - shared)
        squares[k] = np.sum(a**2) - 2 * np.sum(a * shared) + np.sum(inner * inner.T)
    return means, np.divide(means**2, squares, out=np.zeros_like(means), where=squares > 0)


def _own_variance(block: ClusterBlock, adjusted: np.ndarray) -> np.ndarray:
    """uᵀ V u of each cluster, (clusters, k)."""
    if block.covariance is None:
        return (adjusted**2).sum(axis=1)
    return np.einsum("isk,ist,itk->ik", adjusted, block.covariance, adjusted, optimize=True)
