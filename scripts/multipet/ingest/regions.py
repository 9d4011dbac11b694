"""Regions: which a table delivers, which are used, and left and right made one."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

import numpy as np

from multipet.config.delivered import Combination, RegionChoice
from multipet.core.problems import listed
from multipet.ingest.notes import Notes
from multipet.ingest.tidy_table import RegionValues, SiteTable, Values


def parts_of(region: str, combine: Mapping[str, Combination]) -> tuple[str, ...]:
    """Parts that ``region`` is combined from; empty where it is not a combination."""
    return combine[region].parts if region in combine else ()


def deliverable(region: str, combine: Mapping[str, Combination]) -> tuple[str, ...]:
    """Names under which a site may deliver ``region``: its own, or those of its parts."""
    return (region, *parts_of(region, combine))


def final_regions(delivered: Iterable[str], regions: RegionChoice) -> list[str]:
    """Regions of the pooled table, in its order.

    ``keep`` where it is given; else every delivered region in its order, a combination in
    the place of its first part.
    """
    if regions.keep:
        return list(regions.keep)
    combine = regions.combine
    whole = {part: name for name in combine for part in parts_of(name, combine)}
    return list(dict.fromkeys(whole.get(region, region) for region in delivered))


def used_regions(delivered: Iterable[str], regions: RegionChoice) -> set[str]:
    """Names of regions that the pooled table takes up, alone or as parts."""
    combine = regions.combine
    finals = final_regions(delivered, regions)
    return {name for region in finals for name in deliverable(region, combine)}


def combined(
    region: str,
    delivered: Mapping[str, RegionValues],
    combine: Mapping[str, Combination],
) -> Values | None:
    """Values of a region: as delivered, or the mean of its parts.

    A scan that lacks a part has no value. With ``weights: volume`` the mean is weighted by
    the volumes of the parts.

    Returns
    -------
    array or None
        One value a scan, NaN where it is missing; ``None`` where the site delivers neither the
        region nor all of its parts.
    """
    if region in delivered:
        return delivered[region].values
    names = parts_of(region, combine)
    if not names or any(name not in delivered for name in names):
        return None
    parts = [delivered[name] for name in names]
    if combine[region].weights == "volume":
        total = reduce(np.add, [part.values * part.volumes for part in parts])
        return total / reduce(np.add, [part.volumes for part in parts])
    return reduce(np.add, [part.values for part in parts]) / len(parts)


#: Quotes and dashes that word processors put in the place of those of the keyboard.
TYPED = str.maketrans(
    {**dict.fromkeys("‘’‚‛ʼ′", "'"), **dict.fromkeys("“”„‟″", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


def bare(name: str) -> str:
    """``name`` as it is told from others by eye: no case, blanks or invisible characters."""
    text = unicodedata.normalize("NFKC", name.translate(TYPED)).casefold()
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def odd_letters(name: str) -> str:
    """Characters of ``name`` that look like others or like nothing, by their names."""
    odd = {
        letter: unicodedata.name(letter, f"U+{ord(letter):04X}")
        for letter in name
        if letter != " " and (not letter.isprintable() or ord(letter) in TYPED)
    }
    return f" (with {listed(odd.values())})" if odd else ""


SEPARATORS = re.compile(r"[\s._-]+")


def refuse_other_spellings(
    tables: Sequence[SiteTable], regions: RegionChoice, notes: Notes
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
            spelling = bare(SEPARATORS.sub("_", region.translate(TYPED)))
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
            odd = odd_letters(region), odd_letters(usual)
            message = f'region "{region}"{odd[0]} is "{usual}"{odd[1]} at {found[usual][0]}'
            names = f"{{{_quoted(region)}: {_quoted(usual)}}}"
            hint = f"one region? {key}.names: {names}; if not, rename one of them"
            notes.problem(key, message, hint)


def _quoted(name: str) -> str:
    """``name`` as it can be pasted into a config, characters that look like others escaped."""
    return json.dumps(name, ensure_ascii=bool(odd_letters(name)))
