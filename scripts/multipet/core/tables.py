"""The one place that reads and writes multipet's own tables: TSV with a data dictionary beside."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipet.core.columns import Column, names
from multipet.core.files import read_json, write_json, write_text

MISSING = "n/a"
#: Numbers are read as they were written; from pandas 3.1 on they always are.
EVERY_DIGIT: dict[str, Any] = (
    {}
    if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)
    else {"float_precision": "round_trip"}
)


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
    writer = csv.writer(
        buffer,
        delimiter="\t",
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL,
    )
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
        header = next(csv.reader(file, delimiter="\t"))
    if header != names(columns):
        raise ValueError(f"{path}: header {header} is not that of its dictionary")
    cells = pd.read_csv(
        path,
        sep="\t",
        dtype={c.name: "float64" if c.kind == "number" else "str" for c in columns},
        keep_default_na=False,
        na_values={c.name: [MISSING] for c in columns if c.kind == "number"},
        skip_blank_lines=False,
        **EVERY_DIGIT,
    )
    return pd.DataFrame({c.name: _typed(cells[c.name], c) for c in columns})


def read_columns(path: Path | str) -> list[Column]:
    """Columns of a table, from the data dictionary beside it."""
    entries = read_json(Path(path).with_suffix(".json"))["columns"]
    return [
        Column(e["name"], e["meaning"], e.get("unit"), e["kind"], tuple(e.get("levels", ())))
        for e in entries
    ]


def _dictionary(columns: Sequence[Column]) -> dict[str, Any]:
    entries = []
    for column in columns:
        entry: dict[str, Any] = {
            "name": column.name,
            "meaning": column.meaning,
            "kind": column.kind,
        }
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
    """Cells as they are written; each different one is made into text once."""
    if column.kind == "number":
        cells = values.to_numpy(float)
    else:  # 1 and True are one to pandas, and two texts
        cells = values.map(str, na_action="ignore") if values.dtype == object else values
    codes, different = pd.factorize(cells)
    words = list(map(_number if column.kind == "number" else str, different))
    # the code of what is missing is -1, the last word
    found = np.array([word or MISSING for word in words] + [MISSING], dtype=object)
    return found[codes].tolist()


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(float(value))


def _typed(cells: pd.Series, column: Column) -> pd.Series:
    if column.kind == "number":
        return cells
    if column.kind == "level":
        # a level may itself be spelled like the missing mark: the dictionary decides
        levels = pd.Index(column.levels, dtype="str")
        return pd.Series(pd.Categorical.from_codes(levels.get_indexer(cells), levels))
    return cells.replace(MISSING, "")
