"""Tables of the differences between batches, before and after."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from multipet.report.contrast_files import rows
from multipet.report.formatting import number, p_value, percent, signed, threshold
from multipet.report.harmonisation_cells import STAGES, table_or_none, text_cell, value_cell
from multipet.report.harmonisation_files import HarmonisationFiles
from multipet.report.tables_html import Cell, Heading, Table, number_cell, whole

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


def component_table(files: HarmonisationFiles) -> Table | None:
    """What each component has to do with batch and covariates, before and after."""
    table = files.tables["component_shares"]
    components = sorted(table["component"].unique())
    keys = [(component, stage) for component in components for stage in STAGES]
    headings = (
        Heading("R² of", numeric=False),
        *(Heading(f"Component {component:.0f} {stage}") for component, stage in keys),
    )
    at = {(row["component"], row["stage"], row["term"]): row for row in rows(table)}
    terms = list(dict.fromkeys(table["term"]))
    body = [
        (
            text_cell("batch" if term == "batch" else files.variable_label(term), header=True),
            *(number_cell(at[(*key, term)], "r_squared", percent) for key in keys),
        )
        for term in terms
    ]
    if terms:
        shares = (number_cell(at[(*key, terms[0])], "share", percent) for key in keys)
        body.append((text_cell("share of the variance", header=True), *shares))
    caption = "Share of each component that batch, or a covariate, explains alone."
    return table_or_none("components-table", caption, headings, tuple(body))


def _size_form(test: str) -> Any:
    return percent if test == "mean" else partial(number, digits=3)
