"""What harmonisation does to a 5 % test of a group difference that is not there. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/harmonised_error.py
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
from scipy import stats

from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    contrast_estimates,
    question_of,
)
from multipet.analysis.contrast.findings import type_one_error
from multipet.calibration import CalibrationSettings, calibrate
from multipet.calibration.blocks import exchangeable_blocks
from multipet.calibration.harmonisation_chain import harmonisation_chain
from multipet.calibration.model_part import separate_parts
from multipet.calibration.model_values import separate_values
from multipet.calibration.reduced_model import null_space
from multipet.mixed_model import fit_regions

SEED = 11
NOMINAL = 0.05
REGIONS = 4
REGION_NAMES = tuple(f"region_{k}" for k in range(REGIONS))
BALANCED, SKEWED, HALF, EXTREME = "balanced", "80/20", "half controls only", "95/5"
TITLES = {
    BALANCED: "half of the people of each site are patients",
    SKEWED: "80 % patients at one site, 20 % at the next",
    HALF: "half of the sites have controls only, the others both, half and half",
    EXTREME: "95 % patients at one site, 5 % at the next",
}
PATIENTS = {BALANCED: (0.5, 0.5), SKEWED: (0.2, 0.8), HALF: (0.0, 0.5), EXTREME: (0.05, 0.95)}
SITE_SIZES = {EXTREME: (20, 40, 60)}  # one in twenty has to be somebody
SITES = (4, 8)
CELLS = tuple(product(PATIENTS, SITES))
MODEL = "group + age"
RANDOM, FIXED = f"{MODEL} + (1 | site)", f"{MODEL} + site"
MEANS = f"{MODEL} + group_mean + (1 | site)"
COMBAT = {"id": "combat", "method": "combat", "batch": "site", "preserve": MODEL}
#: p < 0.05 then has a chance of 5 / 101 = 4.95 %. Draws decide about power and not about the level.
DRAWS = 100
POWER_AT = 0.5  # of the SD of a scan within a site
RAW_FIXED = "raw, site fixed"
CALIBRATED = "ComBat, then (1 | site): calibrated"
BOOTSTRAPPED = "the same, bootstrap instead of permutations"


@dataclass(frozen=True)
class Rate:
    """How often a chain rejects.

    Attributes
    ----------
    rejected
        Share of p < 0.05, over studies and regions.
    error
        Its Monte-Carlo standard error, regions of a study being related.
    n
        Studies.
    """

    chain: str
    rejected: float
    error: float
    n: int

    @classmethod
    def of(cls, chain: str, p_values: np.ndarray) -> "Rate":
        """From p-values, (study, region)."""
        by_study = (p_values < NOMINAL).mean(axis=1)
        error = by_study.std(ddof=1) / np.sqrt(len(by_study))
        return cls(chain, float(by_study.mean()), float(error), len(by_study))

    @property
    def verdict(self) -> str:
        """In words, with three standard errors as allowance."""
        return "holds" if self.rejected <= NOMINAL + 3 * self.error else "**does not hold**"


def design_table(kind: str, n_sites: int, rng: np.random.Generator) -> pd.DataFrame:
    """The people of a study, one scan each; sites of three sizes in turn."""
    sizes = np.resize(SITE_SIZES.get(kind, (10, 20, 30)), n_sites)
    site = np.repeat(np.arange(n_sites), sizes)
    shares = np.resize(PATIENTS[kind], n_sites)
    patient = np.concatenate(
        [np.arange(n) < round(n * share) for n, share in zip(sizes, shares, strict=True)]
    )
    table = pd.DataFrame(
        {
            "participant_id": [f"p{k:03d}" for k in range(len(site))],
            "site": pd.Categorical([f"s{k}" for k in site]),
            "scanner": pd.Categorical([f"s{k}/one" for k in site]),
            "group": pd.Categorical(np.where(patient, "patient", "control")),
            "age": rng.uniform(40, 80, len(site)),
        }
    )
    numbers = patient.astype(float)
    return table.assign(group_mean=pd.Series(numbers).groupby(site).transform("mean"))


def simulated(
    table: pd.DataFrame, studies: int, effect: float, rng: np.random.Generator
) -> np.ndarray:
    """Values, (study, scan, region): sites differ in level and spread, regions go together."""
    site = table["site"].cat.codes.to_numpy()
    n_sites = site.max() + 1
    shape = (studies, len(site), REGIONS)
    noise = (rng.normal(size=shape) + rng.normal(size=(studies, len(site), 1))) / np.sqrt(2)
    spread = np.exp(rng.normal(0, 0.25, (studies, n_sites, REGIONS)))
    level = rng.normal(size=(studies, n_sites, REGIONS)) + rng.normal(size=(studies, n_sites, 1))
    people = -0.02 * table["age"].to_numpy() + effect * (table["group"] == "patient").to_numpy()
    return people[:, None] + level[:, site] / np.sqrt(2) + spread[:, site] * noise


def question(table: pd.DataFrame) -> Question:
    """Patients minus controls."""
    inference = {
        "df": "kenward-roger",
        "confidence": 1 - NOMINAL,
        "alpha": NOMINAL,
        "adjust": "none",
    }
    settings = {"difference": {"group": ["patient", "control"]}, "at": {}}
    spec = {"contrast": "group", "settings": settings, "variables": {}, "scale": "identity"}
    return question_of({**spec, "inference": inference}, table)


def naive_chains(table: pd.DataFrame, studies: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Chains whose p-values are those of a model: each with p-values, (study, region)."""
    first = table.assign(**dict(zip(REGION_NAMES, studies[0].T, strict=True)))
    harmonised = harmonisation_chain(first, REGION_NAMES, COMBAT).repeat(studies)
    yield RAW_FIXED, model_p(table, studies, FIXED)
    yield "raw, (1 | site) + site mean of the group", model_p(table, studies, MEANS)
    yield "raw, (1 | site)", model_p(table, studies, RANDOM)
    yield "ComBat, then (1 | site): t, residual df", model_p(table, harmonised, RANDOM, plain=True)
    yield "ComBat, then (1 | site): Kenward-Roger", model_p(table, harmonised, RANDOM)
    yield "ComBat, then site fixed", model_p(table, harmonised, FIXED)


def model_p(
    table: pd.DataFrame, studies: np.ndarray, formula: str, plain: bool = False
) -> np.ndarray:
    """p-values, (study, region), by Kenward-Roger or as plain t with residual df."""
    names = [f"y{k}" for k in range(len(studies) * REGIONS)]
    values = studies.transpose(1, 0, 2).reshape(len(table), -1)
    found = contrast_estimates(
        question(table),
        fit_regions(formula, table.join(pd.DataFrame(values, columns=names)), names),
        table,
    )
    p_values = [plain_p(one) if plain else one.estimate.p_value for one in found]
    return np.reshape(p_values, (len(studies), REGIONS))


def plain_p(answer: RegionEstimate) -> float:
    """Two-sided p of the Wald t with the residual degrees of freedom."""
    fit = answer.fit
    row = np.array([answer.weights.get(name, 0.0) for name in fit.coefficients])
    t = row @ fit.beta / np.sqrt(row @ fit.vcov @ row)
    return float(2 * stats.t.sf(abs(t), fit.n_observations - len(fit.beta)))


def calibrated_p(table: pd.DataFrame, studies: np.ndarray, method: str) -> np.ndarray:
    """p-values, (study, region), as the workflow prints them."""
    found = []
    for seed, values in enumerate(studies):
        scans = table.assign(**dict(zip(REGION_NAMES, values.T, strict=True)))
        settings = CalibrationSettings(draws=DRAWS, seed=seed, method=method)
        raw = separate_values(scans, REGION_NAMES)
        result = calibrate(question(table), RANDOM, raw, COMBAT, settings)
        found.append(result.table["p_value"].to_numpy())
    return np.array(found)


def between_sites(table: pd.DataFrame) -> float:
    """R² of the group on site, given the other covariates: what the naive error rests on."""
    scans = table.assign(y=np.random.default_rng(0).normal(size=len(table)))
    found = contrast_estimates(question(table), fit_regions(MODEL, scans, ["y"]), scans)
    part = separate_parts(found, ["y"])[0]
    return float(null_space(part, exchangeable_blocks(scans, ["site"])).between[0])


def section(kind: str, naive: int, calibrated: int, bootstrap: int) -> str:
    """Table of all chains of one design, each from that many studies."""
    rows = []
    for n_sites in SITES:
        rng = np.random.default_rng([SEED, CELLS.index((kind, n_sites))])
        table = design_table(kind, n_sites, rng)
        studies = simulated(table, max(naive, calibrated, bootstrap), 0.0, rng)
        found = simulated(table, calibrated, POWER_AT, rng)
        power = powers(table, found)
        for rate in rates(table, studies, naive, calibrated, bootstrap):
            rows.append([str(n_sites), *_cells(rate, power.get(rate.chain))])
            print(kind, *rows[-1], file=sys.stderr, flush=True)
        predicted = 100 * type_one_error(between_sites(table))
        rows.append([str(n_sites), "2Φ(−1.96 √(1 − R²))", f"{predicted:.1f}", "", "", "", ""])
    header = ["sites", "chain", "rejected %", "± SE", "studies", "power %", ""]
    return f"**Groups {kind}: {TITLES[kind]}**\n\n{markdown_table(header, rows)}"


def rates(
    table: pd.DataFrame, studies: np.ndarray, naive: int, calibrated: int, bootstrap: int
) -> Iterator[Rate]:
    """How often each chain rejects what is true."""
    for chain, p_values in naive_chains(table, studies[:naive]):
        yield Rate.of(chain, p_values)
    yield Rate.of(CALIBRATED, calibrated_p(table, studies[:calibrated], "auto"))
    if bootstrap:
        yield Rate.of(BOOTSTRAPPED, calibrated_p(table, studies[:bootstrap], "bootstrap"))


def powers(table: pd.DataFrame, studies: np.ndarray) -> dict[str, float]:
    """How often the chains that hold their level find a true difference."""
    found = {
        RAW_FIXED: model_p(table, studies, FIXED),
        CALIBRATED: calibrated_p(table, studies, "auto"),
    }
    return {chain: Rate.of(chain, p_values).rejected for chain, p_values in found.items()}


def _cells(rate: Rate, power: float | None) -> list[str]:
    numbers = [f"{100 * rate.rejected:.1f}", f"{100 * rate.error:.1f}", str(rate.n)]
    found = "" if power is None else f"{100 * power:.0f}"
    return [rate.chain, *numbers, found, rate.verdict]


def main() -> None:
    """Simulate, print, and with --write put the tables into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(TITLES), nargs="+", default=list(TITLES))
    parser.add_argument("--studies", type=int, default=1000, help="a naive cell")
    parser.add_argument("--calibrated", type=int, default=300, help="studies a calibrated cell")
    parser.add_argument("--bootstrap", type=int, default=300, help="studies a bootstrapped cell")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    asked = parser.parse_args()
    started = time.process_time()
    for kind in asked.only:
        text = section(kind, asked.studies, asked.calibrated, asked.bootstrap)
        print(f"{text}\n", flush=True)
        if asked.write:
            replace_section(f"harmonised error: {kind}", text)
    print(f"{time.process_time() - started:.0f} CPU s", file=sys.stderr)


if __name__ == "__main__":
    main()
