"""Does one site, one scanner or one person drive the answer? The chips, and their tables."""

from collections.abc import Mapping
from typing import Any

from multipet.report.chips.verdicts import Verdict, compares_centres, named, takes_from_data
from multipet.report.contrast.effect import detected, estimated
from multipet.report.contrast.files import ContrastFiles, level_label, rows
from multipet.report.contrast.regions import in_strongest, rest_in_words
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
from multipet.report.html.text import count, is_missing, listed, number, signed, some, threshold

Row = Mapping[str, Any]
MOST_NAMED = 2


def single_site(files: ContrastFiles) -> Verdict | None:
    """Do sign and detection survive without each site and each scanner?"""
    every = rows(files.robust.left_out_summary)
    if not every:
        return None
    main = [row for row in every if not is_missing(row["n_lost"])]
    turned = {row["region"] for row in main if row["n_same_sign"] < row["n_estimated"]}
    lost = {row["region"] for row in main if row["n_lost"]}
    gained = {row["region"] for row in every if is_missing(row["n_lost"]) and row["n_detected"]}
    without = f"without each of {_refits(every)}"
    if turned:
        return Verdict("stop", f"the sign changes in {named(files, turned)}; {without}")
    if _gone(files, every):
        return Verdict("look", f"without {_gone(files, every)} there is no estimate")
    if lost:
        where = f"in {named(files, lost)} {_losing(files, every)}"
        return Verdict("look", f"same sign, but not detected {where}")
    if gained:
        return Verdict("look", f"detected in {named(files, gained)} once a site or scanner is out")
    said = "same sign and still detected" if main else "nothing detected"
    return Verdict("ok", f"{said} {without}")


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


def _refits(every: list[Row]) -> str:
    """How many sites and scanners were left out: ``4 sites and 5 scanners``."""
    most = {
        factor: max(row["n_refits"] for row in every if row["factor"] == factor)
        for (factor,) in ordered((row["factor"],) for row in every)
    }
    return listed([count(n, factor) for factor, n in most.items()])


def _gone(files: ContrastFiles, every: list[Row]) -> str:
    """Without which sites or scanners there is no estimate, unless they are what is compared."""
    if compares_centres(files) or all(row["n_estimated"] == row["n_refits"] for row in every):
        return ""
    table = files.robust.left_out
    none = rows(table[table["estimate"].isna()])
    return some(list(dict.fromkeys(_level(files, row) for row in none)), 2)


def _losing(files: ContrastFiles, every: list[Row]) -> str:
    """Without which sites and scanners detection is lost: by name, or how many of them."""
    main = {(r["region"], r["comparison"]) for r in every if not is_missing(r["n_lost"])}
    lost = [
        row
        for row in rows(files.robust.left_out)
        if (row["region"], row["comparison"]) in main and not row["p_adjusted"] < files.alpha
    ]
    levels = list(dict.fromkeys(_level(files, row) for row in lost))
    if len(levels) <= MOST_NAMED:
        return f"without {listed(levels, 'or')}"
    total = len(files.robust.left_out[["factor", "left_out"]].drop_duplicates())
    return f"without some sites or scanners ({len(levels)} of {total})"


def _level(files: ContrastFiles, row: Row) -> str:
    return files.level_label(row["factor"], row["left_out"])


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
        " Here the p of the model on harmonised values, which is naive, is set against the same "
        "naive p of all scans: values stay as harmonised with everybody."
    )
    return text + (naive if takes_from_data(files) else "")


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
    caption = _people_caption(files, every, shown) + rest_in_words(files, every, "influence.tsv")
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


def _people_caption(files: ContrastFiles, every: list[Row], shown: bool) -> str:
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
