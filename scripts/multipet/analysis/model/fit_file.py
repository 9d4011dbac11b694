"""Fits kept as JSON: the parameters alone; what is read back is recomputed and checked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipet.core.files import read_json, write_json
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError
from multipet.mixed_model import evaluate_at
from multipet.mixed_model.fit import Convergence, FailedFit, MixedFit

Fit = MixedFit | FailedFit
#: How far a recomputed criterion may lie from the stored one, relative to its size.
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Variant:
    """One way of fitting a model, in every region.

    Attributes
    ----------
    formula
        As fitted.
    values
        ``main``: the model's own values; ``raw``: those before harmonisation.
    fits
        One a region, in the order of the regions.
    """

    formula: str
    values: str
    fits: tuple[Fit, ...]


def write_variants(path: Path | str, variants: Mapping[str, Variant]) -> None:
    """Write every variant's parameters and findings."""
    write_json(path, variants_record(variants))


def variants_record(variants: Mapping[str, Variant]) -> dict[str, Any]:
    """Every variant's parameters and findings."""
    return {
        name: {
            "formula": variant.formula,
            "values": variant.values,
            "fits": [_stored(fit) for fit in variant.fits],
        }
        for name, variant in variants.items()
    }


def read_variants(
    path: Path | str, tables: Mapping[str, pd.DataFrame], names: Sequence[str] | None = None
) -> dict[str, Variant]:
    """Read what ``write_variants`` wrote; parameters and errors as those of ``restored``."""
    return restored(read_json(path), tables, names, path)


def restored(
    content: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    names: Sequence[str] | None = None,
    path: Path | str = "fits",
) -> dict[str, Variant]:
    """Recompute fits at their stored parameters.

    Parameters
    ----------
    content
        What ``variants_record`` gave.
    tables
        The tables that were fitted, by ``Variant.values``.
    names
        Variants to read; all where None. One that was not fitted is left out.
    path
        How errors call the record.

    Raises
    ------
    UserError
        If a criterion is not what was stored: the table changed after the fit.
    """
    wanted = content if names is None else [name for name in names if name in content]
    return {name: _read(path, content[name], tables) for name in wanted}


def _read(
    path: Path | str, entry: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> Variant:
    table = tables[entry["values"]]
    fits = [_restored(path, stored, table) for stored in entry["fits"]]
    return Variant(entry["formula"], entry["values"], tuple(fits))


def _compared(stored: Mapping[str, Any], fit: MixedFit) -> Iterator[tuple[str, float, float]]:
    """Stored and recomputed numbers; the REML criterion alone is blind to y + Xγ."""
    yield "criterion", stored["criterion"], float(fit.criterion)
    yield "sigma", stored["sigma"], float(fit.sigma)
    names = {**stored["beta"], **dict.fromkeys(fit.coefficients)}
    found = dict(zip(fit.coefficients, map(float, fit.beta), strict=True))
    for name in names:
        yield name, stored["beta"].get(name, np.nan), found.get(name, np.nan)


def _stored(fit: Fit) -> dict[str, Any]:
    findings = [asdict(finding) for finding in fit.findings]
    if isinstance(fit, FailedFit):
        failed = {"outcome": fit.outcome, "formula": fit.formula, "failed": fit.reason}
        return {**failed, "findings": findings}
    return {
        "outcome": fit.outcome,
        "formula": fit.formula,
        "criterion": float(fit.criterion),
        "theta": [float(value) for value in fit.theta],
        "beta": dict(zip(fit.coefficients, map(float, fit.beta), strict=True)),
        "sigma": float(fit.sigma),
        "residual_by": fit.residual_by,
        "residual_ratios": {level: float(r) for level, r in fit.residual_ratios.items()},
        "converged": asdict(fit.converged),
        "findings": findings,
    }


def _restored(path: Path | str, stored: Mapping[str, Any], table: pd.DataFrame) -> Fit:
    findings = tuple(Finding(**finding) for finding in stored["findings"])
    outcome, formula = stored["outcome"], stored["formula"]
    if "failed" in stored:
        return FailedFit(
            outcome=outcome, formula=formula, reason=stored["failed"], findings=findings
        )
    fit = evaluate_at(
        formula,
        table,
        outcome,
        stored["theta"],
        residual_by=stored["residual_by"] or None,
        residual_ratios=stored["residual_ratios"] or None,
    )
    for name, kept, found in _compared(stored, fit):
        if not abs(found - kept) <= TOLERANCE * (1 + abs(kept)):
            message = (
                f"holds {name} {kept:.8g} of {outcome}, but its parameters give"
                f" {found:.8g} on this table: the table changed after the fit"
            )
            raise UserError(Problem(str(path), message, "rerun rule fit_model"))
    return replace(fit, findings=findings, converged=Convergence(**stored["converged"]))
