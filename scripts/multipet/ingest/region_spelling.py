"""One region spelled in two ways: each spelling would be a region of a few sites."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from multipet.ingest.ids import bare
from multipet.ingest.notes import Notes
from multipet.ingest.regions import used_regions
from multipet.ingest.tidy_table import SiteTable

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
