"""Check a study's config and tables without running anything, and say what the study holds."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multipet.config.checks.tables import CheckedTables, check_tables
from multipet.config.kinds import variables_of
from multipet.config.loading import load_config
from multipet.core.findings import Finding
from multipet.core.problems import listed
from multipet.ingest.pooling import Pooled
from multipet.run.step import run_command


def main(words: list[str]) -> None:
    """CONFIG [CONFIG …]: check them as Snakemake would merge them; print what is in them."""
    if not words or any(word.startswith("-") for word in words):
        sys.exit("usage: check.py CONFIG.yaml [CONFIG.yaml …]")
    config = load_config([Path(word) for word in words])
    tables = check_tables(config)
    kinds = ("site", "model", "contrast")
    counts = [counted(len(config.values[f"{kind}s"]), kind) for kind in kinds]
    print(f"{words[-1]} and its tables can be run: {', '.join(counts)}.\n")
    print(study_summary(config.values, tables))


if __name__ == "__main__":
    run_command(main)


#: What was done, the most drastic first.
ACTIONS = ("excluded", "dropped", "missing", "noted", "joined")


def study_summary(values: Mapping[str, Any], tables: CheckedTables) -> str:
    """Summary of a study whose config and tables are right.

    Parameters
    ----------
    values
        The config with its defaults.
    tables
        What its tables hold.
    """
    parts = [
        _sites(tables),
        _findings(values, tables.findings),
        *_levels(values, tables.pooled),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def counted(count: int, word: str) -> str:
    """``1 model``, ``2 models``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _sites(tables: CheckedTables) -> list[str]:
    scans, regions = tables.pooled.scans, tables.pooled.regions
    rows = [("site", "scans", "people", "scanners", "regions")]
    for site in [table.site for table in tables.sites]:
        own = np.array([at for at, scan in enumerate(scans) if scan.site == site], dtype=int)
        given = [not np.isnan(column[own]).all() for column in regions.values()]
        rows.append((site, *_counts([scans[at] for at in own]), str(sum(given))))
    if len(rows) > 2:
        rows.append(("all", *_counts(scans), str(len(regions))))
    return _aligned(rows)


def _counts(scans: Sequence[Any]) -> tuple[str, str, str]:
    people = {scan.participant_id for scan in scans}
    return str(len(scans)), str(len(people)), str(len({scan.scanner for scan in scans}))


def _findings(values: Mapping[str, Any], findings: Sequence[Finding]) -> list[str]:
    """Findings counted by check and action, each with its first example."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.action, finding.check), []).append(finding)
    if not groups:
        return ["Nothing was found that the reports would have to list."]
    found = sorted(groups.items(), key=lambda group: ACTIONS.index(group[0][0]))
    rows = [
        (str(len(same)), check, action, _example(values, same[0]))
        for (action, check), same in found
    ]
    head = "Found in the tables (the reports list all of it), each with its first example:"
    return [head, *_aligned([("", "check", "action", ""), *rows], text=(1, 2, 3))]


def _example(values: Mapping[str, Any], finding: Finding) -> str:
    site = values["sites"].get(finding.site)
    table = Path(site["path"]).name if site else ""
    row = ("rows " if "," in finding.row else "row ") + finding.row if finding.row else ""
    people = values["participants"]
    named = [table, *([Path(people["path"]).name] if people else [])]
    table = "" if any(file in finding.message for file in named) else table
    place = ", ".join(word for word in (table, row, finding.region) if word)
    return f"{place}: {finding.message}" if place else finding.message


def _levels(values: Mapping[str, Any], pooled: Pooled) -> Iterator[list[str]]:
    """For each level variable that a contrast compares: its levels by site."""
    for position, (name, variable) in enumerate(values["variables"].items()):
        asking = [c for c, one in values["contrasts"].items() if name in variables_of(one)]
        if variable["kind"] != "level" or not asking:
            continue
        counts = {site: dict.fromkeys(variable["levels"], 0) for site in values["sites"]}
        for scan in pooled.scans:
            level = scan.covariates[position]
            if level is not None:
                counts[scan.site][level] += 1
        rows = [("site", *variable["levels"])]
        rows += [(site, *map(str, own.values())) for site, own in counts.items()]
        head = f"Scans by {name} ({counted(len(asking), 'contrast')}: {listed(asking)}):"
        yield [head, *_aligned(rows), *confounded(name, counts)]


def confounded(name: str, counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Say where a level is at one site alone, or nowhere.

    Parameters
    ----------
    name
        The variable.
    counts
        Site -> level -> scans.
    """
    if len(counts) > 1 and not any(sum(map(bool, own.values())) > 1 for own in counts.values()):
        yield f"No site has two levels of {name}: its levels cannot be told from the sites."
        return
    for level in next(iter(counts.values())):
        at = [site for site, own in counts.items() if own[level]]
        if not at:
            yield f'No scan has {name} "{level}".'
        elif len(at) == 1 < len(counts):
            yield (
                f'{name} "{level}" is at {at[0]} only: '
                "it is confounded with what sets that site apart."
            )


def _aligned(rows: Sequence[Sequence[str]], text: Sequence[int] = (0,)) -> list[str]:
    """Columns set under each other, numbers to the right; ``text`` columns to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place in text else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
