"""A harmonisation read back from its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multipet.config.methods import METHODS
from multipet.core.files import read_json
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment, BatchEffects
from multipet.harmonisation.covariate_recipe import CovariateRecipe, recipe_from

_KEYS = ("batch_columns", "covariates", "regions", "batches", "prior", "fit_on", "subject")
_CELL = ("shift", "scale", "shift_raw", "scale_raw", "n")


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
    mixed_model
        Of longitudinal harmonisation: ``subject_sd`` and ``model_residual_sd``, (region,).
    """

    method: str
    prior: str
    labels: tuple[str, ...]
    recipe: CovariateRecipe
    effects: BatchEffects
    adjustment: Adjustment
    alone: dict[int, str]
    mixed_model: dict[str, Array]


def read_saved(path: Path | str) -> dict[str, Any]:
    """Read a file of parameters.

    Raises
    ------
    UserError
        If there is none, or it is no JSON object.
    """
    try:
        parameters = read_json(path)
    except FileNotFoundError:
        raise UserError(Problem("parameters", f'no file "{path}"')) from None
    except (OSError, ValueError) as error:
        raise UserError(Problem("parameters", f'cannot read "{path}": {error}')) from None
    if not isinstance(parameters, dict):
        raise UserError(Problem("parameters", f'"{path}" holds no parameters'))
    return parameters


def check_parameters(parameters: Mapping[str, Any], log: bool) -> None:
    """Refuse parameters that are none, or of another scale than the values.

    Raises
    ------
    UserError
        Naming what is wrong.
    """
    method = parameters.get("method")
    if method not in METHODS:
        raise UserError(Problem("parameters", f'no harmonisation of method "{method}"'))
    needed = ("batch_columns", "equations") if method == "linear_scale" else _KEYS
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
    sds = ("subject_sd", "model_residual_sd")
    return SavedHarmonisation(
        parameters["method"],
        parameters["prior"] or "",
        tuple(batches),
        recipe,
        effects,
        adjustment,
        {k: e["in_one_batch"] for k, e in enumerate(of_region) if e["in_one_batch"] is not None},
        {name: _array(e[name] for e in of_region) for name in sds if name in of_region[0]},
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
