"""How often the workflow finds a difference between groups that is not there. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/type_one_error.py
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from results_page import markdown_table, replace_section

from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    contrast_estimates,
    question_of,
    site_means_estimates,
)
from multipet.analysis.model.fitted_specification import fitted_specification
from multipet.inference import joint_test
from multipet.mixed_model import fit_regions

SEED = 5
NOMINAL = 0.05
SITE_SIZES = (10, 20, 30)
FEW_LEVELS = {"minimum": 4}  # the config's default
FORMULA = "group + age"
BETWEEN, BALANCED, SKEWED, VARYING = "between sites", "within sites", "within, 80/20", "varying"
SCANNERS = "within, 80/20 by scanner"
TITLES = {
    BETWEEN: "Groups differ between sites: each site has patients only, or controls only",
    BALANCED: "Both groups at every site, half and half; the same effect everywhere",
    SKEWED: "Both groups at every site, 80 % patients at one, 20 % at the next; same effect",
    SCANNERS: "Two scanners at every site, 80 % patients on one, 20 % on the other; same effect",
    VARYING: "Both groups at every site, half and half; the effect differs from site to site",
}


@dataclass(frozen=True)
class Cell:
    """One kind of study; standard deviations are relative to that of the residual.

    Attributes
    ----------
    kind
        A key of ``TITLES``.
    site_sd, effect_sd
        Between sites: of the level, and of the difference between groups.
    """

    kind: str
    n_sites: int
    site_sd: float
    effect_sd: float = 0.0


CELLS = (
    *(Cell(BETWEEN, n, sd) for n, sd in product((3, 4, 6, 8, 12), (0.0, 0.3, 1.0))),
    *(Cell(BALANCED, n, sd) for n, sd in product((3, 4, 6, 12), (0.0, 0.3, 1.0))),
    *(Cell(SKEWED, n, sd) for n, sd in product((3, 4, 6, 8, 12), (0.0, 0.3, 1.0))),
    *(Cell(SCANNERS, n, sd) for n, sd in product((3, 6), (0.3, 1.0))),
    *(Cell(VARYING, n, 0.5, sd) for n, sd in product((3, 4, 6, 8, 12, 20), (0.3, 0.6))),
)


def design_table(cell: Cell, rng: np.random.Generator) -> pd.DataFrame:
    """The people of a study, without outcomes; sites of 10, 20 and 30 people in turn."""
    sizes = np.resize(SITE_SIZES, cell.n_sites)
    site = np.repeat(np.arange(cell.n_sites), sizes)
    scanner = site * 2 + (np.arange(len(site)) % 2 if cell.kind == SCANNERS else 0)
    patient = np.concatenate([_patients(cell.kind, k, size) for k, size in enumerate(sizes)])
    table = pd.DataFrame(
        {
            "participant_id": [f"p{k}" for k in range(len(site))],
            "site": pd.Categorical([f"s{k:02d}" for k in site]),
            "scanner": pd.Categorical(
                [f"s{k:02d}/{c}" for k, c in zip(site, scanner, strict=True)]
            ),
            "group": pd.Categorical(np.where(patient, "patient", "control")),
            "age": rng.uniform(40, 80, len(site)),
            "direction": patient - patient.mean(),
        }
    )
    by = "scanner" if cell.kind == SCANNERS else "site"
    mean = table.groupby(by, observed=True)["direction"].transform("mean")
    return table.assign(group_mean=mean)


def _patients(kind: str, site: int, size: int) -> np.ndarray:
    """Who of a site's people is a patient."""
    order = np.arange(size)
    if kind == BETWEEN:
        return np.full(size, site % 2)
    if kind == SKEWED:
        return (order < size * (0.8 if site % 2 else 0.2)).astype(int)
    if kind == SCANNERS:
        on_second = order % 2
        return ((order // 2) % 5 < np.where(on_second, 4, 1)).astype(int)
    return order % 2


def simulated(cell: Cell, table: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """``table`` with ``n`` outcomes in which the groups do not differ on average."""
    factor = "scanner" if cell.kind == SCANNERS else "site"
    index = table[factor].cat.codes.to_numpy()
    levels = index.max() + 1
    values = rng.normal(0, 1, (len(table), n)) + cell.site_sd * rng.normal(0, 1, (levels, n))[index]
    effects = cell.effect_sd * rng.normal(0, 1, (levels, n))
    values += effects[index] * table["direction"].to_numpy()[:, None]
    return table.join(pd.DataFrame(values, columns=[f"study_{k}" for k in range(n)]))


def formulas(cell: Cell, table: pd.DataFrame, outcomes: list[str]) -> dict[str, str]:
    """What ``auto`` chooses, and the variants worth comparing, by name."""
    spec = {"formula": FORMULA, "site": "auto", "scanner": "auto", "site_means": ""}
    auto = fitted_specification(
        {**spec, "compared": [], "few_levels": FEW_LEVELS}, table, outcomes
    ).formula
    found = {"auto": auto}
    if cell.kind == BETWEEN and cell.n_sites < FEW_LEVELS["minimum"]:
        found["site random"] = f"{FORMULA} + (1 | site)"
    if cell.kind in {SKEWED, SCANNERS} and "(1 |" in auto:
        found["group mean added"] = auto.replace(FORMULA, f"{FORMULA} + group_mean")
    if cell.kind == SKEWED and "(1 |" in auto:
        found["site fixed"] = f"{FORMULA} + site"
    if cell.kind == SCANNERS:
        found["scanner fixed"] = f"{FORMULA} + scanner"
    if cell.kind == VARYING:
        found["slope by site"] = f"{auto} + (0 + direction | site)"
    return found


def question(table: pd.DataFrame) -> Question:
    """Patients minus controls."""
    inference = {"df": "kenward-roger", "confidence": 0.95, "adjust": "none"}
    settings = {"difference": {"group": ["patient", "control"]}, "at": {}}
    spec = {"contrast": "group", "settings": settings, "variables": {}, "scale": "identity"}
    return question_of({**spec, "inference": inference}, table)


@dataclass(frozen=True)
class Rate:
    """How often one variant rejects.

    Attributes
    ----------
    rejected
        Share of the studies with p < 0.05, not testable ones not counted as such.
    untestable
        Share of the studies for which it says that it cannot tell.
    anyway
        ``rejected``, had answers with few degrees of freedom been given nevertheless.
    """

    variant: str
    formula: str
    rejected: float
    untestable: float
    anyway: float
    median_df: float
    n: int

    @property
    def standard_error(self) -> float:
        """Monte-Carlo standard error of ``rejected``."""
        return float(np.sqrt(self.rejected * (1 - self.rejected) / self.n))

    @property
    def verdict(self) -> str:
        """In words, with three standard errors of a test at the nominal level as allowance."""
        if self.untestable == 1:
            return "says it is not testable"
        allowed = NOMINAL + 3 * np.sqrt(NOMINAL * (1 - NOMINAL) / self.n)
        return "holds" if self.rejected <= allowed else "**does not hold**"


def rates(cell: Cell, n: int, seed: int) -> Iterator[Rate]:
    """Rejection rates of every variant of one cell."""
    rng = np.random.default_rng([SEED, seed])
    table = simulated(cell, design_table(cell, rng), n, rng)
    outcomes = [f"study_{k}" for k in range(n)]
    asked = question(table)
    by_variant = {}
    for variant, formula in formulas(cell, table, outcomes).items():
        found = contrast_estimates(asked, fit_regions(formula, table, outcomes), table)
        by_variant[variant] = found
        yield _rate(variant, formula, found)
        by_means = site_means_estimates(asked, found, table)
        if by_means:
            yield _rate("site means", "t of one mean a site", by_means)
    if cell.kind == VARYING:
        fires = heterogeneity_fires(table, outcomes)
        told = zip(fires, by_variant["auto"], by_variant["slope by site"], strict=True)
        read = [slope if fired else main for fired, main, slope in told]
        share = f"heterogeneity found in {100 * np.mean(fires):.0f} %"
        yield _rate("main, slope where the check fires", share, read)


def heterogeneity_fires(table: pd.DataFrame, outcomes: list[str]) -> list[bool]:
    """Whether each study's check finds that the effect differs between sites (p < 0.05)."""
    fits = fit_regions("group * site + age", table, outcomes)
    crossed = [name for name in fits[0].coefficients if "group" in name and "site" in name]
    rows = [{name: 1.0} for name in crossed]
    return [joint_test(fit, rows).p_value < NOMINAL for fit in fits]


def _rate(variant: str, formula: str, found: list[RegionEstimate]) -> Rate:
    known = [a for a in found if a.estimate is not None]
    tested = [a.estimate for a in known if a.status == "ok"]
    n = len(found)
    rejected = sum(estimate.p_value < NOMINAL for estimate in tested) / n
    anyway = sum(a.estimate.p_value < NOMINAL for a in known) / n
    df = float(np.median([a.estimate.df for a in known])) if known else np.nan
    return Rate(variant, formula, rejected, 1 - len(tested) / n, anyway, df, n)


def section(kind: str, n: int) -> str:
    """Table of all cells of one kind."""
    rows = []
    for seed, cell in enumerate(CELLS):
        if cell.kind != kind:
            continue
        for rate in rates(cell, n, seed):
            rows.append(_row(cell, rate))
            print(kind, *rows[-1], file=sys.stderr, flush=True)
    header = ["sites", "site SD", "effect SD", "variant", "model"]
    header += [
        "rejected %",
        "± SE",
        "not testable %",
        "rejected % if answered anyway",
        "median df",
        "",
    ]
    return f"**{TITLES[kind]}**\n\n{markdown_table(header, rows)}"


def _row(cell: Cell, rate: Rate) -> list[str]:
    numbers = [str(cell.n_sites), f"{cell.site_sd:g}", f"{cell.effect_sd:g}"]
    shares = [rate.rejected, rate.standard_error, rate.untestable, rate.anyway]
    percent = [f"{100 * share:.1f}" for share in shares]
    df = "" if np.isnan(rate.median_df) else f"{rate.median_df:.1f}"
    return [*numbers, rate.variant, f"`{rate.formula}`", *percent, df, rate.verdict]


def main() -> None:
    """Simulate, print, and with --write put the tables into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(TITLES), nargs="+", default=list(TITLES))
    parser.add_argument("--studies", type=int, default=2000, help="a cell")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    asked = parser.parse_args()
    started = time.process_time()
    for kind in asked.only:
        text = section(kind, asked.studies)
        print(f"{text}\n", flush=True)
        if asked.write:
            replace_section(f"type I error: {kind}", text)
    print(f"{time.process_time() - started:.0f} CPU s", file=sys.stderr)


if __name__ == "__main__":
    main()
