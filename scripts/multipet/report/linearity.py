"""Is a slope a straight line? The chip, and the table of the test against a spline."""

from functools import partial
from typing import Any

from multipet.report.contrast_files import ContrastFiles, rows
from multipet.report.formatting import count, is_missing, number, p_equals, p_value
from multipet.report.tables_html import Cell, Heading, Table, digits, number_cell, row_heads
from multipet.report.verdicts import Verdict, named


def linear(files: ContrastFiles) -> Verdict | None:
    """Does a spline tell more than the line?"""
    tested = _tested(files)
    if not tested:
        return None
    variable = files.variable_label(tested[0]["variable"])
    bent = {row["region"] for row in tested if row["p_adjusted"] < files.alpha}
    smallest = min(row["p_adjusted"] for row in tested)
    p = p_equals(smallest, "smallest adjusted p" if files.adjusts else "smallest p", files.alpha)
    regions = count(len({row["region"] for row in tested}), "region")
    detail = f"a curve in {named(files, bent)} of {regions}" if bent else f"no curve in {regions}"
    return Verdict("look" if bent else "ok", f"{detail}; {p}", f"Linear in {variable}")


def linearity_table(files: ContrastFiles) -> Table | None:
    """Test of the line, a row a region; None where no slope was asked or nothing was tested."""
    if not _tested(files):
        return None
    every, paired = rows(files.robust.linearity), files.is_pairwise
    shown_p = partial(p_value, alpha=files.alpha)
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading("F (df)", meaning="test that the spline is a straight line"),
        Heading("p", meaning="not adjusted"),
        Heading("Adjusted p", meaning="adjusted over the rows of this table"),
    )
    body = tuple(
        (
            *row_heads(files, row, paired),
            _f(row),
            number_cell(row, "p_value", shown_p),
            number_cell(row, "p_adjusted", shown_p, strong=row["p_adjusted"] < files.alpha),
        )
        for row in every
    )
    variable = files.variable_label(every[0]["variable"])
    caption = (
        f"Test that the outcome follows {variable} in a straight line, against a natural cubic "
        "spline with 3 degrees of freedom. A small p: read the curve, not the slope alone."
    )
    return Table("linearity-table", caption, headings, body)


def _tested(files: ContrastFiles) -> list[dict[str, Any]]:
    return [row for row in rows(files.robust.linearity) if not is_missing(row["p_adjusted"])]


def _f(row: dict[str, Any]) -> Cell:
    if is_missing(row["f"]):
        return Cell("–")
    df = f"{row['numerator_df']:.0f}, {number(row['denominator_df'])}"
    return Cell(f"{number(row['f'])} ({df})", digits(row["f"]), column="f")
