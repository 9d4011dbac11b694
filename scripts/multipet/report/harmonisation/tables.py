"""Tables of the batches of a harmonisation, and of their differences before and after."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from multipet.report.contrast.files import rows
from multipet.report.harmonisation.answer import LARGE_DIFFERENCE
from multipet.report.harmonisation.files import HarmonisationFiles
from multipet.report.html.tables import Cell, Heading, Table, digits, number_cell, whole
from multipet.report.html.text import (
    is_missing,
    level_label,
    number,
    p_value,
    percent,
    signed,
    threshold,
)

STAGES = ("before", "after")


def text_cell(text: str, header: bool = False) -> Cell:
    """A cell of words."""
    return Cell(text, text, numeric=False, header=header)


def value_cell(value: float, form: Callable[[float], str]) -> Cell:
    """A number printed by ``form``."""
    return Cell("n/a" if is_missing(value) else form(value), digits(value))


def table_or_none(
    id_: str,
    caption: str,
    headings: tuple[Heading, ...],
    body: tuple[tuple[Cell, ...], ...],
    sortable: bool = False,
    note: str = "",
) -> Table | None:
    """A table; None without rows."""
    return Table(id_, caption, headings, body, sortable, note) if body else None


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
    large = difference is not None and abs(difference) > LARGE_DIFFERENCE
    d = Cell(_two_decimals(difference), digits(difference), strong=large)
    if is_missing(row.get("mean")) and not row.get("level"):
        return Cell("n/a"), d
    if row["level"]:
        return Cell(f"{row['n']:.0f} ({percent(row['share'])})", digits(row["share"])), d
    return Cell(f"{number(row['mean'])} ({number(row['sd'])})", digits(row["mean"])), d


def _two_decimals(value: float | None) -> str:
    return "n/a" if is_missing(value) else f"{value:+.2f}".replace("-", "−")


TESTS = {
    "mean": "Mean: F of batch beyond the covariates",
    "brown_forsythe": "Spread: Brown and Forsythe",
    "fligner_killeen": "Spread: Fligner and Killeen",
}


def count_table(files: HarmonisationFiles) -> Table | None:
    """Regions in which batches differ, before and after."""
    table = files.tables["batch_test_counts"]
    tests = list(dict.fromkeys(table["test"]))
    headings = (
        Heading("Test", numeric=False),
        Heading("Regions"),
        *(Heading(f"p < {threshold(files.alpha)} {stage}") for stage in STAGES),
        *(Heading(f"adjusted, {stage}", meaning="Benjamini–Hochberg") for stage in STAGES),
        *(Heading(f"median size {stage}") for stage in STAGES),
    )
    body = []
    for test in tests:
        two = rows(table[table["test"] == test])
        form = percent if test == "mean" else partial(number, digits=3)
        body.append((
            text_cell(TESTS[test], header=True),
            number_cell(two[0], "n_regions", whole),
            *(number_cell(row, "n_below", whole) for row in two),
            *(number_cell(row, "n_below_adjusted", whole) for row in two),
            *(number_cell(row, "size_median", form) for row in two),
        ))  # fmt: skip
    note = "Size: partial R² of batch for the mean, largest over smallest SD for the spread."
    caption = "Regions in which batches differ."
    return table_or_none("counts-table", caption, headings, tuple(body), note=note)


def batch_test_table(files: HarmonisationFiles) -> Table | None:
    """Every region: sizes and adjusted p of mean and spread."""
    table = files.tables["batch_tests"]
    wide = table.pivot(index="region", columns=["test", "stage"], values=["size", "p_adjusted"])
    short = {"mean": "mean", "brown_forsythe": "spread"}
    headings = (
        Heading("Region", numeric=False),
        *(
            Heading(text)
            for test in short
            for stage in STAGES
            for text in (f"{short[test]} {stage}", "adjusted p")
        ),
    )
    body = tuple(
        (
            text_cell(files.region_label(region), header=True),
            *(c for test in short for c in _test_cells(wide.loc[region], test, files.alpha)),
        )
        for region in dict.fromkeys(table["region"])
    )
    caption = "Partial R² of batch (mean) and ratio of SDs (spread) in every region."
    return table_or_none("tests-table", caption, headings, body, sortable=True)


def _test_cells(row: pd.Series, test: str, alpha: float) -> Iterator[Cell]:
    """Size and adjusted p of one test in one region, before and after."""
    for stage in STAGES:
        yield value_cell(row["size", test, stage], _size_form(test))
        yield value_cell(row["p_adjusted", test, stage], partial(p_value, alpha=alpha))


def prior_table(files: HarmonisationFiles) -> Table | None:
    """Mean and SD of shifts and scales over regions, and their distance from the prior."""
    table = files.tables["priors"]
    headings = (
        Heading("Batch", numeric=False),
        *(
            Heading(f"{text}: {what}")
            for text in ("Shift (SD)", "Log scale")
            for what in ("mean", "SD", "distance")
        ),
    )
    body = []
    for batch, part in table.groupby("batch", sort=False):
        of = {row["quantity"]: row for row in rows(part)}
        cells = [
            number_cell(of.get(quantity, {}), column, form)
            for quantity in ("shift", "log_scale")
            for column, form in (("mean", signed), ("sd", number), ("distance", number))
        ]
        body.append((text_cell(files.batch_label(str(batch)), header=True), *cells))
    note = "Distance: largest difference between both cumulative distributions (0: none, 1: apart)."
    caption = "Estimates over regions, and their distance from the prior."
    return table_or_none("priors-table", caption, headings, tuple(body), note=note)


def _size_form(test: str) -> Any:
    return percent if test == "mean" else partial(number, digits=3)
