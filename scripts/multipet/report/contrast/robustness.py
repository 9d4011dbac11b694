"""The section on robustness: every specification, sites and people left out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from multipet.core.columns import contrast as names
from multipet.report.chips.other_analyses import Pair, Variant, covariate_variants, variants_of
from multipet.report.contrast.effect import estimated
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.contrast.left_out import influence_table, left_out_table
from multipet.report.html.embedded import Figure
from multipet.report.html.rendering import Block, blocks, table_block
from multipet.report.html.tables import Cell, Heading, Table, number_cell, row_heads, whole
from multipet.report.html.text import is_missing, p_value, signed, some, threshold

MOST_ESTIMATES = 240  # rows of the table of every estimate
MAIN = "main"
#: What is done differently, by the name of the analysis.
WORDS = {
    names.SITE_FIXED: "site as a fixed effect",
    names.SITE_RANDOM: "site as a random intercept",
    names.RESIDUAL_COMMON: "one residual variance for all scanners",
    names.WITHIN_SITES: "the model's own test, differences between sites or scanners left out",
    names.AS_FITTED: "the model's own test, differences between random sites included",
    names.WITHIN_PEOPLE: "within people: their own changes from scan to scan",
    names.BETWEEN_PEOPLE: "between people: differences of their means",
    names.RAW_VALUES: "values as delivered, not harmonised",
    names.SITE_MEANS: "t test on one mean a site",
    names.SITE_MEANS_ADDED: "site means of what is compared as a covariate, so that only "
    "differences within sites count",
    names.VARYING: "the effect may differ between sites (random slope)",
}
Row = Mapping[str, Any]


def analyses_table(files: ContrastFiles) -> Table | None:
    """A row an analysis: what differs, and in how many rows the conclusion is the same."""
    own = {v.label: _in_words(v.label) for v in variants_of(files)}
    formulas = _formulas(files)
    found = [(v, own[v.label]) for v in variants_of(files)]
    found += [(v, f"fixed effects: {formulas[v.label]}") for v in covariate_variants(files)]
    if not found:
        return None
    headings = (
        Heading("Analysis", numeric=False),
        Heading("What is done differently", numeric=False),
        Heading("Same conclusion"),
        Heading("Where not", numeric=False),
    )
    body = tuple(
        (
            Cell(variant.label, variant.label, numeric=False, header=True),
            Cell(words, words, numeric=False),
            Cell(_share(variant), str(variant.n_agree), strong=bool(variant.differing)),
            Cell(_where(files, variant), numeric=False),
        )
        for variant, words in found
    )
    p = "adjusted p" if files.adjusts else "p"
    caption = (
        "The same contrast with one thing done differently. A conclusion is the same when both "
        f"detect an effect of the same sign ({p} < {threshold(files.alpha)}), or neither detects "
        "one."
    )
    return Table("analyses-table", caption, headings, body)


def estimates_table(files: ContrastFiles) -> Table | None:
    """Every estimate; those of the row with the smallest p alone where they are too many."""
    every = rows(files.robust.specifications)
    if not every:
        return None
    scale, paired = files.scale, files.is_pairwise
    kept = every if len(every) <= MOST_ESTIMATES else _of_smallest_p(files, every)
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading("Analysis", numeric=False),
        Heading(f"Estimate ({scale.unit})"),
        Heading("CI low"),
        Heading("CI high"),
        Heading("p", meaning="not adjusted"),
        Heading("Scans"),
    )
    body = tuple(_estimate(files, row, paired) for row in kept)
    caption = "Every estimate with its interval and its p, neither adjusted."
    if len(kept) < len(every):
        where = files.region_label(kept[0]["region"]) if kept else ""
        caption += (
            f" In {where}, which has the smallest p; specifications.tsv has all {len(every)}."
        )
    if any(is_missing(row["p_value"]) and not is_missing(row["p_naive"]) for row in kept):
        caption += " Without p: on harmonised values, where nothing calibrates it."
    return Table("estimates-table", caption, headings, body, sortable=True)


def _estimate(files: ContrastFiles, row: Row, paired: bool) -> tuple[Cell, ...]:
    scale, name = files.scale, _name(files, row)
    number = partial(number_cell, row, absent="–")
    strong = not is_missing(row["p_value"]) and row["p_value"] < files.alpha
    return (
        *row_heads(files, row, paired),
        Cell(name, row["specification"], numeric=False),
        number(scale.estimate, signed, strong),
        number(scale.low, signed),
        number(scale.high, signed),
        number("p_value", partial(p_value, alpha=files.alpha), strong),
        number("n_scans", whole),
    )


def _name(files: ContrastFiles, row: Row) -> str:
    if row["specification"] == MAIN:
        return "main analysis"
    if row["level"]:
        return f"without {files.level_label(row['left_out'], row['level'])}"
    return str(row["specification"])


def _of_smallest_p(files: ContrastFiles, every: Sequence[Row]) -> list[Row]:
    tested = [row for row in estimated(files.contrast) if not is_missing(row["p_value"])]
    first = min(tested, key=lambda row: row["p_value"], default=every[0])
    key = (first["region"], first["comparison"])
    return [row for row in every if (row["region"], row["comparison"]) == key]


def _share(variant: Variant) -> str:
    return f"{variant.n_agree} of {len(variant.tested)}" if variant.tested else "–"


def _where(files: ContrastFiles, variant: Variant) -> str:
    """Rows with another conclusion; why there is none."""
    where = [_row_name(files, pair) for pair in variant.differing]
    said = [some(where)] if where else []
    if variant.reason:
        partly = "no test elsewhere: " if variant.tested else ""
        said.append(partly + variant.reason)
    return "; ".join(said) or ("–" if variant.pairs else "no estimate")


def _row_name(files: ContrastFiles, pair: Pair) -> str:
    region = files.region_label(pair.main["region"])
    compared = files.comparison_label(pair.main["comparison"])
    name = f"{region}, {compared}" if files.is_pairwise else region
    return f"{name} (opposite sign)" if pair.contradicts else name


def _formulas(files: ContrastFiles) -> dict[str, str]:
    table = files.robust.covariate_sets.drop_duplicates("covariates")
    return dict(zip(table["covariates"], table["formula"], strict=True))


def _in_words(label: str) -> str:
    start = names.on_raw_values("")
    if label.startswith(start):
        words = WORDS.get(label.removeprefix(start), label)
        return f"raw values; {words}"
    if label.startswith(names.harmonised("")):
        return "values harmonised, p and interval calibrated"
    return WORDS.get(label, "")


SPECIFICATIONS, LEFT_OUT = "specifications", "left_out"


def robustness_blocks(files: ContrastFiles, figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Return the parts of the section; ``figures`` are those that belong to it."""
    named = {figure.name: (figure,) for figure in figures}
    analyses, estimates = analyses_table(files), estimates_table(files)
    curve = Block(
        figures=named.get(SPECIFICATIONS, ()),
        tables=(analyses,) if analyses else (),
        folded=(("Every estimate", estimates),) if estimates else (),
    )
    left_out = table_block(
        named.get(LEFT_OUT, ()), left_out_table(files), "What the refits say, region by region"
    )
    people = table_block(
        (), influence_table(files), "Region by region", "Influence of single people"
    )
    rest = Block(figures=tuple(f for f in figures if f.name not in (SPECIFICATIONS, LEFT_OUT)))
    return blocks(curve, left_out, people, rest)
