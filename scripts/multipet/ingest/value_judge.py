"""Value checks carried out: noted, excluded or stopped on, as the config says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from multipet.ingest.notes import Notes
from multipet.ingest.regions import RegionValues, parts_of
from multipet.ingest.site_scale import positive_median
from multipet.ingest.tidy_table import SiteTable
from multipet.ingest.value_checks import (
    Suspicion,
    non_positive,
    outliers,
    settings_of,
    tiny_values,
)
from multipet.problems import listed

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
            cells = self._cells(one, table)
            rows = listed(sorted({row for row, _ in cells.values() if row is not None}))
            told = _with_parts(one, cells)
            if action == "stop":
                where = f'sites.{table.site}, row {rows}, region "{one.region}"'
                self.notes.problem(where, told.message, f"checks.{one.check}.action is stop")
            elif action != "ignore":
                done = "excluded" if action == "exclude" else "noted"
                self._note(told, done, table, rows)
            if action in ("exclude", "stop"):
                left[one.position] = None
        return left

    def _cells(
        self, one: Suspicion, table: SiteTable
    ) -> dict[str, tuple[int | None, float | None]]:
        """Row and value of the region as delivered, or of each part that it is combined from."""
        parts = parts_of(one.region, self.study["regions"].get("combine") or {})
        names = [one.region] if one.region in table.regions else parts
        return {
            name: (table.rows[name][one.position], table.regions[name].values[one.position])
            for name in names
        }

    def _note(self, one: Suspicion, done: str, table: SiteTable, rows: str) -> None:
        scan = table.scans[one.position]
        self.notes.finding(
            one.check,
            done,
            one.message,
            site=table.site,
            participant_id=scan.participant_id,
            session=scan.session,
            region=one.region,
            row=rows,
            value=repr(one.value),
        )


def _with_parts(one: Suspicion, cells: Mapping[str, tuple[int | None, float | None]]) -> Suspicion:
    """Say of a combined value what it is combined from: the odd one is a part."""
    if one.region in cells:
        return one
    told = listed(f"{name} {value:g}" for name, (_, value) in cells.items() if value is not None)
    return replace(one, message=f"{one.message}; it is made from {told}")
