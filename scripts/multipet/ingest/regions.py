"""Regions: which a table delivers, which are used, and left and right made one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

Values = Sequence[float | None]


@dataclass(frozen=True)
class RegionValues:
    """Values of one region at one site, one a scan; ``None`` is missing.

    Attributes
    ----------
    values
        Outcome, in its unit.
    volumes
        Volumes of the region, any unit as long as it is one; empty where not delivered.
    """

    values: Values
    volumes: Values = ()


def region_columns(headers: Iterable[str], settings: Mapping[str, Any]) -> dict[str, str]:
    """Find the region columns of a wide table; ``ignore`` lists headers to leave out.

    Parameters
    ----------
    headers
        Headers not used for anything else.
    settings
        ``prefix`` and ``suffix`` (both must fit; stripped) and ``names`` (as delivered,
        after stripping: ours), which also finds columns that neither fits.

    Returns
    -------
    dict
        Header -> our name of the region.
    """
    names = settings.get("names") or {}
    ignored = set(settings.get("ignore") or ())
    found = {}
    for header in headers:
        bare = stripped(header, settings)
        if header not in ignored and (bare != header or header in names):
            found[header] = names.get(bare, bare)
    return found


def stripped(header: str, settings: Mapping[str, Any]) -> str:
    """``header`` without the ``prefix`` and ``suffix`` of ``settings``, if both fit."""
    prefix, suffix = settings.get("prefix") or "", settings.get("suffix") or ""
    fits = header.startswith(prefix) and header.endswith(suffix)
    bare = header[len(prefix) : len(header) - len(suffix)].strip()
    return bare if fits and bare and len(header) > len(prefix) + len(suffix) else header


def parts_of(region: str, combine: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Parts that ``region`` is combined from; empty where it is not a combination."""
    return tuple(combine[region]["parts"]) if region in combine else ()


def deliverable(region: str, combine: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Names under which a site may deliver ``region``: its own, or those of its parts."""
    return (region, *parts_of(region, combine))


def final_regions(delivered: Iterable[str], regions: Mapping[str, Any]) -> list[str]:
    """Regions of the pooled table, in its order.

    ``keep`` where it is given; else every delivered region in its order, a combination in
    the place of its first part.
    """
    if regions.get("keep"):
        return list(regions["keep"])
    combine = regions.get("combine") or {}
    whole = {part: name for name in combine for part in parts_of(name, combine)}
    return list(dict.fromkeys(whole.get(region, region) for region in delivered))


def used_regions(delivered: Iterable[str], regions: Mapping[str, Any]) -> set[str]:
    """Names of regions that the pooled table takes up, alone or as parts."""
    combine = regions.get("combine") or {}
    finals = final_regions(delivered, regions)
    return {name for region in finals for name in deliverable(region, combine)}


def combined(
    region: str,
    delivered: Mapping[str, RegionValues],
    combine: Mapping[str, Mapping[str, Any]],
) -> list[float | None] | None:
    """Values of a region: as delivered, or the mean of its parts.

    A scan that lacks a part has no value. With ``weights: volume`` the mean is weighted by
    the volumes of the parts.

    Returns
    -------
    list or None
        One value a scan; ``None`` where the site delivers neither the region nor all of
        its parts.
    """
    if region in delivered:
        return list(delivered[region].values)
    parts = [delivered.get(part) for part in parts_of(region, combine)]
    if not parts or None in parts:
        return None
    if combine[region].get("weights") == "volume":
        weights = zip(*(part.volumes for part in parts), strict=True)
    else:
        weights = repeat((1.0,) * len(parts))
    values = zip(*(part.values for part in parts), strict=True)
    return [_mean(scan, weight) for scan, weight in zip(values, weights, strict=False)]


def _mean(values: Values, weights: Values) -> float | None:
    if None in values or None in weights:
        return None
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
