"""How long fits take, beside R's lme4 where R is there. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/speed.py [--write]
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from results_page import markdown_table, replace_section
from studies import JOINT, SCANS, joint_table, region_names, scan_table

from multipet.mixed_model import fit_model, fit_regions
from multipet.mixed_model.cross_products import design_products
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.search import estimate_theta

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
FACTOR_WANTED = 25
REPEATS = 5
MANY = 20_000


@dataclass(frozen=True)
class Timing:
    """Seconds, medians over repeats, and what the last repeat returned."""

    cpu: float
    wall: float
    value: Any = None


def timed(work: Callable[[], Any], repeats: int = REPEATS) -> Timing:
    """Run ``work`` once to warm up (unless it is run once only), then ``repeats`` times."""
    if repeats > 1:
        work()
    cpu, wall, value = [], [], None
    for _ in range(repeats):
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        value = work()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    return Timing(float(np.median(cpu)), float(np.median(wall)), value)


def lme4_times(task: str, table: pd.DataFrame, asked: dict[str, Any], repeats: int) -> dict | None:
    """lme4's times of the same task, from speed.R; None where R or lme4 is missing."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as place:
        table.to_csv(Path(place) / f"{task}.csv", index=False)
        Path(place, f"{task}.json").write_text(json.dumps(asked), encoding="utf-8")
        command = ["Rscript", str(Path(__file__).with_name("speed.R")), task, place, str(repeats)]
        done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, check=False)
        if done.returncode:
            return None
        return json.loads(Path(place, f"{task}_lme4.json").read_text(encoding="utf-8"))


def regions_part() -> str:
    """100 regions of 2,000 scans: site + scanner in site + subject, for several sizes of both."""
    rows, notes = [], []
    for n_sites, scanners in ((5, 2), (8, 2), (10, 3), (20, 3)):
        found, note = _regions_row(n_sites, scanners)
        rows.append([str(n_sites), str(n_sites * scanners), *found])
        notes.append(note)
    header = ["sites", "scanners", "`fit_regions`", "one at a time", "lme4, shared set-up"]
    header += ["the same with estimates", "`lmer` for each", f"factor (wanted {FACTOR_WANTED})"]
    title = f"100 regions of 2,000 scans, CPU seconds (wall in brackets), `{SCANS}`"
    return f"{title}\n\n{markdown_table(header, rows)}\n\n{notes[-1]}"


def _regions_row(n_sites: int, scanners: int) -> tuple[list[str], str]:
    """Times of one design, and a note on how the criteria compare."""
    table, names = scan_table(1000, n_sites, 100, seed=1, scanners=scanners), region_names(100)
    together = timed(lambda: fit_regions(SCANS, table, names))
    alone = timed(lambda: [fit_model(f"{name} ~ {SCANS}", table) for name in names], 1)
    row = [f"{one.cpu:.3f} ({one.wall:.3f})" for one in (together, alone)]
    theirs = lme4_times("regions", table, {"formula": SCANS, "outcomes": names}, 3)
    if not theirs:
        return [*row, "", "", "", ""], "R with lme4 was not there."
    for key in ("shared", "shared_with_estimates", "fresh"):
        row.append(f"{theirs[key]['cpu']:.2f} ({theirs[key]['wall']:.2f})")
    ours = np.array([fit.criterion for fit in together.value])
    difference = np.max(ours - np.array(theirs["shared"]["criterion"]))
    note = f"Criterion, ours minus lme4's, at most {difference:.1e}. {theirs['made_with']}."
    return [*row, f"**{theirs['shared']['cpu'] / together.cpu:.1f}**"], note


def joint_part() -> str:
    """One model of 100,000 rows: all regions together."""
    table = joint_table(1000, 10, 100, seed=2)
    ours = timed(lambda: fit_model(f"bp ~ {JOINT}", table))
    rows = [_row("multipet", ours)]
    theirs = lme4_times("joint", table, {"formula": JOINT}, 1)
    notes = []
    for key, label in (("lmer", "`lmer`"), ("standardised", "`lmer`, age standardised by hand")):
        if theirs:
            found = theirs[key]
            rows.append(_row(f"lme4, {label}", Timing(found["cpu"], found["wall"]), ours))
            difference = ours.value.criterion - found["criterion"]
            notes.append(f"Criterion, ours minus that of {label}: {difference:.1e}.")
    note = " ".join(notes) or "R with lme4 was not there."
    return f"Joint model of 100,000 rows, `{JOINT}`\n\n{_table(rows)}\n\n{note}"


def subjects_part() -> str:
    """Cost of a region by number of subjects, cross-products made before."""
    rows, costs, counts = [], [], [500, 1000, 2000, 5000, 10_000, 20_000, 50_000]
    for n_subjects in counts:
        set_up, search, everything = _stages(n_subjects, 10, 20)
        costs.append(search.cpu)
        times = (1000 * one.cpu / 20 for one in (search, set_up, everything))
        rows.append([f"{n_subjects:,}", *(f"{t:.2f}" for t in times)])
    header = ["subjects", "search for θ", "cross-products", "everything"]
    note = f"Search: slope of log time on log subjects {_slope(counts, costs):.2f}."
    title = "CPU milliseconds a region, 20 regions at once, two scans a subject, 10 sites"
    return f"{title}\n\n{markdown_table(header, rows)}\n\n{note}"


def slopes_part() -> str:
    """Time of everything against regions, subjects and sites."""
    plans = {
        "regions": [(1000, 10, n) for n in (10, 30, 100, 300, 1000)],
        "subjects": [(n, 10, 20) for n in (500, 2000, 10_000, 50_000)],
        "sites": [(4000, n, 20) for n in (5, 10, 20, 40, 80)],
    }
    rows = []
    for position, (what, plan) in zip((2, 0, 1), plans.items(), strict=True):
        counts = [sizes[position] for sizes in plan]
        costs = [_everything(*sizes).cpu for sizes in plan]
        times = ", ".join(f"{n:,}: {cost:.3g}" for n, cost in zip(counts, costs, strict=True))
        steepest = max(_slope(counts[k : k + 2], costs[k : k + 2]) for k in range(len(counts) - 1))
        rows.append([what, f"{_slope(counts, costs):.2f}", f"{steepest:.2f}", times])
    header = ["against", "slope", "steepest step", "CPU seconds"]
    title = "Slope of log CPU time, `fit_regions` as a whole (sites: three scanners each)"
    return f"{title}\n\n{markdown_table(header, rows)}"


def outcomes_part() -> str:
    """20,000 outcomes of 2,000 scans, in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--only", "many"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    rows = [
        [f"{MANY:,}", f"{found['cpu']:.1f}", f"{found['wall']:.1f}", f"{found['gigabytes']:.2f}"]
    ]
    header = ["outcomes", "CPU s", "wall s", "peak memory, GB"]
    title = f"{MANY:,} outcomes of 2,000 scans, all fits kept, table included"
    return f"{title}\n\n{markdown_table(header, rows)}"


def many_outcomes() -> None:
    """Print time and peak memory of this process as JSON."""
    table = scan_table(1000, 10, MANY, seed=3)
    found = timed(lambda: fit_regions(SCANS, table, region_names(MANY)), 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"cpu": found.cpu, "wall": found.wall, "gigabytes": peak}))


def _stages(n_subjects: int, n_sites: int, n_regions: int) -> tuple[Timing, Timing, Timing]:
    """Cross-products, search for θ, and everything."""
    table, names = scan_table(n_subjects, n_sites, n_regions, seed=4), region_names(n_regions)
    design = fit_model(f"{names[0]} ~ {SCANS}", table).design
    Y = table[names].to_numpy()
    products = design_products(design)
    sums = outcome_products(products, Y)
    set_up = timed(lambda: outcome_products(design_products(design), Y), 3)
    search = timed(lambda: estimate_theta(products, sums, True), 3)
    return set_up, search, timed(lambda: fit_regions(SCANS, table, names), 3)


def _everything(n_subjects: int, n_sites: int, n_regions: int) -> Timing:
    table = scan_table(n_subjects, n_sites, n_regions, seed=5)
    return timed(lambda: fit_regions(SCANS, table, region_names(n_regions)), 3)


def _slope(counts: Sequence[float], times: Sequence[float]) -> float:
    return float(np.polyfit(np.log(counts), np.log(times), 1)[0])


def _row(label: str, timing: Timing, ours: Timing | None = None) -> list[str]:
    factor = f"{timing.cpu / ours.cpu:.1f}" if ours else ""
    return [label, f"{timing.cpu:.3g}", f"{timing.wall:.3g}", factor]


def _table(rows: list[list[str]]) -> str:
    return markdown_table(["", "CPU s", "wall s", f"factor (wanted {FACTOR_WANTED})"], rows)


PARTS = {
    "regions": regions_part,
    "joint": joint_part,
    "subjects": subjects_part,
    "slopes": slopes_part,
    "outcomes": outcomes_part,
}


def main() -> None:
    """Measure, print, and with --write put the tables into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*PARTS, "many"], nargs="+", default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    asked = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        sys.exit("Set " + " ".join(f"{name}=1" for name in ONE_THREAD) + ": one thread is measured")
    if asked.only == ["many"]:
        many_outcomes()
        return
    for name in asked.only:
        text = PARTS[name]()
        print(f"{text}\n", flush=True)
        if asked.write:
            replace_section(f"speed: {name}", text)


if __name__ == "__main__":
    main()
