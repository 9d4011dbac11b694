"""The tables of each step, by the name of their file, with their columns."""

from collections.abc import Mapping, Sequence

from multipet.core import columns
from multipet.core.columns import Column, robustness

#: Step -> file of a table in its model's or contrast's folder, without ``.tsv`` -> columns.
TABLES: Mapping[str, Mapping[str, Sequence[Column]]] = {
    "fit_model": {"coefficients": columns.COEFFICIENTS, "findings": columns.FINDINGS},
    "diagnose_model": {
        "variance_components": columns.VARIANCE_COMPONENTS,
        "random_effects": columns.RANDOM_EFFECTS,
        "residuals": columns.RESIDUALS,
        "shrinkage": columns.SHRINKAGE,
        "residual_checks": columns.RESIDUAL_CHECKS,
    },
    "estimate_contrast": {
        "contrast": columns.CONTRAST,
        "sensitivity": columns.SENSITIVITY,
        "findings": columns.FINDINGS,
        "weights": columns.WEIGHTS,
        "by_site": columns.BY_SITE,
        "heterogeneity": columns.HETEROGENEITY,
    },
    "robustness_contrast": {
        "left_out": robustness.LEFT_OUT,
        "left_out_summary": robustness.LEFT_OUT_SUMMARY,
        "covariate_sets": robustness.COVARIATE_SETS,
        "specifications": robustness.SPECIFICATIONS,
        "influence": robustness.INFLUENCE,
        "partial_residuals": robustness.PARTIAL_RESIDUALS,
        "partial_lines": robustness.PARTIAL_LINES,
        "curves": robustness.CURVES,
        "linearity": robustness.LINEARITY,
        "robustness.findings": columns.FINDINGS,
    },
}


def table_name(file: str) -> str:
    """What rules and steps call the table of a file: ``findings`` for ``robustness.findings``."""
    return file.rpartition(".")[2]
