"""What the chips about the effect say: alike over sites, a straight line."""

from functools import partial
from typing import Any

from multipet.core.columns.contrast import VARYING, is_varying, on_raw_values
from multipet.report.chips.other_analyses import Pair, variants_of
from multipet.report.chips.verdicts import Verdict, named, takes_from_data
from multipet.report.contrast.effect import decisive_p, detected
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.tables import Cell, Heading, Table, digits, number_cell, row_heads
from multipet.report.html.text import (
    Prose,
    count,
    is_missing,
    level_percent,
    name,
    number,
    p_equals,
    p_value,
    prose,
    strong,
)


def alike(files: ContrastFiles) -> Verdict | None:
    """Does the effect differ between sites, and does the conclusion survive it?"""
    tested = tests_of(files)
    if not tested:
        return None
    fired = _fired(files)
    detail = f"differs in {len(fired)} of {_rows(files, len(tested))}" + _largest_sd(files)
    judged = [p for p in _varying(files) if _key(p.main) in fired and p.is_tested]
    gone = [pair for pair in judged if pair.main_detected and not pair.agrees]
    return Verdict("stop" if gone else "look" if fired else "ok", detail)


def varying_row(files: ContrastFiles) -> str:
    """Name of the analysis that lets the effect vary by site."""
    return on_raw_values(VARYING) if takes_from_data(files) else VARYING


def beyond_these_sites(files: ContrastFiles) -> Prose:
    """What to read where the effect differs between sites; empty where it does not."""
    fired = _fired(files)
    if not fired:
        return ()
    every = _rows(files, len(tests_of(files)))
    start = prose("The effect differs between sites in ", strong(f"{len(fired)} of {every}"), ". ")
    pairs = [pair for pair in _varying(files) if _key(pair.main) in fired]
    if not pairs:
        return (*start, *prose(_without_row(fired)))
    start = prose(
        *start, "The numbers of this page are about these sites taken together; for sites beyond "
        "these, read the row “", varying_row(files), "” under Robustness",
    )  # fmt: skip
    found = sum(pair.other_detected for pair in pairs)
    if len(pairs) == 1:
        words = "detects the effect" if found else "does not detect the effect"
        estimate = _estimate(files, pairs[0].other)
        return prose(*start, ", which ", strong(words), ": ", *estimate, ".")
    largest = max(pairs, key=lambda pair: abs(pair.other["estimate"]))
    share = strong(f"{found} of these {len(pairs)}")
    return prose(
        *start, ", which detects the effect in ", share, "; its largest estimate is ",
        *_estimate(files, largest.other), ".",
    )  # fmt: skip


def elsewhere(files: ContrastFiles) -> Prose:
    """What the analysis that lets the effect differ between sites says of sites like these.

    It stands beside every answer that rests on differences within sites: a check with few sites
    rarely finds that they differ, so that its silence is no proof that they do not. Empty where
    ``beyond_these_sites`` speaks, or where there is no such analysis.
    """
    pairs = _varying(files)
    if not pairs or _fired(files):
        return ()
    here = f"This answer is about these {count(files.plan.get('n_sites', 0), 'site')} together. "
    start = f"{here}For sites like them, the effect being free to differ between sites, "
    row = f"row “{varying_row(files)}” under Robustness"
    if not any(_has_test(pair.other) for pair in pairs):
        return prose(start, strong("it is not testable"), " with so few (", row, ").")
    found = sum(pair.other_detected for pair in pairs)
    share = strong(f"{found} of {_rows(files, len(pairs))}")
    return prose(start, "it is detected in ", share, " (", row, ").")


def _has_test(row: dict[str, Any]) -> bool:
    return not is_missing(row["p_value"])


def tests_of(files: ContrastFiles) -> list[dict[str, Any]]:
    """Rows of the heterogeneity table that hold a test; none where the check is ignored."""
    if _check(files).get("action") == "ignore":
        return []
    return [row for row in rows(files.heterogeneity) if not is_missing(row["p_adjusted"])]


def sd_shown(files: ContrastFiles, sd: float) -> float:
    """SD of the effect between sites in the unit of the effects shown."""
    return files.scale.from_analysis(sd)


def differs(files: ContrastFiles, row: dict[str, Any]) -> bool:
    """Whether the check fires in a row of the heterogeneity table."""
    return not is_missing(row["p_adjusted"]) and row["p_adjusted"] < _check(files).get("alpha", 0)


def _check(files: ContrastFiles) -> dict[str, Any]:
    return files.spec.get("checks", {}).get("heterogeneity", {})


def _fired(files: ContrastFiles) -> dict[tuple[str, str], dict[str, Any]]:
    return {_key(row): row for row in tests_of(files) if differs(files, row)}


def _varying(files: ContrastFiles) -> list[Pair]:
    return [pair for v in variants_of(files) if is_varying(v.label) for pair in v.pairs]


def _without_row(fired: dict[tuple[str, str], dict[str, Any]]) -> str:
    if max(row["n_sites"] for row in fired.values()) < 3:
        return (
            "The numbers of this page are about these sites taken together; what to expect at "
            "other sites cannot be told from two."
        )
    return "The model lets the effect vary by site, so that its intervals count it."


def _estimate(files: ContrastFiles, row: dict[str, Any]) -> Prose:
    confidence = level_percent(files.spec["inference"]["confidence"])
    region, p = name(files.region_label(row["region"])), "adjusted p" if files.adjusts else "p"
    compared = name(files.comparison_label(row["comparison"]))
    where = [region, ", ", compared] if files.is_pairwise else [region]
    if is_missing(row["p_value"]):
        return prose(strong(files.scale.text(row)), " in ", *where, " (no test)")
    tested = p_equals(decisive_p(row), p, files.alpha)
    details = f" ({confidence} CI {files.scale.interval(row)}; {tested})"
    text = strong(files.scale.text(row)) if detected(row, files.alpha) else files.scale.text(row)
    return prose(text, " in ", *where, details)


def _largest_sd(files: ContrastFiles) -> str:
    known = [
        r["sd_between_sites"] for r in tests_of(files) if not is_missing(r["sd_between_sites"])
    ]
    if not known:
        return ""
    return f"; largest SD between sites {files.scale.amount(sd_shown(files, max(known)))}"


def _rows(files: ContrastFiles, n: int) -> str:
    return count(n, "comparison" if files.is_pairwise else "region")


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["region"], row["comparison"]


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
