"""Small hard data sets, always the same: python stress_sets.py DIRECTORY writes them for R."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20
REPEATS = 30
N_SITES = 5

# name: formula, and the numeric variables whose slopes vary. The criterion is the same after
# centring and scaling ("centre"), or after scaling only ("scale": the intercept does not vary).
KINDS = {
    "slope": ("bp ~ age + group + (1 + age | site)", {"age": "centre"}),
    "uncorrelated": ("bp ~ age + group + (1 | site) + (0 + age | site)", {"age": "scale"}),
    "slope_and_subject": ("bp ~ age + (1 + age | site) + (1 | subject)", {"age": "centre"}),
    "birth_year": ("bp ~ year + group + (1 + year | site)", {"year": "centre"}),
    "group": ("bp ~ age + group + (1 + group | site)", {"age": "centre"}),
    "two_slopes": ("bp ~ age + dose + (1 + age + dose | site)", {"age": "centre"}),
    "crossed": ("bp ~ age + group + (1 | site) + (1 | rater)", {"age": "centre"}),
    "nested": ("bp ~ age + (1 | site) + (1 | site:scanner) + (1 | subject)", {"age": "centre"}),
    "slope_by_scanner": ("bp ~ age + (1 | site) + (0 + age | scanner)", {"age": "scale"}),
    "tiny": ("bp ~ age + (1 | site) + (1 | subject)", {"age": "centre"}),
    "unbalanced": ("bp ~ age * group + (1 + age | site)", {"age": "scale"}),
    "collinear": ("bp ~ age + age_again + (1 + age_again | site)", {}),
}


@dataclass(frozen=True)
class StressSet:
    """One data set: what is fitted to it, and the table."""

    kind: str
    formula: str
    reml: bool
    table: pd.DataFrame


def stress_sets() -> Iterator[StressSet]:
    """``REPEATS`` sets of each kind; every third without differences between levels."""
    rng = np.random.default_rng(SEED)
    for repeat in range(REPEATS):
        for kind, (formula, _) in KINDS.items():
            table = _table(rng, kind, varies=repeat % 3 > 0)
            yield StressSet(kind, formula, repeat % 2 == 0, table)


def _table(rng: np.random.Generator, kind: str, varies: bool) -> pd.DataFrame:
    subject, site = _people(rng, kind)
    n = len(subject)
    age = rng.uniform(45, 80, subject.max() + 1)[subject].round(1)
    scanner = 2 * site + rng.integers(0, 2, n)
    rater = rng.integers(0, 4, n)
    group = rng.integers(0, 2, subject.max() + 1)[subject]
    dose = rng.uniform(180, 400, n).round(1)
    bp = 3 - 0.012 * age + 0.1 * group + rng.normal(0, 0.3, n)
    bp += rng.normal(0, 0.2, subject.max() + 1)[subject]
    if varies:
        bp += rng.normal(0, 0.4, N_SITES)[site] + rng.normal(0, 0.3, 4)[rater]
        bp += rng.normal(0, 0.025, N_SITES)[site] * (age - 60) + rng.normal(0, 0.3, 10)[scanner]
        bp += rng.normal(0, 0.4, N_SITES)[site] * group
        bp += rng.normal(0, 0.003, N_SITES)[site] * (dose - 290)
    return pd.DataFrame(
        {
            "bp": bp.round(6),
            "age": age,
            "age_again": (age + rng.normal(0, 0.02, n)).round(3),
            "year": (2020 - age).round(1),
            "dose": dose,
            "group": np.array(["control", "patient"])[group],
            "site": [f"s{k}" for k in site],
            "scanner": [f"c{k}" for k in scanner],
            "rater": [f"r{k}" for k in rater],
            "subject": [f"p{k:03d}" for k in subject],
        }
    )


def _people(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Subject and site of every scan."""
    sizes = {"tiny": [1, 1, 2, 3, 4], "unbalanced": [3, 3, 5, 9, 40]}.get(kind)
    sizes = rng.integers(5, 13, N_SITES) if sizes is None else np.array(sizes)
    site_of = np.repeat(np.arange(N_SITES), sizes)
    scans = rng.integers(1, 4, len(site_of))
    scans[0] = 2  # some subject comes twice
    subject = np.repeat(np.arange(len(site_of)), scans)
    return subject, site_of[subject]


def write_sets(place: Path) -> None:
    """One CSV a set, and ``sets.json`` with the formulas."""
    described = []
    for number, one in enumerate(stress_sets()):
        one.table.to_csv(place / f"{number}.csv", index=False)
        described.append(
            {
                "kind": one.kind,
                "formula": one.formula,
                "reml": one.reml,
                "rescale": KINDS[one.kind][1],
                "bp_total": round(float(one.table["bp"].sum()), 6),
            }
        )
    (place / "sets.json").write_text(json.dumps(described), encoding="utf-8")


if __name__ == "__main__":
    write_sets(Path(sys.argv[1]))
