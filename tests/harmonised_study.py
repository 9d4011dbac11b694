"""A small study before and after an invented harmonisation, for the tests of its checks."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipet.core.columns import SCAN_REGION, Column
from multipet.harmonisation.before_after.checks import Checks, check_harmonisation
from multipet.harmonisation.before_after.scans import BeforeAfter, before_after
from multipet.harmonisation.harmonised_table import harmonise_pooled

REFERENCE = Path(__file__).parent / "reference" / "harmonisation_checks"
SETTINGS = {
    "method": "combat",
    "batch": "site",
    "preserve": "age + group",
    "reference": "",
    "tested": ["group"],
}
COLUMNS = (
    *SCAN_REGION,
    Column("age", "covariate age", "years"),
    Column("group", "covariate group", kind="level"),
)


def reference_scans() -> pd.DataFrame:
    """The scans that the reference numbers were made from."""
    return pd.read_csv(REFERENCE / "scans.csv", dtype={"session": str})


def pooled(scans: pd.DataFrame, regions: list[str]) -> pd.DataFrame:
    """One row = scan x region of a table of scans."""
    long = scans.loc[scans.index.repeat(len(regions))].reset_index(drop=True)
    long["region"] = pd.Categorical(regions * len(scans), categories=regions)
    long["value"] = scans[regions].to_numpy().ravel()
    long["site"] = pd.Categorical(long["site"])
    long["scanner"] = pd.Categorical(long["site"].astype(str) + "/camera")
    long["group"] = pd.Categorical(long["group"])
    return long[[column.name for column in COLUMNS]]


def reference_pooled() -> pd.DataFrame:
    """The reference scans, pooled."""
    scans = reference_scans()
    return pooled(scans, ["r0", "r1", "r2"])


def study(
    after: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
    batch: Any = "site",
    preserve: str = "age + group",
    scale: str = "identity",
) -> BeforeAfter:
    """Before and after; the same table in both unless given."""
    before = reference_pooled() if before is None else before
    return before_after(before, before if after is None else after, batch, preserve, scale)


def without_site(table: pd.DataFrame) -> pd.DataFrame:
    """Values less the mean of their site and region: a harmonisation that loses covariates."""
    means = table.groupby(["site", "region"], observed=True)["value"].transform("mean")
    return table.assign(value=table["value"] - means + 2)


def checks(raw: pd.DataFrame | None = None, scale: str = "identity", **settings: Any) -> Checks:
    """Harmonise for real and check it."""
    raw = reference_pooled() if raw is None else raw
    settings = {**SETTINGS, **settings}
    table, harmonised = harmonise_pooled(raw, "h", settings, scale)
    spec = {"settings": settings, "scale": scale, "alpha": 0.05}
    return check_harmonisation(
        raw, table, harmonised.site_effects, harmonised.parameters, spec, COLUMNS
    )


def many_regions(n_regions: int, n_batches: int, seed: int = 1, scans: int = 240) -> pd.DataFrame:
    """A larger study with one scan a person."""
    rng = np.random.default_rng(seed)
    site = np.arange(scans) % n_batches
    table = pd.DataFrame({
        "participant_id": [f"p{i}" for i in range(scans)],
        "session": "1",
        "site": [f"site{b:02d}" for b in site],
        "age": rng.uniform(20, 80, scans),
        "group": np.where(rng.random(scans) < 0.5, "patient", "control"),
    })  # fmt: skip
    shift = rng.normal(0, 0.2, (n_batches, n_regions))
    values = 3 + shift[site] - 0.005 * table["age"].to_numpy()[:, None]
    values = values + rng.normal(0, 0.2, (scans, n_regions)) + rng.normal(0, 0.1, (scans, 1))
    regions = [f"region_{k}" for k in range(n_regions)]
    return pooled(pd.concat([table, pd.DataFrame(values, columns=regions)], axis=1), regions)
