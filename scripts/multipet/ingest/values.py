"""Suspicious values noted, excluded or stopped on, as the config says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from multipet.config.specs import PoolStudy
from multipet.config.study import Action, ValueChecks
from multipet.core.problems import listed
from multipet.ingest.notes import Notes
from multipet.ingest.regions import parts_of
from multipet.ingest.site_scale import positive_median
from multipet.ingest.tidy_table import RegionValues, SiteTable, Values
from multipet.ingest.value_checks import (
    Suspicion,
    impossible,
    non_positive,
    outliers,
    tiny_values,
    usual_size,
)


def action_of(checks: ValueChecks, check: str, scale: str) -> Action:
    """What a check does; on the identity scale what is only a matter of logarithms is noted."""
    action: Action = getattr(checks, check).action
    if scale == "identity" and (
        check == "non_positive" or (check == "tiny_value" and action != "ignore")
    ):
        return "note"
    return action


class ValueJudge:
    """Value checks with the actions that the config gives them.

    Parameters
    ----------
    study
        ``study``, ``regions`` and ``checks`` of the config.
    notes
        Takes what fired: findings, or problems where the action is ``stop``.
    """

    def __init__(self, study: PoolStudy, notes: Notes) -> None:
        self.study = study
        self.notes = notes
        self.scale = study.study.outcome.scale

    def exclude_impossible(
        self, tables: Sequence[SiteTable], used: set[str]
    ) -> list[dict[str, RegionValues]]:
        """Judge values of 0 or less and tiny ones; return the sites' values without those."""
        ratio = self.study.checks.tiny_value.ratio
        limit = self.study.checks.impossible_value.deviations
        middles = {region: _middle_if_tiny(region, tables, ratio) for region in used}
        kept = []
        for table in tables:
            usual = usual_size(one.values for n, one in table.regions.items() if n in used)
            own = {}
            for region, one in table.regions.items():
                if region in used:
                    suspicions = [
                        *impossible(region, one.values, limit, usual, table.site),
                        *non_positive(region, one.values, self.scale),
                        *tiny_values(region, one.values, middles[region], ratio),
                    ]
                    own[region] = replace(one, values=self._act(table, one.values, suspicions))
            kept.append(own)
        return kept

    def outliers(self, table: SiteTable, region: str, values: Values) -> Values:
        """Judge values far from the others of their site."""
        mads = self.study.checks.outlier_value.mads
        return self._act(table, values, list(outliers(region, values, mads, self.scale)))

    def _act(self, table: SiteTable, values: Values, suspicions: Sequence[Suspicion]) -> Values:
        left = values
        for one in suspicions:
            action = action_of(self.study.checks, one.check, self.scale)
            cells = self._cells(one, table)
            rows = listed(sorted({row for row, _ in cells.values() if row is not None}))
            told = _with_parts(one, cells)
            if action == "stop":
                where = f'sites.{table.site}, row {rows}, region "{one.region}"'
                hint = one.hint or f"checks.{one.check}.action is stop"
                self.notes.problem(where, told.message, hint)
            elif action != "ignore":
                done = "excluded" if action == "exclude" else "noted"
                self._note(told, done, table, rows)
            if action in ("exclude", "stop"):
                left = left.copy() if left is values else left
                left[one.position] = np.nan
        return left

    def _cells(self, one: Suspicion, table: SiteTable) -> dict[str, tuple[int | None, float]]:
        """Row and value of the region as delivered, or of each part that it is combined from."""
        parts = parts_of(one.region, self.study.regions.combine)
        names = [one.region] if one.region in table.regions else parts
        return {
            name: (table.rows[name][one.position], float(table.regions[name].values[one.position]))
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


def _with_parts(one: Suspicion, cells: Mapping[str, tuple[int | None, float]]) -> Suspicion:
    """Say of a combined value what it is combined from: the odd one is a part."""
    if one.region in cells:
        return one
    told = listed(f"{name} {value:g}" for name, (_, value) in cells.items() if value == value)
    return replace(one, message=f"{one.message}; it is made from {told}")


def _middle_if_tiny(region: str, tables: Sequence[SiteTable], ratio: float) -> float:
    """Median of the positive values of a region; NaN where none can be below its share."""
    values = np.concatenate(
        [np.empty(0), *(t.regions[region].values for t in tables if region in t.regions)]
    )
    positive = values[values > 0]
    if not len(positive) or positive.min() >= ratio * positive.max():
        return float("nan")
    return positive_median(positive)
