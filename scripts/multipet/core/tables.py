"""The one place that reads and writes multipet's own tables: TSV with a data dictionary beside."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import pandas as pd

from multipet.core.columns import Column, names
from multipet.core.files import canonical_json, read_json, write_json, write_text
from multipet.core.problems import Problem, UserError

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
    described, text = _written(path, frame, columns)
    whole = {"rows": len(frame), "sha256": _sha256(text.encode())}
    dictionary = {**_dictionary(described), **whole}
    sealed = {**dictionary, "dictionary_sha256": _sha256(canonical_json(dictionary).encode())}
    write_json(Path(path).with_suffix(".json"), sealed)
    write_text(path, text)


def as_read(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """What ``read_table`` gives of what ``write_table`` would write, with no file."""
    described, text = _written("table", frame, columns)
    return _read(io.StringIO(text), described)


def _written(
    path: Path | str, frame: pd.DataFrame, columns: Sequence[Column]
) -> tuple[list[Column], str]:
    """The columns with their levels, and the table as text."""
    if list(frame.columns) != names(columns):
        raise ValueError(f"{path}: table has {list(frame.columns)}, wanted {names(columns)}")
    described = [_with_levels(column, frame[column.name]) for column in columns]
    texts = [_as_text(frame[column.name], column) for column in described]
    buffer = io.StringIO()
    # the writer quotes line feeds by itself, but no lone carriage return
    returns = any("\r" in cell for cells in texts for cell in cells)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n", quoting=quoting)
    writer.writerow(names(columns))
    writer.writerows(zip(*texts, strict=True))
    return described, buffer.getvalue()


def read_table(path: Path | str) -> pd.DataFrame:
    """Read a table that ``write_table`` wrote, with its types and the order of its levels.

    Returns
    -------
    DataFrame
        ``number`` columns as float64 (missing: NaN), ``level`` columns as categoricals in
        the stored order, ``text`` columns as text (missing: "").

    Raises
    ------
    UserError
        If the table is not what was written with its dictionary. Both are removed, so that
        the next run makes them again.
    """
    described = _described(Path(path))
    data = Path(path).read_bytes()
    if _sha256(data) != described["sha256"]:
        raise _removed(Path(path))
    return _read(io.BytesIO(data), _columns(described))


def _read(table: IO[Any], columns: Sequence[Column]) -> pd.DataFrame:
    """Cells of a written table, typed by its columns."""
    cells = pd.read_csv(
        table,
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
    return _columns(_described(Path(path)))


def _columns(described: Mapping[str, Any]) -> list[Column]:
    return [
        Column(e["name"], e["meaning"], e.get("unit"), e["kind"], tuple(e.get("levels", ())))
        for e in described["columns"]
    ]


def _described(path: Path) -> dict[str, Any]:
    """A table's dictionary, which holds its own checksum."""
    try:
        described: dict[str, Any] = read_json(path.with_suffix(".json"))
        sealed = described.pop("dictionary_sha256")
    except (ValueError, KeyError, TypeError, AttributeError):  # cut short or edited
        raise _removed(path) from None
    if sealed != _sha256(canonical_json(described).encode()):
        raise _removed(path)
    return described


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _removed(path: Path) -> UserError:
    """Remove a damaged table with its dictionary, and say so."""
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)
    message = "is not what was written, or its dictionary is not; both were removed"
    return UserError(Problem(str(path), message, "run the same command again: it makes them anew"))


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
