"""Who is who over sites: ids that several sites use, and people whose levels change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from multipet.core.problems import listed
from multipet.ingest.notes import Notes
from multipet.ingest.participants import Participants
from multipet.ingest.tidy_table import Scan, SiteTable


def tell_people_apart(
    tables: Sequence[SiteTable],
    study: Mapping[str, Any],
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
    if study["study"]["participants_span_sites"]:
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
    scans: Sequence[Scan], variables: Mapping[str, Mapping[str, Any]], notes: Notes
) -> None:
    """Note people whose level (sex, group) is not the same in all their scans."""
    for position, (name, variable) in enumerate(variables.items()):
        if variable["kind"] != "level":
            continue
        seen: dict[str, list[str]] = {}
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
