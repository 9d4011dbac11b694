"""Tidy and pooled tables as files, and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from multipet.core.columns import SCAN_REGION, Column, names
from multipet.core.tables import read_table, write_table
from multipet.ingest.pooling import Pooled
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable

VOLUME = Column("volume", "volume of the region, as delivered")
ROW = Column("row", "row of the raw table, 1 = header", "1")


def write_site(path: Path | str, table: SiteTable, study: Mapping[str, Any]) -> None:
    """Write a site's tidy table."""
    frame = pd.DataFrame(list(table.records()), columns=list(table.columns))
    levels = {
        "site": [table.site],
        "scanner": list(dict.fromkeys(scan.scanner for scan in table.scans)),
        "region": list(table.regions),
    }
    columns = [*_columns(study, levels), ROW]
    if table.has_volumes:
        columns.insert(len(SCAN_REGION), VOLUME)
    write_table(path, _typed(frame, columns), columns)


def read_site_file(path: Path | str, variables: Sequence[str]) -> SiteTable:
    """Read what ``write_site`` wrote.

    Parameters
    ----------
    path
        The tidy table.
    variables
        Names of the declared covariates, in order.
    """
    frame = read_table(path)
    keys = list(zip(frame["participant_id"], frame["session"], strict=True))
    number = {key: position for position, key in enumerate(dict.fromkeys(keys))}
    scans: list[Scan | None] = [None] * len(number)
    of_scan = [number[key] for key in keys]
    columns = ["participant_id", "session", "site", "scanner", *variables, "row"]
    for at, cells in zip(of_scan, _cells(frame, columns), strict=True):
        if scans[at] is None or cells[-1] < scans[at].row:
            scans[at] = Scan(*cells[:4], tuple(cells[4:-1]), int(cells[-1]))
    regions, rows = _regions(frame, of_scan, len(number))
    site = str(frame["site"].cat.categories[0])
    return SiteTable(site, tuple(variables), tuple(scans), regions, rows)


def _regions(
    frame: pd.DataFrame, of_scan: Sequence[int], count: int
) -> tuple[dict[str, RegionValues], dict[str, tuple[int | None, ...]]]:
    kinds = ["value", "volume", "row"] if "volume" in frame else ["value", "row"]
    names_of = list(frame["region"].cat.categories)
    grids = {kind: {name: [None] * count for name in names_of} for kind in kinds}
    for at, (name, *cells) in zip(of_scan, _cells(frame, ["region", *kinds]), strict=True):
        for kind, cell in zip(kinds, cells, strict=True):
            grids[kind][name][at] = cell
    volumes = grids.get("volume", {})
    regions = {
        name: RegionValues(tuple(grids["value"][name]), _if_any(volumes.get(name, ())))
        for name in names_of
    }
    rows = {
        name: tuple(None if row is None else int(row) for row in grid)
        for name, grid in grids["row"].items()
    }
    return regions, rows


def _if_any(volumes: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(volumes) if any(volume is not None for volume in volumes) else ()


def _cells(frame: pd.DataFrame, columns: Sequence[str]) -> zip:
    """Rows of ``frame`` as plain Python values, missing ones ``None``."""
    plain = [
        [
            None if gone else cell
            for cell, gone in zip(frame[name].tolist(), frame[name].isna(), strict=True)
        ]
        for name in columns
    ]
    return zip(*plain, strict=True)


def write_pooled(
    path: Path | str, pooled: Pooled, study: Mapping[str, Any], sites: Sequence[str]
) -> None:
    """Write the pooled table: every scan with every region, missing values as ``n/a``."""
    columns = _columns(study, pooled_levels(pooled, sites))
    write_table(path, pooled_frame(pooled, study, sites), columns)


def pooled_frame(pooled: Pooled, study: Mapping[str, Any], sites: Sequence[str]) -> pd.DataFrame:
    """Pooled table as a data frame, one row a scan x region.

    Parameters
    ----------
    pooled
        From ``pooling.pool``.
    study
        ``study`` and ``variables`` of the config.
    sites
        Sites in the order of the config.
    """
    rows = [
        (s.participant_id, s.session, s.site, s.scanner, region, values[at], *s.covariates)
        for at, s in enumerate(pooled.scans)
        for region, values in pooled.regions.items()
    ]
    columns = _columns(study, pooled_levels(pooled, sites))
    return _typed(pd.DataFrame(rows, columns=names(columns)), columns)


def pooled_levels(pooled: Pooled, sites: Sequence[str]) -> dict[str, list[str]]:
    """Levels of site, scanner and region, in order."""
    return {
        "site": list(sites),
        "scanner": list(dict.fromkeys(scan.scanner for scan in pooled.scans)),
        "region": list(pooled.regions),
    }


def _columns(study: Mapping[str, Any], levels: Mapping[str, Sequence[str]]) -> list[Column]:
    """Columns of a tidy or pooled table of this study."""
    own = [replace(c, levels=tuple(levels.get(c.name, ()))) for c in SCAN_REGION]
    unit = study["study"]["outcome"].get("unit")
    own = [replace(c, unit=unit) if c.name == "value" else c for c in own]
    return [*own, *(_covariate(name, one) for name, one in study["variables"].items())]


def _covariate(name: str, variable: Mapping[str, Any]) -> Column:
    levels = tuple(variable.get("levels") or ()) if variable["kind"] == "level" else ()
    return Column(name, f"covariate {name}", variable.get("unit") or None, variable["kind"], levels)


def _typed(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    def series(column: Column) -> Any:
        if column.kind == "level":
            return pd.Categorical(frame[column.name], categories=list(column.levels))
        return frame[column.name].astype(float if column.kind == "number" else "str")

    return pd.DataFrame({column.name: series(column) for column in columns})
