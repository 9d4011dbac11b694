"""Not a step: the index and the last words of a run in which a step failed (rules/run.smk)."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from multipet.config.page_specs import IndexSpec
from multipet.config.specs import read_spec
from multipet.core.columns import FINDINGS, names
from multipet.core.files import read_json, write_text
from multipet.core.tables import read_table
from multipet.report.index.page import index_html, index_page
from multipet.report.index.unfinished import Unfinished, failures_of, lines, unfinished


def main(told: Mapping[str, Any]) -> None:
    """TOLD by the run: since, contrasts, others, results, index."""
    results = Path(told["results"])
    specs = {name: results / f"specs/report_contrast/{name}.json" for name in told["contrasts"]}
    titles = {name: read_json(path)["contrast"]["title"] for name, path in specs.items()}
    lost = unfinished(told["contrasts"], titles, told["since"])
    if told["index"]:
        write_index(results, lost)
    said = ["", *lines(lost, failures_of(told["others"], told["since"]))]
    if told["index"]:
        page = (results / "reports/index.html").absolute()
        said.append(f"The other reports, and what is missing: {page}")
    said.append("When the cause is gone, run the same command again: what is done stays.")
    print(*said, sep="\n", file=sys.stderr)


def write_index(results: Path, lost: tuple[Unfinished, ...]) -> None:
    """The index of the contrasts that are done, and of those that are not."""
    spec = read_spec(IndexSpec, results / "specs/report_index/all.json")
    records = {one.id: one.record for one in lost}
    for name in spec.contrasts:
        summary = results / f"contrasts/{name}/summary.json"
        if name not in records and summary.is_file():
            records[name] = read_json(summary)
    ordered = [records[name] for name in spec.contrasts if name in records]
    others = [*results.glob("harmonised/*.summary.json"), *results.glob("tidy/*.source.json")]
    noted, pooled = results / "findings.tsv", results / "tidy/pooled.tsv"
    findings = read_table(noted) if noted.is_file() else pd.DataFrame(columns=names(FINDINGS))
    page = index_page(
        spec,
        [*ordered, *map(read_json, sorted(others))],
        findings,
        read_table(pooled) if pooled.is_file() else None,
    )
    write_text(results / "reports/index.html", index_html(page))


if __name__ == "__main__":
    main(json.load(sys.stdin))
