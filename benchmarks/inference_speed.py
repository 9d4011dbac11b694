"""What tests and intervals of many regions cost, once the models are fitted. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/inference_speed.py

--before names a checkout of an earlier version that is measured in the same run, on two regions.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from results_page import markdown_table, replace_section

SITES = 10
MODELS = {
    "`(1 | site)`": "age + sex + group + (1 | site)",
    "`(1 | site) + (1 | subject)`": "age + sex + group + (1 | site) + (1 | subject)",
    "`… + (1 | scanner)`": "age + sex + group + (1 | site) + (1 | scanner) + (1 | subject)",
    "`(1 + age | site) + (1 | subject)`": "age + sex + (1 + age | site) + (1 | subject)",
    "`(1 + age | subject) + (1 | site)`": "age + sex + (1 + age | subject) + (1 | site)",
}

#: Not measured before: its profiles took minutes a region.
SLOW = list(MODELS)[-1]


def scan_rows(scans: int, regions: int) -> tuple[pd.DataFrame, list[str]]:
    """People of ten sites, seen five times at one of the three scanners of their site."""
    rng = np.random.default_rng(1)
    subject = np.repeat(np.arange(scans // 5), 5)
    site = subject % SITES
    scanner = site * 3 + rng.integers(0, 3, scans)
    people = scans // 5
    table = pd.DataFrame(
        {
            "subject": [f"p{k}" for k in subject],
            "site": [f"s{k}" for k in site],
            "scanner": [f"c{k}" for k in scanner],
            "age": rng.uniform(20, 80, people)[subject] + rng.normal(0, 3, scans),
            "sex": rng.choice(["f", "m"], people)[subject],
            "group": rng.choice(["control", "patient"], people)[subject],
        }
    )
    values = rng.normal(size=(scans, regions)) + rng.normal(size=(people, regions))[subject]
    values += rng.normal(size=(SITES, regions))[site]
    values += 0.4 * rng.normal(size=(3 * SITES, regions))[scanner]
    values += 0.02 * rng.normal(size=(people, regions))[subject] * table[["age"]].to_numpy()
    values += 0.01 * rng.normal(size=(SITES, regions))[site] * table[["age"]].to_numpy()
    names = [f"region_{k}" for k in range(regions)]
    return table.join(pd.DataFrame(values, columns=names)), names


def steps(fits: list[Any]) -> Mapping[str, Callable[[], object]]:
    """What is measured, by name."""
    import multipet.inference as inference

    if not hasattr(inference, "profile_intervals"):
        names = [n for n in inference.profile_parameters(fits[0]) if n not in fits[0].coefficients]
        return {
            "kenward-roger": lambda: [inference.small_sample(f, "kenward-roger") for f in fits],
            "satterthwaite": lambda: [inference.small_sample(f, "satterthwaite") for f in fits],
            "profile": lambda: [inference.profile_interval(fits[0], name) for name in names],
        }
    return {
        "kenward-roger": lambda: inference.small_samples(fits, "kenward-roger"),
        "satterthwaite": lambda: inference.small_samples(fits, "satterthwaite"),
        "profile": lambda: inference.profile_intervals(fits),
    }


def measured(scans: int, regions: int, wanted: list[str]) -> dict[str, dict[str, float]]:
    """CPU milliseconds a region, by model and step."""
    from multipet.mixed_model import fit_regions

    table, names = scan_rows(scans, regions)
    found = {}
    for label in wanted:
        fits = fit_regions(MODELS[label], table, names)
        found[label] = {}
        for name, step in steps(fits).items():
            if name != "profile":
                step()  # once to warm up
            started = time.process_time()
            done = step()
            regions_done = 1 if name == "profile" and len(done) != len(fits) else len(fits)
            found[label][name] = 1000 * (time.process_time() - started) / regions_done
    return found


def in_checkout(folder: Path, scans: int, regions: int, wanted: list[str]) -> dict[str, Any]:
    """``measured`` by the package of another checkout, in a process of its own."""
    command = [sys.executable, __file__, "--json", f"--scans={scans}", f"--regions={regions}"]
    command += [f"--model={list(MODELS).index(label)}" for label in wanted]
    environment = os.environ | {"PYTHONPATH": str(folder / "scripts")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def main() -> None:
    """Measure, print, and with --write put the table into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=3000)
    parser.add_argument("--regions", type=int, default=100)
    parser.add_argument("--before", type=Path, help="checkout of an earlier version")
    parser.add_argument("--model", type=int, action="append", help="positions of models; all")
    parser.add_argument("--json", action="store_true", help="numbers alone")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    asked = parser.parse_args()
    wanted = [list(MODELS)[k] for k in asked.model or range(len(MODELS))]
    found = measured(asked.scans, asked.regions, wanted)
    if asked.json:
        print(json.dumps(found))
        return
    before = {}
    if asked.before:
        kept = [label for label in wanted if label != SLOW]
        before = in_checkout(asked.before, asked.scans, 2, kept)
    rows = [
        [label, name, f"{before[label][name]:.3g}" if label in before else "", f"{value:.3g}"]
        for label, values in found.items()
        for name, value in values.items()
    ]
    header = ["random terms", "what", "before, ms a region", "now, ms a region"]
    about = f"{asked.regions} regions, {asked.scans:,} scans, 10 sites, one thread, CPU time"
    text = f"{about}\n\n{markdown_table(header, rows)}"
    print(text)
    if asked.write:
        replace_section("inference speed", text)


if __name__ == "__main__":
    main()
