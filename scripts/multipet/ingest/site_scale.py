"""Numbers of one site that are many times those of the others, as in another unit."""

from collections.abc import Iterable, Mapping, Sequence
from math import exp, log
from statistics import median

import numpy as np

from multipet.config.delivered import MeasuredVariable
from multipet.config.specs import PoolStudy
from multipet.ingest.notes import Notes
from multipet.ingest.regions import combined
from multipet.ingest.tidy_table import SiteTable, Values, floats

# months for years is 12 times, less where the site's people are younger
COVARIATE_RATIO = 5.0
# below this a ratio has no inverse
LEAST = 1e-300
# share of the values of a site, at either end, that may lie among those of the others
TAIL = 0.1


def check_site_scale(
    tables: Sequence[SiteTable], regions: Iterable[str], study: PoolStudy, notes: Notes
) -> None:
    """Compare the sites' values: in all regions together, and in each.

    A site stands out as a whole where more than half of its regions do. One region of it does
    where, besides, nearly all of its values lie beyond those of the other sites: near 0 the
    medians alone say little.

    Parameters
    ----------
    tables
        Tidy tables of the sites.
    regions
        Regions of the pooled table.
    study
        ``regions`` and ``checks`` of the config.
    notes
        Takes what fired: findings, or problems where the action is ``stop``.
    """
    limit = study.checks.site_scale.ratio
    combine = study.regions.combine
    columns = {
        region: {
            table.site: column
            for table in tables
            if (column := combined(region, table.regions, combine)) is not None
        }
        for region in regions
    }
    ratios = {region: site_ratios(sites) for region, sites in columns.items()}
    # of each site, the regions in which it stands out
    odd: dict[str, dict[str, float]] = {table.site: {} for table in tables}
    for region, found in ratios.items():
        for site, ratio in odd_sites(found, limit).items():
            odd[site][region] = ratio
    for site, own in odd.items():
        compared = sum(site in found for found in ratios.values())
        if own and 2 * len(own) > compared:
            _tell(f"sites.{site}", "values", median(own.values()), study, notes, site=site)
        else:
            for region, ratio in own.items():
                if apart(columns[region], site):
                    where, what = f"sites.{site}.regions", f'values of region "{region}"'
                    _tell(where, what, ratio, study, notes, site=site, region=region)


def note_covariate_scale(
    tables: Sequence[SiteTable], variables: Mapping[str, MeasuredVariable], notes: Notes
) -> None:
    """Note numbers of the covariates that are many times, or a small part of, the others'."""
    for at, (name, variable) in enumerate(variables.items()):
        if variable.kind != "number":
            continue
        columns = {table.site: _numbers(table, at) for table in tables}
        for site, ratio in odd_sites(site_ratios(columns), COVARIATE_RATIO).items():
            if apart(columns, site):
                message = f"{name} is about {_times(ratio)} times that of the other sites"
                hint = f"{message}: another unit, as months for years?"
                notes.finding("covariate_scale", "noted", hint, site=site, value=f"{ratio:.3g}")


def _numbers(table: SiteTable, at: int) -> Values:
    """The covariate at a position of ``variables``, one a scan; it is a number."""
    return np.array([scan.covariates[at] for scan in table.scans], dtype=float)


def _tell(
    where: str, what: str, ratio: float, study: PoolStudy, notes: Notes, **concerns: str
) -> None:
    action = study.checks.site_scale.action
    message = f"{what} are about {_times(ratio)} times those of the other sites: another unit?"
    if action == "stop":
        notes.problem(where, message, "correct the unit, or set checks.site_scale.action")
    elif action == "note":
        notes.finding("site_scale", "noted", message, value=f"{ratio:.3g}", **concerns)


def _times(ratio: float) -> str:
    if ratio > 1:
        return f"{ratio:.3g}"
    return f"1/{1 / ratio:.3g}" if ratio > LEAST else "1e-300"


def positive_median(values: Values) -> float:
    """Median of the positive values; NaN where there are none."""
    known = _positive(values)
    return float(np.median(known)) if len(known) else float("nan")


def site_ratios(columns: Mapping[str, Values]) -> dict[str, float]:
    """How many times the others' values a site's are.

    Parameters
    ----------
    columns
        Site -> its values.

    Returns
    -------
    dict
        Site -> ratio of its median to that typical of the sites: the median over sites, or
        the other site's where there are two. Only positive values count; sites without, and
        a site that has no other to compare with, are left out.
    """
    if len(columns) < 2:
        return {}
    medians = {site: positive_median(column) for site, column in columns.items()}
    known = {site: value for site, value in medians.items() if value == value}
    return {site: value / _typical(known, site) for site, value in known.items() if len(known) > 1}


def _typical(medians: Mapping[str, float], site: str) -> float:
    if len(medians) == 2:
        return next(value for other, value in medians.items() if other != site)
    # with the site itself among them, one odd site of three does not make the others odd
    return exp(median(log(value) for value in medians.values()))


def odd_sites(ratios: Mapping[str, float], limit: float) -> dict[str, float]:
    """Sites whose ratio is above ``limit`` or below its inverse; of two sites, the first.

    Parameters
    ----------
    ratios
        From ``site_ratios``.
    limit
        Above 1.
    """
    odd = {site: ratio for site, ratio in ratios.items() if not 1 / limit <= ratio <= limit}
    # of two sites each differs from the other by the same ratio: that is one fact
    return dict(list(odd.items())[:1]) if len(ratios) == 2 else odd


def apart(columns: Mapping[str, Values], site: str) -> bool:
    """Whether nearly all positive values of a site lie beyond nearly all of the others'."""
    own = _inner(_positive(columns[site]))
    rest = _inner(
        np.concatenate([_positive(own) for other, own in columns.items() if other != site])
    )
    return own[0] > rest[-1] or own[-1] < rest[0]


def _positive(values: Values) -> Values:
    known = floats(values)
    return known[known > 0]


def _inner(values: Values) -> Values:
    """Values without their tails, in order; at least one."""
    cut = int(TAIL * len(values))
    return np.sort(values)[cut : len(values) - cut]
