"""How often chips fire in studies without a fault, and in those with one. Writes docs/chips.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/chip_trials.py
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import yaml
from results_page import markdown_table
from type_one_error import FEW_LEVELS

from multipet.analysis.contrast.estimates import contrast_estimates, question_of
from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.diagnostics.model_tables import residual_table
from multipet.analysis.diagnostics.residual_checks import residual_checks
from multipet.analysis.model.fitted_specification import fitted_specification
from multipet.analysis.robustness.influence_table import influence_table
from multipet.config.jobs import specs
from multipet.config.loading import load_config
from multipet.config.page_specs import ReportSpec
from multipet.config.study import study_of
from multipet.core import columns
from multipet.core.columns import names
from multipet.mixed_model import fit_regions
from multipet.report.chips.fits import SHAPE
from multipet.report.chips.left_out import SINGLE_PERSON
from multipet.report.contrast.files import ContrastFiles, RobustnessFiles

SEED = 13
MOST_FALSE = 0.10  # of clean studies in which a chip may fire
PAGE = Path(__file__).parents[1] / "docs" / "chips.md"
RULES = {rule.key: rule for rule in (SINGLE_PERSON, SHAPE)}
FORMULA = "group + age"
FAR = 10  # residual SDs of the far person
CONFIG = {
    "study": {"title": "Trial", "outcome": {"column": "y", "scale": "identity"}},
    "variables": {
        "age": {"kind": "number"},
        "group": {"kind": "level", "levels": ["control", "patient"]},
    },
    "sites": {"a": {"format": "wide_table", "path": "a.csv", "regions": {"prefix": "r_"}}},
    "models": {"main": {"formula": FORMULA, "harmonisation": "none"}},
    "contrasts": {"group": {"model": "main", "difference": {"group": ["patient", "control"]}}},
}
INTRO = """# What chips say of studies with and without a fault

Made by `benchmarks/chip_trials.py`. Each row is {n} simulated studies that are fitted, tested and
judged by the code of the workflow: `group + age`, site as `auto` decides, regions correlated by
0.5. A chip fires where it is not fine. Of clean studies it may in at most 10 %; of those with the
fault that it is about, it is to in most.
"""


@dataclass(frozen=True)
class Study:
    """A kind of study.

    Attributes
    ----------
    share
        Of the people who are patients.
    effect
        Of the group, in residual SDs.
    fault
        ``""``, ``one far person``, ``skewed`` or ``heavy tails``.
    """

    n_sites: int
    people: int
    regions: int
    share: float = 0.5
    effect: float = 0.5
    fault: str = ""

    @property
    def words(self) -> str:
        """As the page lists it."""
        share = f"{100 * self.share:.0f} % patients"
        size = f"{self.n_sites} sites x {self.people} people, {self.regions} regions"
        return f"{size}, {share}, effect {self.effect:g} SD"


CLEAN = tuple(
    Study(sites, people, regions, share, effect)
    for sites, people, regions in ((1, 24, 4), (2, 15, 1), (3, 10, 8), (4, 30, 4), (4, 30, 12))
    for share, effect in ((0.5, 0.8), (0.2, 0.0))
)
FAULTY = tuple(
    Study(sites, people, 4, fault=fault)
    for fault in ("one far person", "skewed", "heavy tails")
    for sites, people in ((1, 24), (4, 10), (4, 30))
)
#: The fault that a chip is about.
ABOUT = {"single_person": ("one far person",), "shape": ("skewed", "heavy tails")}


Specs = Mapping[tuple[str, str], Any]


def jobs() -> Specs:
    """The specs of the trial's study."""
    with TemporaryDirectory() as folder:
        Path(folder, "a.csv").write_text("participant_id,age,group,r_1\n", encoding="utf-8")
        path = Path(folder, "config.yaml")
        path.write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
        return specs(study_of(load_config([path]).values))


def simulated(study: Study, rng: np.random.Generator) -> pd.DataFrame:
    """One row a person; the outcome of each region in a column."""
    n = study.n_sites * study.people
    patient = (np.arange(study.people) < study.share * study.people).astype(int)
    group = np.tile(patient, study.n_sites)
    site = np.repeat(np.arange(study.n_sites), study.people)
    values = _noise(study, (n, study.regions), rng)
    values += rng.normal(0, 0.7, (study.n_sites, study.regions))[site]
    values += study.effect * group[:, None]
    if study.fault == "one far person":
        values[0] += rng.choice((-1, 1)) * FAR
    labels = pd.Categorical.from_codes(site, [f"s{k}" for k in range(study.n_sites)])
    table = pd.DataFrame({
        "participant_id": [f"p{i}" for i in range(n)],
        "session": "1",
        "site": labels,
        "scanner": labels.rename_categories(lambda name: f"{name}/x"),
        "age": rng.uniform(20, 80, n),
        "group": pd.Categorical.from_codes(group, ["control", "patient"]),
    })  # fmt: skip
    return table.join(pd.DataFrame(values, columns=[f"r{k}" for k in range(study.regions)]))


def _noise(study: Study, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Residuals with SD 1, correlated by 0.5 between regions."""

    def draw(size: tuple[int, int]) -> np.ndarray:
        if study.fault == "skewed":
            return rng.exponential(1, size) - 1
        if study.fault == "heavy tails":
            return rng.standard_t(3, size) / np.sqrt(3)
        return rng.normal(0, 1, size)

    return np.sqrt(0.5) * draw(shape) + np.sqrt(0.5) * draw((shape[0], 1))


def judged(asked: Specs, scans: pd.DataFrame) -> dict[str, str]:
    """State of each chip of one study."""
    outcomes = [name for name in scans if name.startswith("r") and name[1:].isdigit()]
    auto = {"formula": FORMULA, "site": "auto", "scanner": "none", "site_means": ""}
    plan = fitted_specification({**auto, "compared": [], "few_levels": FEW_LEVELS}, scans, outcomes)
    fits = fit_regions(plan.formula, scans, outcomes)
    question = question_of(asked["estimate_contrast", "group"], scans)
    estimates = contrast_estimates(question, fits, scans)
    files = _files(
        asked["report_contrast", "group"],
        contrast=contrast_table(question, estimates, scans),
        residual_checks=residual_checks(residual_table(fits, scans, fits)),
        robust=RobustnessFiles(influence=influence_table(estimates, scans)),
    )
    verdicts = {key: rule.judge(files) for key, rule in RULES.items()}
    return {key: verdict.state for key, verdict in verdicts.items() if verdict}


def _files(spec: ReportSpec, **tables: object) -> ContrastFiles:
    """Files of a report that hold nothing else."""
    empty = {
        name: pd.DataFrame(columns=names(getattr(columns, name.upper())))
        for name in ("sensitivity", "weights", "by_site", "heterogeneity", "variance_components")
    }
    findings = pd.DataFrame(columns=names(columns.FINDINGS))
    kinds = ("contrast_findings", "model_findings", "ingest_findings")
    return ContrastFiles(
        spec=spec, plan={"failed": [], "convergence": []},
        **empty, **dict.fromkeys(kinds, findings), **tables,
    )  # fmt: skip


def shares(study: Study, n: int, seed: int, asked: Specs) -> Mapping[str, float]:
    """Share of ``n`` studies in which each chip fires."""
    fired: Counter[str] = Counter()
    for k in range(n):
        found = judged(asked, simulated(study, np.random.default_rng([SEED, seed, k])))
        fired.update(key for key, state in found.items() if state != "ok")
    return {key: fired[key] / n for key in RULES}


def table_of(studies: tuple[Study, ...], n: int, asked: Specs, first: int) -> str:
    """Shares of all ``studies`` as Markdown; a chip's own faults only where there is one."""
    rows = []
    for seed, study in enumerate(studies, first):
        found = shares(study, n, seed, asked)
        kind = [study.fault] if study.fault else []
        cells = [
            f"{100 * found[key]:.1f}" if not study.fault or study.fault in ABOUT[key] else "–"
            for key in RULES
        ]
        rows.append([*kind, study.words, *cells])
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    head = ["fault"] if studies[0].fault else []
    return markdown_table([*head, "study", *(f"{r.title}, %" for r in RULES.values())], rows)


def main() -> None:
    """Simulate, print, and with --write make the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=500, help="a row")
    parser.add_argument("--write", action="store_true", help="make docs/chips.md")
    asked = parser.parse_args()
    started, specs_of_jobs = time.process_time(), jobs()
    clean = table_of(CLEAN, asked.studies, specs_of_jobs, 0)
    faulty = table_of(FAULTY, asked.studies, specs_of_jobs, len(CLEAN))
    parts = (
        INTRO.format(n=asked.studies),
        "## Clean studies\n",
        clean,
        "\n## With a fault\n",
        faulty,
    )
    text = "\n".join(parts) + "\n"
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text, f"{time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
