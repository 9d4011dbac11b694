"""The same contrast done otherwise: site the other way, values not harmonised, one mean a site."""

from collections.abc import Mapping, Sequence

import pandas as pd

from multipet.answers import Answer, Question, answers, site_means_answers
from multipet.columns import SENSITIVITY, names
from multipet.contrast_table import contrast_table
from multipet.fit_file import Variant

#: Variants of the fits that a report shows beside the main analysis, with their names there.
VARIANTS = {
    "site_fixed": "site fixed",
    "site_random": "site random",
    "raw_values": "raw values",
}
SITE_MEANS = "site means"
SITE_MEANS_ADDED = "site means added"
VARYING = "effect varies by site"


def sensitivity_table(
    question: Question,
    found: Sequence[Answer],
    variants: Mapping[str, Variant],
    tables: Mapping[str, pd.DataFrame],
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
    """
    parts = [pd.DataFrame(columns=names(SENSITIVITY))]
    for name, variant in variants.items():
        people = tables[variant.values]
        others = answers(question, variant.fits, people)
        parts.append(contrast_table(question, others, people).assign(variant=VARIANTS[name]))
    by_means = site_means_answers(question, found, tables["main"])
    if by_means:
        table = contrast_table(question, by_means, tables["main"])
        parts.append(table.assign(variant=SITE_MEANS))
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)[names(SENSITIVITY)]


def refits_table(
    question: Question,
    varying: Sequence[Answer],
    site_means_added: Sequence[Answer],
    people: pd.DataFrame,
) -> pd.DataFrame:
    """Table of the models refitted for this contrast (columns ``columns.SENSITIVITY``).

    Parameters
    ----------
    question
        What was asked.
    varying, site_means_added
        Answers of the functions of these names in ``contrast_refits``; empty where absent.
    people
        The table that was fitted.
    """
    parts = [pd.DataFrame(columns=names(SENSITIVITY))]
    for label, found in ((SITE_MEANS_ADDED, site_means_added), (VARYING, varying)):
        if found:
            parts.append(contrast_table(question, found, people).assign(variant=label))
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)[names(SENSITIVITY)]
