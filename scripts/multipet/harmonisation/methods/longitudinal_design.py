"""Batches, preserved covariates and subjects of repeated scans, factored once and used again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.problems import Problem, UserError, listed
from multipet.formulas.formula import Formula, parse_formula
from multipet.harmonisation.batch_design import Array, BatchDesign, batch_design, missing_patterns
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import build_design


@dataclass(frozen=True, eq=False)
class SubjectPattern:
    """Regions that have values in exactly the same scans, and their mixed model.

    Attributes
    ----------
    regions
        Their positions.
    rows
        Positions of the scans with values.
    subjects
        Codes of the subjects with values, in the order of the model's levels.
    products
        Of the model batch + covariates + (1 | subject) in these scans.
    """

    regions: NDArray[np.int64]
    rows: NDArray[np.int64]
    subjects: NDArray[np.int64]
    products: DesignProducts


@dataclass(frozen=True, eq=False)
class LongitudinalDesign:
    """All of longitudinal ComBat but the values, ready for any with the same missing cells.

    Attributes
    ----------
    batches
        Least-squares design of [batches | covariates].
    covariates
        Preserved columns, (scan, covariate).
    subject
        Position of each scan's subject, (scan,).
    patterns
        The regions with a mixed model, grouped.
    reasons
        Why a region with values (by position) has none.
    """

    batches: BatchDesign
    covariates: Array
    subject: NDArray[np.int64]
    patterns: tuple[SubjectPattern, ...]
    reasons: dict[int, str]

    @property
    def n_subjects(self) -> int:
        """Subjects, with values or not."""
        return int(self.subject.max()) + 1


def longitudinal_design(
    values: Array,
    batch: NDArray[np.int64],
    covariates: Array,
    names: Sequence[str],
    subject: NDArray[np.int64],
) -> LongitudinalDesign:
    """Design of ``values``; a region that cannot have a mixed model gets a reason.

    A subject may stay in one batch and have any number of scans: those with one scan inform
    the fixed effects, those with several the split into subject and residual variance.

    Parameters
    ----------
    values
        (scan, region), NaN = missing; only which cells are missing counts.
    batch, subject
        Position of each scan's batch and subject, from 0.
    covariates, names
        (scan, covariate), without intercept, complete; and what they are called.

    Raises
    ------
    UserError
        If there is one subject, or none has two scans.
    """
    _require_repeated_scans(subject)
    whole = batch_design(np.zeros((len(batch), 1)), batch, covariates)
    table, formula = _model(batch, whole.basis, subject)
    reasons: dict[int, str] = {}
    patterns: list[SubjectPattern] = []
    for scans, regions in missing_patterns(~np.isnan(values)):
        rows = np.flatnonzero(scans)
        products = _products(formula, table, rows, names)
        if isinstance(products, str):
            reasons |= {int(region): products for region in regions}
            continue
        patterns.append(SubjectPattern(regions, rows, np.unique(subject[rows]), products))
    usable = values.copy()
    usable[:, list(reasons)] = np.nan
    batches = batch_design(usable, batch, covariates)
    return LongitudinalDesign(batches, covariates, subject, tuple(patterns), reasons)


def _require_repeated_scans(subject: NDArray[np.int64]) -> None:
    scans = np.bincount(subject)
    if (scans > 0).sum() < 2:
        raise UserError(Problem("subject", "there is one subject only", "use combat"))
    if scans.max() < 2:
        message = "no subject has two scans: nothing tells a subject's level from noise"
        raise UserError(Problem("subject", message, "use combat, or name the column of people"))


def _model(
    batch: NDArray[np.int64], basis: Array, subject: NDArray[np.int64]
) -> tuple[pd.DataFrame, Formula]:
    """Table and formula of the mixed model; names are ours, so that no label can upset them.

    The covariates enter as ``basis``: the same fit, whatever their units and means.
    """
    columns = {f"x{k}": column for k, column in enumerate(basis.T)}
    factors = {"batch": batch, "subject": subject}
    levels = {name: pd.Categorical(codes.astype(str)) for name, codes in factors.items()}
    # levels in the order of their codes, not of their text
    ordered = {
        name: level.set_categories(map(str, np.unique(factors[name])))
        for name, level in levels.items()
    }
    text = " + ".join(["0 + batch", *columns, "(1 | subject)"])
    return pd.DataFrame(ordered | columns), parse_formula(text)


def _products(
    formula: Formula, table: pd.DataFrame, rows: NDArray[np.int64], names: Sequence[str]
) -> DesignProducts | str:
    """Cross-products of the model in these rows, or why it cannot be fitted."""
    subjects = table["subject"].iloc[rows].value_counts()
    if subjects.max() < 2:
        return f"no subject has two of its {len(rows)} values"
    try:
        design = build_design(formula, table, rows)
    except UserError as error:
        return "; ".join(problem.message for problem in error.problems)
    if design.dropped_columns:
        determined = listed(f'"{names[int(column[1:])]}"' for column in design.dropped_columns)
        return f"its {len(rows)} values do not tell {determined} from the batches"
    return design_products(design)
