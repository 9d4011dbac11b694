"""How large a report is, and what its figures and page cost: one contrast, few and many regions.

A study is simulated and run by Snakemake up to its tables. Then the three steps that draw and
write are run once more, each a process of its own, and their CPU time is taken.
"""

import os
import resource
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from results_page import markdown_table, replace_section
from studies import region_names, scan_table

ROOT = Path(__file__).parents[1]
SITES, SCANNERS = 4, 2
LARGEST = 1_000_000  # bytes of the page
#: CPU seconds that figures and page may take, by the number of regions.
MOST_SECONDS = {5: 8.0, 100: 20.0}
ROBUST = ("left_out", "specifications", "partial_residuals", "partial_lines", "curves", "linearity")
PRINTED = ("left_out", "left_out_summary", "covariate_sets", "specifications", "influence",
           "linearity", "robustness.findings")  # fmt: skip
ESTIMATED = ("contrast", "sensitivity", "findings", "weights", "by_site", "heterogeneity")


@dataclass(frozen=True)
class Cost:
    """CPU seconds of each step, and bytes of the page."""

    regions: int
    contrast_figures: float
    robustness_figures: float
    page: float
    size: int

    @property
    def total(self) -> float:
        """CPU seconds of all three."""
        return self.contrast_figures + self.robustness_figures + self.page


def write_study(folder: Path, regions: int, scans: int) -> Path:
    """Write a study of ``scans`` scans, half as many people; returns its config."""
    table = scan_table(scans // 2, SITES, regions, seed=1, scanners=SCANNERS)
    names = region_names(regions)
    shift = np.linspace(0, 0.1, regions)
    table[names] -= np.outer(table["group"] == "patient", shift)
    table = table.assign(session=table.groupby("subject").cumcount() + 1)
    shown = {"subject": "participant_id", **{name: f"bp_{name}" for name in names}}
    for site, rows in table.groupby("site"):
        rows.drop(columns="site").rename(columns=shown).to_csv(folder / f"{site}.csv", index=False)
    sites = {
        site: {"format": "wide_table", "path": f"{site}.csv", "regions": {"prefix": "bp_"}}
        for site in pd.unique(table["site"])
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({**config(), "sites": sites}, sort_keys=False))
    return path


def config() -> dict:
    """The config without its sites: one model, one contrast."""
    return {
        "study": {
            "title": "Simulated",
            "outcome": {"column": "bp", "label": "BP_ND", "scale": "identity"},
        },
        "variables": {
            "age": {"kind": "number", "unit": "years"},
            "sex": {"kind": "level", "levels": ["F", "M"]},
            "group": {"kind": "level", "levels": ["control", "patient"]},
        },
        "models": {
            "main": {
                "formula": "age + sex + group + (1 | participant_id)",
                "harmonisation": "none",
            }
        },
        "contrasts": {
            "patients": {"model": "main", "difference": {"group": ["patient", "control"]}}
        },
    }


def measure(regions: int, scans: int) -> Cost:
    """Simulate a study, run it, and time what draws and writes its report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, write_study(folder, regions, scans))
        results = folder / "out" / "results"
        of_contrast, of_model = results / "contrasts" / "patients", results / "models" / "main"
        tables = [of_contrast / f"{table}.tsv" for table in ("contrast", "by_site")]
        fitted = ["residuals", "random_effects", "shrinkage", "variance_components"]
        figures = [folder / "figures", folder / "robustness_figures"]
        first = cpu_of(
            "draw_contrast",
            results / "specs/draw_contrast/patients.json",
            *tables,
            *(of_model / f"{table}.tsv" for table in fitted),
            figures[0],
        )
        second = cpu_of(
            "draw_robustness",
            results / "specs/draw_robustness/patients.json",
            of_contrast / "contrast.tsv",
            *(of_contrast / f"{table}.tsv" for table in ROBUST),
            *(of_model / f"{table}.tsv" for table in (fitted[1], fitted[3])),
            figures[1],
        )
        page = folder / "page.html"
        third = cpu_of("report_contrast", *page_words(results, figures, page))
        return Cost(regions, first, second, third, page.stat().st_size)


def prepare(folder: Path, config_file: Path) -> None:
    """Run everything that a report is made from."""
    targets = ["results/contrasts/patients/robustness.findings.tsv"]
    targets += ["results/models/main/residual_checks.tsv", "results/findings.tsv"]
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", "1"]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder / "out")]
    subprocess.run(
        [*command, "--configfile", str(config_file)],
        check=True,
        stdout=subprocess.PIPE,
        env=single(),
    )


def page_words(results: Path, figures: list[Path], page: Path) -> list[str | Path]:
    """Words of the step report_contrast."""
    of_contrast, of_model = results / "contrasts" / "patients", results / "models" / "main"
    models = ["findings.tsv", "variance_components.tsv", "residual_checks.tsv", "plan.json"]
    return [
        *("--spec", results / "specs/report_contrast/patients.json"),
        *("--contrast", *(of_contrast / f"{table}.tsv" for table in (*ESTIMATED, *PRINTED))),
        *("--model", *(of_model / file for file in models)),
        *("--findings", results / "findings.tsv"),
        *("--figures", *(folder / "index.json" for folder in figures)),
        *("--sources", *sorted((results / "tidy").glob("*.source.json"))),
        *("--page", page, "--summary", page.with_suffix(".json")),
    ]


def cpu_of(step: str, *words: str | Path) -> float:
    """CPU seconds of one step, Python's start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    script = ROOT / "scripts" / f"{step}.py"
    subprocess.run([sys.executable, script, *words], check=True, env=single())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def single() -> dict[str, str]:
    """The environment with one thread, so that CPU time is time of one core."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**os.environ, **threads, "PYTHONPATH": str(ROOT / "scripts")}


def results_table(costs: list[Cost], scans: int) -> str:
    """Measured costs in Markdown."""
    header = ["regions", "scans", "page", "figures", "figures of robustness", "page", "together"]
    rows = [
        [str(c.regions), str(scans), f"{c.size / 1000:.0f} kB"]
        + [f"{x:.1f} s" for x in (c.contrast_figures, c.robustness_figures, c.page, c.total)]
        for c in costs
    ]
    return markdown_table(header, rows)


def main() -> None:
    """Measure, print, and fail where a report is larger or slower than it may be."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=600)
    parser.add_argument("--regions", type=int, nargs="+", default=sorted(MOST_SECONDS))
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    given = parser.parse_args()
    costs = [measure(regions, given.scans) for regions in given.regions]
    print(results_table(costs, given.scans))
    if given.write:
        replace_section("report: size", results_table(costs, given.scans))
    slow = [c.regions for c in costs if c.total > MOST_SECONDS.get(c.regions, float("inf"))]
    large = [c.regions for c in costs if c.size > LARGEST]
    if slow or large:
        sys.exit(f"too slow with {slow or 'no'} regions, too large with {large or 'no'} regions")


if __name__ == "__main__":
    main()
