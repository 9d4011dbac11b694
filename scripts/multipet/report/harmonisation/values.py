"""Tables of what harmonisation did to values, effects of covariates and repeated scans."""

from functools import partial

import pandas as pd

from multipet.report.contrast.files import rows
from multipet.report.harmonisation.files import HarmonisationFiles
from multipet.report.harmonisation.tables import STAGES, table_or_none, text_cell
from multipet.report.html.tables import Cell, Heading, Table, number_cell, whole
from multipet.report.html.text import number, percent

PAIRS = {"within": "within a batch", "across": "across batches"}
MOST_ROWS = 300


def agreement_table(files: HarmonisationFiles) -> Table | None:
    """Whether the effects of covariates stayed."""
    headings = (
        Heading("Covariate", numeric=False),
        Heading("Regions"),
        Heading("Median change (SE)", meaning="|after − before| / standard error before"),
        Heading("Largest change (SE)"),
        Heading("Within its interval", meaning="after lies within before ± 1.96 SE"),
        Heading("Changed sign"),
    )
    body = tuple(
        (
            text_cell(files.column_label(row["column"]), header=True),
            number_cell(row, "n_regions", whole),
            number_cell(row, "median_difference", partial(number, digits=2)),
            number_cell(row, "largest_difference", partial(number, digits=2)),
            number_cell(row, "n_within", whole),
            number_cell(row, "n_sign", whole),
        )
        for row in rows(files.tables["effect_agreement"])
    )
    caption = "Coefficients from harmonised values against those from raw values."
    return table_or_none("agreement-table", caption, headings, body)


def moved_table(files: HarmonisationFiles) -> Table | None:
    """How far values of each batch moved."""
    table = files.tables["moved"]
    return _moved(files, table[table["region"] == ""], "moved-table", "By batch, all regions.")


def far_table(files: HarmonisationFiles) -> Table | None:
    """Batches and regions with values that moved far or changed sign."""
    table = files.tables["moved"]
    far = (table["region"] != "") & ((table["n_far"] > 0) | (table["n_sign"] > 0))
    chosen = table[far].sort_values("n_far", ascending=False, kind="stable")
    rest = f", {MOST_ROWS} of {len(chosen)}" if len(chosen) > MOST_ROWS else ""
    caption = f"Where values moved by more than 3 residual SD or changed sign{rest}."
    return _moved(files, chosen.head(MOST_ROWS), "far-table", caption, by_region=True)


def repeat_table(files: HarmonisationFiles) -> Table | None:
    """Agreement of repeated scans, region by region."""
    headings = (
        Heading("Region", numeric=False),
        Heading("Repeats", numeric=False),
        Heading("Values", numeric=False),
        Heading("People"),
        Heading("ICC"),
        Heading("95 % interval"),
        Heading("SD of repeats"),
        Heading("Difference (%)"),
    )
    body = tuple(
        (
            text_cell(files.region_label(row["region"]), header=True),
            text_cell(PAIRS[row["pairs"]]),
            text_cell(row["stage"]),
            number_cell(row, "n_people", whole),
            number_cell(row, "icc", partial(number, digits=2)),
            Cell(f"{number(row['icc_low'], 2)} to {number(row['icc_high'], 2)}"),
            number_cell(row, "sd", number),
            number_cell(row, "percent", number),
        )
        for row in rows(files.tables["repeats"])
    )
    caption = "Agreement of repeated scans; ICC: one-way random effects, single scan."
    return table_or_none("repeats-table", caption, headings, body, sortable=True)


def _moved(
    files: HarmonisationFiles, table: pd.DataFrame, id_: str, caption: str, by_region: bool = False
) -> Table | None:
    headings = (
        Heading("Batch", numeric=False),
        *([Heading("Region", numeric=False)] if by_region else []),
        Heading("Values"),
        Heading("Median change (%)"),
        Heading("Median (SD)", meaning="in residual SD of the region"),
        Heading("Largest (SD)"),
        Heading("Beyond 3 SD"),
        Heading("Changed sign"),
    )
    body = tuple(
        (
            text_cell(files.batch_label(row["batch"]), header=True),
            *([text_cell(files.region_label(row["region"]))] if by_region else []),
            number_cell(row, "n", whole),
            number_cell(row, "median_percent", partial(number, digits=2)),
            number_cell(row, "median_sd", partial(number, digits=2)),
            number_cell(row, "largest_sd", partial(number, digits=2)),
            number_cell(row, "n_far", whole, strong=row["n_far"] > 0),
            number_cell(row, "n_sign", whole, strong=row["n_sign"] > 0),
        )
        for row in rows(table)
    )
    return table_or_none(id_, caption, headings, body)


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
