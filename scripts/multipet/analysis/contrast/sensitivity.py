"""The same contrast done otherwise: site the other way, values not harmonised, one mean a site."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    contrast_estimates,
    site_means_estimates,
)
from multipet.analysis.contrast.printed_answer import Printed
from multipet.analysis.contrast.refits import Refits
from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.model.fit_file import Variant
from multipet.core.columns import SENSITIVITY, names
from multipet.core.columns import contrast as variant_names
from multipet.inference.multiplicity import adjust

#: Variants of the fits that a report shows beside the main analysis, with their names there.
VARIANTS = {
    "site_fixed": variant_names.SITE_FIXED,
    "site_random": variant_names.SITE_RANDOM,
    "raw_values": variant_names.RAW_VALUES,
    "residual_common": variant_names.RESIDUAL_COMMON,
}


def sensitivity_table(
    question: Question,
    found: Sequence[RegionEstimate],
    variants: Mapping[str, Variant],
    tables: Mapping[str, pd.DataFrame],
    naive: bool = False,
) -> pd.DataFrame:
    """Table of the contrast in every variant (columns ``columns.SENSITIVITY``).

    Parameters
    ----------
    question, found
        What was asked, and the main answers.
    variants
        Fits by name, see ``VARIANTS``.
    tables
        Tables that were fitted, by ``Variant.values``.
    naive
        Whether the ``main`` values were harmonised by what they show themselves, so that a
        test of them has no p-value of its own.
    """
    parts = [pd.DataFrame(columns=names(SENSITIVITY))]
    for name, variant in variants.items():
        scans = tables[variant.values]
        others = contrast_estimates(question, variant.fits, scans)
        table = contrast_table(question, others, scans).assign(variant=VARIANTS[name])
        parts.append(without_calibration(table) if naive and variant.values == "main" else table)
    by_means = site_means_estimates(question, found, tables["main"])
    if by_means:
        table = contrast_table(question, by_means, tables["main"])
        table = table.assign(variant=variant_names.SITE_MEANS)
        parts.append(without_calibration(table) if naive else table)
    return stacked(*parts)


def models_table(
    question: Question, printed: Sequence[Printed], scans: pd.DataFrame
) -> pd.DataFrame:
    """The model's own tests where they are not what is printed (columns ``SENSITIVITY``).

    Within sites where differences between random sites matter; within and between people where
    what is compared varies in both ways.
    """
    people = [one.people for one in printed if one.people]
    found = {
        variant_names.WITHIN_SITES: [one.sites.within for one in printed if one.sites],
        variant_names.AS_FITTED: [one.as_fitted for one in printed if one.is_robust or one.sites],
        variant_names.WITHIN_PEOPLE: [split.within for split in people],
        variant_names.BETWEEN_PEOPLE: [
            replace(split.within, estimate=split.between) for split in people if split.between
        ],
    }
    parts = [
        contrast_table(question, answers, scans).assign(variant=label)
        for label, answers in found.items()
        if answers
    ]
    return stacked(pd.DataFrame(columns=names(SENSITIVITY)), *parts)


def refits_table(
    question: Question, refits: Refits, scans: pd.DataFrame, raw: bool = False
) -> pd.DataFrame:
    """Table of the models refitted for this contrast (columns ``columns.SENSITIVITY``).

    Parameters
    ----------
    question
        What was asked.
    refits
        Its answers from these models; without any the table is empty.
    scans
        The table that was fitted.
    raw
        Whether these are raw values beside a main analysis of harmonised ones.
    """
    found = {
        variant_names.SITE_MEANS_ADDED: refits.site_means_added,
        variant_names.VARYING: () if refits.already_varies else refits.slopes,
    }
    parts = [
        contrast_table(question, contrast_estimates, scans).assign(
            variant=variant_names.on_raw_values(label) if raw else label
        )
        for label, contrast_estimates in found.items()
        if contrast_estimates
    ]
    return stacked(pd.DataFrame(columns=names(SENSITIVITY)), *parts)


#: Cells of a row that are naive where values were harmonised and nothing was calibrated.
NAIVE = ("p_value", "p_adjusted", "ci_low", "ci_high", "percent_low", "percent_high")
#: Cells that a calibration shares with a contrast's table.
CALIBRATED = (
    "region", "comparison", "estimate", "standard_error", "t", "p_value", "p_naive", "p_method",
    "ci_low", "ci_high", "status",
)  # fmt: skip


def without_calibration(table: pd.DataFrame) -> pd.DataFrame:
    """Rows whose test does not know of the harmonisation: its p is ``p_naive``, no interval."""
    table = table.assign(p_naive=table["p_value"], p_method="")
    return table.assign(**dict.fromkeys(NAIVE, np.nan))


def other_harmonisations(
    question: Question, main: pd.DataFrame, calibration: pd.DataFrame, own: str
) -> pd.DataFrame:
    """Calibrated answers from the harmonisations that are not the model's own.

    Parameters
    ----------
    question
        What was asked.
    main
        The contrast's table, which knows how many people and scans there are.
    calibration
        Columns ``calibration.CALIBRATION``.
    own
        Harmonisation of the model; ``none`` where it is fitted to raw values.

    Returns
    -------
    DataFrame
        Columns ``columns.SENSITIVITY``.
    """
    others = calibration[calibration["harmonisation"] != own]
    table = others[list(CALIBRATED)].assign(
        variant=[variant_names.harmonised(name) for name in others["harmonisation"]],
        contrast=question.contrast,
    )
    counts = main[["region", "comparison", "n_subjects", "n_scans", "n_sites", "varies"]]
    table = table.merge(counts, on=["region", "comparison"], how="left")
    if question.scale == "log":
        ends = {"estimate": "percent", "ci_low": "percent_low", "ci_high": "percent_high"}
        table = table.assign(
            **{name: 100 * np.expm1(table[end].astype(float)) for end, name in ends.items()}
        )
    method = question.inference["adjust"]
    parts = [
        part.assign(p_adjusted=adjust(part["p_value"].to_numpy(float), method))
        for _, part in table.groupby("variant", sort=False)
    ]
    return stacked(*parts) if parts else table.reindex(columns=names(SENSITIVITY))


def largest_naive_error(calibration: pd.DataFrame, own: str) -> float:
    """Largest share of draws in which a naive test of the model's values errs; NaN without."""
    errors = calibration.loc[calibration["harmonisation"] == own, "naive_error"]
    return float(errors.max()) if len(errors) else math.nan


def stacked(*parts: pd.DataFrame) -> pd.DataFrame:
    """Sensitivity tables, one below the other."""
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True).reindex(columns=names(SENSITIVITY))


def takes_from_data(harmonisation: Mapping[str, Any] | None) -> bool:
    """Whether values were harmonised by what these data themselves show."""
    return harmonisation is not None and harmonisation["method"] not in ("linear_scale", "saved")
