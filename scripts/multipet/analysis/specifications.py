"""Every way in which a contrast was estimated, in one table: what the answer rests on.

The table of a specification curve (Simonsohn, Simmons & Nelson 2020,
doi:10.1038/s41562-020-0912-z).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from multipet.analysis import variant_names
from multipet.columns import names
from multipet.robustness_columns import CHOICES, SPECIFICATIONS

MAIN = "main"
AS_PLANNED = "as planned"
NOTHING = "nothing"
RAW = "none"
#: What a variant of the sensitivity table chooses otherwise than the main analysis.
VARIANTS = {
    variant_names.SITE_FIXED: {"site": "fixed"},
    variant_names.SITE_RANDOM: {"site": "random"},
    variant_names.RAW_VALUES: {"harmonisation": RAW},
}
KEY = ["region", "comparison", *(choice.name for choice in CHOICES), "level"]


def specifications_table(
    plan: Mapping[str, Any],
    harmonisation: str,
    contrast: pd.DataFrame,
    sensitivity: pd.DataFrame,
    left_out: pd.DataFrame,
    covariate_sets: pd.DataFrame,
) -> pd.DataFrame:
    """Stack all answers of a contrast (columns ``robustness_columns.SPECIFICATIONS``).

    Parameters
    ----------
    plan
        The record of how the model was fitted (``plan_record``).
    harmonisation
        Id of the model's harmonisation; ``none`` for raw values.
    contrast, sensitivity, left_out, covariate_sets
        Columns ``columns.CONTRAST`` and ``SENSITIVITY``, ``robustness_columns.LEFT_OUT`` and
        ``COVARIATE_SETS``. What a table before has already is not repeated.

    Returns
    -------
    DataFrame
        The main analysis first in every region and comparison.
    """
    planned = {
        "site": plan["site"]["used"],
        "harmonisation": harmonisation,
        "covariates": AS_PLANNED,
        "left_out": NOTHING,
        "method": AS_PLANNED,
        "level": "",
    }
    parts = [
        contrast.assign(specification=MAIN, **planned),
        *_of_each(sensitivity, ["variant"], planned, _variant),
        *_of_each(covariate_sets, ["covariates"], planned, _covariates),
        *_of_each(left_out, ["factor", "left_out"], planned, _left_out),
    ]
    return _stacked([part for part in parts if len(part)] or parts[:1])


def _of_each(
    table: pd.DataFrame,
    keys: list[str],
    planned: Mapping[str, str],
    choices: Callable[..., dict[str, str]],
) -> Iterator[pd.DataFrame]:
    for key, rows in table.groupby(keys, sort=False):
        yield rows.assign(**planned | choices(*key))


def _variant(variant: str) -> dict[str, str]:
    start = variant_names.harmonised("")
    if variant.startswith(start):
        return {"specification": variant, "harmonisation": variant.removeprefix(start)}
    return {"specification": variant, **VARIANTS.get(variant, {"method": variant})}


def _covariates(name: str) -> dict[str, str]:
    return {"specification": name, "covariates": name}


def _left_out(factor: str, level: str) -> dict[str, str]:
    return {"specification": f"without {level}", "left_out": factor, "level": level}


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    wanted = names(SPECIFICATIONS)
    table = pd.concat([part.reindex(columns=wanted) for part in parts], ignore_index=True)
    texts = [column.name for column in SPECIFICATIONS if column.kind == "text"]
    table[texts] = table[texts].astype(object).fillna("")
    table = table.drop_duplicates(KEY, ignore_index=True)
    place = table.groupby(["region", "comparison"], sort=False).ngroup()
    return table.iloc[place.argsort(kind="stable")].reset_index(drop=True)
