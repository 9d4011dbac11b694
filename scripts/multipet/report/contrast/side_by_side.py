"""The answer from raw and from harmonised values, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from multipet.core.columns import contrast as names
from multipet.report.chips.other_analyses import HARMONISATION, HARMONISED, Variant, variants_of
from multipet.report.contrast.effect import decisive_p, detected, estimated
from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.rendering import MOST_ROWS
from multipet.report.html.tables import Cell, Heading, Table, digits, ordered, row_heads
from multipet.report.html.text import is_missing, p_equals, signed, some, threshold

TITLES = {
    names.RAW_VALUES: "Raw",
    names.SITE_MEANS_ADDED: "Raw, site means",
    names.on_raw_values(names.SITE_MEANS_ADDED): "Raw, site means",
}
ALIKE = "The conclusion is the same everywhere."
Key = tuple[str, str]


@dataclass(frozen=True)
class Side:
    """One analysis: its title, its rows by region and comparison, None for the main one."""

    title: str
    rows: dict[Key, dict[str, Any]]
    variant: Variant | None = None

    @property
    def differing(self) -> set[Key]:
        """Rows with another conclusion than the main analysis."""
        pairs = self.variant.differing if self.variant else ()
        return {_key(pair.main) for pair in pairs}


def sides_of(files: ContrastFiles) -> tuple[Side, ...]:
    """Main analysis, raw values and every harmonisation; empty where there is nothing beside."""
    found = [
        v
        for v in variants_of(files)
        if v.pairs and (v.topic == HARMONISATION or v.label == names.SITE_MEANS_ADDED)
    ]
    if not any(variant.topic == HARMONISATION for variant in found):
        return ()
    main = "Raw" if files.harmonisation is None else f"Harmonised: {files.harmonisation['id']}"
    own = {_key(row): row for row in estimated(files.contrast)}
    others = [
        Side(_title(v.label), {_key(pair.other): pair.other for pair in v.pairs}, v) for v in found
    ]
    return (Side(f"{main}, main", own), *others)


def harmonisations_beside(files: ContrastFiles) -> list[str]:
    """Ids of the harmonisations that the contrast is answered with, its own first."""
    own = [files.harmonisation["id"]] if files.harmonisation else []
    labels = [variant.label for variant in variants_of(files)]
    return own + [v.removeprefix(HARMONISED) for v in labels if v.startswith(HARMONISED)]


def side_table(files: ContrastFiles) -> Table | None:
    """A row a region, a column an analysis; of many rows those that differ. None without any."""
    sides = sides_of(files)
    every = ordered(key for side in sides for key in side.rows)
    differing = set().union(*(side.differing for side in sides))
    kept = every if len(every) <= MOST_ROWS else [key for key in every if key in differing]
    if not kept:
        return None
    paired = files.is_pairwise
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        *(Heading(f"{side.title} ({files.scale.unit})") for side in sides),
        *([Heading("Other conclusion", numeric=False)] if differing else []),
    )
    body = tuple(
        (
            *row_heads(files, {"region": key[0], "comparison": key[1]}, paired),
            *(_cell(files, side.rows.get(key)) for side in sides),
            *([_verdict(sides, key)] if differing else []),
        )
        for key in kept
    )
    return Table("sides-table", _caption(files, len(kept), len(every)), headings, body)


def counts_table(files: ContrastFiles) -> Table | None:
    """A row an analysis: how many rows have the conclusion of the main one; None for few rows."""
    sides = sides_of(files)
    if not sides or len(sides[0].rows) <= MOST_ROWS:
        return None
    headings = (
        Heading("Analysis", numeric=False),
        Heading("Same conclusion"),
        Heading("Where not", numeric=False),
    )
    body = tuple(
        (
            Cell(side.title, variant.label, numeric=False, header=True),
            Cell(f"{variant.n_agree} of {len(variant.tested)}", str(variant.n_agree)),
            Cell(
                some([files.region_label(key[0]) for key in side.differing]) or "–", numeric=False
            ),
        )
        for side in sides
        if (variant := side.variant)
    )
    caption = f"Beside the main analysis ({sides[0].title.removesuffix(', main')})."
    return Table("sides-counts", caption, headings, body)


def _title(label: str) -> str:
    return TITLES.get(label, f"Harmonised: {label.removeprefix(HARMONISED)}")


def _cell(files: ContrastFiles, row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell("–")
    text = signed(row[files.scale.estimate])
    if not is_missing(row[files.scale.low]):
        text += f" [{files.scale.interval(row)}]"
    p = decisive_p(row)
    text += " (no p)" if is_missing(p) else f" ({p_equals(p, 'p', files.alpha)})"
    value, strong = digits(row[files.scale.estimate]), detected(row, files.alpha)
    return Cell(text, value, strong=strong, column=files.scale.estimate)


def _verdict(sides: Sequence[Side], key: Key) -> Cell:
    others = [side.title for side in sides if key in side.differing]
    return Cell("; ".join(others) or "–", numeric=False, strong=bool(others))


def _caption(files: ContrastFiles, shown: int, total: int) -> str:
    p = "adjusted p" if files.adjusts else "p"
    text = (
        f"Effect [interval] ({p}); bold: {p} < {threshold(files.alpha)}. Raw: site is in the model "
        "in place of harmonisation."
    )
    if shown < total:
        return f"The {shown} of {files.counted(total)} where the conclusion differs. {text}"
    return text if any(side.differing for side in sides_of(files)) else f"{text} {ALIKE}"


def _key(row: dict[str, Any]) -> Key:
    return row["region"], row["comparison"]
