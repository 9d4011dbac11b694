"""The level of each subject, by restricted maximum likelihood, in all regions at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multipet.core.findings import Finding
from multipet.core.problems import listed
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.findings import of_region
from multipet.harmonisation.methods.longitudinal_design import LongitudinalDesign
from multipet.mixed_model.criterion import evaluate, solve
from multipet.mixed_model.cross_products import DesignProducts
from multipet.mixed_model.fit_findings import SINGULAR
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.search import estimate_theta

_TOGETHER = 500  # outcomes fitted in one stack of matrices
_EXACT = 1e-20  # share of the sum of squares at which nothing is left to explain
_LARGEST_RATIO = 1e5  # of subject to residual SD, at which no residual is left


@dataclass(frozen=True)
class SubjectEffects:
    """Random intercepts of the subjects; NaN in a region whose model cannot be fitted.

    Attributes
    ----------
    effects
        Conditional modes, in units of the values, (…, subject, region); NaN for a subject
        without a value.
    subject_sd, residual_sd
        SD of the subjects' intercepts and of the residuals by REML, (…, region).
    found
        Whether the search for them reached a minimum, (…, region).
    """

    effects: Array
    subject_sd: Array
    residual_sd: Array
    found: NDArray[np.bool_]


def fit_subject_effects(values: Array, design: LongitudinalDesign) -> SubjectEffects:
    """Fit batch + covariates + (1 | subject) to every region of every draw.

    Parameters
    ----------
    values
        (…, scan, region), NaN = missing, in the cells of ``design`` and no others.
    """
    ahead, regions = values.shape[:-2], values.shape[-1]
    flat = values.reshape(-1, *values.shape[-2:])
    effects = np.full((len(flat), design.n_subjects, regions), np.nan)
    sds = np.full((2, len(flat), regions), np.nan)
    found = np.ones((len(flat), regions), bool)
    for pattern in design.patterns:
        outcomes = flat[:, pattern.rows][:, :, pattern.regions].transpose(0, 2, 1)
        several = outcomes.shape[:2]
        levels, *sd, reached = _fitted(pattern.products, outcomes.reshape(-1, len(pattern.rows)))
        place = np.ix_(np.arange(len(flat)), pattern.subjects, pattern.regions)
        effects[place] = levels.reshape(*several, -1).transpose(0, 2, 1)
        sds[:, :, pattern.regions] = np.reshape(sd, (2, *several))
        found[:, pattern.regions] = reached.reshape(several)
    subject_sd, residual_sd = sds.reshape(2, *ahead, regions)
    return SubjectEffects(
        effects.reshape(*ahead, design.n_subjects, regions),
        subject_sd,
        residual_sd,
        found.reshape(*ahead, regions),
    )


def predicted_effects(
    residuals: Array, subject: NDArray[np.int64], subject_sd: Array, residual_sd: Array
) -> Array:
    """Conditional modes of subjects from scans that did not enter the fit.

    b = θ² Σe / (1 + nθ²), θ the ratio of the SDs and e the subject's n residuals.

    Parameters
    ----------
    residuals
        Values less batch and covariate effects, (scan, region), NaN = missing.
    subject
        Position of each scan's subject, (scan,).
    subject_sd, residual_sd
        (region,).

    Returns
    -------
    Array
        (subject, region).
    """
    member = np.eye(int(subject.max()) + 1)[subject]
    sums, n = member.T @ np.nan_to_num(residuals), member.T @ ~np.isnan(residuals)
    ratio = (subject_sd / residual_sd) ** 2
    return ratio * sums / (1 + n * ratio)


def _fitted(products: DesignProducts, outcomes: Array) -> tuple[Array, Array, Array, Array]:
    """Levels (outcome, subject), both SDs and whether found, of outcomes in the rows' order."""
    parts = [_fitted_together(products, part) for part in _stacks(outcomes)]
    levels, subject_sd, residual_sd, found = (
        np.concatenate(each) for each in zip(*parts, strict=True)
    )
    return levels, subject_sd, residual_sd, found


def _stacks(outcomes: Array) -> Iterator[Array]:
    for start in range(0, len(outcomes), _TOGETHER):
        yield outcomes[start : start + _TOGETHER]


def _fitted_together(products: DesignProducts, outcomes: Array) -> tuple[Array, ...]:
    sums = outcome_products(products, outcomes.T)
    sound = np.flatnonzero(sums.yy > _EXACT * (outcomes**2).sum(axis=1))
    levels = np.full((len(outcomes), len(products.groups.index)), np.nan)
    sds, found = np.full((2, len(outcomes)), np.nan), np.ones(len(outcomes), bool)
    if sound.size:
        some = outcome_products(products, outcomes[sound].T) if sound.size < len(found) else sums
        # no residual is left where subjects explain everything: not finite, and refused below
        with np.errstate(invalid="ignore", divide="ignore"):
            estimates = estimate_theta(products, some, reml=True)
            result = evaluate(products, some, estimates.theta, reml=True)
            solved = solve(products, some, estimates.theta, result.elimination, reml=True)
        # a column of ones is its own standard form: θ is in the scale of the data
        ratio = estimates.theta[:, 0]
        fine = np.isfinite(result.criterion) & (ratio < _LARGEST_RATIO)
        levels[sound] = np.where(fine[:, None], solved.modes[0][:, :, 0], np.nan)
        sds[:, sound] = np.where(fine, [ratio * solved.sigma, solved.sigma], np.nan)
        found[sound] = estimates.found
    return levels, *sds, found


def subject_findings(
    subjects: SubjectEffects,
    design: LongitudinalDesign,
    batches: Batches,
    regions: Sequence[str],
) -> Iterator[Finding]:
    """Regions that have no fit or no differences between subjects; batches without a link.

    Parameters
    ----------
    subjects, design
        Of one table, not of draws.
    batches, regions
        Of the same scans; names.
    """
    yield from _region_findings(subjects, design, regions)
    unlinked = batches_without_link(batches.codes, design.subject)
    if unlinked.any():
        labels = listed(f'"{batches.labels[code]}"' for code in np.flatnonzero(unlinked))
        message = (
            f"no subject of {batches.name} {labels} was scanned in another batch: the shift "
            "there compares different people, and is less certain than its scans suggest"
        )
        yield of_region("batch_without_link", message, value=str(unlinked.sum()))


def batches_without_link(batch: NDArray[np.int64], subject: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Batches with scans of which no subject has a scan in another batch, (batch,)."""
    visits = np.zeros((int(subject.max()) + 1, int(batch.max()) + 1))
    np.add.at(visits, (subject, batch), 1)
    crossing = (visits > 0).sum(axis=1) > 1
    return (visits[~crossing] > 0).any(axis=0) & ~(visits[crossing] > 0).any(axis=0)


def _region_findings(
    subjects: SubjectEffects, design: LongitudinalDesign, regions: Sequence[str]
) -> Iterator[Finding]:
    reasons = dict(design.reasons)
    for pattern in design.patterns:
        for region in pattern.regions[np.isnan(subjects.residual_sd[pattern.regions])]:
            reasons[int(region)] = "covariates and subjects leave no residual variance"
    for region, reason in sorted(reasons.items()):
        message = f'region "{regions[region]}" is missing, no mixed model: {reason}'
        yield of_region(
            "longitudinal_fit_failed", message, action="missing", region=regions[region]
        )
    for region in np.flatnonzero(~subjects.found).tolist():
        message = f'the search for the variances of region "{regions[region]}" did not settle'
        yield of_region("longitudinal_not_converged", message, region=regions[region])
    for region in np.flatnonzero(subjects.subject_sd < SINGULAR * subjects.residual_sd).tolist():
        message = (
            f'subjects do not differ detectably in region "{regions[region]}": harmonised as '
            "if its scans were of different people"
        )
        yield of_region("no_subject_variance", message, region=regions[region])
