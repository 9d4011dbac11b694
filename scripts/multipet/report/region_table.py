"""The table of all regions: effect, interval, t, df, p, size of the fit."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from multipet.report.contrast_files import ContrastFiles, rows
from multipet.report.effect import SD_MEANING, detected
from multipet.report.formatting import level_percent, number, p_value, signed, threshold
from multipet.report.tables_html import Cell, Heading, Table, number_cell, row_heads, whole


def region_table(files: ContrastFiles) -> Table:
    """Every row of the contrast: effect, interval, t, df, p, size of the fit."""
    spec, scale = files.spec, files.scale
    paired = spec["contrast"]["kind"] == "pairwise"
    confidence = level_percent(spec["inference"]["confidence"])
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading(f"Estimate ({scale.unit})", meaning="estimated effect"),
        Heading("CI low", meaning=f"lower end of the {confidence} confidence interval"),
        Heading("CI high", meaning=f"upper end of the {confidence} confidence interval"),
        Heading("SD units", meaning=f"estimate divided by the {SD_MEANING}"),
        Heading("t"),
        Heading("df", meaning="degrees of freedom of t"),
        Heading("p", meaning="not adjusted"),
        Heading("Adjusted p", meaning="adjusted over the rows of this table"),
        Heading("People"),
        Heading("Scans"),
    )
    body = tuple(_region_row(files, row, paired) for row in rows(files.contrast))
    caption = _region_caption(files, confidence)
    note = f"SD units: the estimate divided by the {SD_MEANING}."
    return Table("regions-table", caption, headings, body, sortable=True, note=note)


def _region_row(files: ContrastFiles, row: Mapping[str, Any], paired: bool) -> tuple[Cell, ...]:
    scale, strong = files.scale, detected(row, files.alpha)
    shown_p = partial(p_value, alpha=files.alpha)
    return (
        *row_heads(files, row, paired),
        number_cell(row, scale.estimate, signed, strong),
        number_cell(row, scale.low, signed),
        number_cell(row, scale.high, signed),
        number_cell(row, "standardised", signed),
        number_cell(row, "t", signed),
        number_cell(row, "df", number),
        number_cell(row, "p_value", shown_p),
        number_cell(row, "p_adjusted", shown_p, strong),
        number_cell(row, "n_subjects", whole),
        number_cell(row, "n_scans", whole),
    )


def _region_caption(files: ContrastFiles, confidence: str) -> str:
    inference = files.spec["inference"]
    adjusted = {"bh": "Benjamini–Hochberg", "holm": "Holm"}.get(inference.get("adjust", ""))
    row = "comparison" if files.is_pairwise else "region"
    text = f"Estimates with {confidence} confidence intervals, each for its own {row}, not adjusted"
    text += f"; adjusted p: {adjusted}, over all rows" if adjusted else "; p not adjusted either"
    bold = "adjusted p" if adjusted else "p"
    return f"{text}. Bold: {bold} < {threshold(files.alpha)}."
