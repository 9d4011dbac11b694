"""Principal components of the regions: what scans differ by most, before and after."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.columns import SCAN, names
from multipet.core.columns.harmonisation import COMPONENT_SHARES, COMPONENTS
from multipet.formulas.formula import parse_formula
from multipet.harmonisation.batch_design import Array, explained
from multipet.harmonisation.before_after.scans import BeforeAfter
from multipet.harmonisation.covariate_recipe import preserved_columns

MOST_COMPONENTS = 3
#: A region that a larger share of scans lacks is left out, and so is a scan that then lacks a
#: larger share of the regions.
MOST_MISSING = 0.1


@dataclass(frozen=True, eq=False)
class Complete:
    """The cells that components are made of.

    Attributes
    ----------
    scans
        Which scans have nearly all of the regions, (scan,).
    regions
        Which regions are used: those that nearly all scans have and that vary, (region,).
    n_filled
        Missing cells among them, which count as the mean of their region.
    """

    scans: NDArray[np.bool_]
    regions: NDArray[np.bool_]
    n_filled: int


def complete_part(data: BeforeAfter) -> Complete:
    """Choose regions that few scans lack and that vary, and scans that lack few of these."""
    missing = np.isnan(data.values["before"])
    regions = missing.mean(axis=0) <= MOST_MISSING
    scans = missing[:, regions].sum(axis=1) <= MOST_MISSING * regions.sum()
    for values in data.values.values():
        known = np.where(missing[scans], np.nan, values[scans])
        regions = regions & _varies(known)
    return Complete(scans, regions, int(missing[np.ix_(scans, regions)].sum()))


def _varies(values: Array) -> NDArray[np.bool_]:
    low = np.where(np.isnan(values), np.inf, values).min(axis=0, initial=np.inf)
    return low < np.where(np.isnan(values), -np.inf, values).max(axis=0, initial=-np.inf)


def component_tables(data: BeforeAfter, part: Complete) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of the scans, and what the components have to do with batch and covariates.

    Every region is standardised over scans; a missing cell counts as its mean. Both stages have
    their own components; those after get the sign that their scores share with those before.

    Returns
    -------
    DataFrame
        Columns ``COMPONENTS``, then the covariates; empty with fewer than two regions.
    DataFrame
        Columns ``COMPONENT_SHARES``.
    """
    covariates = data.covariates
    columns = [*names(COMPONENTS), *covariates]
    if part.regions.sum() < 2 or part.scans.sum() < 3:
        empty = data.scans.iloc[:0].reindex(columns=columns)
        return empty, pd.DataFrame([], columns=names(COMPONENT_SHARES))
    scans = data.scans.loc[part.scans, [*names(SCAN), *covariates]].reset_index(drop=True)
    labels = np.array(data.batches.labels, dtype=object)[data.batches.codes[part.scans]]
    terms = _terms(data, part.scans)
    scores, shares, first = [], [], None
    for stage, values in data.values.items():
        score, share = principal_components(values[np.ix_(part.scans, part.regions)])
        score = score if first is None else score * _sign(score, first)
        first = score
        for k in range(score.shape[1]):
            known = {"stage": stage, "component": k + 1}
            scores.append(scans.assign(batch=labels, **known, score=score[:, k])[columns])
            shares += [
                {**known, "share": share[k], **row} for row in _explained(score[:, k], terms)
            ]
    table = pd.DataFrame(shares, columns=names(COMPONENT_SHARES))
    return pd.concat(scores, ignore_index=True), table


def principal_components(values: Array) -> tuple[Array, Array]:
    """Scores (scan, component) and shares of variance of the first components.

    Parameters
    ----------
    values
        (scan, region); every region varies. Missing cells count as the mean of their region.
    """
    standard = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0, ddof=1)
    standard = np.where(np.isnan(standard), 0.0, standard)
    roots, vectors = np.linalg.eigh(standard.T @ standard)
    most = min(MOST_COMPONENTS, len(roots), len(values) - 1)
    first = np.argsort(roots, kind="stable")[::-1][:most]
    loadings = vectors[:, first]
    # the sign of an eigenvector is arbitrary: most of its length is made positive
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return standard @ loadings, np.maximum(roots[first], 0) / roots.sum()


def _sign(scores: Array, reference: Array) -> Array:
    return np.where(np.sum(scores * reference, axis=0) < 0, -1.0, 1.0)


def _terms(data: BeforeAfter, chosen: NDArray[np.bool_]) -> dict[str, Array]:
    """Columns of batch and of every preserved variable, of the chosen scans."""
    terms = {"batch": np.eye(len(data.batches.labels))[data.batches.codes[chosen]]}
    scans = data.scans[chosen]
    for name in sorted(parse_formula(data.preserved.text).variables):
        terms[name] = preserved_columns(scans, f"`{name}`").columns
    return terms


def _explained(score: Array, terms: dict[str, Array]) -> list[dict[str, float | str]]:
    nothing = np.empty((len(score), 0))
    rows: list[dict[str, float | str]] = []
    for term, columns in terms.items():
        others = np.hstack([nothing, *(c for name, c in terms.items() if name != term)])
        rows.append({
            "term": term,
            "r_squared": explained(score, columns, nothing),
            "r_squared_partial": explained(score, columns, others),
        })  # fmt: skip
    return rows
