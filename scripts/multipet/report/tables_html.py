"""Tables of the report as cells of text; each number keeps its full digits for sorting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipet.report.contrast_files import (
    ContrastFiles,
    level_label,
    rows,
    site_label,
    variable_label,
)
from multipet.report.effect import decisive_p, detected
from multipet.report.formatting import is_missing, number, p_equals, p_value, percent, signed
from multipet.report.robustness import Variant

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


@dataclass(frozen=True)
class Heading:
    """Head of a column; ``meaning`` is what a pointer shows."""

    text: str
    numeric: bool = True
    meaning: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text
        As printed.
    value
        What the column is sorted by: the number with all its digits, or the text.
    numeric, header, strong
        Right-aligned; first cell of its row; printed in bold.
    column
        Name of the number in the results file; empty where the cell is no such number.
    """

    text: str
    value: str = ""
    numeric: bool = True
    header: bool = False
    strong: bool = False
    column: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption, ready to be rendered."""

    id: str
    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = False


def region_table(files: ContrastFiles) -> Table:
    """Every row of the contrast: effect, interval, t, df, p, size of the fit."""
    spec, scale = files.spec, files.scale
    paired = spec["contrast"]["kind"] == "pairwise"
    confidence = percent(spec["inference"]["confidence"])
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading(f"Estimate ({scale.unit})", meaning="estimated effect"),
        Heading("CI low", meaning=f"lower end of the {confidence} confidence interval"),
        Heading("CI high", meaning=f"upper end of the {confidence} confidence interval"),
        Heading("SD units", meaning="estimate divided by the SD of one scan"),
        Heading("t"),
        Heading("df", meaning="degrees of freedom of t"),
        Heading("p"),
        Heading("p adj.", meaning="adjusted over the rows of this table"),
        Heading("People"),
        Heading("Scans"),
    )
    body = tuple(_region_row(files, row, paired) for row in rows(files.contrast))
    return Table("regions-table", _region_caption(files, confidence), headings, body, sortable=True)


def site_table(spec: Mapping[str, Any], per_site: Sequence[Mapping[str, Any]]) -> Table:
    """People, scans, scanners, groups and ages of every site."""
    factors = ordered(
        (f, v) for site in per_site for f, n in site.get("levels", {}).items() for v in n
    )
    measured = ordered((name,) for site in per_site for name in site.get("numbers", {}))
    headings = (
        Heading("Site", numeric=False),
        Heading("People"),
        Heading("Scans"),
        Heading("Scanners", numeric=False),
        *(Heading(f"{variable_label(spec, f)}: {level_label(spec, f, v)}") for f, v in factors),
        *(Heading(f"{variable_label(spec, name)}, mean (SD)") for (name,) in measured),
        *(Heading(f"{variable_label(spec, name)}, range") for (name,) in measured),
    )
    body = tuple(_site_row(spec, site, factors, measured) for site in per_site)
    return Table("sites-table", "What each site gave to this model.", headings, body)


def variant_table(files: ContrastFiles, variant: Variant, position: int) -> Table:
    """Main analysis and one variant side by side."""
    paired = files.spec["contrast"]["kind"] == "pairwise"
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading(f"Main ({files.scale.unit})"),
        Heading("p"),
        Heading(f"Variant ({files.scale.unit})"),
        Heading("p"),
        Heading("Conclusion", numeric=False),
    )
    body = []
    for pair in variant.pairs:
        verdict = "same" if pair.agrees else "opposite" if pair.contradicts else "differs"
        body.append((
            *row_heads(files, pair.main, paired),
            *_effect_cells(files, pair.main, pair.main_detected),
            *_effect_cells(files, pair.other, pair.other_detected),
            Cell(verdict, verdict, numeric=False, strong=not pair.agrees),
        ))  # fmt: skip
    caption = f"Main analysis and variant: {variant.label}."
    return Table(f"variant-{position}", caption, headings, tuple(body))


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
        for (region,) in ordered((row["region"],) for row in every)
    )
    caption = (
        "Where the variation lies, beyond the fixed effects: standard deviation of each "
        "component, and its share of the summed variances."
    )
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
        *(Heading(RESIDUAL_CHECKS.get(check, check.replace("_", " "))) for check in checks),
    )
    body = tuple(
        (
            Cell(files.region_label(region), region, numeric=False, header=True),
            *(_check_cell(found.get((region, check))) for check in checks),
        )
        for (region,) in ordered((row["region"],) for row in every)
    )
    return Table("residual-table", RESIDUAL_CAPTION, headings, body)


def _region_row(files: ContrastFiles, row: Mapping[str, Any], paired: bool) -> tuple[Cell, ...]:
    scale, strong = files.scale, detected(row, files.alpha)
    return (
        *row_heads(files, row, paired),
        _number(row, scale.estimate, signed, strong),
        _number(row, scale.low, number),
        _number(row, scale.high, number),
        _number(row, "standardised", signed),
        _number(row, "t", number),
        _number(row, "df", number),
        _number(row, "p_value", p_value),
        _number(row, "p_adjusted", p_value, strong),
        _number(row, "n_subjects", _whole),
        _number(row, "n_scans", _whole),
    )


def row_heads(files: ContrastFiles, row: Mapping[str, Any], paired: bool) -> tuple[Cell, ...]:
    """First cells of a row: its region and, where ``paired``, its comparison."""
    region = Cell(files.region_label(row["region"]), row["region"], numeric=False, header=True)
    compared = Cell(row["comparison"], row["comparison"], numeric=False)
    return (region, compared) if paired else (region,)


def _effect_cells(files: ContrastFiles, row: Mapping[str, Any], strong: bool) -> tuple[Cell, Cell]:
    text = f"{signed(row[files.scale.estimate])} [{files.scale.interval(row)}]"
    p = decisive_p(row)
    return (
        Cell(text, digits(row[files.scale.estimate]), strong=strong),
        Cell(p_value(p), digits(p), strong=strong),
    )


def _region_caption(files: ContrastFiles, confidence: str) -> str:
    inference = files.spec["inference"]
    adjusted = {"bh": "Benjamini–Hochberg", "holm": "Holm"}.get(inference.get("adjust", ""))
    how = f"p adjusted by {adjusted} over the rows" if adjusted else "p not adjusted"
    bold = "bold: (adjusted) p" if adjusted else "bold: p"
    below = number(files.alpha, 1).removeprefix("0")
    return f"Estimates with {confidence} confidence intervals; {how}; {bold} < {below}."


def _site_row(
    spec: Mapping[str, Any],
    site: Mapping[str, Any],
    factors: Sequence[tuple[str, str]],
    measured: Sequence[tuple[str]],
) -> tuple[Cell, ...]:
    scanners = ", ".join(name.removeprefix(f"{site['site']}/") for name in site.get("scanners", []))
    levels, numbers = site.get("levels", {}), site.get("numbers", {})
    described = [numbers.get(name, {}) for (name,) in measured]
    label = site_label(spec, site["site"])
    return (
        Cell(label, label, numeric=False, header=True),
        _number(site, "n_subjects", _whole),
        _number(site, "n_scans", _whole),
        Cell(scanners, scanners, numeric=False),
        *(_number(levels.get(factor, {}), level, _whole, absent="0") for factor, level in factors),
        *(Cell(f"{number(n.get('mean'))} ({number(n.get('sd'))})") for n in described),
        *(Cell(f"{number(n.get('min'))} to {number(n.get('max'))}") for n in described),
    )


def _variance_cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell("–")
    share = "" if is_missing(row["share"]) else f" ({percent(row['share'])})"
    return Cell(number(row["sd"]) + share, digits(row["sd"]), column="sd")


def _check_cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None or is_missing(row["statistic"]):
        return Cell("–")
    p = "" if is_missing(row["p_value"]) else f" ({p_equals(row['p_value'])})"
    return Cell(number(row["statistic"]) + p, digits(row["statistic"]), column="statistic")


def _number(
    row: Mapping[str, Any], column: str, form: Any, strong: bool = False, absent: str = "n/a"
) -> Cell:
    value = row.get(column)
    if is_missing(value):
        return Cell(absent, column=column)
    return Cell(form(value), digits(value), strong=strong, column=column)


def _whole(value: float) -> str:
    return str(int(value))


def digits(value: float | None) -> str:
    """A number with all its digits, to be sorted by; empty where it is missing."""
    return "" if is_missing(value) else repr(float(value))


def ordered(keys: Iterable[tuple]) -> list[tuple]:
    """Each key once, in order of appearance."""
    return list(dict.fromkeys(keys))
