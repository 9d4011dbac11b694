"""How long 2,000 calibration draws take. See README.md.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python benchmarks/calibration_speed.py
"""

import argparse
import resource
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from harmonised_error import COMBAT, MODEL, question
from results_page import markdown_table, replace_section

from multipet.calibration import CalibrationSettings, calibrate
from multipet.calibration.model_values import separate_values

DRAWS = 2000
SITES = 8


@dataclass(frozen=True)
class Case:
    """One table of scans and its model."""

    people: int
    visits: int
    regions: int
    random: str
    method: str = "combat"


CASES = (
    Case(240, 1, 8, "(1 | site)"),
    Case(240, 1, 8, "(1 | site) + (1 | scanner)"),
    Case(120, 2, 8, "(1 | site) + (1 | participant_id)"),
    Case(120, 2, 8, "(1 | site) + (1 | scanner) + (1 | participant_id)"),
    Case(120, 2, 8, "(1 | site) + (1 | participant_id)", "longitudinal_combat"),
    Case(240, 1, 100, "(1 | site)"),
    Case(3000, 1, 100, "(1 | site)"),
)


def scan_rows(case: Case) -> pd.DataFrame:
    """Scans at eight sites of two scanners each."""
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(case.people), case.visits)
    site = person % SITES
    table = pd.DataFrame(
        {
            "participant_id": [f"p{k:04d}" for k in person],
            "session": np.tile(np.arange(case.visits), case.people).astype(str),
            "site": pd.Categorical([f"s{k}" for k in site]),
            "scanner": pd.Categorical([f"s{k % SITES}/{k // SITES % 2}" for k in person]),
            "group": pd.Categorical(rng.choice(["control", "patient"], case.people)[person]),
            "age": rng.uniform(40, 80, case.people)[person],
        }
    )
    values = rng.normal(size=(len(table), case.regions))
    values += rng.normal(size=(SITES, case.regions))[site]
    values += 0.5 * rng.normal(size=(case.people, case.regions))[person]
    return table.join(pd.DataFrame(values, columns=region_names(case)))


def region_names(case: Case) -> list[str]:
    """Columns with values."""
    return [f"region_{k}" for k in range(case.regions)]


def measured(case: Case, draws: int) -> list[str]:
    """A row of the table."""
    table = scan_rows(case)
    values, settings = separate_values(table, region_names(case)), CalibrationSettings(draws)
    started = time.process_time()
    formula = f"{MODEL} + {case.random}"
    calibrate(question(table), formula, values, COMBAT | {"method": case.method}, settings)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    row = [f"{case.people * case.visits:,}", str(case.regions), case.method, f"`{case.random}`"]
    return [*row, f"{seconds:.1f}", f"{peak:.2f}"]


def main() -> None:
    """Measure, print, and with --write put the table into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    asked = parser.parse_args()
    header = ["scans", "regions", "method", "random terms", "CPU s", "peak memory so far, GB"]
    rows = [measured(case, asked.draws) for case in CASES]
    text = f"{asked.draws:,} draws on one thread\n\n{markdown_table(header, rows)}"
    print(text)
    if asked.write:
        replace_section("calibration speed", text)


if __name__ == "__main__":
    main()
