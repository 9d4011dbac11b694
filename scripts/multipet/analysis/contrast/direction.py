"""The column of a design along which a contrast varies: its coefficient is the contrast.

Any fixed part Xβ can be written as x (cᵀβ) + (the rest), with x = X b and cᵀb = 1. Of all such b,
the one taken uses the columns of the terms that hold a compared variable, and weighs them as least
squares does after what these terms contain (the intercept, say) is taken out:
b = A c / (cᵀA c), A = (X₁ᵀX₁)⁻¹. For a single column this is the covariate itself, centred and in
units of the contrast: (age − mean) / 10 for a slope of age per 10 years. It does not depend on
which level is the reference. Other covariates are not taken out of it: at a site where nobody is a
patient, x must not vary with age.
"""

from collections.abc import Set

import numpy as np

from multipet.formulas.expression import Node, names_in
from multipet.inference.estimability import NotEstimable, Weights, weight_row
from multipet.mixed_model.design import Design
from multipet.mixed_model.fit import MixedFit
from multipet.mixed_model.model_matrix import ModelMatrix

_NONE = 1e-10


def contrast_direction(fit: MixedFit, weights: Weights, compared: Set[str]) -> np.ndarray:
    """Column x in the rows of a fit, shape (n,), with mean 0; its coefficient is the contrast.

    Parameters
    ----------
    fit
        A fitted model.
    weights
        The contrast, coefficient name to weight.
    compared
        Variables that differ between its terms.

    Raises
    ------
    NotEstimable
        If nothing that is compared varies in these rows.
    """
    design = fit.design
    own, margin = _columns(design, compared)
    row = weight_row(fit, weights)[own]
    X = _residuals(design.X[:, own], design.X[:, margin])
    size = np.linalg.norm(X, axis=0)
    size[size <= _NONE * np.linalg.norm(design.X[:, own], axis=0)] = np.inf
    scaled = X / size
    moved = np.linalg.pinv(scaled.T @ scaled, rcond=_NONE, hermitian=True) @ (row / size)
    least = float(row / size @ moved)
    if not least > 0:
        raise NotEstimable("What is compared does not vary in the scans of this model.")
    return scaled @ moved / least


def _columns(design: Design, compared: Set[str]) -> tuple[list[int], list[int]]:
    """Positions in X of the terms with a compared variable, and of the terms within those."""
    terms = [{piece.node for piece in pieces} for pieces in design.fixed.matrix.terms]
    is_own = [bool(_names(term) & compared) for term in terms]
    wholes = [term for term, own in zip(terms, is_own, strict=True) if own]
    is_margin = [
        not own and any(term < whole for whole in wholes)
        for term, own in zip(terms, is_own, strict=True)
    ]
    term_of = _term_of_column(design.fixed.matrix)[design.fixed.kept]
    own = [k for k, t in enumerate(term_of) if is_own[t]]
    return own, [k for k, t in enumerate(term_of) if is_margin[t]]


def _term_of_column(matrix: ModelMatrix) -> np.ndarray:
    """Term of every column, dropped ones included."""
    sizes = [
        len(ModelMatrix((term,), matrix.variables, matrix.learnt).row({})) for term in matrix.terms
    ]
    return np.repeat(np.arange(len(sizes)), sizes)


def _names(term: set[Node]) -> set[str]:
    return {name for node in term for name in names_in(node)}


def _residuals(columns: np.ndarray, others: np.ndarray) -> np.ndarray:
    """What a constant and ``others`` do not explain."""
    centred = columns - columns.mean(axis=0)
    rest = others - others.mean(axis=0)
    varies = np.linalg.norm(rest, axis=0) > _NONE * np.linalg.norm(others, axis=0)
    rest = rest[:, varies] / np.linalg.norm(rest[:, varies], axis=0)
    return centred - rest @ np.linalg.lstsq(rest, centred, rcond=_NONE)[0]
