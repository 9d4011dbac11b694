"""Not a step: the index and the last words of a run in which a step failed (rules/run.smk)."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from multipet.columns import FINDINGS, names
from multipet.files import read_json, write_text
from multipet.report.index import index_html, index_page
from multipet.report.unfinished import Unfinished, failures_of, lines, unfinished
from multipet.tables import read_table


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
    spec = read_json(results / "specs/report_index/all.json")
    done = [name for name in spec["contrasts"] if name not in {one.id for one in lost}]
    summaries = [results / f"contrasts/{name}/summary.json" for name in done]
    noted = results / "findings.tsv"
    findings = read_table(noted) if noted.is_file() else pd.DataFrame(columns=names(FINDINGS))
    known = [read_json(path) for path in summaries if path.is_file()]
    write_text(results / "reports/index.html", index_html(index_page(spec, known, findings, lost)))


if __name__ == "__main__":
    main(json.load(sys.stdin))
