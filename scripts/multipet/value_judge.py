"""Value checks carried out: noted, excluded or stopped on, as the config says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from multipet.notes import Notes
from multipet.regions import RegionValues, combined
from multipet.tidy_table import SiteTable
from multipet.value_checks import (
    Suspicion,
    non_positive,
    odd_sites,
    outliers,
    positive_median,
    settings_of,
    site_ratios,
    tiny_values,
)

Values = list[float | None]


class ValueJudge:
    """Value checks with the actions that the config gives them.

    Parameters
    ----------
    study
        ``study``, ``regions`` and ``checks`` of the config.
    notes
        Takes what fired: findings, or problems where the action is ``stop``.
    """

    def __init__(self, study: Mapping[str, Any], notes: Notes) -> None:
        self.study = study
        self.notes = notes
        self.scale = study["study"]["outcome"]["scale"]

    def site_scale(self, tables: Sequence[SiteTable], regions: Iterable[str]) -> None:
        """Compare the sites' medians."""
        settings = settings_of(self.study["checks"], "site_scale", self.scale)
        combine = self.study["regions"].get("combine") or {}
        regions = list(regions)
        medians = {
            table.site: {
                region: positive_median(column)
                for region in regions
                if (column := combined(region, table.regions, combine)) is not None
            }
            for table in tables
        }
        for site, ratio in odd_sites(site_ratios(medians), settings["ratio"]).items():
            times = f"{ratio:.3g}" if ratio > 1 else f"1/{1 / ratio:.3g}"
            message = f"values are about {times} times those of the other sites: another unit?"
            hint = "correct the unit, or set checks.site_scale.action"
            if settings["action"] == "stop":
                self.notes.problem(f"sites.{site}", message, hint)
            elif settings["action"] == "note":
                self.notes.finding("site_scale", "noted", message, site=site, value=f"{ratio:.3g}")

    def exclude_impossible(
        self, tables: Sequence[SiteTable], used: set[str]
    ) -> list[dict[str, RegionValues]]:
        """Judge values of 0 or less and tiny ones; return the sites' values without those."""
        ratio = self.study["checks"]["tiny_value"]["ratio"]
        columns: dict[str, Values] = {}
        for table in tables:
            for region in used & table.regions.keys():
                columns.setdefault(region, []).extend(table.regions[region].values)
        middles = {region: positive_median(column) for region, column in columns.items()}
        kept = []
        for table in tables:
            own = {}
            for region, one in table.regions.items():
                if region in used:
                    suspicions = [
                        *non_positive(region, one.values, self.scale),
                        *tiny_values(region, one.values, middles[region], ratio),
                    ]
                    own[region] = replace(one, values=self._act(table, one.values, suspicions))
            kept.append(own)
        return kept

    def outliers(self, table: SiteTable, region: str, values: Values) -> Values:
        """Judge values far from the others of their site."""
        mads = self.study["checks"]["outlier_value"]["mads"]
        return self._act(table, values, list(outliers(region, values, mads, self.scale)))

    def _act(
        self, table: SiteTable, values: Sequence[float | None], suspicions: Sequence[Suspicion]
    ) -> Values:
        left = list(values)
        for one in suspicions:
            action = settings_of(self.study["checks"], one.check, self.scale)["action"]
            row = table.rows.get(one.region, {})
            number = row[one.position] if row else table.scans[one.position].row
            if action == "stop":
                where = f'sites.{table.site}, row {number}, region "{one.region}"'
                self.notes.problem(where, one.message, f"checks.{one.check}.action is stop")
            elif action != "ignore":
                done = "excluded" if action == "exclude" else "noted"
                self._note(one, done, table, number)
            if action in ("exclude", "stop"):
                left[one.position] = None
        return left

    def _note(self, one: Suspicion, done: str, table: SiteTable, row: int | None) -> None:
        scan = table.scans[one.position]
        self.notes.finding(
            one.check,
            done,
            one.message,
            site=table.site,
            participant_id=scan.participant_id,
            session=scan.session,
            region=one.region,
            row=row,
            value=repr(one.value),
        )
