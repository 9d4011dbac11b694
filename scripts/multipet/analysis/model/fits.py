"""People who were scanned more than once, in a model that does not know it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.model.fit_file import Fit, Variant
from multipet.analysis.model.fitted_specification import FittedSpecification, usable
from multipet.analysis.model.study_overview import SCAN_KEY
from multipet.core.columns import COEFFICIENTS, names
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, listed
from multipet.formulas.formula import fixed_part, parse_formula
from multipet.inference import coefficient_estimates
from multipet.mixed_model import fit_regions
from multipet.mixed_model.fit import FailedFit, MixedFit


def repeated_scans(
    spec: Mapping[str, Any], plan: FittedSpecification, table: pd.DataFrame
) -> list[Finding]:
    """A finding where scans of one person count as those of several.

    Parameters
    ----------
    spec
        The model's spec.
    plan
        How it is fitted.
    table
        The table that is fitted.
    """
    if "participant_id" in parse_formula(spec["formula"]).variables:
        return []
    scans = usable(spec["formula"], table, plan.outcomes).drop_duplicates(SCAN_KEY)
    counts = scans["participant_id"].value_counts()
    again = int((counts > 1).sum())
    if not again:
        return []
    message = (
        f"{again} of {len(counts)} people were scanned more than once, but the model has no effect"
        " of the person: their scans count as those of different people, and intervals and p-values"
        " are too small. Add (1 | participant_id) to the formula."
    )
    return [
        Finding(
            stage="model",
            check="repeated_scans",
            action="noted",
            factor="participant_id",
            statistic="people scanned more than once",
            value=str(again),
            message=message,
        )
    ]


def run_variants(
    spec: Mapping[str, Any], plan: FittedSpecification, tables: Mapping[str, pd.DataFrame]
) -> dict[str, Variant]:
    """Fit the main analysis and its variants in every region.

    Parameters
    ----------
    spec
        The model's spec.
    plan
        How it is fitted.
    tables
        ``main`` and ``raw`` values (the same where nothing was harmonised).

    Returns
    -------
    dict
        ``main``; where they differ from it ``without_random_effects``, ``site_fixed`` or
        ``site_random``, ``raw_values`` and ``residual_common``.
    """
    residual = "scanner" if spec["residual"] == "by_scanner" else None
    planned = {outcome: plan.formula_of(outcome) for outcome in plan.outcomes}
    wanted = {"main": (planned, "main", residual)}
    if any("|" in formula for formula in planned.values()):
        fixed = {outcome: fixed_part(formula) for outcome, formula in planned.items()}
        wanted["without_random_effects"] = (fixed, "main", residual)
    if plan.choices["site"].used in ("random", "fixed"):
        way = "fixed" if plan.choices["site"].used == "random" else "random"
        other = {outcome: plan.formula_with_site(way, outcome) for outcome in plan.outcomes}
        wanted[f"site_{way}"] = (other, "main", residual)
    if spec["harmonisation"] is not None:
        wanted["raw_values"] = (planned, "raw", residual)
    if residual is not None:
        wanted["residual_common"] = (planned, "main", None)
    return {name: _variant(tables, *choice) for name, choice in wanted.items()}


def fit_each(
    formulas: Mapping[str, str], table: pd.DataFrame, residual_by: str | None = None
) -> list[Fit]:
    """Fit each outcome by its own formula, together where it is the same.

    Parameters
    ----------
    formulas
        Outcome to formula.
    table, residual_by
        As for ``fit_regions``.
    """
    fits: dict[str, Fit] = {}
    for formula in dict.fromkeys(formulas.values()):
        outcomes = [outcome for outcome, own in formulas.items() if own == formula]
        found = fit_regions(formula, table, outcomes, residual_by=residual_by)
        fits |= dict(zip(outcomes, found, strict=True))
    return [fits[outcome] for outcome in formulas]


def _variant(
    tables: Mapping[str, pd.DataFrame],
    formulas: Mapping[str, str],
    values: str,
    residual_by: str | None,
) -> Variant:
    fits = fit_each(formulas, tables[values], residual_by)
    return Variant(next(iter(formulas.values())), values, tuple(fits))


def coefficients_table(fits: Sequence[Fit], scans: pd.DataFrame, df_method: str) -> pd.DataFrame:
    """Fixed effects of every region (columns ``columns.COEFFICIENTS``)."""
    rows = [
        row for fit in fits if isinstance(fit, MixedFit) for row in _rows(fit, scans, df_method)
    ]
    return pd.DataFrame(rows, columns=names(COEFFICIENTS))


def model_findings(
    spec: Mapping[str, Any], plan: FittedSpecification, fits: Sequence[Fit], table: pd.DataFrame
) -> list[Finding]:
    """What a reader must know of the fits: failures, singular fits, few levels, scans left out.

    Raises
    ------
    UserError
        If ``few_levels`` fires and its action is ``stop``.
    """
    return [
        *repeated_scans(spec, plan, table),
        *_few_levels(spec, plan, fits),
        *_site_means(spec, plan, table),
        *_left_out(spec, plan, fits, table),
        *(_of_region(finding, fit) for fit in fits for finding in fit.findings),
        *(_failure(fit) for fit in fits if isinstance(fit, FailedFit)),
    ]


def used_rows(fits: Sequence[Fit]) -> np.ndarray:
    """Positions of the rows that at least one region uses."""
    rows = [fit.rows for fit in fits if isinstance(fit, MixedFit)]
    return np.unique(np.concatenate(rows)) if rows else np.array([], dtype=int)


def _rows(fit: MixedFit, scans: pd.DataFrame, df_method: str) -> list[dict[str, Any]]:
    used = scans.iloc[fit.rows]
    counts = {
        "n_subjects": used["participant_id"].nunique(),
        "n_scans": len(used.drop_duplicates(SCAN_KEY)),
    }
    keys = ("estimate", "standard_error", "df", "df_method", "t", "p_value")
    return [
        {
            "region": fit.outcome,
            "coefficient": name,
            **{k: getattr(found, k) for k in keys},
            **counts,
        }
        for name, found in coefficient_estimates(fit, df_method).items()
    ]


def _few_levels(
    spec: Mapping[str, Any], plan: FittedSpecification, fits: Sequence[Fit]
) -> list[Finding]:
    """Random sites or scanners of which a region has few, those of most regions first."""
    check = spec["few_levels"]
    if check["action"] == "ignore":
        return []
    few: dict[tuple[str, int], list[str]] = {}
    for fit in fits:
        for term in fit.design.terms if isinstance(fit, MixedFit) else ():
            if term.factor in plan.choices and len(term.levels) < check["minimum"]:
                few.setdefault((term.factor, len(term.levels)), []).append(fit.outcome)
    if few and check["action"] == "stop":
        (factor, n), *_ = few
        hint = f"set models.{spec['model']}.{factor}: fixed"
        raise UserError(Problem(f"models.{spec['model']}", _few_words(factor, n, check), hint))
    return [
        Finding(
            stage="model",
            check="few_levels",
            action="noted",
            region=regions[0] if len(regions) == 1 < len(fits) else "",
            factor=factor,
            statistic="levels",
            value=str(n),
            limit=str(check["minimum"]),
            message=_few_words(factor, n, check),
        )
        for (factor, n), regions in few.items()
    ]


def _few_words(factor: str, n: int, check: Mapping[str, Any]) -> str:
    return (
        f"{factor} is a random effect with {n} levels, fewer than {check['minimum']}:"
        " its variance is hardly known, and tests lean on their degrees of freedom."
    )


def _site_means(
    spec: Mapping[str, Any], plan: FittedSpecification, table: pd.DataFrame
) -> list[Finding]:
    """Site means that were asked for but do nothing, or leave no differences between sites."""
    if not plan.site_means:
        return []
    used, n_sites = plan.choices["site"].used, table["site"].nunique()
    if used != "random":
        message = "site_means: true does nothing, as site is not a random effect."
    elif len(plan.site_means) + 1 >= n_sites:
        message = (
            f"{len(plan.site_means)} site means leave nothing to differ between {n_sites} sites:"
            " the answers within sites are those of site: fixed."
        )
    else:
        return []
    return [Finding(stage="model", check="site_means", action="noted", message=message)]


def _left_out(
    spec: Mapping[str, Any], plan: FittedSpecification, fits: Sequence[Fit], table: pd.DataFrame
) -> list[Finding]:
    """Scans that no region uses although they have values: a covariate is missing."""
    with_values = np.flatnonzero(table[list(plan.outcomes)].notna().any(axis=1).to_numpy())
    if all(isinstance(fit, FailedFit) for fit in fits):
        return []
    scans = table.iloc[np.setdiff1d(with_values, used_rows(fits))]
    covariates = [name for name in parse_formula(spec["formula"]).variables if name in table]
    scans = scans[scans[covariates].isna().any(axis=1)]
    return [
        Finding(
            stage="model",
            check="missing_covariate",
            action="excluded",
            site=str(scan["site"]),
            participant_id=str(scan["participant_id"]),
            session=str(scan["session"]),
            message=f"The scan is left out of model {spec['model']}:"
            f" {listed(name for name in covariates if pd.isna(scan[name]))} is missing.",
        )
        for _, scan in scans.drop_duplicates(SCAN_KEY).iterrows()
    ]


def _of_region(finding: Finding, fit: Fit) -> Finding:
    return finding if finding.region else replace(finding, region=fit.outcome)


def _failure(fit: FailedFit) -> Finding:
    return Finding(
        stage="model", check="failed_fit", action="excluded", region=fit.outcome, message=fit.reason
    )
