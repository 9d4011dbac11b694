"""Calibrated p-values: the whole chain repeated under the null hypothesis.

A test on harmonised values that ignores the harmonisation takes the site differences for gone
and known, and rejects too often where the tested covariate and site are related, or too seldom
where they are not. Here values are drawn under the null from the raw ones, harmonised anew and
fitted anew, so that the test is judged by its own distribution.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.analysis.contrast.estimates import Question, RegionEstimate, contrast_estimates
from multipet.calibration.blocks import exchangeable_blocks
from multipet.calibration.calibration_table import CALIBRATION
from multipet.calibration.comparison_calibration import Calibrated, calibrate_comparison
from multipet.calibration.draws import CalibrationSettings
from multipet.calibration.harmonisation_chain import harmonisation_chain
from multipet.calibration.model_values import ModelValues
from multipet.core.columns import names
from multipet.core.findings import Finding
from multipet.mixed_model import fit_regions


@dataclass(frozen=True)
class Calibration:
    """Calibrated answers to one question from one harmonisation.

    Attributes
    ----------
    table
        Columns ``calibration_table.CALIBRATION``, one row a region and comparison.
    findings
        Checks that fired, stage ``contrast``.
    """

    table: pd.DataFrame
    findings: list[Finding]


def calibrate(
    question: Question,
    formula: str,
    values: ModelValues,
    harmonisation: Mapping[str, Any],
    settings: CalibrationSettings,
    residual_by: str | None = None,
) -> Calibration:
    """Answer ``question`` from harmonised values, with p-values that hold their level.

    Parameters
    ----------
    question
        What is asked.
    formula
        The model, with its terms of site and scanner.
    values
        Raw.
    harmonisation
        ``id`` and the settings that ``harmonise`` takes.
    settings
        How many draws, from which seed, by which method.
    residual_by
        For ``p_naive`` alone. The statistic that is calibrated is t of the model with one
        residual variance: any statistic can be, and this one is fitted in batches.

    Raises
    ------
    UserError
        Where the harmonisation is refused.
    """
    chain = harmonisation_chain(values.scans, values.regions, harmonisation)
    sheet = chain.repeat(chain.values[None])[0]
    table = values.with_values(sheet)
    fits = fit_regions(formula, table, values.outcomes, residual_by=residual_by)
    blocks = exchangeable_blocks(values.scans, strata_columns(values.scans, harmonisation))
    shared = Calibrated(question, harmonisation["id"], values, chain, sheet, blocks, settings)
    together: dict[str, list[RegionEstimate]] = {}
    for answer in contrast_estimates(question, fits, table):
        together.setdefault(answer.comparison, []).append(answer)
    rows, findings = [], []
    for same in together.values():
        more, noted = calibrate_comparison(shared, same)
        rows += more
        findings += noted
    return Calibration(pd.DataFrame(rows, columns=names(CALIBRATION)), findings)


def strata_columns(table: pd.DataFrame, harmonisation: Mapping[str, Any]) -> list[str]:
    """Columns whose combinations are the strata: the finest of site, scanner and batch."""
    batch = harmonisation["batch"]
    wanted = ["site", "scanner", *([batch] if isinstance(batch, str) else batch)]
    return [name for name in dict.fromkeys(wanted) if name in table]
