"""The same contrast done otherwise: site the other way, values not harmonised, one mean a site."""

from collections.abc import Mapping, Sequence

import pandas as pd

from multipet.analysis import variant_names
from multipet.analysis.answers import Answer, Question, answers, site_means_answers
from multipet.analysis.contrast_refits import Refits
from multipet.analysis.contrast_table import contrast_table
from multipet.analysis.fit_file import Variant
from multipet.analysis.harmonised_answers import stacked, without_calibration
from multipet.columns import SENSITIVITY, names

#: Variants of the fits that a report shows beside the main analysis, with their names there.
VARIANTS = {
    "site_fixed": variant_names.SITE_FIXED,
    "site_random": variant_names.SITE_RANDOM,
    "raw_values": variant_names.RAW_VALUES,
    "residual_common": variant_names.RESIDUAL_COMMON,
}


def sensitivity_table(
    question: Question,
    found: Sequence[Answer],
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
        people = tables[variant.values]
        others = answers(question, variant.fits, people)
        table = contrast_table(question, others, people).assign(variant=VARIANTS[name])
        parts.append(without_calibration(table) if naive and variant.values == "main" else table)
    by_means = site_means_answers(question, found, tables["main"])
    if by_means:
        table = contrast_table(question, by_means, tables["main"])
        table = table.assign(variant=variant_names.SITE_MEANS)
        parts.append(without_calibration(table) if naive else table)
    return stacked(*parts)


def refits_table(
    question: Question, refits: Refits, people: pd.DataFrame, raw: bool = False
) -> pd.DataFrame:
    """Table of the models refitted for this contrast (columns ``columns.SENSITIVITY``).

    Parameters
    ----------
    question
        What was asked.
    refits
        Its answers from these models; without any the table is empty.
    people
        The table that was fitted.
    raw
        Whether these are raw values beside a main analysis of harmonised ones.
    """
    found = {
        variant_names.SITE_MEANS_ADDED: refits.site_means_added,
        variant_names.VARYING: () if refits.already_varies else refits.slopes,
    }
    parts = [
        contrast_table(question, answers, people).assign(
            variant=variant_names.on_raw_values(label) if raw else label
        )
        for label, answers in found.items()
        if answers
    ]
    return stacked(pd.DataFrame(columns=names(SENSITIVITY)), *parts)
