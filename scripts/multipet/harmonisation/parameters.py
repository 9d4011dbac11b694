"""Everything that a harmonisation estimated: as JSON, and read back for other scans."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipet.config.methods import METHODS, Options
from multipet.core.columns.harmonisation import PARAMETERS
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.batches import Batches, fit_on_record
from multipet.harmonisation.covariate_recipe import CovariateRecipe, recipe_from
from multipet.harmonisation.methods import IMPLEMENTED, batch_method
from multipet.harmonisation.methods.linear_scale import GivenMethod
from multipet.harmonisation.methods.method import BatchMethod, Estimated
from multipet.harmonisation.scan_values import site_effects_table

_KEYS = ("batch_columns", "covariates", "regions", "batches", "prior", "fit_on", "subject")
_CELL = ("shift", "scale", "shift_raw", "scale_raw", "n")


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
        for key, (meaning, unit) in PARAMETERS.items()
    }


def settings_record(method: str, options: Options, reference: str | None) -> dict[str, Any]:
    """Settings as parameters store them; those that mean nothing to ``method`` are None."""
    known = METHODS[method].options
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
        "batches": batch_parameters(
            batches, regions, estimated.removal.effects, estimated.removal.adjustment
        ),
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
    effects = estimated.removal.effects
    entries = {}
    for k, region in enumerate(regions):
        coefficients = zip(columns, effects.coefficients[:, k].tolist(), strict=True)
        entries[region] = {
            "grand_mean": _number(effects.grand_mean[k]),
            "residual_sd": _number(effects.pooled_sd[k]),
            "coefficients": {name: _number(value) for name, value in coefficients},
            "in_one_batch": estimated.alone.get(k),
            **{name: _number(sd[k]) for name, sd in estimated.removal.of_regions.items()},
        }
    return entries


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True, eq=False)
class SavedHarmonisation:
    """What a harmonisation found, for some of its regions.

    Attributes
    ----------
    method, prior
        As in ``harmonise``; the prior is empty where nothing is shrunk.
    labels
        Batches, in the order of the arrays.
    recipe
        Of the covariates.
    effects, adjustment
        Of the batches, (batch, region).
    alone
        The only batch of each region (by position) that had values in one batch.
    of_regions
        What else the method estimates of each region, by name, (region,).
    """

    method: BatchMethod
    prior: str
    labels: tuple[str, ...]
    recipe: CovariateRecipe
    effects: BatchEffects
    adjustment: Adjustment
    alone: dict[int, str]
    of_regions: dict[str, Array]


def check_parameters(parameters: Mapping[str, Any], log: bool) -> None:
    """Refuse parameters that are none, or of another scale than the values.

    Raises
    ------
    UserError
        Naming what is wrong.
    """
    name = str(parameters.get("method"))
    method = IMPLEMENTED.get(name)
    if method is None:
        raise UserError(Problem("parameters", f'no harmonisation of method "{name}"'))
    needed = method.keys if isinstance(method, GivenMethod) else _KEYS
    lacking = [key for key in ("log", *needed) if key not in parameters]
    if lacking:
        raise UserError(Problem("parameters", f"not of a harmonisation: no {lacking[0]}"))
    if parameters["log"] != log:
        scales = ("the values themselves", "logarithms of the values")
        message = f"are of {scales[parameters['log']]}, the table holds {scales[log]}"
        raise UserError(Problem("parameters", message, "harmonise on the same scale"))


def check_regions(regions: Sequence[str], known: Mapping[str, Any]) -> None:
    """Raise a UserError that names every region that is not in ``known``."""
    problems = [
        Problem("regions", f'the parameters have no region "{name}"', did_you_mean(name, known))
        for name in regions
        if name not in known
    ]
    if problems:
        raise UserError(problems)


def read_parameters(parameters: Mapping[str, Any], regions: Sequence[str]) -> SavedHarmonisation:
    """Read parameters that ``check_parameters`` let pass, for ``regions`` that they have."""
    recipe, batches = recipe_from(parameters["covariates"]), parameters["batches"]
    of_region = [parameters["regions"][region] for region in regions]
    cells = {name: _cells(batches, regions, name) for name in _CELL}
    effects = _effects(of_region, recipe.names, cells)
    priors = {name: None for entry in batches.values() for name in entry["prior"]}
    adjustment = Adjustment(
        cells["shift"] / effects.pooled_sd,
        cells["scale"] ** 2,
        {name: _array(entry["prior"].get(name) for entry in batches.values()) for name in priors},
        np.ones(len(batches), bool),
    )
    method = batch_method(parameters["method"])
    return SavedHarmonisation(
        method,
        parameters["prior"] or "",
        tuple(batches),
        recipe,
        effects,
        adjustment,
        {k: e["in_one_batch"] for k, e in enumerate(of_region) if e["in_one_batch"] is not None},
        {name: _array(e[name] for e in of_region) for name in method.of_regions},
    )


def _effects(
    regions: Sequence[Mapping[str, Any]], columns: Sequence[str], cells: Mapping[str, Array]
) -> BatchEffects:
    sd = _array(entry["residual_sd"] for entry in regions)
    coefficients = [_array(entry["coefficients"][name] for entry in regions) for name in columns]
    return BatchEffects(
        cells["n"].astype(np.int64),
        _array(entry["grand_mean"] for entry in regions),
        np.array(coefficients).reshape(len(columns), len(regions)),
        sd,
        cells["shift_raw"] / sd,
        cells["scale_raw"] ** 2,
    )


def _cells(batches: Mapping[str, Any], regions: Sequence[str], name: str) -> Array:
    rows = [_array(entry["regions"][r][name] for r in regions) for entry in batches.values()]
    return np.array(rows)


def _array(values: Any) -> Array:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
