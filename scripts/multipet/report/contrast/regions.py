"""The sections on the effect itself: the table of all regions, and the strongest of many."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from multipet.report.chips.by_site import differs, sd_shown, straight_tests
from multipet.report.chips.sites import takes_from_data
from multipet.report.contrast.effect import SD_MEANING, detected
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.embedded import Figure
from multipet.report.html.rendering import Block, blocks, table_block
from multipet.report.html.tables import (
    Cell,
    Heading,
    Table,
    digits,
    number_cell,
    ordered,
    row_heads,
    whole,
)
from multipet.report.html.text import (
    count,
    is_missing,
    level_percent,
    number,
    p_value,
    signed,
    site_label,
    threshold,
)

MOST_REGIONS = 30
Row = Mapping[str, Any]


def in_strongest(files: ContrastFiles, table: Sequence[Row]) -> list[Row]:
    """Rows in the ``MOST_REGIONS`` regions with the smallest p; all where there are no more."""
    regions = set(_regions(table))
    if len(regions) <= MOST_REGIONS:
        return list(table)
    ranked = files.contrast.sort_values("p_value", kind="stable")["region"]
    ordered = [r for r in dict.fromkeys([*ranked, *_regions(table)]) if r in regions]
    shown = set(ordered[:MOST_REGIONS])
    return [row for row in table if row["region"] in shown]


def rest_in_words(files: ContrastFiles, table: Sequence[Row], file: str) -> str:
    """What a caption adds where regions are left out, and the file that has them; else nothing."""
    shown, total = len(_regions(in_strongest(files, table))), len(_regions(table))
    if shown == total:
        return ""
    return f" Here: {shown} of {total} regions, those with the smallest p; {file} has all."


def _regions(table: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["region"] for row in table))


def region_table(files: ContrastFiles) -> Table:
    """Every row of the contrast: effect, interval, t, df, p, size of the fit."""
    spec, scale = files.spec, files.scale
    paired = spec.contrast.kind == "pairwise"
    confidence = level_percent(spec.inference.confidence)
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
        Heading("Adjusted p", meaning="adjusted over this table"),
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
    inference = files.spec.inference
    adjusted = {"bh": "Benjamini–Hochberg", "holm": "Holm"}.get(inference.adjust)
    text = f"Estimates with {confidence} confidence intervals, not adjusted"
    over = f"adjusted p: {adjusted}, over all {files.counted_noun}s"
    text += f"; {over if adjusted else 'p not adjusted either'}"
    bold = "adjusted p" if adjusted else "p"
    return f"{text}. Bold: {bold} < {threshold(files.alpha)}."


MOST_REASONS = 4


def effects_table(files: ContrastFiles) -> Table | None:
    """Effects of every region at every site; None where nothing varies within sites."""
    every = rows(files.by_site)
    if not every:
        return None
    sites = [site for (site,) in ordered((row["site"],) for row in every)]
    at = {(row["region"], row["comparison"], row["site"]): row for row in every}
    tests = {(row["region"], row["comparison"]): row for row in rows(files.heterogeneity)}
    paired = files.spec.contrast.kind == "pairwise"
    body = tuple(
        (
            *row_heads(files, {"region": region, "comparison": comparison}, paired),
            *_test(files, tests.get((region, comparison))),
            *(_effect(files, at.get((region, comparison, site))) for site in sites),
        )
        for region, comparison in ordered(
            (row["region"], row["comparison"]) for row in in_strongest(files, every)
        )
    )
    unit = files.scale.unit
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading("F (df)", meaning="test that the effect is the same at all sites"),
        Heading("Adjusted p", meaning="p of F, adjusted over this table"),
        Heading(f"SD ({unit})", meaning="SD of the effect between sites, from a random slope"),
        *(Heading(f"{site_label(files.spec, site)} ({unit})") for site in sites),
    )
    caption = _caption(files, every) + rest_in_words(files, every, "by_site.tsv")
    return Table("by-site-table", caption, headings, body)


def _effect(files: ContrastFiles, row: Row | None) -> Cell:
    if row is None or is_missing(row["estimate"]):
        return Cell("–")
    value = row[files.scale.estimate]
    text = f"{signed(value)} [{files.scale.interval(row)}]"
    return Cell(text, digits(value), column=files.scale.estimate)


def _test(files: ContrastFiles, row: Row | None) -> tuple[Cell, Cell, Cell]:
    if row is None:
        return Cell("–"), Cell("–"), Cell("–")
    strong, sd = differs(files, row), row["sd_between_sites"]
    p = p_value(row["p_adjusted"], files.spec.checks.heterogeneity.alpha)
    f = f"{number(row['f'])} ({row['numerator_df']:.0f}, {number(row['denominator_df'])})"
    tested = not is_missing(row["f"])
    return (
        Cell(f, digits(row["f"]), column="f") if tested else Cell("–"),
        Cell(p, digits(row["p_adjusted"]), strong=strong, column="p_adjusted")
        if tested
        else Cell("–"),
        Cell("–")
        if is_missing(sd)
        else Cell(number(sd_shown(files, sd)), digits(sd), column="sd_between_sites"),
    )


def _caption(files: ContrastFiles, every: list[dict[str, Any]]) -> str:
    confidence = level_percent(files.spec.inference.confidence)
    raw = "From the raw values: after harmonisation these tests would find too much. "
    text = raw if takes_from_data(files) else ""
    text += (
        "F tests that the effect is the same at all sites. SD: between-site standard deviation of "
        "the effect (random slope; three sites or more). Then the effect at each site, with its "
        f"{confidence} confidence interval."
    )
    without = ordered(
        (site_label(files.spec, row["site"]), str(row["status"]).rstrip("."))
        for row in every
        if is_missing(row["estimate"])
    )
    reasons = [f"{site}: {reason}" for site, reason in without[:MOST_REASONS]]
    if len(without) > MOST_REASONS:
        reasons.append(f"{count(len(without) - MOST_REASONS, 'more reason')} in by_site.tsv")
    return f"{text} Not estimated (–): {'; '.join(reasons)}." if reasons else text


def linearity_table(files: ContrastFiles) -> Table | None:
    """Test of the line, a row a region; None where no slope was asked or nothing was tested."""
    if not straight_tests(files):
        return None
    every, paired = rows(files.robust.linearity), files.is_pairwise
    shown_p = partial(p_value, alpha=files.alpha)
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading("F (df)", meaning="test that the spline is a straight line"),
        Heading("p", meaning="not adjusted"),
        Heading("Adjusted p", meaning="adjusted over this table"),
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


def _f(row: dict[str, Any]) -> Cell:
    if is_missing(row["f"]):
        return Cell("–")
    df = f"{row['numerator_df']:.0f}, {number(row['denominator_df'])}"
    return Cell(f"{number(row['f'])} ({df})", digits(row["f"]), column="f")


def where_blocks(figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Brain map and forest plot; the weaker regions' part of the forest is folded."""
    folded = tuple(f for f in figures if f.folded)
    return blocks(Block(figures=tuple(f for f in figures if not f.folded), folded_figures=folded))


def by_site_blocks(files: ContrastFiles, figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Every scan by site, the effect at each site, and a slope's curves."""
    points = tuple(f for f in figures if f.part == "points")
    curves = tuple(f for f in figures if f.part == "curves")
    effects = tuple(f for f in figures if f not in (*points, *curves))
    return blocks(
        Block(figures=points),
        table_block(effects, effects_table(files), "The effect at each site, region by region"),
        table_block(curves, linearity_table(files), "Test that each line is straight"),
    )
