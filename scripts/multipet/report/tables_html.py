"""Tables of the report as cells of text; each number keeps its full digits for sorting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from multipet.ingest.scan_notes import NO_SCANNER
from multipet.report.contrast_files import (
    ContrastFiles,
    level_label,
    names_scanners,
    rows,
    site_label,
    variable_label,
)
from multipet.report.effect import SD_MEANING, decisive_p, detected
from multipet.report.formatting import (
    is_missing,
    level_percent,
    number,
    p_value,
    signed,
    threshold,
)
from multipet.report.robustness import Pair, Variant


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
    """A table with its caption above and a note below, ready to be rendered."""

    id: str
    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = False
    note: str = ""


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


def site_table(spec: Mapping[str, Any], per_site: Sequence[Mapping[str, Any]]) -> Table:
    """People, scans, scanners, groups and ages of every site."""
    factors = ordered(
        (f, v) for site in per_site for f, n in site.get("levels", {}).items() for v in n
    )
    measured = ordered((name,) for site in per_site for name in site.get("numbers", {}))
    scanners = names_scanners({"per_site": per_site})
    headings = (
        Heading("Site", numeric=False),
        Heading("People"),
        Heading("Scans"),
        *([Heading("Scanners", numeric=False)] if scanners else []),
        *(Heading(f"{variable_label(spec, f)}: {level_label(spec, f, v)}") for f, v in factors),
        *(Heading(f"{variable_label(spec, name)}, mean (SD)") for (name,) in measured),
        *(Heading(f"{variable_label(spec, name)}, range") for (name,) in measured),
    )
    body = tuple(_site_row(spec, site, factors, measured, scanners) for site in per_site)
    return Table("sites-table", "What each site gave to this model.", headings, body)


def variant_table(files: ContrastFiles, variant: Variant, position: int) -> Table:
    """Main analysis and one variant side by side."""
    p = "Adjusted p" if files.adjusts else "p"
    paired = files.spec["contrast"]["kind"] == "pairwise"
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading(f"Main ({files.scale.unit})"),
        Heading(p),
        Heading(f"Variant ({files.scale.unit})"),
        Heading(p),
        Heading("Conclusion", numeric=False),
    )
    body = []
    for pair in variant.pairs:
        verdict = _conclusion(pair)
        body.append((
            *row_heads(files, pair.main, paired),
            *_effect_cells(files, pair.main, pair.main_detected),
            *_effect_cells(files, pair.other, pair.other_detected),
            Cell(verdict, verdict, numeric=False, strong=pair.is_tested and not pair.agrees),
        ))  # fmt: skip
    caption = f"Main analysis and variant: {variant.label}."
    return Table(f"variant-{position}", caption, headings, tuple(body))


def _conclusion(pair: Pair) -> str:
    if not pair.is_tested:
        return "no test"
    return "same" if pair.agrees else "opposite" if pair.contradicts else "differs"


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


def row_heads(files: ContrastFiles, row: Mapping[str, Any], paired: bool) -> tuple[Cell, ...]:
    """First cells of a row: its region and, where ``paired``, its comparison."""
    region = Cell(files.region_label(row["region"]), row["region"], numeric=False, header=True)
    shown = files.comparison_label(row["comparison"])
    compared = Cell(shown, shown, numeric=False)
    return (region, compared) if paired else (region,)


def _effect_cells(files: ContrastFiles, row: Mapping[str, Any], strong: bool) -> tuple[Cell, Cell]:
    text = f"{signed(row[files.scale.estimate])} [{files.scale.interval(row)}]"
    p = decisive_p(row)
    return (
        Cell(text, digits(row[files.scale.estimate]), strong=strong),
        Cell(p_value(p, files.alpha), digits(p), strong=strong),
    )


def _region_caption(files: ContrastFiles, confidence: str) -> str:
    inference = files.spec["inference"]
    adjusted = {"bh": "Benjamini–Hochberg", "holm": "Holm"}.get(inference.get("adjust", ""))
    row = "comparison" if files.is_pairwise else "region"
    text = f"Estimates with {confidence} confidence intervals, each for its own {row}, not adjusted"
    text += f"; adjusted p: {adjusted}, over all rows" if adjusted else "; p not adjusted either"
    bold = "adjusted p" if adjusted else "p"
    return f"{text}. Bold: {bold} < {threshold(files.alpha)}."


def _site_row(
    spec: Mapping[str, Any],
    site: Mapping[str, Any],
    factors: Sequence[tuple[str, str]],
    measured: Sequence[tuple[str]],
    named: bool,
) -> tuple[Cell, ...]:
    cameras = [name.removeprefix(f"{site['site']}/") for name in site.get("scanners", [])]
    scanners = ", ".join("not named" if name == NO_SCANNER else name for name in cameras)
    levels, numbers = site.get("levels", {}), site.get("numbers", {})
    described = [numbers.get(name, {}) for (name,) in measured]
    label = site_label(spec, site["site"])
    return (
        Cell(label, label, numeric=False, header=True),
        number_cell(site, "n_subjects", whole),
        number_cell(site, "n_scans", whole),
        *([Cell(scanners, scanners, numeric=False)] if named else []),
        *(
            number_cell(levels.get(factor, {}), level, whole, absent="0")
            for factor, level in factors
        ),
        *(Cell(f"{number(n.get('mean'))} ({number(n.get('sd'))})") for n in described),
        *(Cell(f"{number(n.get('min'))} to {number(n.get('max'))}") for n in described),
    )


def number_cell(
    row: Mapping[str, Any], column: str, form: Any, strong: bool = False, absent: str = "n/a"
) -> Cell:
    """The number in ``column`` of a row, printed by ``form``."""
    value = row.get(column)
    if is_missing(value):
        return Cell(absent, column=column)
    return Cell(form(value), digits(value), strong=strong, column=column)


def whole(value: float) -> str:
    """Return a count as text."""
    return str(int(value))


def digits(value: float | None) -> str:
    """A number with all its digits, to be sorted by; empty where it is missing."""
    return "" if is_missing(value) else repr(float(value))


def ordered(keys: Iterable[tuple]) -> list[tuple]:
    """Each key once, in order of appearance."""
    return list(dict.fromkeys(keys))
