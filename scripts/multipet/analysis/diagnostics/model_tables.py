"""Diagnostic tables of one model: what its fits leave over, and what its random effects hold."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from multipet.analysis.model.fitted_specification import ALL_REGIONS, JOINT
from multipet.core.columns import RANDOM_EFFECTS, RESIDUALS, SCAN, SHRINKAGE, Column, names
from multipet.mixed_model.fit import FailedFit, MixedFit

INTERCEPT = "(Intercept)"
RESIDUAL = "Residual"
POOLED_FACTORS = ("site", "scanner", "participant_id")

Fits = Sequence[MixedFit | FailedFit]


def residual_table(fits: Fits, table: pd.DataFrame, fixed_fits: Fits) -> pd.DataFrame:
    """Residuals of every scan in every region, with and without random effects.

    Parameters
    ----------
    fits
        One fit a region; failed regions have no rows.
    table
        The scan table that was fitted.
    fixed_fits
        The same models without their random effects.

    Returns
    -------
    DataFrame
        Columns ``columns.RESIDUALS``. ``fitted_fixed`` and ``residual_fixed`` are missing
        where the model without random effects failed.
    """
    without = {fit.outcome: fit for fit in _fitted(fixed_fits)}

    def rows_of(fit: MixedFit) -> pd.DataFrame:
        return _residuals(fit, table, without.get(fit.outcome))

    return _stacked(fits, RESIDUALS, rows_of)


def random_effects_table(fits: Fits) -> pd.DataFrame:
    """Conditional modes with their conditional SD (columns ``columns.RANDOM_EFFECTS``)."""
    return _stacked(fits, RANDOM_EFFECTS, lambda fit: fit.random_effects)


def shrinkage_table(fits: Fits, table: pd.DataFrame) -> pd.DataFrame:
    """What pooling does to each level of site, scanner and subject.

    A level's own mean is that of y − Xβ − the modes of all other random effects, over its
    n scans; with one factor, of y − Xβ. Its conditional mode is that mean times
    n / (n + σ²/τ²), τ² being the variance of the factor: the fewer the scans and the
    smaller the variance, the nearer to 0. (So it is where the intercept is the factor's
    only effect.)

    Parameters
    ----------
    fits
        One fit a region; failed regions have no rows.
    table
        The scan table that was fitted.

    Returns
    -------
    DataFrame
        Columns ``columns.SHRINKAGE``: one row a region, factor and level, for those of
        site, scanner and subject that have a random intercept.
    """
    return _stacked(fits, SHRINKAGE, lambda fit: _shrinkage(fit, table))


def _fitted(fits: Iterable[MixedFit | FailedFit]) -> list[MixedFit]:
    return [fit for fit in fits if not isinstance(fit, FailedFit)]


def _stacked(
    fits: Fits, columns: Sequence[Column], rows_of: Callable[[MixedFit], pd.DataFrame]
) -> pd.DataFrame:
    """Rows of all regions as a table with exactly ``columns``, typed also when it is empty."""
    parts = [_named(rows_of(fit), fit) for fit in _fitted(fits)]
    parts = [part[names(columns)] for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else _empty(columns)


def _named(rows: pd.DataFrame, fit: MixedFit) -> pd.DataFrame:
    """Rows with their region: the fit's, or their own where one fit holds all regions."""
    if fit.outcome != JOINT:
        return rows.assign(region=fit.outcome)
    return rows if "region" in rows else rows.assign(region=ALL_REGIONS)


def _empty(columns: Sequence[Column]) -> pd.DataFrame:
    kinds = {"number": float, "text": "str", "level": "category"}
    return pd.DataFrame({c.name: pd.Series([], dtype=kinds[c.kind]) for c in columns})


def _residuals(fit: MixedFit, table: pd.DataFrame, without: MixedFit | None) -> pd.DataFrame:
    columns = [*names(SCAN), "region"] if fit.outcome == JOINT else names(SCAN)
    scans = table[columns].iloc[fit.rows].reset_index(drop=True)
    fixed = pd.Series(np.nan, index=range(len(table)))
    if without is not None:
        fixed.iloc[without.rows] = np.asarray(without.fitted)
    observed = np.asarray(fit.fitted) + np.asarray(fit.residuals)
    fitted_fixed = fixed.to_numpy()[fit.rows]
    return scans.assign(
        observed=observed,
        fitted=fit.fitted,
        residual=fit.residuals,
        scaled_residual=fit.scaled_residuals,
        fitted_fixed=fitted_fixed,
        residual_fixed=observed - fitted_fixed,
    )


def _shrinkage(fit: MixedFit, table: pd.DataFrame) -> pd.DataFrame:
    effects = fit.random_effects
    intercepts = effects[(effects["effect"] == INTERCEPT) & effects["factor"].isin(POOLED_FACTORS)]
    parts = [_pooling(fit, table, modes) for _, modes in intercepts.groupby("factor", sort=False)]
    return pd.concat(parts) if parts else _empty(SHRINKAGE)


def _pooling(fit: MixedFit, table: pd.DataFrame, modes: pd.DataFrame) -> pd.DataFrame:
    """Pooling of one factor; ``modes`` are its rows of the random effects."""
    levels = table[modes["factor"].iloc[0]].iloc[fit.rows].astype("str").to_numpy()
    residuals = pd.Series(np.asarray(fit.residuals)).groupby(levels)
    own = modes["level"].astype("str")
    return pd.DataFrame(
        {
            "factor": modes["factor"],
            "level": own,
            "n_scans": own.map(residuals.size()).astype(float),
            # residuals have every mode taken off: put back that of this factor alone
            "no_pooling": own.map(residuals.mean()) + modes["mode"],
            "partial_pooling": modes["mode"],
            "complete_pooling": 0.0,
        }
    )
