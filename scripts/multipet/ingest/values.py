"""Suspicious values: what cannot be and what can hardly be, noted, excluded or stopped on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from multipet.config.specs import PoolStudy
from multipet.config.study import Action, ValueChecks
from multipet.core.problems import listed
from multipet.ingest.notes import Notes
from multipet.ingest.regions import parts_of
from multipet.ingest.site_scale import positive_median
from multipet.ingest.tidy_table import RegionValues, SiteTable, Values

# the median absolute deviation times this estimates the SD of normal values
SD_OF_MAD = 1.4826
# deviations below this share of the median are rounding errors
ALIKE = 1e-9
#: Numbers that tables write where there is no value.
CODES = (
    *(-99999.0, -9999.0, -9998.0, -999.0, -998.0, -888.0, -777.0, -99.0, -98.0, -88.0, -77.0),
    *(-66.0, -9.0, -8.0, -7.0, -6.0, -5.0, -4.0, 66.0, 77.0, 88.0, 98.0, 99.0, 777.0, 888.0),
    *(998.0, 999.0, 7777.0, 8888.0, 9998.0, 9999.0, 99999.0, 999999.0),
)
#: Deviations that lie between such a code and every value that was measured.
CODE_DEVIATIONS = 10.0
#: From here on a code is one among whole numbers too, as those of centiloids.
THREE_DIGITS = 100
#: A value that cannot be measured is as many times larger than what is usual at its site: a lost
#: decimal point makes it ten, a hundred or a thousand times.
TIMES_USUAL = 20.0
#: Deviations that are too many to be counted out.
FARTHEST = 1e6
#: No outcome of PET is as large, in any unit.
LARGEST = 1e30
# from fewer values a median and its deviations say too little about one of them
FEWEST_VALUES = 5


@dataclass(frozen=True)
class Suspicion:
    """One value that a check fired on.

    Attributes
    ----------
    check
        ``non_positive``, ``tiny_value`` or ``outlier_value``.
    region
        Its region.
    position
        Position of its scan.
    value
        The value, as delivered.
    message
        Why it is suspicious.
    hint
        What to do about it where the action is ``stop``.
    """

    check: str
    region: str
    position: int
    value: float
    message: str
    hint: str = ""


def non_positive(region: str, values: Values, scale: str) -> Iterator[Suspicion]:
    """Values of 0 or less: on a log scale they have no logarithm."""
    reason = "0 or less has no logarithm" if scale == "log" else "it is 0 or less"
    for position, value in _where(values, values <= 0):
        yield Suspicion("non_positive", region, position, value, f"{value:g}: {reason}")


def usual_size(columns: Iterable[Values]) -> float:
    """Largest median size of the values of a region that are not 0; 0 where there are none."""
    sizes = (np.abs(values[(values != 0) & ~np.isnan(values)]) for values in columns)
    return max((float(np.median(one)) for one in sizes if len(one)), default=0.0)


def impossible(
    region: str, values: Values, limit: float, usual: float, site: str
) -> Iterator[Suspicion]:
    """Values that no scan can give: codes for missing, lost decimal points, ends of the range.

    Deviations are those of ``outliers`` on the scale of the values, also where the models are
    fitted to logarithms.

    Parameters
    ----------
    region, values
        Region, and its values at one site, one a scan.
    limit
        Deviations from the median of site and region beyond which a value is impossible that is
        besides ``TIMES_USUAL`` times ``usual``. Deviations alone would not do: those of a
        reference region, or of one with many fits that ended near 0, are next to nothing.
    usual
        From ``usual_size`` of the regions of the site.
    site
        The site, for the hint.
    """
    codes, sizes = _codes(values), np.abs(values)
    large = sizes > TIMES_USUAL * usual
    if not (codes | large).any():
        return
    far = deviations(values, "identity")
    for position, value in _where(values, codes | (large & (far > limit)) | (sizes > LARGEST)):
        what = "looks like a code for missing" if codes[position] else "cannot be a measured value"
        away = f", {far[position]:.1f} deviations from the median of its site and region"
        message = f"{value:g} {what}{away if far[position] < FARTHEST else ''}"
        hint = f'correct it or, if it means missing, add "{value:g}" to sites.{site}.missing'
        yield Suspicion("impossible_value", region, position, value, message, hint)


def _codes(values: Values) -> np.ndarray:
    """Which values are codes for missing, far from every value that is none."""
    codes = np.isin(values, CODES)
    others = values[~codes & ~np.isnan(values)]
    if not codes.any() or not len(others):
        return np.zeros(len(values), bool)
    gap = CODE_DEVIATIONS * _middle_and_spread(values)[1]
    least = THREE_DIGITS if np.array_equal(others, np.round(others)) else 0
    for at in np.flatnonzero(codes):
        nearest = np.abs(others - values[at]).min()
        codes[at] = nearest > gap and abs(values[at]) >= least
    return codes


def tiny_values(region: str, values: Values, middle: float, ratio: float) -> Iterator[Suspicion]:
    """Positive values below ``ratio`` times the region's median, as a failed fit leaves them.

    Parameters
    ----------
    region
        Region of the values.
    values
        Values of one site, one a scan.
    middle
        Median of the region's positive values over all sites; NaN where there are none.
    ratio
        Between 0 and 1.
    """
    for position, value in _where(values, (values > 0) & (values < ratio * middle)):
        message = f"{value:g} is below {ratio:g} of the region's median, {middle:.3g}"
        yield Suspicion("tiny_value", region, position, value, message)


def _where(values: Values, fires: np.ndarray) -> Iterator[tuple[int, float]]:
    """Positions at which a check fires, with the values there."""
    positions = np.flatnonzero(fires)
    return zip(positions.tolist(), values[positions].tolist(), strict=True)


def outliers(region: str, values: Values, mads: float, scale: str) -> Iterator[Suspicion]:
    """Values more than ``mads`` deviations from the median of their site and region.

    The deviation is the median absolute deviation on the analysis scale, times 1.4826 so
    that it estimates an SD. Where it is 0 (half of the values alike), or with fewer than
    ``FEWEST_VALUES`` values, nothing can be said and nothing is.

    Parameters
    ----------
    region
        Region of the values.
    values
        Values of one site, one a scan; above 0 on a log scale.
    mads
        Above 0.
    scale
        ``identity`` or ``log``.
    """
    far = deviations(values, scale)
    for position, value in _where(values, far > mads):
        message = (
            f"{value:g} is {far[position]:.1f} deviations from the median of its site and region"
        )
        yield Suspicion("outlier_value", region, position, value, message)


def deviations(values: Values, scale: str) -> np.ndarray:
    """How many deviations each value is from the median, as in ``outliers``; else NaN."""
    x = np.log(values) if scale == "log" else values
    middle, spread = _middle_and_spread(x)
    if not spread > (ALIKE if scale == "log" else ALIKE * abs(middle)):
        return np.full(len(x), np.nan)
    with np.errstate(over="ignore"):  # then it is infinitely far, which is far enough
        return np.abs(x - middle) / spread


def _middle_and_spread(x: Values) -> tuple[float, float]:
    """Median, and the deviation from it that estimates an SD; NaN with too few values."""
    known = x[~np.isnan(x)]
    if len(known) < FEWEST_VALUES:
        return float("nan"), float("nan")
    middle = float(np.median(known))
    return middle, SD_OF_MAD * float(np.median(np.abs(known - middle)))


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
