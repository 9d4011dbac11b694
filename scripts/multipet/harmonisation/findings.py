"""What a reader of harmonised values must know about how they came about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.findings import Finding
from multipet.core.problems import listed
from multipet.formulas.formula import parse_formula
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batch_effects import Adjustment
from multipet.harmonisation.batches import Batches
from multipet.harmonisation.covariate_recipe import CovariateRecipe
from multipet.harmonisation.covariate_values import LEAST_VALUES
from multipet.harmonisation.scan_values import UsableScans

#: Fewer scans than the first: a batch's scale is a guess; than the second: badly known.
SMALL_BATCH = (5, 10)
#: Values that move by more residual SDs than this are listed.
FAR = 3.0


@dataclass(frozen=True)
class Notes:
    """Makes the findings of one table: knows its scans, and which site a batch belongs to."""

    table: pd.DataFrame
    batches: Batches

    def of_batch(self, code: int, check: str, message: str, **fields: str) -> Finding:
        """Finding about a batch, with its site where it has one."""
        sites: Sequence[str] = ()
        if "site" in self.table:
            sites = self.table["site"][self.batches.codes == code].astype(str).unique()
        return of_region(check, message, site=sites[0] if len(sites) == 1 else "", **fields)

    def of_scans(
        self, positions: NDArray[np.int64], check: str, message: str, **fields: str
    ) -> Finding:
        """Finding about scans, all named in its fields; by row (1 = header) without ids.

        Parameters
        ----------
        positions
            Of the scans in the table.
        message
            Holds no ids: reports show it.
        """
        texts = self._texts
        if "participant_id" not in texts:
            rows = [str(position + 2) for position in positions]
            return of_region(
                check, f"{message}: rows {listed(rows)}", row=", ".join(rows), **fields
            )
        for column in ("participant_id", "session"):
            if column in texts:
                fields[column] = ", ".join(texts[column][positions])
        if "site" in texts:
            sites = set(texts["site"][positions])
            fields["site"] = sites.pop() if len(sites) == 1 else ""
        return of_region(check, message, **fields)

    @cached_property
    def _texts(self) -> dict[str, NDArray[np.object_]]:
        named = [name for name in ("participant_id", "session", "site") if name in self.table]
        return {name: np.array(self.table[name].astype(str), dtype=object) for name in named}


def of_region(check: str, message: str, **fields: str) -> Finding:
    """Finding of this stage; noted unless ``action`` says more."""
    return Finding(**{"action": "noted", **fields}, stage="harmonise", check=check, message=message)


def incomplete_scan_findings(
    usable: NDArray[np.bool_], preserve: str, notes: Notes
) -> Iterator[Finding]:
    """Scans of each batch that lack a preserved covariate and so cannot be harmonised."""
    for code, label in enumerate(notes.batches.labels):
        lacking = np.flatnonzero(~usable & (notes.batches.codes == code))
        if lacking.size:
            message = (
                f'{lacking.size} scans of batch "{label}" lack a covariate of "{preserve}": '
                "their harmonised values are missing"
            )
            fields = {"action": "missing", "value": str(lacking.size)}
            yield notes.of_scans(lacking, "covariate_missing", message, **fields)


def small_batch_findings(batches: Batches, notes: Notes) -> Iterator[Finding]:
    """Batches from which a shift and a scale are badly known; ``batches`` of the usable scans."""
    tiny, small = SMALL_BATCH
    for code, n in enumerate(np.bincount(batches.codes, minlength=len(batches.labels))):
        if n < small:
            limit, how = (tiny, "a guess") if n < tiny else (small, "badly known")
            label = batches.labels[code]
            message = f'batch "{label}" has {n} scans, fewer than {limit}: its scale is {how}'
            yield notes.of_batch(code, "small_batch", message, value=str(n))


def convergence_findings(
    adjustment: Adjustment, batches: Batches, notes: Notes
) -> Iterator[Finding]:
    """Batches whose shrinkage did not settle."""
    for code in np.flatnonzero(~adjustment.converged):
        message = f'the shrinkage of batch "{batches.labels[code]}" did not converge'
        yield notes.of_batch(int(code), "shrinkage_not_converged", message)


def moved_findings(
    before: Array, after: Array, sd: Array, regions: Sequence[str], notes: Notes, log: bool
) -> Iterator[Finding]:
    """Regions in which harmonisation changed the sign of values, or moved them far.

    Parameters
    ----------
    before, after
        All scans of the table, (scan, region).
    sd
        Residual SD within batches, (region,).
    log
        Whether the values are logarithms, whose sign means nothing.
    """
    flipped = ((before < 0) & (after > 0) | (before > 0) & (after < 0)) & (not log)
    far = abs(after - before) > FAR * sd
    known = np.count_nonzero(~np.isnan(after), axis=0)
    for check, words, hit in (
        ("sign_changed", "changed sign", flipped),
        ("moved_far", f"moved by more than {FAR:g} residual SD", far),
    ):
        for region in np.flatnonzero(hit.any(axis=0)).tolist():
            chosen, name = np.flatnonzero(hit[:, region]), regions[region]
            message = f'{chosen.size} of {known[region]} values of "{name}" {words}'
            fields = {"region": name, "value": str(chosen.size)}
            yield notes.of_scans(chosen, check, message, **fields)


def not_preserved_findings(tested: Sequence[str], preserve: str) -> Iterator[Finding]:
    """Tested variables whose effect harmonisation is free to take out in part."""
    kept = parse_formula(preserve).variables
    for name in tested:
        if name not in kept:
            message = (
                f'"{name}" is tested but not preserved: where it is related to the batches, part '
                "of its effect is taken out with theirs"
            )
            yield of_region("tested_not_preserved", message, value=name)


def unpreserved_findings(terms: Sequence[str], preserve: str) -> Iterator[Finding]:
    """Covariates of the models that stand beside what is tested, and are not preserved."""
    for term in terms:
        message = (
            f'"{term}" is in a model of these values but not preserved ("{preserve}" is): where it '
            "is related to the batches, part of its effect is taken out with theirs, and what the "
            "model says of other terms may move with it"
        )
        yield of_region("model_term_not_preserved", message, value=term)


def lost_findings(harmonised: Array, scans: UsableScans, notes: Notes) -> Iterator[Finding]:
    """Cells with a value that the parameters cannot harmonise, by batch and region.

    Parameters
    ----------
    harmonised
        Of ``scans``, (scan, region).
    """
    lost = ~np.isnan(scans.values) & np.isnan(harmonised)
    for code in np.flatnonzero(np.bincount(scans.batches.codes[lost.any(axis=1)])):
        rows = scans.batches.codes == code
        for region in np.flatnonzero(lost[rows].any(axis=0)).tolist():
            name, label = scans.regions[region], scans.batches.labels[code]
            message = f'the parameters have no shift of region "{name}" in batch "{label}": missing'
            n = int(lost[rows, region].sum())
            fields = {"action": "missing", "region": name, "value": str(n)}
            yield notes.of_batch(int(code), "region_not_in_parameters", message, **fields)


def covariate_findings(
    recipe: CovariateRecipe, table: pd.DataFrame, usable: NDArray[np.bool_], notes: Notes
) -> Iterator[Finding]:
    """Covariates that the fitted scans tell nothing of, or little.

    Parameters
    ----------
    table, usable
        Scans to be harmonised, and which of them have every covariate.
    """
    for name in recipe.left_out:
        message = (
            f'"{name}" has one value in the scans that batch effects are estimated from: its '
            "effect is unknown there, and is divided by the batches' scales with the residuals"
        )
        yield of_region("constant_in_subset", message, value=name)
    for name, covariate in recipe.covariates.items():
        if covariate.unseen:
            message = (
                f'"{name}": no scan of {listed(covariate.unseen)} among those that batch effects '
                "are estimated from: taken as the mean of the other levels, and its difference "
                "from them divided by the batches' scales with the residuals"
            )
            yield of_region("level_not_in_subset", message, value=name)
        if not covariate.levels:
            yield from _beyond(name, covariate.low, covariate.high, table, usable, notes)
    if recipe.straight:
        message = (
            f"{listed(recipe.straight)}: fewer than {LEAST_VALUES} different values or not named "
            "for a spline, so preserved as straight lines"
        )
        yield of_region("spline_left_straight", message, value=", ".join(recipe.straight))


def _beyond(
    name: str,
    low: float,
    high: float,
    table: pd.DataFrame,
    usable: NDArray[np.bool_],
    notes: Notes,
) -> Iterator[Finding]:
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    beyond = np.flatnonzero(usable & ((values < low) | (values > high)))
    if beyond.size:
        message = (
            f'"{name}" of {beyond.size} scans is outside {low:g} to {high:g}, where its effect was '
            "estimated: it is extrapolated"
        )
        fields = {"value": str(beyond.size)}
        yield notes.of_scans(beyond, "covariate_extrapolated", message, **fields)
