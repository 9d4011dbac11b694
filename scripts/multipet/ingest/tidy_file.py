"""Tidy and pooled tables as files, and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipet.config.delivered import MeasuredVariable
from multipet.config.specs import TidyStudy
from multipet.core.columns import SCAN_REGION, Column
from multipet.core.tables import read_table, write_table
from multipet.ingest.pooling import Pooled
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable, Values, floats

VOLUME = Column("volume", "volume of the region, as delivered")
ROW = Column("row", "row of the raw table, 1 = header", "1")


def write_site(path: Path | str, table: SiteTable, study: TidyStudy) -> None:
    """Write a site's tidy table: a row a scan and region that the site delivered."""
    levels = {
        "site": [table.site],
        "scanner": list(dict.fromkeys(scan.scanner for scan in table.scans)),
        "region": list(table.regions),
    }
    columns = [*_columns(study, levels), ROW]
    values = {"value": [one.values for one in table.regions.values()]}
    if table.has_volumes:
        columns.insert(len(SCAN_REGION), VOLUME)
        missing = np.full(len(table.scans), np.nan)
        volumes = [one.volumes if len(one.volumes) else missing for one in table.regions.values()]
        values["volume"] = volumes
    values["row"] = [floats(table.rows[region]) for region in table.regions]
    frame = _scans_by_regions(table.scans, list(table.regions), values, columns)
    write_table(path, frame[frame["row"].notna()], columns)


def _scans_by_regions(
    scans: Sequence[Scan],
    regions: Sequence[str],
    values: Mapping[str, Sequence[Values]],
    columns: Sequence[Column],
) -> pd.DataFrame:
    """Every scan with every region; ``values`` are columns, one array a region."""
    own = {
        name: [getattr(scan, name) for scan in scans]
        for name in ("participant_id", "session", "site", "scanner")
    }
    covariates = [c for c in columns if c.name not in (*own, "region", *values)]
    for position, column in enumerate(covariates):
        own[column.name] = [scan.covariates[position] for scan in scans]
    shape = (len(scans), len(regions))

    def cells(column: Column) -> Any:
        if column.name in values:
            return np.column_stack(values[column.name]).ravel() if regions else np.empty(0)
        if column.name == "region":
            codes = np.tile(np.arange(shape[1]), shape[0])
            return pd.Categorical.from_codes(codes, list(regions))
        return _typed(own[column.name], column).repeat(shape[1])

    return pd.DataFrame({column.name: cells(column) for column in columns})


def _typed(cells: Sequence[Any], column: Column) -> Any:
    """Cells of one column of the scans, as a table has them."""
    if column.kind == "level":
        return pd.Categorical(cells, categories=list(column.levels))
    return pd.array(cells, dtype="str") if column.kind == "text" else floats(cells)


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
    of_scan = frame.groupby(["participant_id", "session"], sort=False).ngroup().to_numpy()
    count = int(of_scan.max()) + 1
    # the first row of a scan in the delivered table, not in this one
    heads = frame.iloc[np.lexsort((frame["row"], of_scan))]
    heads = heads[~pd.Series(np.sort(of_scan)).duplicated().to_numpy()]
    columns = ["participant_id", "session", "site", "scanner", *variables, "row"]
    scans = tuple(
        Scan(who, session, site, scanner, tuple(own), int(row))
        for who, session, site, scanner, *own, row in _cells(heads, columns)
    )
    regions, rows = _regions(frame, of_scan, count)
    site = str(frame["site"].cat.categories[0])
    return SiteTable(site, tuple(variables), scans, regions, rows)


def _regions(
    frame: pd.DataFrame, of_scan: np.ndarray, count: int
) -> tuple[dict[str, RegionValues], dict[str, tuple[int | None, ...]]]:
    names_of = list(frame["region"].cat.categories)
    of_region = frame["region"].cat.codes.to_numpy()
    grids = {}
    for kind in ("value", "volume", "row"):
        grids[kind] = np.full((len(names_of), count), np.nan)
        if kind in frame:
            grids[kind][of_region, of_scan] = frame[kind]
    volumes = [own if not np.isnan(own).all() else np.empty(0) for own in grids["volume"]]
    regions = {
        name: RegionValues(values, own)
        for name, values, own in zip(names_of, grids["value"], volumes, strict=True)
    }
    rows = {
        name: tuple(None if row != row else int(row) for row in own.tolist())
        for name, own in zip(names_of, grids["row"], strict=True)
    }
    return regions, rows


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


def write_pooled(path: Path | str, pooled: Pooled, study: TidyStudy, sites: Sequence[str]) -> None:
    """Write the pooled table: every scan with every region, missing values as ``n/a``."""
    columns = pooled_columns(pooled, study, sites)
    write_table(path, pooled_frame(pooled, study, sites), columns)


def pooled_columns(pooled: Pooled, study: TidyStudy, sites: Sequence[str]) -> list[Column]:
    """Columns of the pooled table, with their levels."""
    return _columns(study, pooled_levels(pooled, sites))


def pooled_frame(pooled: Pooled, study: TidyStudy, sites: Sequence[str]) -> pd.DataFrame:
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
    columns = pooled_columns(pooled, study, sites)
    values = {"value": list(pooled.regions.values())}
    return _scans_by_regions(pooled.scans, list(pooled.regions), values, columns)


def pooled_levels(pooled: Pooled, sites: Sequence[str]) -> dict[str, list[str]]:
    """Levels of site, scanner and region, in order."""
    return {
        "site": list(sites),
        "scanner": list(dict.fromkeys(scan.scanner for scan in pooled.scans)),
        "region": list(pooled.regions),
    }


def _columns(study: TidyStudy, levels: Mapping[str, Sequence[str]]) -> list[Column]:
    """Columns of a tidy or pooled table of this study."""
    own = [replace(c, levels=tuple(levels.get(c.name, ()))) for c in SCAN_REGION]
    unit = study.study.outcome.unit
    own = [replace(c, unit=unit) if c.name == "value" else c for c in own]
    return [*own, *(_covariate(name, one) for name, one in study.variables.items())]


def _covariate(name: str, variable: MeasuredVariable) -> Column:
    levels = variable.levels or () if variable.kind == "level" else ()
    return Column(name, f"covariate {name}", variable.unit or None, variable.kind, levels)
