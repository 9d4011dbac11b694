"""The one place that reads and writes multipet's own tables: TSV with a data dictionary beside."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from multipet.core.columns import Column, names
from multipet.core.files import read_json, write_json, write_text

MISSING = "n/a"


def write_table(path: Path | str, frame: pd.DataFrame, columns: Sequence[Column]) -> None:
    """Write ``frame`` as TSV, with what its columns mean as JSON of the same name beside it.

    Parameters
    ----------
    path
        Ends in ``.tsv``; the dictionary goes to the same name ending in ``.json``.
    frame
        Holds exactly ``columns``. Numbers are written with all their digits.
    columns
        What each column means. The levels of a ``level`` column without levels are those
        of the categorical in ``frame``.

    Raises
    ------
    ValueError
        If ``frame`` lacks one of ``columns`` or has another.
    """
    if list(frame.columns) != names(columns):
        raise ValueError(f"{path}: table has {list(frame.columns)}, wanted {names(columns)}")
    described = [_with_levels(column, frame[column.name]) for column in columns]
    texts = [_as_text(frame[column.name], column) for column in described]
    buffer = io.StringIO()
    # the writer quotes line feeds by itself, but no lone carriage return
    returns = any("\r" in cell for cells in texts for cell in cells)
    quoting = csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n", quoting=quoting)
    writer.writerow(names(columns))
    writer.writerows(zip(*texts, strict=True))
    write_json(Path(path).with_suffix(".json"), _dictionary(described))
    write_text(path, buffer.getvalue())


def read_table(path: Path | str) -> pd.DataFrame:
    """Read a table that ``write_table`` wrote, with its types and the order of its levels.

    Returns
    -------
    DataFrame
        ``number`` columns as float64 (missing: NaN), ``level`` columns as categoricals in
        the stored order, ``text`` columns as text (missing: "").
    """
    columns = read_columns(path)
    with Path(path).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t")
    if header != names(columns):
        raise ValueError(f"{path}: header {header} is not that of its dictionary")
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    return pd.DataFrame({c.name: _typed(cell, c) for c, cell in zip(columns, cells, strict=True)})


def read_columns(path: Path | str) -> list[Column]:
    """Columns of a table, from the data dictionary beside it."""
    entries = read_json(Path(path).with_suffix(".json"))["columns"]
    return [
        Column(e["name"], e["meaning"], e.get("unit"), e["kind"], tuple(e.get("levels", ())))
        for e in entries
    ]


def _dictionary(columns: Sequence[Column]) -> dict:
    entries = []
    for column in columns:
        entry = {"name": column.name, "meaning": column.meaning, "kind": column.kind}
        if column.unit is not None:
            entry["unit"] = column.unit
        if column.kind == "level":
            entry["levels"] = list(column.levels)
        entries.append(entry)
    return {"missing": MISSING, "columns": entries}


def _with_levels(column: Column, values: pd.Series) -> Column:
    if column.kind != "level" or column.levels:
        return column
    return replace(column, levels=tuple(map(str, values.cat.categories)))


def _as_text(values: pd.Series, column: Column) -> list[str]:
    if column.kind == "number":
        return [_number(value) for value in values.to_numpy(float)]
    return [
        MISSING if gone or v == "" else str(v)
        for v, gone in zip(values, values.isna(), strict=True)
    ]


def _number(value: float) -> str:
    if np.isnan(value):
        return MISSING
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(float(value))


def _typed(cells: Sequence[str], column: Column) -> pd.Series:
    if column.kind == "number":
        return pd.Series([np.nan if c == MISSING else float(c) for c in cells], dtype=float)
    if column.kind == "level":
        # a level may itself be spelled like the missing mark: the dictionary decides
        known = set(column.levels)
        values = [c if c in known else None for c in cells]
        return pd.Series(pd.Categorical(values, categories=list(column.levels)))
    return pd.Series(["" if c == MISSING else c for c in cells], dtype="str")
