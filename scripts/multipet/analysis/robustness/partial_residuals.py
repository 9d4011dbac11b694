"""What every scan says about a contrast: partial residuals.

A partial residual is what the model leaves over, plus what it fits at the scan's own value of
what is compared, all other covariates at their mean (Fox & Weisberg 2018,
doi:10.18637/jss.v087.i09). Offsets of people, scanners and sites are taken out where the effect
lies within them; where it lies between them they are its noise, and stay in.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import RegionEstimate
from multipet.analysis.robustness.effect_views import EffectView
from multipet.core.columns import SCAN, names
from multipet.core.columns.robustness import PARTIAL_RESIDUALS
from multipet.inference.contrast_level import share_between
from multipet.mixed_model.fit import MixedFit
from multipet.mixed_model.variables import read_variable

#: Share of an effect's information between the levels of a factor from which their offsets stay.
MOSTLY_BETWEEN = 0.5


def partial_residuals_table(views: Sequence[EffectView], scans: pd.DataFrame) -> pd.DataFrame:
    """One row a scan that is shown (columns ``robustness_columns.PARTIAL_RESIDUALS``)."""
    parts = [_points(view, scans) for view in views]
    columns = names(PARTIAL_RESIDUALS)
    return (
        pd.concat(parts, ignore_index=True)[columns]
        if parts
        else scans.iloc[:0].reindex(columns=columns)
    )


def design_rows(
    fit: MixedFit, table: pd.DataFrame, own: Mapping[str, np.ndarray | None]
) -> np.ndarray:
    """Rows of X with some variables set and the others at their mean, shape (n, p).

    Parameters
    ----------
    fit
        A fitted model.
    table
        The rows that are wanted.
    own
        Variable to its numbers, shape (n,), or None for those in ``table``; variables that are
        not named are averaged.
    """
    matrix = fit.design.fixed.matrix
    n, values = len(table), {}
    for name, variable in matrix.variables.items():
        if name in own and own[name] is not None:
            values[name] = np.asarray(own[name], float)
        elif name in own and variable.is_factor:
            codes = table[name].astype(str).map({v: i for i, v in enumerate(variable.levels)})
            values[name] = np.eye(len(variable.levels))[codes.to_numpy(int)]
        elif name in own:
            values[name] = read_variable(name, table[name])[1]
        elif variable.is_factor:
            values[name] = np.full((n, len(variable.levels)), 1 / len(variable.levels))
        else:
            values[name] = np.full(n, variable.mean)
    columns = np.broadcast_to(matrix.columns(values), (n, len(matrix.row({}))))
    return columns[:, fit.design.fixed.kept]


def _points(view: EffectView, scans: pd.DataFrame) -> pd.DataFrame:
    fit = view.fit
    table = scans.iloc[fit.rows[view.rows]].reset_index(drop=True)
    kept = fit.residuals + _offsets_kept(view)
    if view.variable:
        own = {view.variable: None, **dict.fromkeys(("site", "scanner", "region"))}
        fitted = design_rows(fit, table, own) @ fit.beta
    else:
        own = dict.fromkeys(("site", "scanner", "region"))
        fitted = design_rows(fit, table, own) @ fit.beta + view.x * _slopes(view, table)
    return table[names(SCAN)].assign(
        region=view.answer.region,
        comparison=view.answer.comparison,
        x_name=view.variable,
        x=view.x,
        x_level=[view.level(x) for x in view.x],
        partial=fitted + kept[view.rows],
    )


def _slopes(view: EffectView, table: pd.DataFrame) -> np.ndarray:
    """Effect at the site of every scan; that of all sites where a site has none."""
    whole = view.answer.estimate.estimate
    if view.by_site is None:
        return np.full(len(table), whole)
    of_site = {s.site: s.estimate.estimate for s in view.by_site.sites if s.estimate}
    return table["site"].astype(str).map(of_site).fillna(whole).to_numpy(float)


def _offsets_kept(view: EffectView) -> np.ndarray:
    """Conditional modes of the factors between whose levels the effect lies, shape (n,)."""
    fit, answer = view.fit, view.answer
    total = np.zeros(len(fit.y))
    for term, modes in zip(fit.design.terms, fit.modes, strict=True):
        levels = np.asarray(term.levels, dtype=object)[term.index]
        if _between(answer, term.factor, fit, levels):
            total += np.einsum("nk,nk->n", term.Z, modes[term.index])
    return total


def _between(answer: RegionEstimate, factor: str, fit: MixedFit, levels: np.ndarray) -> bool:
    main = answer.fit
    if len(main.rows) != len(fit.rows):
        return factor == "participant_id"
    return share_between(main, answer.weights, levels) >= MOSTLY_BETWEEN
