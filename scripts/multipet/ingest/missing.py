"""Which site can give which region, and values that are not there."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher

import numpy as np

from multipet.config.delivered import Combination, RegionChoice
from multipet.core.problems import did_you_mean, listed
from multipet.ingest.notes import Notes
from multipet.ingest.regions import deliverable, final_regions, parts_of
from multipet.ingest.scan_notes import about_scan
from multipet.ingest.tidy_table import RegionValues, SiteTable, Values

Combine = Mapping[str, Combination]

# least share of letters that a name must have in common with another to be taken for it
ALIKE = 0.6


def check_delivered(tables: Sequence[SiteTable], regions: RegionChoice, notes: Notes) -> None:
    """Note regions that no site can give, and sites that give one twice or only in part.

    Parameters
    ----------
    tables
        Tidy tables of the sites.
    regions
        ``keep`` and ``combine`` of the config.
    notes
        Takes the problems.
    """
    combine = regions.combine
    every = list(dict.fromkeys(region for table in tables for region in table.regions))
    for region in final_regions(every, regions):
        partial = [table for table in tables if _lacking(region, table, combine)]
        nowhere = [part for part in parts_of(region, combine) if part not in every]
        if len(partial) > 1 and nowhere:
            idle = [name for name in every if name not in _taken(regions)]
            message = f"no site delivers its part {listed(nowhere)}"
            hint = did_you_mean(nowhere[0], [*idle, *(n for t in partial for n in t.unread)])
            notes.problem(f"regions.combine.{region}", message, hint)
        else:
            for table in partial:
                _note_partial(region, table, regions, notes)
        if not partial and not any(_can_give(region, table, combine) for table in tables):
            _note_absent(region, every, combine, notes)
        for table in tables:
            _note_twice(region, table, combine, notes)


def _can_give(region: str, table: SiteTable, combine: Combine) -> bool:
    """Whether a site delivers ``region`` or all of its parts."""
    parts = parts_of(region, combine)
    return region in table.regions or (bool(parts) and table.regions.keys() >= set(parts))


def _lacking(region: str, table: SiteTable, combine: Combine) -> list[str]:
    """Parts of ``region`` that a site lacks of which it delivers others; else none."""
    parts = parts_of(region, combine)
    lacking = [part for part in parts if part not in table.regions]
    return lacking if region not in table.regions and len(lacking) < len(parts) else []


def _taken(regions: RegionChoice) -> set[str]:
    """Names that the study means something by."""
    combine = regions.combine
    names = {name for whole in combine for name in deliverable(whole, combine)}
    return names | set(regions.keep)


def _note_partial(region: str, table: SiteTable, regions: RegionChoice, notes: Notes) -> None:
    combine = regions.combine
    lacking = _lacking(region, table, combine)
    present = [part for part in parts_of(region, combine) if part in table.regions]
    message = (
        f"the table has {listed(present)} and not {listed(lacking)}: "
        f"{region}, the mean of these, would be missing in every scan of {table.site}"
    )
    where = f"sites.{table.site}.regions"
    way_out = f"if the site truly has no {listed(lacking)}, set {where}.ignore: [{listed(present)}]"
    near = {part: _nearest(part, present, table, _taken(regions)) for part in lacking}
    mapped = ", ".join(f'"{name}": {part}' for part, name in near.items() if name)
    if mapped:
        hint = f"did you mean {where}.names: {{{mapped}}}?"
    elif table.unread:
        hint = f"list it under {where}.names; nothing reads {listed(table.unread)}"
    else:
        hint = f"list it under {where}.names"
    notes.problem(where, message, f"{hint} Or, {way_out}" if mapped else f"{hint}; {way_out}")


def _nearest(part: str, present: Sequence[str], table: SiteTable, taken: set[str]) -> str:
    """Name in the table that nothing uses and that is most like a part, or like its siblings.

    The siblings are compared as delivered: ``L_Put`` is more like ``R_Put`` than like
    ``putamen_l``.
    """
    idle = [table.sources.get(name, name) for name in table.regions if name not in taken]
    models = [part, *(table.sources.get(name, name) for name in present)]

    def likeness(name: str) -> float:
        words = (SequenceMatcher(None, name.casefold(), model.casefold()) for model in models)
        return max(word.ratio() for word in words)

    best = max([*table.unread, *idle], key=likeness, default="")
    return best if best and likeness(best) >= ALIKE else ""


def _note_absent(region: str, every: Sequence[str], combine: Combine, notes: Notes) -> None:
    lacking = [part for part in parts_of(region, combine) if part not in every]
    word = lacking[0] if lacking else region
    what = f', nor its part "{word}"' if word != region else ""
    message = f'no site delivers region "{region}"{what}'
    # a combination can be kept as well as what is delivered; it cannot be a part
    known = every if lacking else dict.fromkeys([*combine, *every])
    notes.problem("regions", message, did_you_mean(word, known))


def _note_twice(region: str, table: SiteTable, combine: Combine, notes: Notes) -> None:
    parts = [part for part in parts_of(region, combine) if part in table.regions]
    if region in table.regions and parts:
        message = f'delivers region "{region}" and its parts too ({listed(parts)})'
        where = f"sites.{table.site}"
        notes.problem(where, message, "give one of them another name in regions.names")


def note_missing_values(
    table: SiteTable, used: AbstractSet[str], finals: AbstractSet[str], notes: Notes
) -> set[int]:
    """Note missing cells, one line for a whole scan or a whole region that has no value.

    Cells that matter only as a part of a combination are left to ``note_missing_parts``.

    Parameters
    ----------
    table
        A site's tidy table.
    used
        Delivered regions that the study takes up; the others are one line in all.
    finals
        Regions of the pooled table.
    notes
        Takes the findings.

    Returns
    -------
    set
        Positions of the scans without any value.
    """
    unused = [region for region in table.regions if region not in used]
    if unused:
        message = f"regions that the study does not keep: {listed(unused, 100)}"
        notes.finding("region_not_kept", "dropped", message, site=table.site, value=len(unused))
    columns = {name: one.values for name, one in table.regions.items() if name in used}
    lacking = np.full(len(table.scans), bool(columns))
    for values in columns.values():
        lacking &= np.isnan(values)
    empty = set(np.flatnonzero(lacking).tolist())
    for position in sorted(empty):
        message = "the scan has no value in any region"
        about_scan("scan_without_values", message, table.scans[position], notes)
    for region, values in columns.items():
        if region in finals:
            _note_cells(table, region, values, empty, notes)
    _note_idle_scanners(table, empty, notes)
    return empty


def _note_cells(
    table: SiteTable, region: str, values: Values, empty: set[int], notes: Notes
) -> None:
    gaps = [i for i in np.flatnonzero(np.isnan(values)).tolist() if i not in empty]
    if gaps and len(gaps) + len(empty) == len(values):
        message = f"no scan of {table.site} has a value of {region}"
        notes.finding("region_without_values", "missing", message, site=table.site, region=region)
        return
    for position in gaps:
        row = table.rows[region][position]
        message = "no value" if row else "no row of this region for the scan"
        scan = table.scans[position]
        about_scan("missing_value", message, scan, notes, region=region, row=row)


def _note_idle_scanners(table: SiteTable, empty: set[int], notes: Notes) -> None:
    scans = [0] * len(table.scans)
    for position in empty:
        scans[position] = 1
    idle = dict.fromkeys(table.scans[position].scanner for position in sorted(empty))
    for scanner in idle:
        own = [
            gone for scan, gone in zip(table.scans, scans, strict=True) if scan.scanner == scanner
        ]
        if all(own):
            which = "the one scan" if len(own) == 1 else f"none of the {len(own)} scans"
            has = "has no" if len(own) == 1 else "has a"
            message = f'{which} on "{scanner}" {has} value'
            notes.finding(
                "scanner_without_values", "noted", message, site=table.site, value=scanner
            )


def note_missing_parts(
    table: SiteTable,
    region: str,
    parts: Mapping[str, RegionValues],
    empty: AbstractSet[int],
    notes: Notes,
    *,
    weighted: bool,
) -> None:
    """Note scans whose combination is missing because a part is, or its volume.

    Parameters
    ----------
    table
        The site's tidy table.
    region
        The combination.
    parts
        Part -> its values after exclusions, and its volumes.
    empty
        Scans without any value, which have been noted.
    notes
        Takes the findings.
    weighted
        Whether the combination is weighted by volume.
    """
    idle = [name for name, one in parts.items() if np.isnan(one.values).all()]
    if idle and len(empty) < len(table.scans):
        message = (
            f"no scan of {table.site} has a value of {listed(idle)}: {region} is missing there"
        )
        notes.finding("region_without_values", "missing", message, site=table.site, region=region)
        return
    gaps = np.zeros(len(table.scans), bool)
    for one in parts.values():
        gaps |= np.isnan(one.values) | (np.isnan(one.volumes) if weighted else False)
    for position in np.flatnonzero(gaps).tolist():
        if position not in empty:
            lacking = _lacking_parts(table, parts, position, weighted=weighted)
            message = f"{region} was not computed: {listed(lacking)}"
            cells = (table.rows[part][position] for part in lacking.values())
            rows = listed(sorted({row for row in cells if row is not None}))
            scan = table.scans[position]
            about_scan("missing_part", message, scan, notes, region=region, row=rows)


def _lacking_parts(
    table: SiteTable, parts: Mapping[str, RegionValues], position: int, *, weighted: bool
) -> dict[str, str]:
    """What is not there of a combination in a scan -> the part concerned."""
    lacking = {}
    for part, one in parts.items():
        if np.isnan(one.values[position]):
            lacking[_gap(table, part, position)] = part
        elif weighted and np.isnan(one.volumes[position]):
            lacking[f"no volume of {part}"] = part
    return lacking


def _gap(table: SiteTable, part: str, position: int) -> str:
    """What is not there of a part of a combination."""
    if not np.isnan(table.regions[part].values[position]):
        return f"{part} was excluded"
    return f"no value of {part}" if table.rows[part][position] else f"no row of {part}"


def note_missing_region(table: SiteTable, region: str, notes: Notes) -> None:
    """Note a region that a whole site lacks."""
    message = f"{table.site} does not deliver {region}; it is missing there"
    notes.finding("missing_region", "missing", message, site=table.site, region=region)
