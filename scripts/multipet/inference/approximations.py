"""Small-sample approximations of many fits: what fits of one design share is made once."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from multipet.core.problems import did_you_mean
from multipet.inference import kenward_roger, satterthwaite
from multipet.inference.dense_products import DenseProducts
from multipet.inference.residual_information import Information, ResidualInformation
from multipet.inference.small_sample import ResidualDf, SmallSample
from multipet.inference.variance_information import VarianceInformation
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import Design
from multipet.mixed_model.fit import MixedFit

DF_METHODS = ("kenward-roger", "satterthwaite")
_LARGEST_CHUNK = 400_000  # numbers in the cross-products of the outcomes that go together


def small_samples(fits: Sequence[MixedFit], df_method: str = "kenward-roger") -> list[SmallSample]:
    """Covariance of the fixed effects with degrees of freedom, made once for many contrasts.

    Parameters
    ----------
    fits
        Fitted models; of one with neither random terms nor residual variances that differ the
        method is ``residual``. Those with the same rows and terms share most of the work.
    df_method
        ``kenward-roger`` (REML fits only) or ``satterthwaite``.

    Raises
    ------
    ValueError
        If the method is unknown, or Kenward-Roger is asked of a maximum-likelihood fit.
    """
    if df_method not in DF_METHODS:
        raise ValueError(f"df_method is {df_method!r}; {did_you_mean(df_method, DF_METHODS)}")
    found: list[SmallSample | None] = [None] * len(fits)
    for which in alike(fits):
        same = [fits[k] for k in which]
        for k, one in zip(which, _of_one_design(same, df_method), strict=True):
            found[k] = one
    return found


def small_sample(fit: MixedFit, df_method: str = "kenward-roger") -> SmallSample:
    """``small_samples`` of one fit."""
    return small_samples([fit], df_method)[0]


def alike(fits: Sequence[MixedFit]) -> Iterator[list[int]]:
    """Positions of the fits that can go together, and in parts that fit into memory."""
    keys: dict[int, tuple] = {}
    together: dict[tuple, list[int]] = {}
    for k, fit in enumerate(fits):
        if id(fit.design) not in keys:
            keys[id(fit.design)] = _key(fit.design)
        alone = k if fit.spread is not None else -1
        together.setdefault((*keys[id(fit.design)], fit.reml, alone), []).append(k)
    for which in together.values():
        design = fits[which[0]].design
        effects = [len(term.levels) * len(term.effects) for term in design.terms] or [0]
        size = sum(effects) - max(effects) + design.X.shape[1] + 1
        step = max(1, _LARGEST_CHUNK // size**2)
        for start in range(0, len(which), step):
            yield which[start : start + step]


def _key(design: Design) -> tuple:
    """Equal for designs that are the same, also where each was made anew, as from a file."""
    digest = hashlib.blake2b(np.ascontiguousarray(design.X).tobytes())
    for term in design.terms:
        digest.update(np.ascontiguousarray(term.Z).tobytes())
        digest.update(np.ascontiguousarray(term.index).tobytes())
    return design.formula, design.X.shape, digest.digest()


def standardised_factors(products: DesignProducts, fits: Sequence[MixedFit]) -> list[np.ndarray]:
    """Relative covariance factor of the standardised columns of each term, (R, k, k)."""
    blocks = [np.stack(same) for same in zip(*(fit.lambda_blocks for fit in fits), strict=True)]
    return [T @ block for T, block in zip(products.scales, blocks, strict=True)]


def dense_products(fits: Sequence[MixedFit]) -> DenseProducts:
    """Cross-products of the outcomes of fits of one design with it."""
    products = fits[0].products or design_products(fits[0].design)
    return DenseProducts(products, np.column_stack([fit.y for fit in fits]))


def _of_one_design(fits: list[MixedFit], df_method: str) -> list[SmallSample]:
    first = fits[0]
    if not first.design.terms and first.spread is None:
        n, p = first.design.X.shape
        return [ResidualDf(np.asarray(fit.vcov), float(n - p)) for fit in fits]
    if df_method == "satterthwaite":
        return satterthwaite.approximate(variance_information(fits), fits)
    if not first.reml:
        raise ValueError(
            f"Kenward-Roger needs a REML fit, and {first.outcome!r} was fitted by maximum "
            'likelihood: fit with reml=True, or use df_method="satterthwaite".'
        )
    return kenward_roger.approximate(variance_information(fits))


def variance_information(fits: list[MixedFit]) -> Information:
    """Information on the variance parameters of fits of one design."""
    first = fits[0]
    if first.spread is not None:
        return ResidualInformation(first)
    dense = dense_products(fits)
    factors = standardised_factors(dense.products, fits)
    sigma = np.array([fit.sigma for fit in fits])
    return VarianceInformation(dense, factors, sigma, first.reml)
