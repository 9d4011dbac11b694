"""How long the engine takes where data are not simple: gaps, slopes, crossed factors, voxels.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/engine.py [--write]

With ``--before FOLDER`` every line is measured with the package of another checkout too, in turn.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from results_page import markdown_table, replace_section
from studies import (
    CROSSED,
    SCANS,
    SLOPES,
    crossed_table,
    gap_table,
    noisy_scanner_table,
    region_names,
    scan_table,
    slope_table,
)

from multipet.mixed_model import fit_model, fit_regions

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
MANY, CHUNKS = 20_000, 10


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes
    ----------
    title
        What is measured.
    table
        Makes the data; not measured.
    fit
        What is measured, of the table.
    wanted
        CPU seconds.
    repeats
        How often, after once to warm up; the median counts. 0: once, cold.
    """

    title: str
    table: Callable[[], pd.DataFrame]
    fit: Callable[[pd.DataFrame], object]
    wanted: float
    repeats: int


def _regions(formula: str, n: int, **options: str) -> Callable[[pd.DataFrame], object]:
    return lambda table: fit_regions(formula, table, region_names(n), **options)


LINES = {
    "regions": Line(
        "100 regions x 2,000 scans, 3 random terms",
        lambda: scan_table(1000, 10, 100, seed=1),
        _regions(SCANS, 100),
        0.035,
        9,
    ),
    "gaps": Line(
        "the same, 2 % of the values missing at random",
        lambda: gap_table(0.02, 100, seed=1),
        _regions(SCANS, 100),
        0.2,
        3,
    ),
    "slopes": Line(
        "`(1 + age | subject) + (1 | site)`, 100 regions x 2,000 scans",
        lambda: slope_table(500, 100, seed=6),
        _regions(SLOPES, 100),
        0.25,
        3,
    ),
    "slopes_gaps": Line(
        "the same, 2 % of the values missing at random",
        lambda: with_gaps(slope_table(500, 100, seed=6), 100),
        _regions(SLOPES, 100),
        0.5,
        1,
    ),
    "residual": Line(
        "residual SD by 30 scanners, 3 random terms, one region",
        lambda: noisy_scanner_table(1, seed=1),
        _regions(SCANS, 1, residual_by="scanner"),
        0.02,
        3,
    ),
    "residual_together": Line(
        "the same, 20 regions together",
        lambda: noisy_scanner_table(20, seed=1),
        _regions(SCANS, 20, residual_by="scanner"),
        0.4,
        1,
    ),
    "crossed": Line(
        "73,421 rows, 2,972 students x 1,128 teachers",
        lambda: crossed_table(seed=5),
        lambda table: fit_model(f"mark ~ {CROSSED}", table),
        1.3,
        1,
    ),
    "outcomes": Line(
        "20,000 outcomes x 2,000 scans, 3 random terms, all fits kept",
        lambda: scan_table(1000, 10, MANY, seed=3),
        _regions(SCANS, MANY),
        7.0,
        0,
    ),
    "chunks": Line(
        "200,000 outcomes in ten calls of 20,000, fits let go",
        lambda: scan_table(1000, 10, MANY, seed=3),
        lambda table: [len(_regions(SCANS, MANY)(table)) for _ in range(CHUNKS)],
        70.0,
        0,
    ),
}


def with_gaps(table: pd.DataFrame, n_regions: int) -> pd.DataFrame:
    """``table`` with the missing values of ``gap_table``."""
    missing = gap_table(0.02, n_regions, seed=1)[region_names(n_regions)].isna()
    return table.assign(**table[region_names(n_regions)].mask(missing))


def measure(name: str) -> dict[str, float]:
    """CPU seconds of one line and the peak memory of this process, in GB."""
    line = LINES[name]
    table, seconds = line.table(), []
    for _ in range(line.repeats + 1):
        start = time.process_time()
        line.fit(table)
        seconds.append(time.process_time() - start)
    counted = sorted(seconds[1:] or seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"cpu": counted[len(counted) // 2], "gigabytes": peak}


def measured_apart(name: str, checkout: Path) -> dict[str, float]:
    """``measure`` in a process of its own, with the package of ``checkout``."""
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(checkout / "scripts")}
    command = [sys.executable, __file__, "--one", name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def table_of(names: list[str], before: Path | None) -> str:
    """The lines ``names`` as a table."""
    here, rows = Path(__file__).parents[1], []
    for name in names:
        old = measured_apart(name, before) if before and name != "chunks" else None
        new = measured_apart(name, here)
        earlier = [f"{old['cpu']:.3g}", f"{old['gigabytes']:.2f}"] if old else ["", ""]
        found = [f"{new['cpu']:.3g}", f"{new['gigabytes']:.2f}", f"{LINES[name].wanted:g}"]
        times = f"{old['cpu'] / new['cpu']:.1f}" if old else ""
        rows.append([LINES[name].title, *earlier, *found, times])
        print(rows[-1], file=sys.stderr, flush=True)
    header = ["", "0.2.0: CPU s", "GB", "CPU s", "GB", "wanted", "times faster"]
    title = "One thread; CPU seconds, and the peak memory of the process, table included"
    return f"{title}\n\n{markdown_table(header, rows)}"


def main() -> None:
    """Measure, print, and with --write put the table into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=LINES, nargs="+", default=list(LINES))
    parser.add_argument("--before", type=Path, help="another checkout, measured too")
    parser.add_argument("--one", choices=LINES, help="measure one line in this process")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one)))
        return
    text = table_of(asked.only, asked.before)
    print(text)
    if asked.write:
        replace_section("engine", text)


if __name__ == "__main__":
    main()
