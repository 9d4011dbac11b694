"""What a study asks: harmonisations, mixed models and contrasts, as configured."""

from collections.abc import Mapping
from typing import Literal

from multipet.config.delivered import Number
from multipet.config.part import Part

#: A level, or a number, at which a contrast is taken.
Setting = str | int | float
How = Literal["auto", "random", "fixed", "none"]


class Equation(Part):
    """A value becomes ``intercept + slope x value``, in the outcome's unit."""

    slope: Number
    intercept: Number


class Harmonisation(Part):
    """One harmonisation as configured; what each option means to a method is in the schema.

    Attributes
    ----------
    batch
        Column, or columns whose combinations, are the batches.
    preserve
        Formula of the covariates whose effects are kept; ``auto`` where models decide.
    reference
        Batch that the others are brought to; empty for the grand mean.
    fit_on
        Variable -> levels of the scans that batch effects are estimated from.
    equations
        Batch -> its line.
    parameters
        File of an earlier run, as seen from the working directory; empty for none.
    """

    method: str
    batch: str | tuple[str, ...]
    preserve: str
    reference: str
    fit_on: Mapping[str, tuple[str, ...]]
    prior: Literal["parametric", "nonparametric"]
    spline: tuple[str, ...]
    variance: Literal["reml", "msr"]
    equations: Mapping[str, Equation]
    parameters: str
    new_batches: Literal["error", "estimate"]


class ModelTerms(Part):
    """The terms of a mixed model.

    Attributes
    ----------
    formula
        Covariates and random effects in lme4's notation.
    site, scanner
        How they enter.
    site_means
        Whether the site means of the covariates are added (Mundlak).
    residual
        One residual variance, or one a scanner.
    regions
        One model a region, or one over all.
    """

    formula: str
    site: How
    scanner: How
    site_means: bool
    residual: Literal["common", "by_scanner"]
    regions: Literal["separate", "joint"]


class Model(ModelTerms):
    """One mixed model as configured.

    Attributes
    ----------
    sensitivity
        Name -> another formula, shown beside the main answer.
    harmonisation
        Id of a harmonisation, or ``none``.
    """

    sensitivity: Mapping[str, str]
    harmonisation: str


class WeightedTerm(Part):
    """One term of a combination.

    Attributes
    ----------
    weight
        Its factor in the sum.
    at
        Variable -> level or number; variables left out are averaged over.
    slope
        Variable -> amount, where the term is the change over that amount.
    """

    weight: Number
    at: Mapping[str, Setting]
    slope: Mapping[str, Number] | None = None


class ContrastSettings(Part):
    """What a contrast compares: exactly one of slope, difference, pairwise and combination.

    Attributes
    ----------
    model
        Id of the model that it is estimated in.
    at
        Variable -> level or number at which it is taken.
    slope
        Variable -> amount, in its unit.
    difference
        Variable -> first and second level.
    pairwise
        Variable whose levels are compared pair by pair.
    combination
        Weighted terms.
    """

    model: str
    at: Mapping[str, Setting]
    slope: Mapping[str, Number] | None = None
    difference: Mapping[str, tuple[str, ...]] | None = None
    pairwise: str | None = None
    combination: tuple[WeightedTerm, ...] | None = None


class Contrast(ContrastSettings, kw_only=True):
    """A contrast as configured: its title (may be empty), and whether it was decided before."""

    title: str
    prespecified: bool
