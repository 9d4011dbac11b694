"""What a fitted model holds: numbers only; what follows from them is computed when asked for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipet.core.findings import Finding
from multipet.mixed_model.criterion import conditional_sds
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import Design, weighted
from multipet.mixed_model.random_terms import lambda_blocks, parameter_names
from multipet.mixed_model.residual_levels import ResidualSpread


@dataclass(frozen=True)
class Convergence:
    """How the optimisation ended.

    Attributes
    ----------
    gradient_norm
        Largest absolute derivative of the criterion by a relative covariance parameter, the
        random-effect columns being standardised.
    iterations
        Iterations of the best start.
    restarts
        Further starts: from elsewhere in small data, and off the boundary.
    """

    gradient_norm: float
    iterations: int
    restarts: int


@dataclass(frozen=True, kw_only=True, eq=False)
class MixedFit:
    """A linear (mixed) model fitted to one outcome.

    Attributes
    ----------
    outcome, formula
        What was fitted, as asked for.
    design
        Fixed columns ``X`` and random terms of the rows used.
    products
        Cross-products of the design, shared by fits of the same design; None where none were
        made: without random terms, with missing values, where the residual variance differs.
    y
        Outcome in the rows used, shape (n,).
    reml
        Whether the REML criterion was minimised; else -2 log-likelihood.
    criterion
        REML criterion or -2 log-likelihood, with lme4's constants.
    beta, vcov
        Fixed effects, shape (p,), and their covariance matrix, shape (p, p).
    theta
        Relative covariance parameters in lme4's order, for the data as they are.
    sigma
        Residual standard deviation; where it differs, that of the first level.
    modes
        Conditional modes of the random effects, one array (levels, k) a term.
    singular
        Whether a relative standard deviation is 0 (below 1e-4) or effects are collinear.
    converged
        How the optimisation ended.
    findings
        Checks that fired.
    spread
        How the residual variance differs; None where it is the same everywhere.
    """

    outcome: str
    formula: str
    design: Design
    products: DesignProducts | None
    y: np.ndarray
    reml: bool
    criterion: float
    beta: np.ndarray
    vcov: np.ndarray
    theta: np.ndarray
    sigma: float
    modes: tuple[np.ndarray, ...]
    singular: bool
    converged: Convergence
    findings: tuple[Finding, ...] = ()
    spread: ResidualSpread | None = None

    @property
    def residual_by(self) -> str:
        """Factor by whose levels the residual variance differs; empty where it does not."""
        return self.spread.levels.factor if self.spread else ""

    @property
    def residual_ratios(self) -> dict[str, float]:
        """δ of each of those levels: its residual SD over that of the first; mostly empty."""
        return dict(self.spread.ratios) if self.spread else {}

    @property
    def residual_sds(self) -> np.ndarray:
        """Residual SD of each row, shape (n,)."""
        return self.sigma * (self.spread.of_rows if self.spread else np.ones(len(self.y)))

    @property
    def weighted_design(self) -> Design:
        """The design with its rows in units of δ."""
        return weighted(self.design, self.spread.of_rows) if self.spread else self.design

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Names of ``beta``."""
        return self.design.coefficients

    @property
    def dropped_columns(self) -> tuple[str, ...]:
        """Fixed effects that others determine, left out."""
        return self.design.dropped_columns

    @property
    def theta_names(self) -> tuple[str, ...]:
        """lme4's names of ``theta``."""
        return parameter_names(self.design.terms)

    @property
    def lambda_blocks(self) -> tuple[np.ndarray, ...]:
        """Relative covariance factor of each term, lower triangular, shape (k, k)."""
        return tuple(lambda_blocks(self.theta, self.design.terms))

    @property
    def rows(self) -> np.ndarray:
        """Positions in the table of the rows used."""
        return self.design.rows

    @property
    def n_observations(self) -> int:
        """Rows used."""
        return self.design.n_observations

    @property
    def levels(self) -> dict[str, int]:
        """Levels of each grouping factor."""
        return {term.factor: len(term.levels) for term in self.design.terms}

    @property
    def fixed_effects_fitted(self) -> np.ndarray:
        """X β, shape (n,)."""
        return self.design.X @ self.beta

    @property
    def fitted(self) -> np.ndarray:
        """X β + Z b, shape (n,)."""
        fitted = self.fixed_effects_fitted
        for term, modes in zip(self.design.terms, self.modes, strict=True):
            fitted = fitted + np.einsum("nk,nk->n", term.Z, modes[term.index])
        return fitted

    @property
    def residuals(self) -> np.ndarray:
        """Outcome minus fitted, shape (n,)."""
        return self.y - self.fitted

    @property
    def scaled_residuals(self) -> np.ndarray:
        """Residuals in units of their standard deviation, shape (n,)."""
        return self.residuals / self.residual_sds

    @property
    def mode_sds(self) -> tuple[np.ndarray, ...]:
        """Conditional SDs of ``modes``, the fixed effects taken as known, as in lme4."""
        if not self.design.terms:
            return ()
        y = self.y / self.spread.of_rows if self.spread else self.y
        products = self.products or design_products(self.weighted_design)
        relative = conditional_sds(products, y, self.theta, self.reml)
        return tuple(self.sigma * sds for sds in relative)

    @property
    def n_parameters(self) -> int:
        """Fixed effects, covariance parameters and residual variances."""
        return len(self.beta) + len(self.theta) + len(self.residual_ratios or [1.0])

    @property
    def aic(self) -> float:
        """Akaike's criterion; between REML fits comparable for the same fixed part only."""
        return self.criterion + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with n the number of rows as in lme4."""
        return self.criterion + np.log(self.n_observations) * self.n_parameters

    @property
    def variance_components(self) -> pd.DataFrame:
        """Variances and covariances: term, effect1, effect2, variance, sd.

        In a row with two effects ``variance`` is their covariance and ``sd`` their
        correlation (NaN where a variance is 0). Where the residual variance differs, ``effect1``
        of a residual row is the level.
        """
        rows: list[tuple[str, str, str, float, float]] = []
        for term, factor in zip(self.design.terms, self.lambda_blocks, strict=True):
            G = self.sigma**2 * factor @ factor.T
            sd = np.sqrt(np.diag(G))
            for i, effect in enumerate(term.effects):
                rows.append((term.factor, effect, "", G[i, i], sd[i]))
            for j, first in enumerate(term.effects):
                for i in range(j + 1, len(term.effects)):
                    both = sd[i] * sd[j]
                    correlation = G[i, j] / both if both > 0 else float("nan")
                    rows.append((term.factor, first, term.effects[i], G[i, j], correlation))
        for level, ratio in (self.residual_ratios or {"": 1.0}).items():
            sd = self.sigma * ratio
            rows.append(("Residual", level, "", sd**2, sd))
        return pd.DataFrame(rows, columns=["term", "effect1", "effect2", "variance", "sd"])

    @property
    def random_effects(self) -> pd.DataFrame:
        """Conditional modes, one row a level and effect: factor, effect, level, mode, sd."""
        frames = [
            pd.DataFrame(
                {
                    "factor": term.factor,
                    "effect": np.tile(term.effects, len(term.levels)),
                    "level": np.repeat(term.levels, len(term.effects)),
                    "mode": modes.ravel(),
                    "sd": sds.ravel(),
                }
            )
            for term, modes, sds in zip(self.design.terms, self.modes, self.mode_sds, strict=True)
        ]
        if not frames:
            return pd.DataFrame(columns=["factor", "effect", "level", "mode", "sd"])
        return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True, kw_only=True)
class FailedFit:
    """An outcome that could not be fitted.

    Attributes
    ----------
    outcome, formula
        What was asked for.
    reason
        One sentence for the report.
    findings
        Checks that fired.
    """

    outcome: str
    formula: str
    reason: str
    findings: tuple[Finding, ...] = ()
