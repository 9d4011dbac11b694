"""A study as its checked config describes it: frozen, typed, every default filled in.

Meanings, limits and defaults of all keys stand in ``schema.yaml`` alone. A field that is
``None`` by default is a key that a config may leave out and that has no default.
"""

from collections.abc import Mapping
from typing import Any, Literal

from multipet.config.delivered import Number, Participants, Regions, Site, Variable
from multipet.config.models import Contrast, Harmonisation, Model
from multipet.config.part import Part, typed

Scale = Literal["identity", "log"]


class MeasuredOutcome(Part):
    """The regional value that is modelled, without its label.

    Attributes
    ----------
    column
        Its name: ``bp_nd``, ``suvr``, ``vt``.
    unit
        Unit of the values, ``"1"`` for a ratio.
    scale
        Scale of the models.
    """

    column: str
    unit: str
    scale: Scale


class Outcome(MeasuredOutcome):
    """The regional value as configured, with what reports call it; may be empty there."""

    label: str


class StudyTitle(Part):
    """Title and tracer of a study as reports print them, and its outcome."""

    title: str
    tracer: str
    outcome: Outcome


class StudyHead(StudyTitle):
    """What the study is, and whether one id at two sites is one travelling person."""

    participants_span_sites: bool


class Calibration(Part):
    """Calibrated p-values: how many draws, from which seed, and how they are drawn."""

    draws: int
    seed: int
    method: Literal["auto", "permutation", "bootstrap"]


DfMethod = Literal["kenward-roger", "satterthwaite"]
Adjustment = Literal["bh", "holm", "none"]


class Decision(Part):
    """How a region comes to count.

    Attributes
    ----------
    df
        Degrees of freedom of t tests.
    adjust
        Adjustment of p over regions.
    alpha
        Adjusted p below which a region counts.
    """

    df: DfMethod
    adjust: Adjustment
    alpha: Number


class Estimation(Part, kw_only=True):
    """What estimates and their intervals depend on, region by region.

    Attributes
    ----------
    df
        Degrees of freedom of t tests.
    confidence
        Level of confidence intervals, 0 to 1.
    calibration
        Left out where no answer is calibrated.
    """

    df: DfMethod
    confidence: Number
    calibration: Calibration | None = None


class Inference(Estimation, kw_only=True):
    """How numbers become answers: estimation and ``Decision``, and what profiles cost.

    Attributes
    ----------
    adjust, alpha
        As in ``Decision``.
    profile_intervals
        Whether standard deviations get profile-likelihood intervals.
    """

    adjust: Adjustment
    alpha: Number
    profile_intervals: bool


Action = Literal["ignore", "note", "exclude", "stop"]


class Check(Part):
    """What is done where a check fires."""

    action: Action


class FewLevels(Check):
    """Fires for a random factor with fewer levels than ``minimum``."""

    minimum: int


class ConfoundedSite(Check):
    """Fires from this share of a contrast's variation between sites."""

    r_squared: Number


class Heterogeneity(Check):
    """Fires below this adjusted p of the test that the effect is the same at all sites."""

    alpha: Number


class RatioCheck(Check):
    """Fires from, or below, a ratio to a median."""

    ratio: Number


class ImpossibleValue(Check):
    """Fires beyond this many median absolute deviations, scaled to a standard deviation."""

    deviations: Number


class OutlierValue(Check):
    """Fires beyond this many median absolute deviations, scaled to a standard deviation."""

    mads: Number


class ValueChecks(Part):
    """Checks of the delivered values."""

    non_positive: Check
    tiny_value: RatioCheck
    impossible_value: ImpossibleValue
    outlier_value: OutlierValue
    site_scale: RatioCheck


class ContrastChecks(Part):
    """Checks of one contrast."""

    confounded_site: ConfoundedSite
    heterogeneity: Heterogeneity


class Checks(ValueChecks):
    """All named checks, as configured."""

    few_levels: FewLevels
    confounded_site: ConfoundedSite
    heterogeneity: Heterogeneity


class Report(Part):
    """What reports show: whether people's ids, and a logo (its path may be empty)."""

    participant_ids: bool
    logo: str
    logo_alt: str


class Study(Part):
    """A whole study, by id where there are several of a kind, in the order of the config."""

    study: StudyHead
    variables: Mapping[str, Variable]
    sites: Mapping[str, Site]
    participants: Participants | None
    regions: Regions
    harmonisation: Mapping[str, Harmonisation]
    models: Mapping[str, Model]
    contrasts: Mapping[str, Contrast]
    inference: Inference
    checks: Checks
    report: Report


def study_of(values: Mapping[str, Any]) -> Study:
    """A checked config with its defaults as a ``Study``."""
    return typed(Study, values)
