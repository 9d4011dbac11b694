"""Where does a contrast vary: within the levels of a factor, between them, or both?

Any grouping factor serves, whether or not it is in the model: site, scanner, participant, session.
The factor is taken out of an orthonormal basis of the design, so that what is left of each
direction is the sine of an angle: a number between 0 and 1, whatever the units.

Measured at a nominal 5 %: contrasts between few sites hold it with Kenward-Roger or a t test of
site means, not with residual or normal degrees of freedom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multipet.core.columns.contrast import BETWEEN, MIXED, WITHIN
from multipet.inference.contrast_results import ContrastEstimate
from multipet.inference.estimability import told_row
from multipet.inference.estimability.contrast_row import (
    TOLERANCE,
    ContrastRow,
    Weights,
    level_codes,
    level_means,
    without,
)
from multipet.mixed_model.fit import MixedFit

#: Largest share of the information that chance imbalance may lose: at 0.1, ignoring site
#: altogether would turn a 5 % test into one of 2 Φ(−1.96 √0.9) = 6.3 %.
MOST_WITHIN = 0.1


class NotTestable(ValueError):  # noqa: N818 - a statement about a contrast, as NotEstimable
    """Too few sites for a test; the message is a sentence for the report."""


@dataclass(frozen=True)
class Variation:
    """Where a contrast varies by one factor.

    Attributes
    ----------
    share
        Share of the information on the contrast that lies between the levels of the factor, 0 to
        1: its partial R² on the factor. NaN where nothing is left of the contrast already once
        the factors that are ``given`` are held fixed.
    """

    share: float

    @property
    def identifiable(self) -> bool:
        """Whether it can be estimated at all once the factor is held fixed."""
        return bool(self.share <= 1 - TOLERANCE)

    @property
    def variance_inflation(self) -> float:
        """Variance with the factor fixed over that without, the residual being the same."""
        return 1 / (1 - self.share) if self.identifiable else np.inf

    @property
    def standard_error_ratio(self) -> float:
        """Square root of ``variance_inflation``: how much wider the interval is."""
        return float(np.sqrt(self.variance_inflation))

    def level(self, most_within: float = MOST_WITHIN) -> str:
        """``within``, ``between`` or ``mixed``; within up to a share of ``most_within``."""
        if not self.identifiable:
            return BETWEEN
        return WITHIN if self.share <= most_within else MIXED


@dataclass(frozen=True, eq=False)
class _Split:
    """Directions of a design that vary within the levels of factors, and those that do not.

    ``within`` and ``between`` hold directions of the orthonormal basis, (p, k); ``squares`` the
    length² that the factors leave of each one within, (k,).
    """

    within: np.ndarray
    between: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, row: ContrastRow, factors: Sequence[np.ndarray]) -> "_Split":
        left = without(row.space.basis, factors)
        squares, directions = np.linalg.eigh(left.T @ left)
        seen = squares > TOLERANCE
        return cls(directions[:, seen], directions[:, ~seen], squares[seen])

    def tells(self, row: ContrastRow) -> bool:
        """Whether the contrast can be estimated with the factors fixed."""
        unseen = np.linalg.norm(row.coordinates @ self.between)
        return bool(unseen <= TOLERANCE * np.linalg.norm(row.coordinates))


def variation(row: ContrastRow, labels: np.ndarray, given: Sequence[np.ndarray] = ()) -> Variation:
    """Where ``row`` varies by one factor, others being held fixed.

    1 − v₀ / v₁ with v₀ and v₁ the least-squares variances without and with the factor.

    Parameters
    ----------
    row
        A contrast that the design can tell.
    labels
        Level of every row used, shape (n,). Where labels of scanners name their site too, each
        scanner of each site is a level.
    given
        Levels of factors that are held fixed in both: site, to ask what of the contrast varies
        between the scanners of a site.
    """
    before, after = _variance(row, given), _variance(row, [*given, labels])
    if np.isinf(before):
        return Variation(np.nan)
    return Variation(float(np.clip(1 - before / after, 0, 1)))


def within_direction(row: ContrastRow, labels: np.ndarray) -> np.ndarray:
    """Column x of the design, (n,), whose coefficient is the contrast as seen within levels.

    x = Xg / (gᵀc) with g = (XᵀQX)⁻c and Q what takes the levels out. With the means of x by level
    beside X and a random intercept, the estimate of the contrast is the one within levels, that
    of fixed levels, and the coefficient of the means is the difference of the contrast between
    levels from that within them (Mundlak 1978, doi:10.2307/1913646).

    Parameters
    ----------
    row
        A contrast that the design can tell within levels: ``variation(…).identifiable``.
    labels
        Level of every row used, shape (n,).
    """
    split = _Split.of(row, [labels])
    inner = split.within.T @ row.coordinates
    moved = split.within @ (inner / split.squares)
    return row.space.basis @ moved / float(row.coordinates @ moved)


def classify(
    fit: MixedFit, weights: Weights, sites: np.ndarray, most_within: float = MOST_WITHIN
) -> str:
    """Level of a contrast: ``within``, ``between`` or ``mixed``.

    Parameters
    ----------
    fit
        A fitted model.
    weights
        The contrast, coefficient name to weight.
    sites
        Site of every row used, shape (n,). Any other factor serves as well.
    most_within
        Share between sites up to which a contrast counts as within, between 0 and 1.
    """
    return variation(told_row(fit, weights), sites).level(most_within)


def share_between(fit: MixedFit, weights: Weights, sites: np.ndarray) -> float:
    """Share of the information on a contrast that is lost when site is a fixed effect.

    0 for a contrast balanced over sites, 1 where it cannot be estimated within sites at all.
    """
    return variation(told_row(fit, weights), sites).share


def site_means_test(
    fit: MixedFit, weights: Weights, sites: np.ndarray, confidence: float = 0.95
) -> ContrastEstimate:
    """The t test of a between-site contrast on one mean outcome a site.

    Means are adjusted by the effects, estimated within sites, of what varies within sites; where
    the contrast has a part there too (groups that are whole sites, at a certain age), that part
    is estimated within sites. Each site counts once: no variance component is needed, so that
    few sites cannot mislead it. The df are sites less what varies between them only, and those
    within sites by their share of the variance (Satterthwaite).

    Raises
    ------
    NotTestable
        If fewer than 2 degrees of freedom remain between sites.
    ValueError
        If the contrast can be estimated within sites: then it does not rest on their means.
    """
    row, codes = told_row(fit, weights), level_codes(sites)
    split = _Split.of(row, [codes])
    if split.tells(row):
        raise ValueError("The contrast varies within sites: a test of site means does not apply.")
    n_sites, n_between = codes.max() + 1, split.between.shape[1]
    if n_sites - n_between < 2:
        raise NotTestable(f"This contrast lies between sites: not testable with {n_sites} sites.")
    found, variances, dfs = _two_strata(row, split, fit.y, codes)
    variance = variances.sum()
    spread = np.sum(variances**2 / dfs)
    return ContrastEstimate(
        estimate=found,
        standard_error=float(np.sqrt(variance)),
        df=float(variance**2 / spread) if spread > 0 else float(dfs[0]),
        df_method="site-means",
        confidence=confidence,
    )


def _two_strata(
    row: ContrastRow, split: _Split, y: np.ndarray, codes: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Estimate, and its variance and df between and within sites, (2,)."""
    slopes, errors, within_df = _within_slopes(row, split, y, codes)
    basis_means = level_means(row.space.basis, codes)[0]
    varying = basis_means @ split.within
    means = level_means(y[:, None], codes)[0][:, 0] - varying @ slopes
    Q, R = np.linalg.qr(basis_means @ split.between)
    weights = Q @ np.linalg.solve(R.T, split.between.T @ row.coordinates)
    inner = split.within.T @ row.coordinates
    between_df = len(means) - Q.shape[1]
    between = np.sum((means - Q @ (Q.T @ means)) ** 2) / between_df * np.sum(weights**2)
    within = np.sum(((inner - weights @ varying) * errors) ** 2)
    estimate = float(weights @ means + inner @ slopes)
    return estimate, np.array([between, within]), np.array([between_df, max(within_df, 1)])


def _within_slopes(
    row: ContrastRow, split: _Split, y: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Effects of what varies within sites, with site fixed, their standard errors and df."""
    left = without(row.space.basis, [codes]) @ split.within
    outcome = y - level_means(y[:, None], codes)[1][:, 0]
    slopes = left.T @ outcome / split.squares
    df = len(y) - int(codes.max() + 1) - len(slopes)
    if len(slopes) and df < 1:
        raise NotTestable("This contrast lies between sites, and within them no scan is to spare.")
    rest = np.sum((outcome - left @ slopes) ** 2) / max(df, 1)
    return slopes, np.sqrt(rest / split.squares), df


def _variance(row: ContrastRow, factors: Sequence[np.ndarray]) -> float:
    """Least-squares variance with all ``factors`` fixed; infinite where it is not estimable."""
    if not factors:
        return row.variance
    split = _Split.of(row, factors)
    if not split.tells(row):
        return np.inf
    return float(np.sum((row.coordinates @ split.within) ** 2 / split.squares))
