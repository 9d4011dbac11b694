"""How often a printed answer is wrong where spread, sites, people or regions differ. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/hard_grid.py
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from results_page import markdown_table, replace_section

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.contrast.estimates import Question, RegionEstimate, question_of
from multipet.analysis.contrast.printed_answer import Printed, printed_answers
from multipet.analysis.contrast.refits import varying_slope_estimates
from multipet.analysis.model.fits import fit_each
from multipet.analysis.model.fitted_specification import fitted_specification

SEED = 13
NOMINAL = 0.05
DESIGNS = 4  # random designs a cell
VARIABLES = {
    "age": {"kind": "number"},
    "time": {"kind": "number"},
    "group": {"kind": "level", "levels": ["control", "patient"]},
}
GROUP = {"difference": {"group": ["patient", "control"]}, "at": {}}
AGE = {"slope": {"age": 10}, "at": {}}
CHANGE = {
    "combination": [
        {"weight": w, "slope": {"time": 1}, "at": {"group": g}}
        for w, g in ((1, "patient"), (-1, "control"))
    ],
    "at": {},
}
DRIFT = {"slope": {"time": 1}, "at": {}}
REGIONS = {"difference": {"region": ["caudate", "putamen"]}, "at": {}}
Draw = Callable[[pd.DataFrame, np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Cell:
    """One kind of study.

    Attributes
    ----------
    title
        As the table has it.
    formula, asked
        The model, without site and scanner, and the contrast.
    scans
        From a random generator to the scans of a study.
    noise
        From scans, a generator and n to outcomes without the effect, (rows, n).
    effect
        What is added for power: a true effect in units of the contrast; 0 for none.
    model
        Settings of the model beside its formula.
    varying
        Whether the row of an effect that varies by site is what holds, and the page says so.
    """

    title: str
    formula: str
    asked: Mapping[str, Any]
    scans: Callable[[np.random.Generator], pd.DataFrame]
    noise: Draw
    effect: float = 0.0
    model: Mapping[str, Any] | None = None
    varying: bool = False


def people(
    rng: np.random.Generator, sites: int = 4, each: int = 30, share: float = 0.2, scanners: int = 1
) -> pd.DataFrame:
    """One scan a person; the same share of patients at each site."""
    n = sites * each
    site = np.repeat(np.arange(sites), each)
    place = np.tile(np.arange(each), sites)
    return pd.DataFrame(
        {
            "participant_id": [f"p{k:03d}" for k in range(n)],
            "session": "1",
            "site": pd.Categorical([f"s{k}" for k in site]),
            "scanner": pd.Categorical(
                [f"s{k}/{c}" for k, c in zip(site, place % scanners, strict=True)]
            ),
            "group": pd.Categorical(
                np.where(place < share * each, "patient", "control"), ["control", "patient"]
            ),
            "age": rng.uniform(40, 80, n).round(1),
        }
    )


def skewed(rng: np.random.Generator, scanners: int = 1) -> pd.DataFrame:
    """80 % patients at one site, 20 % at the next."""
    table = people(rng, scanners=scanners)
    place = table.groupby("site", observed=True).cumcount().to_numpy()
    share = np.where(table["site"].cat.codes % 2, 0.8, 0.2)
    group = np.where(place < share * 30, "patient", "control")
    return table.assign(group=pd.Categorical(group, ["control", "patient"]))


def visits(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """``n`` visits a person, half of them patients; one in ten visits is missed."""
    table = people(rng, each=15, share=0.5)
    times = pd.DataFrame({"session": [str(k) for k in range(n)], "time": np.arange(n, dtype=float)})
    table = table.drop(columns="session").merge(times, how="cross")
    return table[rng.random(len(table)) > 0.1].reset_index(drop=True)


def older_sites(rng: np.random.Generator, sites: int, spread: float, sd: float) -> pd.DataFrame:
    """Sites whose people differ in mean age."""
    table = people(rng, sites=sites)
    centres = np.linspace(50 - spread, 50 + spread, sites)[table["site"].cat.codes]
    return table.assign(age=rng.normal(centres, sd))


def with_regions(rng: np.random.Generator, n: int = 4, each: int = 15) -> pd.DataFrame:
    """A row a scan x region."""
    names = ["caudate", "putamen", "thalamus", "frontal", "temporal", "raphe"][:n]
    table = people(rng, each=each).merge(pd.DataFrame({"region": names}), how="cross")
    return table.assign(region=pd.Categorical(table["region"], names))


def plain(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
    """Equal spread; sites differ by half of it."""
    return rng.normal(0, 1, (len(table), n)) + _sites(table, rng, n)


def _sites(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
    site = table["site"].cat.codes.to_numpy()
    return 0.5 * rng.normal(0, 1, (site.max() + 1, n))[site]


def heavy(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
    """Residuals of a t distribution with 4 df, their SD 1."""
    return rng.standard_t(4, (len(table), n)) / np.sqrt(2) + _sites(table, rng, n)


def noisy_patients(ratio: float) -> Draw:
    """Patients vary ``ratio`` times as much."""

    def draw(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
        sd = np.where(table["group"] == "patient", ratio, 1.0)[:, None]
        return sd * rng.normal(0, 1, (len(table), n)) + _sites(table, rng, n)

    return draw


def noisy_ends(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
    """Twice the spread below 50 and above 70 years."""
    sd = np.where((table["age"] - 60).abs() > 10, 2.0, 1.0)[:, None]
    return sd * rng.normal(0, 1, (len(table), n)) + _sites(table, rng, n)


def person_slopes(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
    """People differ in level and in their change over time."""
    who = pd.factorize(table["participant_id"])[0]
    level, slope = rng.normal(0, 1, (2, who.max() + 1, n))
    time = table["time"].to_numpy()[:, None]
    return plain(table, rng, n) + level[who] + 0.5 * slope[who] * time


def drifting_sites(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
    """People differ in level, and sites in their change over time."""
    who = pd.factorize(table["participant_id"])[0]
    site = table["site"].cat.codes.to_numpy()
    drift = 0.3 * rng.normal(0, 1, (site.max() + 1, n))[site]
    level = rng.normal(0, 1, (who.max() + 1, n))[who]
    return plain(table, rng, n) + level + drift * table["time"].to_numpy()[:, None]


def by_mean_age(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
    """The level of a site follows the mean age of its people, and nothing else."""
    mean = table.groupby("site", observed=True)["age"].transform("mean").to_numpy()
    return rng.normal(0, 1, (len(table), n)) + 0.05 * (mean - 50)[:, None]


def regions_differ(sds: Mapping[str, float], shared: float = 0.0) -> Draw:
    """Regions of different spread; a share of caudate and putamen that is common to them."""

    def draw(table: pd.DataFrame, rng: np.random.Generator, n: int) -> np.ndarray:
        who = pd.factorize(table["participant_id"])[0]
        striatum = table["region"].isin(["caudate", "putamen"]).to_numpy()[:, None]
        common = rng.normal(0, 1, (who.max() + 1, n))[who]
        alone = rng.normal(0, 1, (len(table), n))
        both = np.sqrt(1 - shared) * alone + np.sqrt(shared) * common
        sd = table["region"].astype(str).map(sds).fillna(0.5).to_numpy()[:, None]
        person = 0.5 * rng.normal(0, 1, (who.max() + 1, n))[who]
        return sd * np.where(striatum, both, alone) + person + _sites(table, rng, n)

    return draw


def half(rng: np.random.Generator) -> pd.DataFrame:
    """Half of the people of each site are patients."""
    return people(rng, share=0.5)


def two_scanners(rng: np.random.Generator) -> pd.DataFrame:
    """The same, with two scanners a site."""
    return people(rng, share=0.5, scanners=2)


def _clean(effect: float) -> Iterator[Cell]:
    more = ", true effect" if effect else ""
    for title, scans, noise in (
        ("half patients", half, plain),
        ("20 % patients", people, plain),
        ("80/20 over sites", skewed, plain),
        ("two scanners a site", two_scanners, plain),
        ("t with 4 df", half, heavy),
    ):
        yield Cell(f"clean, {title}{more}", "group + age", GROUP, scans, noise, effect)


def _spread() -> Iterator[Cell]:
    for ratio, share in ((2, 0.2), (1.4, 0.2), (2, 0.8)):
        title = f"patients' SD x {ratio:g}, {100 * share:.0f} % patients"
        scans = partial(people, share=share)
        yield Cell(title, "group + age", GROUP, scans, noisy_patients(ratio))
    yield Cell("noise x 2 at both ends of age", "age", AGE, people, noisy_ends)
    scans = partial(people, each=16, share=0.5, scanners=2)
    title, how = "by_scanner, 8 scans a scanner, equal spread", {"residual": "by_scanner"}
    yield Cell(title, "group + age", GROUP, scans, plain, model=how)


def _people_and_sites() -> Iterator[Cell]:
    formula = "group * time + (1 | participant_id)"
    for n in (3, 5):
        title = f"slopes of people vary, {n} visits"
        yield Cell(title, formula, CHANGE, partial(visits, n=n), person_slopes)
    for sites in (5, 8):
        scans = partial(older_sites, sites=sites, spread=10, sd=5)
        yield Cell(f"site level follows mean age, {sites} sites", "age", AGE, scans, by_mean_age)
    scans = partial(older_sites, sites=4, spread=10, sd=12)
    yield Cell("site level follows mean age, 40-60 ± 12", "age", AGE, scans, by_mean_age)
    title, formula = "drift differs by site", "time + (1 | participant_id)"
    yield Cell(title, formula, DRIFT, partial(visits, n=3), drifting_sites, varying=True)


def _joint() -> Iterator[Cell]:
    joint, formula = {"regions": "joint"}, "region + (1 | participant_id)"
    for title, noise in (
        ("noisy", regions_differ({"caudate": 2.0, "putamen": 2.0})),
        ("quiet", regions_differ({"thalamus": 2.0, "frontal": 2.0})),
        ("correlated", regions_differ({}, 0.8)),
    ):
        title = f"joint, compared regions {title}"
        yield Cell(title, formula, REGIONS, with_regions, noise, model=joint)
    at = {"slope": {"age": 10}, "at": {"region": "caudate"}}
    title, formula = "joint, age * region, noisy region", "age * region + (1 | participant_id)"
    yield Cell(title, formula, at, with_regions, regions_differ({"caudate": 2.0}), model=joint)
    formula = "age + (1 + age | region)"
    title = "joint, age + (1 + age | region), no person"
    yield Cell(title, formula, AGE, with_regions, regions_differ({}), model=joint)


POWER = 0.6
CELLS = (*_clean(0.0), *_spread(), *_people_and_sites(), *_joint(), *_clean(POWER))


@dataclass(frozen=True)
class Rates:
    """Shares of the studies of a cell, 0 to 1, and how many there were.

    Attributes
    ----------
    printed, as_fitted
        With p < 0.05: of the printed answers, and of the model as it stands.
    untestable
        Of which it is said that there is no test.
    varying
        With p < 0.05 in the row of an effect that varies by site; NaN where it was not asked.
    """

    printed: float
    as_fitted: float
    untestable: float
    varying: float
    n: int

    def holds(self, rejected: float) -> bool:
        """Within three Monte-Carlo standard errors of the nominal level."""
        return rejected <= NOMINAL + 3 * np.sqrt(NOMINAL * (1 - NOMINAL) / self.n)

    def verdict(self, cell: Cell) -> str:
        """In words."""
        if cell.effect:
            return f"{100 * (self.as_fitted - self.printed):.1f} points of power less"
        if self.holds(self.printed):
            return "holds"
        if cell.varying and self.holds(self.varying):
            return f"worded: the row of a varying effect holds ({100 * self.varying:.1f})"
        return "**does not hold**"


def rates(cell: Cell, number: int, n: int) -> Rates:
    """Simulate ``n`` studies of a cell, over several random designs."""
    printed: list[Printed] = []
    varying: list[RegionEstimate] = []
    for design in range(DESIGNS):
        rng = np.random.default_rng([SEED, number, design])
        table = cell.scans(rng)
        values = cell.noise(table, rng, n // DESIGNS)
        if cell.effect:
            values = values + cell.effect * (table["group"] == "patient").to_numpy()[:, None]
        outcomes = [f"study_{k}" for k in range(values.shape[1])]
        table = pd.concat([table, pd.DataFrame(values, columns=outcomes)], axis=1)
        found = _answers(cell, table, outcomes)
        printed += found
        if cell.varying:
            asked, answers = _question(cell, table), [one.answer for one in found]
            parts = effects_by_site(asked, answers, table)
            varying += varying_slope_estimates(asked, parts, table)
    return Rates(
        _rejected([one.answer for one in printed]),
        _rejected([one.as_fitted for one in printed]),
        float(np.mean([one.answer.status != "ok" for one in printed])),
        _rejected(varying) if varying else np.nan,
        len(printed),
    )


def _answers(cell: Cell, table: pd.DataFrame, outcomes: list[str]) -> list[Printed]:
    spec = {"formula": cell.formula, "site": "auto", "scanner": "auto", "site_means": ""}
    spec |= {"compared": [], "few_levels": {"minimum": 4}, **(cell.model or {})}
    plan = fitted_specification(spec, table, outcomes)
    formulas = {outcome: plan.formula_of(outcome) for outcome in outcomes}
    residual_by = "scanner" if spec.get("residual") == "by_scanner" else None
    return printed_answers(_question(cell, table), fit_each(formulas, table, residual_by), table)


def _question(cell: Cell, table: pd.DataFrame) -> Question:
    inference = {"df": "kenward-roger", "confidence": 0.95, "adjust": "none", "alpha": NOMINAL}
    spec = {"contrast": "asked", "settings": cell.asked, "variables": VARIABLES}
    return question_of({**spec, "scale": "identity", "inference": inference}, table)


def _rejected(answers: Sequence[RegionEstimate]) -> float:
    return float(np.mean([a.status == "ok" and a.estimate.p_value < NOMINAL for a in answers]))


def main() -> None:
    """Simulate, print, and with --write put the table into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the cells' titles")
    parser.add_argument("--studies", type=int, default=2000, help="a cell")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    asked = parser.parse_args()
    started, rows = time.process_time(), []
    for number, cell in enumerate(CELLS):
        if not any(part in cell.title for part in asked.only):
            continue
        found = rates(cell, number, asked.studies)
        shares = (found.as_fitted, found.printed, found.untestable)
        rows.append([cell.title, *(f"{100 * s:.1f}" for s in shares), found.verdict(cell)])
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    header = ["cell", "model as it stands, p < .05 (%)", "printed, p < .05 (%)"]
    text = markdown_table([*header, "not testable (%)", ""], rows)
    print(f"{asked.studies} studies a cell\n\n{text}")
    if asked.write:
        replace_section("hard grid", f"{asked.studies} studies a cell.\n\n{text}")
    print(f"{time.process_time() - started:.0f} CPU s", file=sys.stderr)


if __name__ == "__main__":
    main()
