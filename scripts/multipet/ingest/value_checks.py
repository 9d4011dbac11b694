"""Suspicious values: what cannot be, and what can hardly be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Any

Column = Sequence[float | None]

# the median absolute deviation times this estimates the SD of normal values
SD_OF_MAD = 1.4826
# deviations below this share of the median are rounding errors
ALIKE = 1e-9
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
    """

    check: str
    region: str
    position: int
    value: float
    message: str


def non_positive(region: str, values: Column, scale: str) -> Iterator[Suspicion]:
    """Values of 0 or less: on a log scale they have no logarithm."""
    reason = "0 or less has no logarithm" if scale == "log" else "it is 0 or less"
    for position, value in enumerate(values):
        if value is not None and value <= 0:
            yield Suspicion("non_positive", region, position, value, f"{value:g}: {reason}")


def tiny_values(region: str, values: Column, middle: float, ratio: float) -> Iterator[Suspicion]:
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
    for position, value in enumerate(values):
        if value is not None and 0 < value < ratio * middle:
            message = f"{value:g} is below {ratio:g} of the region's median, {middle:.3g}"
            yield Suspicion("tiny_value", region, position, value, message)


def outliers(region: str, values: Column, mads: float, scale: str) -> Iterator[Suspicion]:
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
    known = [(i, v, log(v) if scale == "log" else v) for i, v in enumerate(values) if v is not None]
    if len(known) < FEWEST_VALUES:
        return
    middle = median(x for _, _, x in known)
    spread = SD_OF_MAD * median(abs(x - middle) for _, _, x in known)
    least = ALIKE if scale == "log" else ALIKE * abs(middle)
    for position, value, x in known:
        if spread > least and abs(x - middle) > mads * spread:
            far = abs(x - middle) / spread
            message = f"{value:g} is {far:.1f} deviations from the median of its site and region"
            yield Suspicion("outlier_value", region, position, value, message)


def settings_of(checks: Mapping[str, Any], check: str, scale: str) -> dict[str, Any]:
    """Settings of a check; on the identity scale what is only a matter of logarithms is noted."""
    settings = dict(checks[check])
    if scale == "identity" and (
        check == "non_positive" or (check == "tiny_value" and settings["action"] != "ignore")
    ):
        settings["action"] = "note"
    return settings
