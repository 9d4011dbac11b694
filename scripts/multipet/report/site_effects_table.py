"""The effect at each site as a table: a row a region, how sites differ, then a column a site."""

from collections.abc import Mapping
from typing import Any

from multipet.report.contrast_files import ContrastFiles, rows, site_label
from multipet.report.formatting import count, is_missing, level_percent, number, p_value, signed
from multipet.report.site_effects import differs, sd_shown
from multipet.report.strongest import in_strongest, rest_in_words
from multipet.report.tables_html import Cell, Heading, Table, digits, ordered, row_heads
from multipet.report.verdicts import takes_from_data

MOST_REASONS = 4
Row = Mapping[str, Any]


def effects_table(files: ContrastFiles) -> Table | None:
    """Effects of every region at every site; None where nothing varies within sites."""
    every = rows(files.by_site)
    if not every:
        return None
    sites = [site for (site,) in ordered((row["site"],) for row in every)]
    at = {(row["region"], row["comparison"], row["site"]): row for row in every}
    tests = {(row["region"], row["comparison"]): row for row in rows(files.heterogeneity)}
    paired = files.spec["contrast"]["kind"] == "pairwise"
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
        Heading("Adjusted p", meaning="p of F, adjusted over the rows of this table"),
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
    p = p_value(row["p_adjusted"], files.spec["checks"]["heterogeneity"]["alpha"])
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
    confidence = level_percent(files.spec["inference"]["confidence"])
    raw = "From the raw values: after harmonisation these tests would be naive. "
    text = raw if takes_from_data(files) else ""
    text += (
        "F tests that the effect is the same at all sites. SD: of the effect between sites, by a "
        f"random slope, from three sites on. Then the effect at each site, with its {confidence} "
        "confidence interval."
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
