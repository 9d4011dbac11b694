"""Small unbalanced studies at random: their pooled table, a model and a contrast of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from study_run import contrast_spec, fit_spec

PAIRS = {"group": ["patient", "control"], "session": ["month12", "baseline"], "sex": ["M", "F"]}
LEVELS = {"group": ["control", "patient", "carrier"], "sex": ["F", "M"]}
SEPARATE = (
    "age + group",
    "age * group",
    "age + group + (1 | participant_id)",
    "session * group + (1 | participant_id)",
    "session + age + (1 | participant_id)",
    "sex + year + I(year^2)",
    "age + I(age^2) + I(age^3) + sex",
    "ns(age, 3) + group",
    "group * sex",
    "group + year + (1 + year | site)",
)
JOINT = (
    "age + group + region + (1 | participant_id)",
    "region * group + age + (1 | participant_id)",
    "age + (1 + age | region)",
)
COMBAT = {"id": "combat", "method": "combat", "batch": "site", "preserve": "age + group"}
NAMES = ("age", "group", "session", "sex", "year")


@dataclass(frozen=True, eq=False)
class RandomStudy:
    """What the steps of one contrast start from; the raw values come last."""

    tables: tuple[pd.DataFrame, ...]
    model: Mapping[str, Any]
    contrast: Mapping[str, Any]

    def with_sites_reversed(self) -> "RandomStudy":
        """The same study, its sites listed the other way round."""
        turned = [_listed(table, list(table["site"].cat.categories)[::-1]) for table in self.tables]
        return replace(self, tables=tuple(turned))


def random_studies(seed: int, n: int) -> Iterator[RandomStudy]:
    """``n`` studies; the first ones of a seed do not depend on ``n``."""
    for k in range(n):
        yield _study(np.random.default_rng([seed, k]))


def _study(rng: np.random.Generator) -> RandomStudy:
    joint = rng.random() < 0.2
    formula = str(rng.choice(JOINT if joint else SEPARATE))
    table = _values(rng, _scans(rng))
    harmonised = not joint and rng.random() < 0.2
    means = table.groupby(["site", "region"], observed=True)["value"].transform("mean")
    tables = (table.assign(value=table["value"] - means + 3), table) if harmonised else (table,)
    harmonisation = COMBAT if harmonised else None
    regions = "joint" if joint else "separate"
    model = fit_spec(
        formula=formula,
        regions=regions,
        harmonisation=harmonisation,
        site=str(rng.choice(["auto", "auto", "random", "fixed", "none"])),
        scanner=str(rng.choice(["auto", "none"])),
        residual="by_scanner" if rng.random() < 0.1 else "common",
        site_means=formula if not joint and rng.random() < 0.1 else "",
    )
    contrast = contrast_spec(
        _asked(rng, formula, table),
        regions=regions,
        harmonisation=harmonisation,
        site_means=model["site_means"],
        residual=model["residual"],
        sensitivity={"crude": next(n for n in NAMES if n in formula)},
        few_levels=model["few_levels"],
        variables={
            "age": {"kind": "number", "unit": "years"},
            "year": {"kind": "number", "unit": "years"},
            **{name: {"kind": "level", "levels": levels} for name, levels in LEVELS.items()},
        },
    )
    return RandomStudy(tables, model, contrast)


def _scans(rng: np.random.Generator) -> pd.DataFrame:
    people, sites = int(rng.integers(6, 40)), int(rng.integers(1, 6))
    site = rng.integers(0, sites, people)
    group = rng.integers(0, int(rng.integers(2, 4)), people)
    if rng.random() < 0.4:  # a group that is nowhere else, or whole sites of one group
        group = np.where(site < rng.integers(1, 4), site % 2, group)
    age = rng.integers(55, 80, people).astype(float)
    if rng.random() < 0.2:
        age = np.where(site == 0, 60.0, age)
    table = pd.DataFrame(
        {
            "participant_id": [f"p{k:02d}" for k in range(people)],
            "site": [f"site{k}" for k in site],
            "group": np.array(LEVELS["group"])[group],
            "sex": rng.choice(LEVELS["sex"], people),
            "age": age,
            "year": rng.integers(2012, 2025, people).astype(float),
        }
    )
    visits = ["baseline", "month12"][: int(rng.integers(1, 3))]
    table = table.merge(pd.DataFrame({"session": visits}), how="cross")
    table["age"] += np.where(table["session"] == "month12", 1.0, 0.0)
    seen = rng.random(len(table)) < rng.uniform(0.5, 1)
    seen &= ~((table["site"] == "site1") & (table["session"] == "month12"))
    return table[seen | (np.arange(len(table)) < 4)].reset_index(drop=True)


def _values(rng: np.random.Generator, scans: pd.DataFrame) -> pd.DataFrame:
    """One row a scan x region, the last region from some sites only."""
    old = {
        "one": np.ones(len(scans), dtype=bool),
        "visit": (scans["session"] == "baseline").to_numpy(),
        "group": (scans["group"] == "control").to_numpy(),
        "any": rng.random(len(scans)) < 0.5,
    }[str(rng.choice(["one", "one", "visit", "group", "any"]))]
    scans = scans.assign(scanner=scans["site"] + np.where(old, "/HRRT", "/Vision"))
    regions = pd.DataFrame({"region": ["caudate", "putamen"]})
    table = scans.merge(regions, how="cross")
    levels = {name: rng.normal(0, 0.3, 60) for name in ("participant_id", "site", "scanner")}
    value = 3 + rng.normal(0, 0.3, len(table)) - 0.01 * table["age"].to_numpy()
    for name, effects in levels.items():
        value += effects[pd.factorize(table[name])[0]]
    lost = rng.random(len(table)) < 0.05
    few = sorted(set(table["site"]))[: int(rng.integers(1, 3))]
    lost |= (
        (table["region"] == "putamen").to_numpy()
        & ~table["site"].isin(few).to_numpy()
        & (rng.random() < 0.2)
    )
    table = table.assign(value=np.where(lost, np.nan, value))
    return _listed(table, sorted(set(table["site"])))


def _listed(table: pd.DataFrame, sites: list[str]) -> pd.DataFrame:
    """The table with its levels in order, scanners in that of their sites."""
    scanners = sorted(set(table["scanner"].astype(str)), key=lambda s: sites.index(s.split("/")[0]))
    order = {"site": sites, "scanner": scanners, "region": ["caudate", "putamen"], **LEVELS}
    order["session"] = sorted(set(table["session"].astype(str)))
    columns = {
        name: pd.Categorical(table[name].astype(str), levels) for name, levels in order.items()
    }
    return table.assign(**columns)


def _asked(rng: np.random.Generator, formula: str, table: pd.DataFrame) -> dict[str, Any]:
    """A contrast of something that the formula has."""
    name = str(rng.choice([name for name in NAMES if name in formula]))
    others = [n for n in ("group", "sex") if n in formula and n != name]
    at = {n: str(rng.choice(table[n].astype(str))) for n in others if rng.random() < 0.3}
    if name in ("age", "year"):
        if at == {} and others and rng.random() < 0.3:
            levels = sorted(set(table[others[0]].astype(str)))[:2]
            parts = zip((1, -1), levels, strict=False)
            slopes = [{"weight": w, "slope": {name: 10}, "at": {others[0]: v}} for w, v in parts]
            return {"combination": slopes}
        return {"slope": {name: 10}, "at": at}
    if name == "group" and rng.random() < 0.3:
        return {"pairwise": "group", "at": at}
    if "age" in formula and rng.random() < 0.2:
        at["age"] = 60
    return {"difference": {name: PAIRS[name]}, "at": at}
