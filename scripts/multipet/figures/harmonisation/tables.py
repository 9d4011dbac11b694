"""The tables that the figures of a harmonisation draw: which rows, in which order."""

from collections.abc import Sequence

import pandas as pd

from multipet.core.columns import Column, names
from multipet.core.columns.harmonisation import COMPONENTS, FLIGNER_KILLEEN, MEAN, PRIOR_CURVES
from multipet.figures.contrast.tables import in_regions

#: Scores on the first components side by side, of scans and of the means of batches.
SCORES = (
    Column("kind", "scan, or mean: of the scans of the batch", kind="text"),
    *(column for column in COMPONENTS if column.name not in ("component", "score")),
    Column("first", "score on the first component", "1"),
    Column("second", "score on the second component", "1"),
)


def drawn_tests(tests: pd.DataFrame, most: int) -> pd.DataFrame:
    """Tests of mean and of spread (Brown-Forsythe), the largest batch effect before first."""
    shown = tests[tests["test"] != FLIGNER_KILLEEN]
    first = shown[(shown["test"] == MEAN) & (shown["stage"] == "before")]
    return in_regions(shown, _largest(first.set_index("region")["size"], most))


def shifts_drawn(shifts: pd.DataFrame, most_regions: int, most_batches: int) -> pd.DataFrame:
    """Shifts and scales of the regions and batches with the largest |shift|, regions as sorted."""
    size = shifts.assign(size=shifts["shift"].abs())
    regions = _largest(size.groupby("region", sort=False)["size"].max(), most_regions)
    batches = _largest(size.groupby("batch", sort=False)["size"].max(), most_batches)
    kept = shifts[shifts["batch"].isin(batches)]
    mean = kept.groupby("region", sort=False)["shift"].mean().reindex(regions)
    return in_regions(kept, mean.sort_values(ascending=False, kind="stable").index.tolist())


def priors_drawn(curves: pd.DataFrame, priors: pd.DataFrame, most: int) -> pd.DataFrame:
    """Curves of the batches that fit their prior worst; batches keep their order."""
    worst = priors.groupby("batch", sort=False)["distance"].max().dropna()
    chosen = worst.sort_values(ascending=False, kind="stable").index[:most]
    return curves[curves["batch"].isin(chosen)][names(PRIOR_CURVES)].reset_index(drop=True)


def scores_drawn(components: pd.DataFrame, covariate: str) -> pd.DataFrame:
    """Scores on the first two components, a row a scan and stage, then the means of the batches.

    Parameters
    ----------
    components
        Columns ``COMPONENTS``, then covariates.
    covariate
        One of these; empty: none.

    Returns
    -------
    DataFrame
        Columns ``SCORES``, then the covariate if one is named.
    """
    columns = [*names(SCORES), *([covariate] if covariate else [])]
    first, second = (components[components["component"] == k] for k in (1, 2))
    scans = first.assign(kind="scan", first=first["score"], second=second["score"].to_numpy())
    means = scans.groupby(["stage", "batch"], sort=False, as_index=False)[["first", "second"]]
    return pd.concat([scans, means.mean().assign(kind="mean")], ignore_index=True)[columns]


def shown_covariate(shares: pd.DataFrame, tested: Sequence[str]) -> str:
    """The covariate to colour scores by: one that is tested, else the one that explains most."""
    before = shares[(shares["stage"] == "before") & (shares["term"] != "batch")]
    sizes = before.groupby("term", sort=False)["r_squared"].max()
    known = sizes[sizes.index.isin(tested)]
    chosen = _largest(known if len(known) else sizes, 1)
    return chosen[0] if chosen else ""


def effects_drawn(effects: pd.DataFrame, most: int) -> pd.DataFrame:
    """Coefficients of the first covariate columns that have any."""
    known = effects.dropna(subset=["before", "after"])
    return known[known["column"].isin(known["column"].unique()[:most])].reset_index(drop=True)


def repeats_drawn(repeats: pd.DataFrame, most: int) -> pd.DataFrame:
    """Agreement in the regions in which it changed most, in the order of the study."""
    wide = repeats.pivot_table(index=["region", "pairs"], columns="stage", values="icc", sort=False)
    change = (wide["after"] - wide["before"]).abs().groupby("region", sort=False).max()
    chosen = _largest(change, most)
    return repeats[repeats["region"].isin(chosen)].reset_index(drop=True)


def _largest(sizes: pd.Series, most: int) -> list[str]:
    ordered = sizes.sort_values(ascending=False, kind="stable", na_position="last")
    return ordered.index[:most].tolist()
