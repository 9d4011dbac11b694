"""The section of the model checks and its tables: convergence, variance components, residuals."""

from collections.abc import Mapping
from typing import Any

from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.contrast.regions import in_strongest, rest_in_words
from multipet.report.html.embedded import Figure
from multipet.report.html.rendering import Block, blocks, table_block
from multipet.report.html.tables import Cell, Heading, Table, digits, number_cell, ordered, whole
from multipet.report.html.text import is_missing, number, p_equals, percent

RESIDUAL_CHECKS = {
    "spread_by_scanner": "Spread by scanner, F",
    "spread_ratio": "Spread, largest / smallest",
    "skewness": "Skewness",
    "excess_kurtosis": "Excess kurtosis",
    "spread_against_fitted": "Size against fitted, ρ",
    "largest_residual": "Largest residual (SD)",
}
RESIDUAL_CAPTION = (
    "Checks of the residuals. When all is well, the ratio of spreads is near 1, skewness, excess "
    "kurtosis and ρ are near 0, and no residual lies beyond 4 SD."
)


def convergence_table(files: ContrastFiles) -> Table | None:
    """How the search for the variances ended, a row a region; None where there was none."""
    fits = [fit for fit in files.plan["convergence"] if fit["iterations"]]
    if not fits:
        return None
    headings = (
        Heading("Region", numeric=False),
        Heading("Gradient", meaning="norm of the criterion's gradient where the search ended"),
        Heading("Iterations"),
        Heading("Restarts"),
        Heading("Singular", numeric=False, meaning="a variance 0, or effects moving together"),
    )
    body = tuple(
        (
            Cell(files.region_label(f["region"]), f["region"], numeric=False, header=True),
            number_cell(f, "gradient_norm", number),
            number_cell(f, "iterations", whole),
            number_cell(f, "restarts", whole, absent="0"),
            Cell("yes" if f["singular"] else "no", numeric=False),
        )
        for f in in_strongest(files, fits)
    )
    caption = "How the search for the variances ended. The gradient is near 0 at the best fit."
    caption += rest_in_words(files, fits, "plan.json of the model")
    return Table("convergence-table", caption, headings, body)


def variance_table(files: ContrastFiles) -> Table | None:
    """Variance components: SD and share of each, a row a region."""
    every = rows(files.variance_components)
    if not every:
        return None
    components = [c for (c,) in ordered((row["component"],) for row in every)]
    found = {(row["region"], row["component"]): row for row in every}
    headings = (
        Heading("Region", numeric=False),
        *(Heading(f"{component}, SD (share)") for component in components),
    )
    body = tuple(
        (
            Cell(files.region_label(region), region, numeric=False, header=True),
            *(_variance_cell(found.get((region, component))) for component in components),
        )
        for (region,) in ordered((row["region"],) for row in in_strongest(files, every))
    )
    caption = (
        "Where the variation lies, beyond the fixed effects: standard deviation of each "
        "component, its profile-likelihood interval where there is one, and its share of the "
        "summed variances."
    ) + rest_in_words(files, every, "variance_components.tsv")
    return Table("variance-table", caption, headings, body)


def residual_table(files: ContrastFiles) -> Table | None:
    """Residual checks: statistic and p of each, a row a region.

    Their messages stay in the results file: one of them names a participant.
    """
    every = rows(files.residual_checks)
    if not every:
        return None
    checks = [check for (check,) in ordered((row["check"],) for row in every)]
    found = {(row["region"], row["check"]): row for row in every}
    headings = (
        Heading("Region", numeric=False),
        *(Heading(RESIDUAL_CHECKS[check]) for check in checks),
    )
    body = tuple(
        (
            Cell(files.region_label(region), region, numeric=False, header=True),
            *(_check_cell(found.get((region, check))) for check in checks),
        )
        for (region,) in ordered((row["region"],) for row in in_strongest(files, every))
    )
    caption = RESIDUAL_CAPTION + rest_in_words(files, every, "residual_checks.tsv")
    return Table("residual-table", caption, headings, body)


def _variance_cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell("–")
    share = "" if is_missing(row["share"]) else f" ({percent(row['share'])})"
    low, high = row["sd_low"], row["sd_high"]
    interval = "" if is_missing(low) or is_missing(high) else f" [{number(low)} to {number(high)}]"
    return Cell(number(row["sd"]) + interval + share, digits(row["sd"]), column="sd")


def _check_cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None or is_missing(row["statistic"]):
        return Cell("–")
    p = "" if is_missing(row["p_value"]) else f" ({p_equals(row['p_value'])})"
    return Cell(number(row["statistic"]) + p, digits(row["statistic"]), column="statistic")


#: Figures of the random effects, in the order of the page.
RANDOM = ("random_effects", "random_effect_quantiles", "shrinkage")


def checks_blocks(files: ContrastFiles, figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Return the parts of the section; ``figures`` are those that belong to it."""
    variance = tuple(f for f in figures if f.part == "variance")
    random = tuple(sorted((f for f in figures if f.name in RANDOM), key=_place))
    others = tuple(f for f in figures if f not in variance and f not in random)
    return blocks(
        table_block(variance, variance_table(files), "Variance components, region by region"),
        Block(figures=random),
        table_block(others, residual_table(files), "Residual checks, region by region"),
        table_block((), convergence_table(files), "Convergence of each fit", most=0),
    )


def _place(figure: Figure) -> int:
    return RANDOM.index(figure.name)
