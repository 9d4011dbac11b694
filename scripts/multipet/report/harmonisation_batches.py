"""Tables of the batches of a harmonisation: who was scanned where."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from multipet.report.contrast_files import level_label, rows
from multipet.report.formatting import is_missing, number, percent
from multipet.report.harmonisation_answer import LARGE_DIFFERENCE
from multipet.report.harmonisation_cells import table_or_none, text_cell
from multipet.report.harmonisation_files import HarmonisationFiles
from multipet.report.tables_html import Cell, Heading, Table, digits, number_cell, whole

DIFFERENCE = (
    "d: difference of means or proportions from all other batches, in units of the root of the "
    f"mean of both variances. Bold: beyond {LARGE_DIFFERENCE:g}."
)
ERROR = "2Φ(−1.96 √(1 − R²))"
NAIVE = (
    "Predicted error: how often a test at 5 % finds an effect that is not there, where it takes "
    "harmonised values for raw ones and leaves out the batches. The reports of the contrasts give "
    "calibrated p-values instead."
)


def batch_table(files: HarmonisationFiles) -> Table:
    """Scans, people and covariates of every batch, with standardised differences."""
    table = files.tables["batches"]
    keys = _described(table)
    heads = [_covariate_heading(files, *key) for key in keys]
    body = []
    for batch, part in table.groupby("batch", sort=False):
        of_key = {(row["variable"], row["level"]): row for row in rows(part)}
        whole_batch = of_key["", ""]
        body.append((
            text_cell(files.batch_label(str(batch)), header=True),
            number_cell(whole_batch, "n_scans", whole),
            number_cell(whole_batch, "n_people", whole),
            *(cell for key in keys for cell in _covariate_cells(of_key.get(key, {}))),
        ))  # fmt: skip
    difference = Heading("d", meaning="standardised difference of this batch from all others")
    headings = (
        Heading("Batch", numeric=False),
        Heading("Scans"),
        Heading("People"),
        *(heading for head in heads for heading in (head, difference)),
    )
    caption = "Who was scanned in which batch."
    return Table("batches-table", caption, headings, tuple(body), note=DIFFERENCE)


def share_table(files: HarmonisationFiles) -> Table | None:
    """How much of each covariate lies between batches, and what that does to a naive test."""
    predicted = [] if files.is_given else [Heading("Predicted error", meaning=ERROR)]
    headings = (
        Heading("Covariate", numeric=False),
        Heading("R² on batch", meaning="share of its variance that lies between batches"),
        Heading("Partial R²", meaning="the same of what the other covariates leave of it"),
        *predicted,
        Heading("Compared by a contrast", numeric=False),
    )
    body = tuple(
        (
            text_cell(files.column_label(row["column"]), header=True),
            number_cell(row, "share", percent),
            number_cell(row, "partial_share", percent),
            *(number_cell(row, "predicted_error", percent) for _ in predicted),
            text_cell("yes" if row["tested"] else "no"),
        )
        for row in rows(files.tables["covariate_shares"])
    )
    caption = "How much of each covariate lies between batches."
    return table_or_none("shares-table", caption, headings, body, note=NAIVE * len(predicted))


def _described(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Covariates and levels with a column each; of two levels, the second alone."""
    keys = dict.fromkeys(zip(table["variable"], table["level"], strict=True))
    levels: dict[str, list[str]] = {}
    for variable, level in keys:
        levels.setdefault(variable, []).append(level)
    levels.pop("", None)
    return [
        (variable, level)
        for variable, each in levels.items()
        for level in (each[1:] if len(each) == 2 else each)
    ]


def _covariate_heading(files: HarmonisationFiles, variable: str, level: str) -> Heading:
    label = files.variable_label(variable)
    if not level:
        return Heading(f"{label}, mean (SD)")
    return Heading(f"{label}: {level_label(files.spec, variable, level)}")


def _covariate_cells(row: Mapping[str, Any]) -> tuple[Cell, Cell]:
    difference = row.get("difference")
    large = not is_missing(difference) and abs(difference) > LARGE_DIFFERENCE
    d = Cell(_two_decimals(difference), digits(difference), strong=large)
    if is_missing(row.get("mean")) and not row.get("level"):
        return Cell("n/a"), d
    if row["level"]:
        return Cell(f"{row['n']:.0f} ({percent(row['share'])})", digits(row["share"])), d
    return Cell(f"{number(row['mean'])} ({number(row['sd'])})", digits(row["mean"])), d


def _two_decimals(value: float | None) -> str:
    return "n/a" if is_missing(value) else f"{value:+.2f}".replace("-", "−")
