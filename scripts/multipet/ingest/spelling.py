"""One name spelled in two ways: ids of people and sessions, and regions."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from multipet.core.problems import listed
from multipet.ingest.delivered_table import FORMULA, NO_SCAN, RESERVED, DeliveredTable, is_formula
from multipet.ingest.notes import Notes
from multipet.ingest.regions import used_regions
from multipet.ingest.tidy_table import SiteTable

# what stands in the id column of a row that sums the others up
TOTALS = (
    *("mean", "average", "avg", "total", "totals", "sum", "median", "sd", "std", "stdev"),
    *("sem", "se", "count", "minimum", "maximum", "grand total", "group mean", "std dev"),
    *("standard deviation", "standard error"),
)
STARTS = ("mean ", "average ", "total ", "median ", "sum of ", "sd ", "std ")


def refuse_bad_ids(table: DeliveredTable, notes: Notes) -> None:
    """Stop on ids, sessions and scanners that name nothing, sums, and what would be run."""
    for name in ("participant_id", "session"):
        _refuse_unnamed(table, name, notes)
    for name in ("participant_id", "session", "scanner"):
        _refuse_formulas(table, name, notes)
    _refuse_totals(table, notes)


def _refuse_unnamed(table: DeliveredTable, name: str, notes: Notes) -> None:
    """Stop on cells of an id column that say nothing."""
    for position, cell in enumerate(table.cells.get(name, ())):
        if cell in RESERVED:
            hint = "" if cell else NO_SCAN
            if name == "session":
                hint = f'say what it means: values: {{{name}: {{"{cell}": …}}}}'
            found = f'is "{cell}", which names nothing' if cell else "is empty"
            notes.problem(table.place(position, name), found, hint)


def _refuse_formulas(table: DeliveredTable, name: str, notes: Notes) -> None:
    """Stop on the first name that a spreadsheet would compute where it stands in a result."""
    for position, cell in enumerate(table.cells.get(name, ())):
        if is_formula(cell):
            notes.problem(table.place(position, name), f'"{cell}" {FORMULA}', "give another name")
            return


def _refuse_totals(table: DeliveredTable, notes: Notes) -> None:
    """Stop on rows that sum others up: as people they would count."""
    for position, cell in enumerate(table.cells.get("participant_id", ())):
        words = " ".join(cell.casefold().strip(" .:()[]*=").split())
        if words in TOTALS or words.startswith(STARTS):
            message = f'"{cell}" is a row of totals and no person'
            hint = "remove the rows below the table, or rename the person"
            notes.problem(table.place(position, "participant_id"), message, hint)


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
        for spellings in alike(dict.fromkeys(ids)):
            count, who = len(spellings), listed(spellings)
            same = "differ in case, blanks or invisible characters alone"
            message = f"{count} ids that {same} count as different people"
            notes.finding("alike_ids", "noted", message, site=site, participant_id=who, value=count)
    for table in tables:
        _note_alike_sessions(table, notes)


def _note_alike_sessions(table: SiteTable, notes: Notes) -> None:
    sessions: dict[str, list[str]] = {}
    for scan in table.scans:
        sessions.setdefault(scan.participant_id, []).append(scan.session)
    for person, own in sessions.items():
        for spellings in alike(own):
            told = listed(f'"{name}"' for name in spellings)
            message = f"sessions of a person that look alike were kept apart: {told}"
            concerns = {"site": table.site, "participant_id": person, "value": listed(spellings)}
            notes.finding("session_spelled_twice", "noted", message, **concerns)


def alike(names: Iterable[str]) -> list[list[str]]:
    """Names that differ in case, blanks or invisible characters alone, put together."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(bare(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def bare(name: str) -> str:
    """``name`` as it is told from others by eye: no case, blanks or invisible characters."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


SEPARATORS = re.compile(r"[\s._-]+")


def refuse_other_spellings(
    tables: Sequence[SiteTable], regions: Mapping[str, Any], notes: Notes
) -> None:
    """Stop where sites spell a region in other case or with other separators.

    Where a site delivers both spellings they are two regions.

    Parameters
    ----------
    tables
        Tidy tables of the sites.
    regions
        ``keep`` and ``combine`` of the config: what they name is spelled rightly.
    notes
        Takes the problems.
    """
    sites: dict[str, dict[str, list[str]]] = {}
    for table in tables:
        for region in table.regions:
            spelling = bare(SEPARATORS.sub("_", region))
            sites.setdefault(spelling, {}).setdefault(region, []).append(table.site)
    used = used_regions([region for table in tables for region in table.regions], regions)
    for found in sites.values():
        where = [site for own in found.values() for site in own]
        if len(found) > 1 and len(set(where)) == len(where) and found.keys() & used:
            _tell(found, used, notes)


def _tell(found: Mapping[str, Sequence[str]], used: set[str], notes: Notes) -> None:
    """Name the sites that do not write what the config, or else most sites, write."""
    usual = max(found, key=lambda region: (region in used, len(found[region])))
    for region, sites in found.items():
        for site in sites if region != usual else ():
            key = f"sites.{site}.regions"
            message = f'region "{region}" is "{usual}" at {found[usual][0]}'
            hint = f'one region? {key}.names: {{"{region}": "{usual}"}}; if not, rename one of them'
            notes.problem(key, message, hint)
