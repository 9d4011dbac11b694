"""What the levels of grouping factors leave of columns, each factor counted as a fixed effect."""

from collections.abc import Sequence

import numpy as np

from multipet.inference.estimability.contrast_row import TOLERANCE


def without(columns: np.ndarray, factors: Sequence[np.ndarray]) -> np.ndarray:
    """Residuals of (n, m) columns on the levels of ``factors``, each (n,) labels or codes."""
    ordered = sorted((level_codes(labels) for labels in factors), key=np.max, reverse=True)
    if not ordered:
        return columns
    left = columns - level_means(columns, ordered[0])[1]
    for k, codes in enumerate(ordered[1:], start=1):
        if not any(_nested(finer, codes) for finer in ordered[:k]):
            own = _orthonormal(without(np.eye(codes.max() + 1)[codes], ordered[:k]))
            left = left - own @ (own.T @ left)
    return left


def level_means(columns: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of each column by level, (levels, m), and the same repeated for every row, (n, m)."""
    counts = np.bincount(codes)
    totals = np.zeros((len(counts), columns.shape[1]))
    np.add.at(totals, codes, columns)
    means = totals / counts[:, None]
    return means, means[codes]


def level_codes(labels: np.ndarray) -> np.ndarray:
    """Number of the level of each row, from 0, shape (n,)."""
    return np.unique(np.asarray(labels).astype(str), return_inverse=True)[1]


def _nested(fine: np.ndarray, coarse: np.ndarray) -> bool:
    """Whether each level of ``fine`` occurs with one of ``coarse`` only."""
    pairs = np.unique(fine * (coarse.max() + 1) + coarse)
    return len(pairs) == fine.max() + 1


def _orthonormal(columns: np.ndarray) -> np.ndarray:
    own, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return own[:, sizes > TOLERANCE * np.sqrt(len(columns))]
