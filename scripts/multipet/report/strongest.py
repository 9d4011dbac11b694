"""Of many regions, those with the smallest p: what a table shows where all would be too long."""

from collections.abc import Mapping, Sequence
from typing import Any

from multipet.report.contrast_files import ContrastFiles

MOST_REGIONS = 30
Row = Mapping[str, Any]


def in_strongest(files: ContrastFiles, table: Sequence[Row]) -> list[Row]:
    """Rows in the ``MOST_REGIONS`` regions with the smallest p; all where there are no more."""
    regions = set(_regions(table))
    if len(regions) <= MOST_REGIONS:
        return list(table)
    ranked = files.contrast.sort_values("p_value", kind="stable")["region"]
    ordered = [r for r in dict.fromkeys([*ranked, *_regions(table)]) if r in regions]
    shown = set(ordered[:MOST_REGIONS])
    return [row for row in table if row["region"] in shown]


def rest_in_words(files: ContrastFiles, table: Sequence[Row], file: str) -> str:
    """What a caption adds where regions are left out, and the file that has them; else nothing."""
    shown, total = len(_regions(in_strongest(files, table))), len(_regions(table))
    if shown == total:
        return ""
    return f" Here: {shown} of {total} regions, those with the smallest p; {file} has all."


def _regions(table: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["region"] for row in table))
