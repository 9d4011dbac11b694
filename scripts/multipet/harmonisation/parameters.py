"""Everything that a harmonisation estimated, as JSON that other scans can be harmonised with."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multipet.config.methods import METHODS, Options
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.covariate_recipe import CovariateRecipe
from multipet.harmonisation.methods.guarded import Estimated
from multipet.harmonisation.result import site_effects_table
from multipet.harmonisation.usable_scans import fit_on_record

_VALUES = "analysis scale"
_RESIDUAL = "residual SD"
_MEANING = {
    "method": ("method of harmonisation", None),
    "log": ("whether the analysis scale is the natural logarithm of the values", None),
    "preserve": ("covariates whose effects were left in place, as a formula", None),
    "reference": ("batch that the others were brought to; null: the mean of all", None),
    "prior": ("prior of the empirical Bayes; null: no shrinkage", None),
    "fit_on": (
        'scans that batch effects were estimated from: levels of each column; "rows": chosen '
        "one by one; null: all",
        None,
    ),
    "subject": ("column of subjects, of longitudinal_combat", None),
    "variance": ("estimator of the residual variance, of longitudinal_combat", None),
    "batch_columns": ("columns whose combinations are the batches", None),
    "covariates.formula": ("the formula of the covariates", None),
    "covariates.columns": ("names of the design's columns, in order", None),
    "covariates.left_out": ("covariates with one value in the scans estimated from", None),
    "covariates.splines": ("numbers that are natural cubic splines", None),
    "covariates.variables.<covariate>.levels": ("levels, first = reference; none: number", None),
    "covariates.variables.<covariate>.unseen": (
        "levels without a scan to estimate from, taken as the mean of the others",
        None,
    ),
    "covariates.variables.<covariate>.mean": ("mean of a number", "of the covariate"),
    "covariates.variables.<covariate>.low": ("least value of a number", "of the covariate"),
    "covariates.variables.<covariate>.high": ("greatest value of a number", "of the covariate"),
    "covariates.learnt.<function>": (
        "what a function of the formula learnt; splines: knots of the cubic B-splines with the "
        "boundary four times, and the combinations of all but the first that are straight "
        "beyond it",
        "of the covariate",
    ),
    "regions.<region>.grand_mean": ("mean where all covariate columns are 0", _VALUES),
    "regions.<region>.residual_sd": ("residual SD within batches", _VALUES),
    "regions.<region>.coefficients.<column>": (
        "effect of one unit of a covariate column",
        f"{_VALUES} per unit of the column",
    ),
    "regions.<region>.in_one_batch": ("the only batch with values, left as delivered", None),
    "regions.<region>.subject_sd": ("SD of the subjects' levels (longitudinal_combat)", _VALUES),
    "regions.<region>.model_residual_sd": (
        "residual SD of the mixed model (longitudinal_combat)",
        _VALUES,
    ),
    "batches.<batch>.n_scans": ("scans of the batch that it was estimated from", "scans"),
    "batches.<batch>.prior.shift_mean": ("mean of the prior of the shifts", _RESIDUAL),
    "batches.<batch>.prior.shift_variance": ("its variance", f"{_RESIDUAL} squared"),
    "batches.<batch>.prior.variance_mean": (
        "mean of the prior of the squared scales",
        f"{_RESIDUAL} squared",
    ),
    "batches.<batch>.prior.variance_variance": ("its variance", f"{_RESIDUAL} to the fourth"),
    "batches.<batch>.regions.<region>.shift": ("what is subtracted from the residuals", _VALUES),
    "batches.<batch>.regions.<region>.scale": ("what they are divided by after that", "1"),
    "batches.<batch>.regions.<region>.shift_raw": ("shift before shrinkage", _VALUES),
    "batches.<batch>.regions.<region>.scale_raw": ("scale before shrinkage", "1"),
    "batches.<batch>.regions.<region>.n": (
        "scans of the batch with a value in the region",
        "scans",
    ),
    "equations.<batch>.slope": ("what values are multiplied by (linear_scale)", "1"),
    "equations.<batch>.intercept": ("what is added after that", "as delivered"),
    "equations.<batch>.<region>.slope": ("the same, of one region", "1"),
    "equations.<batch>.<region>.intercept": ("the same, of one region", "as delivered"),
}


def parameters_dictionary() -> dict[str, dict[str, str]]:
    """Meaning and unit of every key of ``Harmonised.parameters``, by its path.

    Returns
    -------
    dict
        ``{"regions.<region>.grand_mean": {"meaning": …, "unit": …}}``: keys joined by dots,
        names of the study in <>. No unit: not a number. ``null`` stands for what could not
        be estimated, as where a batch lacks a region.
    """
    return {
        key: {"meaning": meaning} | ({} if unit is None else {"unit": unit})
        for key, (meaning, unit) in _MEANING.items()
    }


def settings_record(method: str, options: Options, reference: str | None) -> dict[str, Any]:
    """Settings as parameters store them; those that mean nothing to ``method`` are None."""
    known = METHODS[method]
    return {
        "method": method,
        "log": options.log,
        "reference": reference,
        "prior": options.prior if "prior" in known else None,
        "fit_on": fit_on_record(options.fit_on),
        "subject": options.subject,
        "variance": options.variance if "variance" in known else None,
    }


def harmonisation_parameters(
    settings: Mapping[str, Any],
    recipe: CovariateRecipe,
    batches: Batches,
    regions: Sequence[str],
    estimated: Estimated,
) -> dict[str, Any]:
    """Everything estimated, JSON-able: ``None`` where a batch lacks a region.

    Parameters
    ----------
    settings
        Of ``settings_record``.
    batches
        Of the scans estimated from.
    """
    return {
        **settings,
        "preserve": recipe.text,
        "batch_columns": list(batches.columns),
        "covariates": recipe.as_parameters(),
        "regions": _of_regions(recipe.names, batches, regions, estimated),
        "batches": batch_parameters(batches, regions, estimated.effects, estimated.adjustment),
    }


def batch_parameters(
    batches: Batches, regions: Sequence[str], effects: BatchEffects, adjustment: Adjustment
) -> dict[str, Any]:
    """Parameters of each batch; ``batches`` of the scans estimated from."""
    scans = np.bincount(batches.codes, minlength=len(batches.labels))
    rows = site_effects_table(batches, regions, effects, adjustment)
    rows = rows.drop(columns=["batch", "region"])
    names, numbers = list(rows), rows.to_numpy().tolist()
    cells = iter([dict(zip(names, map(_number, row), strict=True)) for row in numbers])
    return {
        label: {
            "n_scans": int(scans[code]),
            "prior": {name: _number(value[code]) for name, value in adjustment.prior.items()},
            "regions": {region: next(cells) for region in regions},
        }
        for code, label in enumerate(batches.labels)
    }


def _of_regions(
    columns: Sequence[str], batches: Batches, regions: Sequence[str], estimated: Estimated
) -> dict[str, Any]:
    effects = estimated.effects
    entries = {}
    for k, region in enumerate(regions):
        coefficients = zip(columns, effects.coefficients[:, k].tolist(), strict=True)
        entries[region] = {
            "grand_mean": _number(effects.grand_mean[k]),
            "residual_sd": _number(effects.pooled_sd[k]),
            "coefficients": {name: _number(value) for name, value in coefficients},
            "in_one_batch": estimated.alone.get(k),
            **{name: _number(sd[k]) for name, sd in estimated.mixed_model.items()},
        }
    return entries


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
