"""One comparison calibrated: all regions from the same draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multipet.analysis.contrast.estimates import Question, RegionEstimate
from multipet.calibration.blocks import Blocks
from multipet.calibration.bootstrap import BootstrapDraws
from multipet.calibration.calibrated_test import calibrated_test, naive_critical
from multipet.calibration.calibration_findings import failed_findings, method_findings
from multipet.calibration.draw_method import PERMUTATION, DrawMethod, choose_method
from multipet.calibration.draws import CalibrationSettings, drawn_t, generator
from multipet.calibration.harmonisation_chain import HarmonisationChain
from multipet.calibration.model_part import ModelPart
from multipet.calibration.model_values import ModelValues
from multipet.calibration.permutation import PermutationDraws
from multipet.calibration.reduced_model import NullSpace, null_space, reduced_model
from multipet.core.findings import Finding

Array = NDArray[np.float64]
Row = dict[str, Any]
_NO_FIT = "not calibrated: the model with one residual variance has no fit"
_ALL = 1 - 1e-6  # share between strata at which nothing is left within


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What all comparisons of a question share.

    Attributes
    ----------
    question, harmonisation
        What is asked, and the id of how values were harmonised.
    values
        Raw, as the model sees them.
    chain, harmonised
        The harmonisation, and its sheet of the data, (scan, region).
    blocks
        Who may take whose residuals.
    settings
        How many draws, from which seed, by which method.
    """

    question: Question
    harmonisation: str
    values: ModelValues
    chain: HarmonisationChain
    harmonised: Array
    blocks: Blocks
    settings: CalibrationSettings


def calibrate_comparison(
    shared: Calibrated, found: Sequence[RegionEstimate]
) -> tuple[list[Row], list[Finding]]:
    """Rows (columns ``calibration_table.CALIBRATION``) and findings of one comparison.

    Parameters
    ----------
    found
        The answers of the naive test, one a region. What it calls untestable for lack of
        degrees of freedom is tested here: draws need none.
    """
    rows = {id(answer): _untested(shared, answer) for answer in found}
    tested = [answer for answer in found if answer.estimate is not None]
    parts = shared.values.parts(tested) if tested else []
    spaces = [null_space(part, shared.blocks) for part in parts]
    free = [space.between.max() <= _ALL for space in spaces]
    for part, testable in zip(parts, free, strict=True):
        for answer in part.estimates if not testable else ():
            rows[id(answer)]["status"] = _nested(shared.blocks)
    parts = [part for part, testable in zip(parts, free, strict=True) if testable]
    spaces = [space for space, testable in zip(spaces, free, strict=True) if testable]
    if not parts:
        return list(rows.values()), []
    method = choose_method(shared.settings.method, parts, spaces, shared.blocks)
    findings = method_findings(shared.harmonisation, found[0].comparison, method)
    for part, t in zip(parts, _drawn(shared, method, parts, spaces), strict=True):
        for answer, cells, failed in _tested(shared, part, t):
            status = "ok" if np.isfinite(cells["p_value"]) else _NO_FIT
            rows[id(answer)] |= cells | {"p_method": method.used, "status": status}
            about = (shared.harmonisation, answer.comparison, answer.region)
            findings += failed_findings(*about, failed, len(t))
    return list(rows.values()), findings


def _untested(shared: Calibrated, answer: RegionEstimate) -> Row:
    row: Row = {"harmonisation": shared.harmonisation, "region": answer.region}
    row |= {"comparison": answer.comparison, "status": answer.status, "p_method": ""}
    if answer.status == "ok":
        row["p_naive"] = answer.estimate.p_value
    return row


def _drawn(
    shared: Calibrated, method: DrawMethod, parts: list[ModelPart], spaces: list[NullSpace]
) -> list[Array]:
    """t under the null of every answer, (draw, answer), one array a part."""
    model = reduced_model(shared.chain.values, parts, spaces)
    kind = PermutationDraws if method.used == PERMUTATION else BootstrapDraws
    source, settings = kind(model, shared.blocks), shared.settings
    rng = generator(settings.seed, shared.question.contrast, shared.harmonisation)
    return drawn_t(source, shared.chain, parts, rng, settings.draws)


def _tested(
    shared: Calibrated, part: ModelPart, drawn: Array
) -> list[tuple[RegionEstimate, Row, int]]:
    """Each answer of a part with the cells of its row, and how many draws failed."""
    estimates, errors = part.statistics(shared.harmonised[None])
    confidence = shared.question.inference["confidence"]
    found = []
    for answer, estimate, error, t in zip(
        part.estimates, estimates[0], errors[0], drawn.T, strict=True
    ):
        naive = naive_critical(answer.estimate, error) if answer.status == "ok" else np.nan
        test = calibrated_test(estimate / error, t, naive, confidence)
        margin = test.t_critical * error
        cells = {
            "estimate": estimate,
            "standard_error": error,
            "t": estimate / error,
            "p_value": test.p_value,
            "t_critical": test.t_critical,
            "ci_low": estimate - margin,
            "ci_high": estimate + margin,
            "draws": len(t),
            "naive_error": test.naive_error,
        }
        found.append((answer, cells, test.failed))
    return found


def _nested(blocks: Blocks) -> str:
    return (
        f"not calibrated: what is compared is the same in all scans of one "
        f"{' and '.join(blocks.columns)}, and these keep their differences in every draw"
    )
