"""One configured model, and its variants, fitted in every region."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.analysis.model.fit_file import Variant
from multipet.analysis.model.fits import coefficients_table, model_findings, run_variants, used_rows
from multipet.analysis.model.fitted_specification import (
    fitted_specification,
    model_table,
    named_tables,
    plan_record,
)
from multipet.config.specs import FitSpec
from multipet.core.findings import Finding


@dataclass(frozen=True)
class FittedModel:
    """What fitting a model gives.

    Attributes
    ----------
    variants
        ``main``, and what is fitted beside it; see ``run_variants``.
    record
        The specification as fitted; see ``plan_record``.
    coefficients
        Fixed effects of every region (columns ``columns.COEFFICIENTS``).
    findings
        What a reader must know of the fits.
    """

    variants: dict[str, Variant]
    record: dict[str, Any]
    coefficients: pd.DataFrame
    findings: list[Finding]


def fit_configured(spec: FitSpec, pooled: Sequence[pd.DataFrame]) -> FittedModel:
    """Fit a configured model.

    Parameters
    ----------
    spec
        Spec of fit_model.
    pooled
        The values it is fitted to, one row a scan x region; then the raw ones, where those
        are harmonised.

    Raises
    ------
    UserError
        If ``few_levels`` fires and its action is ``stop``.
    """
    tables = named_tables(pooled, spec.regions, spec.scale, spec.site_means)
    scans = tables["main"]
    plan = fitted_specification(spec, scans, model_table(pooled[0], spec.regions, spec.scale)[1])
    variants = run_variants(spec, plan, tables)
    fits = variants["main"].fits
    return FittedModel(
        variants,
        plan_record(plan, fits, scans.iloc[used_rows(fits)]),
        coefficients_table(fits, scans, spec.df),
        model_findings(spec, plan, fits, scans),
    )
