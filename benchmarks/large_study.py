"""Write a large simulated study, to measure how the workflow plans, runs and reruns it.

    large_study.py FOLDER [--regions 200] [--contrasts 20] [--scans 3000] [--sites 6]
    snakemake --cores 2 --configfile FOLDER/study.yaml --directory FOLDER

Two scans a person, two scanners a site. Half the contrasts are asked of a model of raw values,
half of one with an interaction. Nothing is harmonised.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import yaml

NUMBERS = {"age": ("years", 50, 15), "bmi": ("kg/m2", 25, 4), "dose": ("MBq", 300, 40)}
LEVELS = {
    "sex": ["F", "M"],
    "group": ["control", "patient"],
    "smoking": ["never", "former", "current"],
}
FORMULAS = {
    "main": "age + bmi + dose + sex + group + smoking + (1 | participant_id)",
    "interaction": "age * group + bmi + dose + sex + smoking + (1 | participant_id)",
}


def contrasts(count: int) -> dict[str, dict[str, Any]]:
    """Slopes and differences, in turn on each model; those after the first few are of subgroups."""
    asked: list[dict[str, Any]] = [{"slope": {name: 10}} for name in NUMBERS]
    for name, levels in LEVELS.items():
        asked += [{"difference": {name: [level, levels[0]]}} for level in levels[1:]]
    ages = range(30, 30 + count)
    asked += [{"difference": {"group": ["patient", "control"]}, "at": {"age": a}} for a in ages]
    chosen = enumerate(asked[:count])
    models = list(FORMULAS)
    return {f"contrast_{k + 1:02d}": {"model": models[k % 2], **one} for k, one in chosen}


def config(sites: list[str], n_contrasts: int) -> dict[str, Any]:
    """The config of the study."""
    outcome = {"column": "bp_nd", "label": "BP_ND", "unit": "1", "scale": "log"}
    variables = {name: {"kind": "number", "unit": unit} for name, (unit, *_) in NUMBERS.items()}
    variables |= {name: {"kind": "level", "levels": levels} for name, levels in LEVELS.items()}
    site = {"format": "wide_table", "regions": {"prefix": "bp_"}}
    return {
        "study": {"title": "A large study", "tracer": "[11C]raclopride", "outcome": outcome},
        "variables": variables,
        "sites": {name: {**site, "path": f"{name}.csv"} for name in sites},
        "models": {n: {"formula": f, "harmonisation": "none"} for n, f in FORMULAS.items()},
        "contrasts": contrasts(n_contrasts),
    }


def site_rows(name: str, people: int, regions: int, rng: np.random.Generator) -> list[str]:
    """Rows of one site's wide table, its head first."""
    columns = ["participant_id", "session", "scanner", *NUMBERS, *LEVELS]
    rows = [",".join([*columns, *(f"bp_region_{k + 1:03d}" for k in range(regions))])]
    site = rng.normal(0, 0.1, regions)
    for person in range(people):
        numbers = [f"{rng.normal(mean, sd):.1f}" for _, mean, sd in NUMBERS.values()]
        levels = [str(rng.choice(choices)) for choices in LEVELS.values()]
        own = site + rng.normal(0, 0.2, regions)
        scanner = "AB"[person % 2]
        for session in ("1", "2"):
            values = np.exp(0.7 + own - 0.003 * float(numbers[0]) + rng.normal(0, 0.1, regions))
            cells = [f"{name}{person:04d}", session, scanner, *numbers, *levels]
            rows.append(",".join([*cells, *np.char.mod("%.4f", values)]))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name, default in (("regions", 200), ("contrasts", 20), ("scans", 3000), ("sites", 6)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    sites = [f"site_{k + 1}" for k in range(asked.sites)]
    for seed, name in enumerate(sites):
        people = asked.scans // (2 * asked.sites)
        rows = site_rows(name, people, asked.regions, np.random.default_rng(seed))
        (asked.folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    text = yaml.safe_dump(config(sites, asked.contrasts), sort_keys=False)
    (asked.folder / "study.yaml").write_text(text)


if __name__ == "__main__":
    main()
