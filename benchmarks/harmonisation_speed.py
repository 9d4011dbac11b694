"""How long ComBat takes, and how much memory, beside neuroCombat where it is. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/harmonisation_speed.py
    [--neurocombat OTHER_PYTHON] [--write]

OTHER_PYTHON is the python of a virtual environment of its own: pip install neuroCombat==0.2.12
"""

import argparse
import contextlib
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

SCANS, REGIONS, BATCHES = 5_000, 400, 10
REPEATS = 5
OURS = ("combat", "combat_no_eb", "location", "combat_spline", "covbat")


def study() -> tuple[pd.DataFrame, np.ndarray]:
    """Covariates of the scans, and values that differ between batches, (scan, region)."""
    rng = np.random.default_rng(0)
    site = rng.integers(0, BATCHES, SCANS)
    covariates = pd.DataFrame(
        {
            "site": [f"s{k}" for k in site],
            "age": rng.uniform(20, 80, SCANS),
            "sex": rng.choice(["F", "M"], SCANS),
            "group": rng.choice(["control", "patient"], SCANS),
        }
    )
    noise = rng.normal(0, 0.5, (SCANS, REGIONS)) * rng.uniform(0.7, 1.4, (BATCHES, REGIONS))[site]
    shift = rng.normal(0, 0.3, (BATCHES, REGIONS))[site]
    return covariates, 3 + 0.01 * covariates["age"].to_numpy()[:, None] + shift + noise


def multipet(method: str) -> Callable[[], np.ndarray]:
    """Our harmonisation, guards and findings included."""
    from multipet.harmonisation import harmonise

    covariates, values = study()
    regions = [f"r{k}" for k in range(REGIONS)]
    table = pd.concat([covariates, pd.DataFrame(values, columns=regions)], axis=1)

    def work() -> np.ndarray:
        done = harmonise(table, regions, "site", "age + sex + group", method)
        return done.table[regions].to_numpy()

    return work


def neurocombat() -> Callable[[], np.ndarray]:
    """The same by neuroCombat."""
    from neuroCombat import neuroCombat

    covariates, values = study()
    words = {"batch_col": "site", "categorical_cols": ["sex", "group"], "continuous_cols": ["age"]}

    def work() -> np.ndarray:
        with contextlib.redirect_stdout(io.StringIO()):
            return neuroCombat(dat=values.T, covars=covariates, **words)["data"].T

    return work


def timed(who: str) -> dict[str, Any]:
    """Medians over repeats after one to warm up, in this process."""
    work = neurocombat() if who == "neuroCombat" else multipet(who)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    cpu, wall = [], []
    for _ in range(REPEATS):
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        value = work()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "who": who, "cpu": statistics.median(cpu), "wall": statistics.median(wall),
        "peak": peak / 1e3, "own": (peak - before) / 1e3, "corner": value[:3, :3].tolist(),
    }  # fmt: skip


def in_own_process(python: str, who: str) -> dict[str, Any]:
    """Each one alone, so that the memory is its own."""
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [python, __file__, "--only", who]
    environment = {**os.environ, **one_thread}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def main() -> None:
    """Print the table, and put it into README.md where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurocombat", metavar="OTHER_PYTHON")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(timed(arguments.only)))
        return
    from results_page import markdown_table, replace_section

    other = [(arguments.neurocombat, "neuroCombat")] if arguments.neurocombat else []
    found = [in_own_process(*pair) for pair in [*other, *((sys.executable, w) for w in OURS)]]
    head = ["", "CPU s", "wall s", "peak memory, MB", "of it beyond the data, MB"]
    rows = [
        [f["who"], f"{f['cpu']:.2f}", f"{f['wall']:.2f}", f"{f['peak']:.0f}", f"{f['own']:.0f}"]
        for f in found
    ]
    title = f"{SCANS:,} scans, {REGIONS} regions, {BATCHES} batches, one thread\n"
    text = f"{title}\n{markdown_table(head, rows)}"
    print(text)
    if other:
        corners = {f["who"]: np.array(f["corner"]) for f in found}
        apart = np.abs(corners["neuroCombat"] - corners["combat"]).max()
        print(f"largest difference of nine values between neuroCombat and combat: {apart:.1e}")
    if arguments.write:
        replace_section("harmonisation speed", text)


if __name__ == "__main__":
    main()
