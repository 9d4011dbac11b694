"""Does one person drive the answer? The chip, and who moves it most, by id only where allowed."""

from collections.abc import Mapping
from typing import Any

from multipet.report.contrast_files import ContrastFiles, level_label, rows
from multipet.report.effect import detected, estimated
from multipet.report.formatting import count, is_missing, listed, number, signed
from multipet.report.strongest import in_strongest, rest_in_words
from multipet.report.tables_html import (
    Cell,
    Heading,
    Table,
    digits,
    number_cell,
    row_heads,
    whole,
)
from multipet.report.verdicts import Verdict, named

Row = Mapping[str, Any]
CHECK = "influential_subject"


def single_person(files: ContrastFiles) -> Verdict | None:
    """Does anybody move an estimate beyond the limit, or turn its sign?"""
    every = rows(files.robust.influence)
    if not every:
        return None
    turned = {row["region"] for row in every if _turns(files, row)}
    if turned:
        return Verdict("stop", f"without one person the sign changes in {named(files, turned)}")
    people = count(max(row["n_subjects"] for row in every), "person", "people")
    largest = max(every, key=_size)
    beyond = {row["participant_id"] for row in every if _is_beyond(row)}
    if not is_missing(largest["dfbeta"]):
        most = f"largest move {number(abs(largest['dfbeta']))} standard errors"
        limit = f"limit {number(largest['limit'])}"
    else:
        most, limit = "without one of them there is no estimate", ""
    if not beyond:
        return Verdict("ok", f"{most} ({limit}), of {people}")
    where = named(files, {row["region"] for row in every if _is_beyond(row)})
    detail = f"{len(beyond)} of {people} beyond the limit in {where}; {most}"
    return Verdict("look", f"{detail} ({limit})" if limit else detail)


def influence_table(files: ContrastFiles) -> Table | None:
    """Who moves each estimate most, and everybody beyond the limit; without ids a row a region."""
    every = rows(files.robust.influence)
    if not every:
        return None
    shown, paired = bool(files.spec.get("participant_ids")), files.is_pairwise
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
    caption = _caption(files, every, shown) + rest_in_words(files, every, "influence.tsv")
    return Table("influence-table", caption, headings, body)


def _kept(every: list[Row], shown: bool) -> list[Row]:
    """The first row of every region and comparison, and where ids are shown all beyond."""
    first: dict[tuple[str, str], Row] = {}
    for row in every:
        first.setdefault((row["region"], row["comparison"]), row)
    return [row for row in every if row in first.values() or (shown and _is_beyond(row))]


def _row(files: ContrastFiles, row: Row, paired: bool, shown: bool) -> tuple[Cell, ...]:
    sites = listed([level_label(files.spec, "site", s) for s in row["site"].split(", ")])
    without = row["estimate_without"]
    text = signed(files.scale.from_analysis(without))
    person = Cell(row["participant_id"], row["participant_id"], numeric=False)
    return (
        *row_heads(files, row, paired),
        *([person] if shown else []),
        Cell(sites, row["site"], numeric=False),
        number_cell(row, "n_scans", whole),
        number_cell(row, "dfbeta", signed, strong=_is_beyond(row)),
        Cell(text, digits(without), column="estimate_without"),
        number_cell(row, "cooks_distance", number),
    )


def _caption(files: ContrastFiles, every: list[Row], shown: bool) -> str:
    each = "comparison" if files.is_pairwise else "region"
    text = f"The person without whom each {each}’s estimate moves most"
    n = len({row["participant_id"] for row in every if _is_beyond(row)})
    limits = {number(row["limit"], 2) for row in every}
    limit = f"beyond the limit of {' to '.join(sorted(limits))} standard errors (bold)"
    if shown:
        return f"{text}, and everybody {limit}."
    who = "Nobody is" if not n else f"{count(n, 'person is', 'people are')}"
    return f"{text}. {who} {limit}. Ids are left out of this page."


def _turns(files: ContrastFiles, row: Row) -> bool:
    main = _detected(files).get((row["region"], row["comparison"]))
    without = row["estimate_without"]
    return main is not None and not is_missing(without) and (main < 0) != (without < 0)


def _detected(files: ContrastFiles) -> dict[tuple[str, str], float]:
    return {
        (row["region"], row["comparison"]): row["estimate"]
        for row in estimated(files.contrast)
        if detected(row, files.alpha)
    }


def _is_beyond(row: Row) -> bool:
    return is_missing(row["dfbeta"]) or abs(row["dfbeta"]) > row["limit"]


def _size(row: Row) -> float:
    return float("inf") if is_missing(row["dfbeta"]) else abs(row["dfbeta"])
