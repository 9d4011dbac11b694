"""Ids: what names nobody, what is spelled in two ways, and who is who over sites."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from multipet.config.delivered import MeasuredVariable
from multipet.config.specs import PoolStudy
from multipet.core.problems import listed
from multipet.ingest.covariates import Covariate
from multipet.ingest.delivered_table import (
    FORMULA,
    NO_SCAN,
    RESERVED,
    DeliveredTable,
    is_date,
    is_formula,
)
from multipet.ingest.notes import Notes
from multipet.ingest.participants import Participants
from multipet.ingest.readers.numbers import as_column
from multipet.ingest.regions import bare
from multipet.ingest.tidy_table import Scan, SiteTable

# what stands in the id column of a row that sums the others up
TOTALS = (
    *("mean", "average", "avg", "total", "totals", "sum", "median", "sd", "std", "stdev"),
    *("sem", "se", "count", "minimum", "maximum", "grand total", "group mean", "std dev"),
    *("standard deviation", "standard error"),
)
# zeros that a spreadsheet drops: those before a number, wherever it stands
ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
# 1.20204E+11: what a spreadsheet leaves of a long number
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
STARTS = ("mean ", "average ", "total ", "median ", "sum of ", "sd ", "std ")


def refuse_bad_ids(table: DeliveredTable, notes: Notes) -> None:
    """Stop on ids, sessions and scanners that name nothing, sums, and what would be run."""
    for name in ("participant_id", "session"):
        _refuse_unnamed(table, name, notes)
    for name in ("participant_id", "session", "scanner"):
        _refuse_formulas(table, name, notes)
    for name in ("participant_id", "session"):
        _refuse_damaged(table, name, notes)
    _refuse_totals(table, notes)


def _refuse_unnamed(table: DeliveredTable, name: str, notes: Notes) -> None:
    """Stop on cells of an id column that say nothing."""
    for position, cell in _cells_where(table, name, lambda cell: cell in RESERVED):
        hint = "" if cell else NO_SCAN
        if name == "session":
            hint = f'say what it means: values: {{{name}: {{"{cell}": …}}}}'
        found = f'is "{cell}", which names nothing' if cell else "is empty"
        notes.problem(table.place(position, name), found, hint)


def _refuse_formulas(table: DeliveredTable, name: str, notes: Notes) -> None:
    """Stop on the first name that a spreadsheet would compute where it stands in a result."""
    for position, cell in _cells_where(table, name, is_formula)[:1]:
        notes.problem(table.place(position, name), f'"{cell}" {FORMULA}', "give another name")


def _refuse_damaged(table: DeliveredTable, name: str, notes: Notes) -> None:
    """Stop on what a spreadsheet makes of ids: rounded long numbers, dates among other names."""
    hint = "format the column as text before it is filled in, and export it again"
    rounded = _cells_where(table, name, lambda cell: bool(SCIENTIFIC.fullmatch(cell)))
    for position, cell in rounded[:1]:
        more = f" (and in {len(rounded) - 1} more)" if rounded[1:] else ""
        message = f'"{cell}" is a long number of which a spreadsheet keeps 15 digits at most{more}'
        notes.problem(table.place(position, name), message, hint)
    dates = _cells_where(table, name, is_date)
    if len(dates) < len(table.rows):
        for position, cell in dates:
            message = f'"{cell}" is a date among names that are none: a spreadsheet made it one?'
            notes.problem(table.place(position, name), message, hint)


def _refuse_totals(table: DeliveredTable, notes: Notes) -> None:
    """Stop on rows that sum others up: as people they would count."""
    for position, cell in _cells_where(table, "participant_id", _sums_up):
        message = f'"{cell}" is a row of totals and no person'
        hint = "remove the rows below the table, or rename the person"
        notes.problem(table.place(position, "participant_id"), message, hint)


def _sums_up(cell: str) -> bool:
    words = " ".join(cell.casefold().strip(" .:()[]*=").split())
    return words in TOTALS or words.startswith(STARTS)


def _cells_where(
    table: DeliveredTable, name: str, holds: Callable[[str], bool]
) -> list[tuple[int, str]]:
    """Positions and texts of the cells of a column of which ``holds`` is true."""
    column = as_column(table.cells.get(name, ()))
    wrong = [code for code, word in enumerate(column.words) if holds(word)]
    positions = np.flatnonzero(np.isin(column.codes, wrong)).tolist() if wrong else []
    return [(at, column[at]) for at in positions]


def note_alike_ids(tables: Sequence[SiteTable], span_sites: bool, notes: Notes) -> None:
    """Note ids that differ in case, blanks or invisible characters alone, within a site.

    Parameters
    ----------
    tables
        Tidy tables of the sites.
    span_sites
        Whether an id is the same person at every site: then sites are looked at together.
    notes
        Takes the findings.
    """
    people = {table.site: [scan.participant_id for scan in table.scans] for table in tables}
    if span_sites:
        people = {"": [person for own in people.values() for person in own]}
    for site, ids in people.items():
        for spellings in alike(dict.fromkeys(ids), "sub-"):
            count, who = len(spellings), listed(spellings)
            same = f"differ in {_difference(spellings, 'sub-')} alone"
            message = f"{count} ids that {same} count as different people"
            notes.finding("alike_ids", "noted", message, site=site, participant_id=who, value=count)
    for table in tables:
        _note_alike_sessions(table, notes)


def _note_alike_sessions(table: SiteTable, notes: Notes) -> None:
    sessions: dict[str, list[str]] = {}
    for scan in table.scans:
        sessions.setdefault(scan.participant_id, []).append(scan.session)
    for person, own in sessions.items():
        for spellings in alike(own, "ses-"):
            told = listed(f'"{name}"' for name in spellings)
            message = f"sessions of a person that look alike were kept apart: {told}"
            concerns = {"site": table.site, "participant_id": person, "value": listed(spellings)}
            notes.finding("session_spelled_twice", "noted", message, **concerns)


def alike(names: Iterable[str], prefix: str = "") -> list[list[str]]:
    """Names that differ in case, blanks, zeros, ``prefix`` or invisible characters alone.

    Parameters
    ----------
    names
        Ids or sessions, each once.
    prefix
        What BIDS puts before them (``sub-``, ``ses-``).
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_without_zeros(bare(name), prefix), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _without_zeros(name: str, prefix: str) -> str:
    return ZEROS.sub("", name.removeprefix(prefix))


def _difference(spellings: Sequence[str], prefix: str) -> str:
    words = "case, blanks or invisible characters"
    if len(set(map(bare, spellings))) == 1:
        return words
    return f"leading zeros, {prefix}, {words}"


def tell_people_apart(
    tables: Sequence[SiteTable],
    study: PoolStudy,
    participants: Participants | None,
    notes: Notes,
) -> list[Scan]:
    """Scans of all sites, in which an id is one person.

    Unless ``participants_span_sites``, an id that several sites use becomes ``site:id``.

    Parameters
    ----------
    tables
        Tidy tables of the sites.
    study
        ``study`` of the config is used.
    participants
        Where it has no site column its row cannot say which of the people it means.
    notes
        Takes the findings, and the problem that a made id exists already.
    """
    scans = [scan for table in tables for scan in table.scans]
    if study.study.participants_span_sites:
        return scans
    sites: dict[str, tuple[str, ...]] = {}
    for scan in scans:
        known = sites.get(scan.participant_id, ())
        if scan.site not in known:
            sites[scan.participant_id] = (*known, scan.site)
    shared = {person: at for person, at in sites.items() if len(at) > 1}
    _note_shared(shared, participants, notes)
    for scan in scans:
        if scan.participant_id in shared and f"{scan.site}:{scan.participant_id}" in sites:
            made = f"{scan.site}:{scan.participant_id}"
            notes.problem(
                "participant_id",
                f'"{made}" is an id and what "{scan.participant_id}" of '
                f"{scan.site} would be called",
                "rename one",
            )
    return [_qualified(scan) if scan.participant_id in shared else scan for scan in scans]


def _qualified(scan: Scan) -> Scan:
    return replace(scan, participant_id=f"{scan.site}:{scan.participant_id}")


def _note_shared(
    shared: Mapping[str, tuple[str, ...]], participants: Participants | None, notes: Notes
) -> None:
    groups: dict[tuple[str, ...], list[str]] = {}
    for person, at in shared.items():
        groups.setdefault(at, []).append(person)
    for at, people in groups.items():
        ids, where = listed(people, most=100), " and ".join(at)
        told, are = (f"{len(people)} ids", "are") if len(people) > 1 else ("1 id", "is")
        message = f"{told} used at {where} taken as different people, called site:id"
        notes.finding("shared_id", "noted", message, participant_id=ids, value=len(people))
        if participants and "site" not in participants.keys:
            hint = "add a site column, or set study.participants_span_sites: true"
            message = f"{told} of it {are} used at {where}, and it does not say whose they are"
            notes.problem(participants.name, f"{message} ({listed(people)})", hint)


def note_changing_levels(
    scans: Sequence[Scan], variables: Mapping[str, MeasuredVariable], notes: Notes
) -> None:
    """Note people whose level (sex, group) is not the same in all their scans."""
    for position, (name, variable) in enumerate(variables.items()):
        if variable.kind != "level":
            continue
        seen: dict[str, list[Covariate]] = {}
        for scan in scans:
            level = scan.covariates[position]
            levels = seen.setdefault(scan.participant_id, [])
            if level is not None and level not in levels:
                levels.append(level)
        for person, levels in seen.items():
            if len(levels) > 1:
                message = f"{name} differs between scans of this person: {listed(levels)}"
                notes.finding(
                    "changing_level", "noted", message, participant_id=person, value=listed(levels)
                )
