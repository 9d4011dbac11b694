"""One contrast of the config, answered from every harmonisation that it is shown with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from multipet.analysis.contrast.estimates import Question, contrast_estimates, question_of
from multipet.analysis.model.fitted_specification import ALL_REGIONS
from multipet.calibration.calibrate import Calibration, calibrate
from multipet.calibration.calibration_findings import refused_finding
from multipet.calibration.calibration_table import CALIBRATION
from multipet.calibration.draws import CalibrationSettings
from multipet.calibration.model_values import ModelValues, pooled_values
from multipet.config.methods import GIVEN
from multipet.core.columns import names
from multipet.core.problems import UserError
from multipet.harmonisation.harmonised_table import harmonise_pooled
from multipet.mixed_model import fit_regions


def calibrate_contrast(spec: Mapping[str, Any], pooled: pd.DataFrame, formula: str) -> Calibration:
    """Answers of all harmonisations of a contrast's spec.

    Parameters
    ----------
    spec
        As ``config.harmonised_specs.calibrate_spec`` makes it.
    pooled
        Raw, one row a scan x region.
    formula
        The model, with its terms of site and scanner.

    Raises
    ------
    UserError
        Where the model's own harmonisation is refused. Any other that is has rows that say so.
    """
    values = pooled_values(pooled, *_how(spec))
    question = question_of(spec, values.fitted)
    found = []
    for harmonisation in spec["harmonisations"]:
        name = harmonisation["id"]
        try:
            if harmonisation["method"] in GIVEN:
                found.append(_as_given(question, formula, pooled, spec, harmonisation))
            else:
                settings = CalibrationSettings(**spec["inference"]["calibration"])
                at = (values, harmonisation, settings, _residual_by(spec))
                found.append(calibrate(question, formula, *at))
        except UserError as error:
            if name == spec["own"]:
                raise _of_harmonisation(error, name) from None
            found.append(_refused(question, values, name, error))
    tables = [part.table for part in found if len(part.table)]
    table = pd.concat(tables, ignore_index=True) if tables else _table([])
    return Calibration(table, [finding for part in found for finding in part.findings])


def _how(spec: Mapping[str, Any]) -> tuple[str, str, str]:
    return spec["regions"], spec["scale"], spec["site_means"]


def _residual_by(spec: Mapping[str, Any]) -> str | None:
    return "scanner" if spec.get("residual") == "by_scanner" else None


def _as_given(
    question: Question,
    formula: str,
    pooled: pd.DataFrame,
    spec: Mapping[str, Any],
    harmonisation: Mapping[str, Any],
) -> Calibration:
    """Answers from values of which nothing was estimated: t is t."""
    name = harmonisation["id"]
    done, _ = harmonise_pooled(pooled, name, harmonisation, spec["scale"])
    values = pooled_values(done, *_how(spec))
    fits = fit_regions(formula, values.fitted, values.outcomes, residual_by=_residual_by(spec))
    rows = []
    for answer in contrast_estimates(question, fits, values.fitted):
        row = {"harmonisation": name, "region": answer.region, "status": answer.status}
        row |= {"comparison": answer.comparison, "p_method": ""}
        if answer.status == "ok":
            keys = ("estimate", "standard_error", "t", "p_value", "ci_low", "ci_high")
            row |= {key: getattr(answer.estimate, key) for key in keys} | {"p_method": "t"}
        rows.append(row)
    return Calibration(_table(rows), [])


def _refused(question: Question, values: ModelValues, name: str, error: UserError) -> Calibration:
    reason = "; ".join(problem.message for problem in error.problems)
    regions = values.regions if values.scan is None else (ALL_REGIONS,)
    rows = [
        {
            "harmonisation": name,
            "region": region,
            "comparison": comparison.label,
            "p_method": "",
            "status": f"harmonisation refused: {reason}",
        }
        for region in regions
        for comparison in question.comparisons
    ]
    return Calibration(_table(rows), [refused_finding(name, reason)])


def _of_harmonisation(error: UserError, name: str) -> UserError:
    """``error`` with the config's key in front of each problem, where it is not there yet."""
    start = f"harmonisation.{name}."
    return UserError(
        replace(problem, where=start + problem.where.removeprefix(start))
        for problem in error.problems
    )


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=names(CALIBRATION))
