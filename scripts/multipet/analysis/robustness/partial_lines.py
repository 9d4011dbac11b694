"""The mean outcome over what is compared at each site, with its band: the lines of a plot.

The band is that of the effect, not of the level: how far the mean at x may be off against the mean
over the site's own scans. It is narrow in their middle, and the effect of all sites, drawn through
that middle, lies within it where it lies within the interval of the site's own effect.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.shared_structure import approximations
from multipet.analysis.robustness.effect_views import EffectView
from multipet.core.columns import names
from multipet.core.columns.robustness import PARTIAL_LINES
from multipet.core.problems import UserError
from multipet.inference import estimate
from multipet.inference.estimability import NotEstimable, weight_row
from multipet.inference.estimability.contrast_row import of_kept
from multipet.inference.marginal_means import weights_at
from multipet.inference.small_sample import SmallSample
from multipet.mixed_model.fit import MixedFit

POINTS = 21  # of the line over a number
_NONE = 1e-10
NOT_ESTIMATED = "The scans of this site do not tell it."


def partial_lines_table(
    views: Sequence[EffectView], scans: pd.DataFrame, inference: Mapping[str, Any]
) -> pd.DataFrame:
    """Lines and bands of every view (columns ``robustness_columns.PARTIAL_LINES``).

    ``common`` has the effect of all sites instead, and goes through the mean of the site's line
    over its scans.

    Parameters
    ----------
    views
        ``effect_views.effect_views``.
    scans
        The table that was fitted.
    inference
        ``df`` and ``confidence``.
    """
    rows = [row for view in views for row in _view_rows(view, scans, inference)]
    return pd.DataFrame(rows, columns=names(PARTIAL_LINES))


def _view_rows(
    view: EffectView, scans: pd.DataFrame, inference: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    if view.by_site is not None:
        model = view.by_site.approximation
    else:
        model = approximations([view.fit], inference["df"])[view.fit.outcome]
    sites = scans["site"].iloc[view.fit.rows[view.rows]].astype(str).to_numpy()
    for site in _sites(view):
        own = view.x if not site else view.x[sites == site]
        if len(own):
            yield from _line(view, site, own, model, inference["confidence"])


def _sites(view: EffectView) -> list[str]:
    return [""] if view.by_site is None else [site.site for site in view.by_site.sites]


def _line(
    view: EffectView, site: str, own: np.ndarray, model: SmallSample, confidence: float
) -> Iterator[dict[str, Any]]:
    places = np.arange(1.0, len(view.levels) + 1) if view.levels else _grid(own)
    rows = np.array([_weight_row(view, site, x) for x in places])
    middle = np.array([np.mean(np.interp(own, places, column)) for column in rows.T])
    fitted = rows @ view.fit.beta
    whole = np.array([_all_sites(view, x) for x in places])
    lift = middle @ view.fit.beta - np.mean(np.interp(own, places, whole))
    for x, row, value, common in zip(places, rows, fitted, whole + lift, strict=True):
        margin = deviation_margin(view.fit, row - middle, model, confidence)
        yield {
            "region": view.answer.region,
            "comparison": view.answer.comparison,
            "x_name": view.variable,
            "site": site,
            "x": x,
            "x_level": view.level(x),
            "fitted": value,
            "low": value - margin,
            "high": value + margin,
            "common": common,
            "status": "ok" if np.isfinite(value) else NOT_ESTIMATED,
        }


def deviation_margin(
    fit: MixedFit, row: np.ndarray, model: SmallSample, confidence: float
) -> float:
    """Half the interval of ``row`` times the coefficients; NaN where they do not tell it.

    Parameters
    ----------
    row
        Weights of the coefficients of ``fit``, shape (p,): a mean less the mean of many.
    """
    if not np.isfinite(row).all():
        return np.nan
    if np.abs(row).max() < _NONE:
        return 0.0
    weights = of_kept(fit.design, row).weights
    return estimate(fit, weights, confidence=confidence, approximation=model).margin


def _grid(own: np.ndarray) -> np.ndarray:
    return np.linspace(own.min(), own.max(), POINTS if np.ptp(own) > 0 else 1)


def _weight_row(view: EffectView, site: str, x: float) -> np.ndarray:
    """Weights of the mean there, shape (p,); NaN where the scans of the site do not tell it."""
    fit = view.fit
    try:
        return weight_row(fit, _weights(view, fit, site, x))
    except (NotEstimable, UserError):
        return np.full(len(fit.beta), np.nan)


def _weights(view: EffectView, fit: MixedFit, site: str, x: float) -> dict[str, float]:
    """Weights of the mean outcome at a place on the x axis."""
    settings: dict[str, str | float] = view.region | ({"site": site} if site else {})
    if view.variable:
        settings |= dict(view.comparison.terms[0].settings)
        settings[view.variable] = view.level(x) or float(x)
        return weights_at(fit, settings)
    mean = weights_at(fit, settings)
    contrast = view.answer.weights if not site else _site_weights(view, site)
    every = dict.fromkeys([*mean, *contrast])
    return {name: mean.get(name, 0.0) + x * contrast.get(name, 0.0) for name in every}


def _site_weights(view: EffectView, site: str) -> Mapping[str, float]:
    weights = next(s.weights for s in view.by_site.sites if s.site == site)
    if not weights:
        raise NotEstimable(NOT_ESTIMATED)
    return weights


def _all_sites(view: EffectView, x: float) -> float:
    """What the main model fits there, but for a constant."""
    fit = view.answer.fit
    if not view.variable:
        return x * view.answer.estimate.estimate
    weights = _weights(view, fit, "", x)
    return float(sum(weights[name] * b for name, b in zip(fit.coefficients, fit.beta, strict=True)))
