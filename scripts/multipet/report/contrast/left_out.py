"""Tables of what one site, one scanner or one person does to the answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from multipet.report.chips.left_out import is_beyond
from multipet.report.chips.sites import takes_from_data
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.contrast.regions import in_strongest, rest_in_words
from multipet.report.html.tables import (
    Cell,
    Heading,
    Table,
    digits,
    number_cell,
    row_heads,
    whole,
)
from multipet.report.html.text import count, listed, number, signed, threshold

Row = Mapping[str, Any]


def left_out_table(files: ContrastFiles) -> Table | None:
    """A row a region, comparison and factor; None where nothing was left out."""
    every = rows(files.robust.left_out_summary)
    if not every:
        return None
    unit, paired = files.scale.unit, files.is_pairwise
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        Heading("Without each", numeric=False),
        Heading("Refits"),
        Heading("Same sign", meaning="refits with the sign of the estimate of all scans"),
        Heading("Detected", meaning="refits with an adjusted p below alpha"),
        Heading(f"Lowest ({unit})"),
        Heading(f"Highest ({unit})"),
        Heading("Moves most", numeric=False, meaning="without it the estimate moves most"),
        Heading("By (SE)", meaning="in standard errors of the estimate of all scans"),
    )
    body = tuple(
        (
            *row_heads(files, row, paired),
            Cell(row["factor"], row["factor"], numeric=False),
            number_cell(row, "n_refits", whole),
            number_cell(row, "n_same_sign", whole),
            number_cell(row, "n_detected", whole),
            _end(files, row, "lowest"),
            _end(files, row, "highest"),
            _moves_most(files, row),
            number_cell(row, "largest_shift", signed),
        )
        for row in in_strongest(files, every)
    )
    caption = _caption(files) + rest_in_words(files, every, "left_out_summary.tsv")
    return Table("left-out-table", caption, headings, body)


def _end(files: ContrastFiles, row: Row, column: str) -> Cell:
    shown = files.scale.from_analysis(row[column])
    return Cell(signed(shown), digits(row[column]), column=column)


def _moves_most(files: ContrastFiles, row: Row) -> Cell:
    label = files.level_label(row["factor"], row["moves_most"])
    return Cell(label or "–", row["moves_most"], numeric=False)


def _caption(files: ContrastFiles) -> str:
    p = "p" if not files.adjusts else "adjusted p"
    text = (
        "The same model refitted without the scans of each site, and of each scanner that is not "
        f"alone at its site. Detected: {p} < {threshold(files.alpha)}; with fewer scans some "
        "refits miss what all scans detect."
    )
    naive = (
        " Here p is that of the model alone, which does not count the harmonisation, with and "
        "without them: values stay as harmonised with everybody."
    )
    return text + (naive if takes_from_data(files) else "")


def influence_table(files: ContrastFiles) -> Table | None:
    """Who moves each estimate most, and everybody beyond the limit; without ids a row a region."""
    every = rows(files.robust.influence)
    if not every:
        return None
    shown, paired = files.spec.participant_ids, files.is_pairwise
    kept = _kept(in_strongest(files, every), shown)
    headings = (
        Heading("Region", numeric=False),
        *([Heading("Comparison", numeric=False)] if paired else []),
        *([Heading("Person", numeric=False)] if shown else []),
        Heading("Site", numeric=False),
        Heading("Scans"),
        Heading("Move (SE)", meaning="estimate minus that without the person (DFBETA)"),
        Heading(f"Without ({files.scale.unit})", meaning="estimate without the person"),
        Heading("Cook’s distance", meaning="of the person, on all fixed effects"),
    )
    body = tuple(_row(files, row, paired, shown) for row in kept)
    caption = _people_caption(files, every, shown) + rest_in_words(files, every, "influence.tsv")
    return Table("influence-table", caption, headings, body)


def _kept(every: Sequence[Row], shown: bool) -> list[Row]:
    """The first row of every region and comparison, and where ids are shown all beyond."""
    keys = [(row["region"], row["comparison"]) for row in every]
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    return [
        row
        for position, (row, key) in enumerate(zip(every, keys, strict=True))
        if first[key] == position or (shown and is_beyond(row))
    ]


def _row(files: ContrastFiles, row: Row, paired: bool, shown: bool) -> tuple[Cell, ...]:
    sites = listed([files.level_label("site", s) for s in row["site"].split(", ")])
    without = row["estimate_without"]
    text = signed(files.scale.from_analysis(without))
    person = Cell(row["participant_id"], row["participant_id"], numeric=False)
    return (
        *row_heads(files, row, paired),
        *([person] if shown else []),
        Cell(sites, row["site"], numeric=False),
        number_cell(row, "n_scans", whole),
        number_cell(row, "dfbeta", signed, strong=is_beyond(row)),
        Cell(text, digits(without), column="estimate_without"),
        number_cell(row, "cooks_distance", number),
    )


def _people_caption(files: ContrastFiles, every: Sequence[Row], shown: bool) -> str:
    each = "comparison" if files.is_pairwise else "region"
    text = f"The person without whom each {each}’s estimate moves most"
    n = len({row["participant_id"] for row in every if is_beyond(row)})
    limits = {number(row["limit"], 2) for row in every}
    limit = f"beyond the limit of {' to '.join(sorted(limits))} standard errors (bold)"
    if shown:
        return f"{text}, and everybody {limit}."
    who = "Nobody is" if not n else f"{count(n, 'person is', 'people are')}"
    return f"{text}. {who} {limit}. Ids are left out of this page."
