"""All sites in one: ids told apart, suspicious values judged, regions combined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from multipet.config.delivered import RegionChoice
from multipet.config.specs import PoolStudy
from multipet.core.findings import Finding
from multipet.core.problems import listed
from multipet.ingest.ids import note_alike_ids, note_changing_levels, tell_people_apart
from multipet.ingest.missing import (
    check_delivered,
    note_missing_parts,
    note_missing_region,
    note_missing_values,
)
from multipet.ingest.notes import Notes
from multipet.ingest.participants import Participants, participants_without_scan
from multipet.ingest.regions import (
    combined,
    final_regions,
    parts_of,
    refuse_other_spellings,
    used_regions,
)
from multipet.ingest.site_scale import check_site_scale, note_covariate_scale
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable, Values
from multipet.ingest.values import ValueJudge


@dataclass(frozen=True)
class Pooled:
    """Scans x regions of all sites.

    Attributes
    ----------
    scans
        Sites in the order of the config, scans as delivered.
    regions
        Region -> values, one a scan; NaN is missing or excluded. Not logged.
    findings
        What was noted while pooling.
    """

    scans: tuple[Scan, ...]
    regions: dict[str, Values]
    findings: tuple[Finding, ...]

    @property
    def measured(self) -> np.ndarray:
        """Whether a scan has a value in any region."""
        measured = np.zeros(len(self.scans), bool)
        for values in self.regions.values():
            measured |= ~np.isnan(values)
        return measured


def pool(
    tables: Sequence[SiteTable],
    study: PoolStudy,
    participants: Participants | None = None,
) -> Pooled:
    """Put the sites together.

    Parameters
    ----------
    tables
        Tidy tables in the order of the config's sites.
    study
        ``study``, ``variables``, ``regions`` and ``checks`` of the config.
    participants
        The participants table, for its rows that belong to no scan.

    Raises
    ------
    UserError
        If no site delivers a region, a site delivers one twice or only some of its parts,
        sites spell one in different ways, values lie in another unit at one site (check
        ``site_scale``), or a check whose action is ``stop`` fired.
    """
    notes, regions = Notes("pool"), study.regions
    refuse_other_spellings(tables, regions, notes)
    notes.stop_on_problems()
    check_delivered(tables, regions, notes)
    _check_volumes(tables, regions, notes)
    scans = tell_people_apart(tables, study, participants, notes)
    notes.stop_on_problems()
    every = list(dict.fromkeys(region for table in tables for region in table.regions))
    judge = ValueJudge(study, notes)
    check_site_scale(tables, final_regions(every, regions), study, notes)
    note_covariate_scale(tables, study.variables, notes)
    kept = judge.exclude_impossible(tables, used_regions(every, regions))
    parts: dict[str, list[Values]] = {name: [] for name in final_regions(every, regions)}
    for table, values in zip(tables, kept, strict=True):
        used = used_regions(every, regions)
        empty = note_missing_values(table, used, parts.keys(), notes)
        for region, own in parts.items():
            own.append(_region_of(table, region, values, empty, judge))
    if participants:
        notes.findings += participants.findings
        seen = [(s.participant_id, s.session, s.site) for table in tables for s in table.scans]
        participants_without_scan(participants, seen, notes)
    note_alike_ids(tables, study.study.participants_span_sites, notes)
    note_changing_levels(scans, study.variables, notes)
    notes.stop_on_problems()
    for region, own in parts.items():
        _note_no_region(region, np.concatenate(own), notes)
    pooled = {name: own[0] if len(own) == 1 else np.concatenate(own) for name, own in parts.items()}
    return Pooled(tuple(scans), pooled, tuple(notes.findings))


def _region_of(
    table: SiteTable,
    region: str,
    kept: Mapping[str, RegionValues],
    empty: set[int],
    judge: ValueJudge,
) -> Values:
    """Values of a region at a site, what its parts lack noted, outliers judged."""
    combine = judge.study.regions.combine
    values = combined(region, kept, combine)
    if values is None:
        note_missing_region(table, region, judge.notes)
        return np.full(len(table.scans), np.nan)
    if region not in kept:
        parts = {part: kept[part] for part in parts_of(region, combine)}
        weighted = combine[region].weights == "volume"
        note_missing_parts(table, region, parts, empty, judge.notes, weighted=weighted)
    return judge.outliers(table, region, values)


def _check_volumes(tables: Sequence[SiteTable], regions: RegionChoice, notes: Notes) -> None:
    combine = regions.combine
    weighted = [name for name, one in combine.items() if one.weights == "volume"]
    parts = {part for name in weighted for part in parts_of(name, combine)}
    for table in tables:
        lacking = [n for n, one in table.regions.items() if n in parts and not len(one.volumes)]
        if lacking:
            message = f"no volumes of {listed(lacking)}, which regions.combine weights by volume"
            hint = "say where they are: volumes, or columns.volume of a long table"
            notes.problem(f"sites.{table.site}", message, hint)


#: Names, without case and separators, of what values are divided by, and of means over the cortex.
REFERENCES = ("wholecerebellum", "wholecereb", "referenceregion", "refregion", "reference")
COMPOSITES = ("summary", "composite", "corticalsummary", "globalcortex", "metaroi")


def _note_no_region(region: str, values: Values, notes: Notes) -> None:
    """Note a region that is called like a reference and is not 1, or like a mean of others."""
    name = "".join(letter for letter in region.casefold() if letter.isalnum())
    known = values[~np.isnan(values)]
    if name in REFERENCES and len(known) and not np.allclose(known, 1, atol=0.01):
        message = (
            f'region "{region}" is called like a reference region and is not 1 ({known.min():.3g} '
            f"to {known.max():.3g}): are the values divided by it? It is analysed like any other"
        )
        notes.finding("reference_region", "noted", message, region=region)
    elif name in COMPOSITES:
        message = f'region "{region}" is called like a mean of others; it counts as one more region'
        notes.finding("reference_region", "noted", message, region=region)
