"""Tables of a contrast without each site and scanner: every refit, and what they say together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import Question, RegionEstimate
from multipet.analysis.contrast.sensitivity import NAIVE
from multipet.analysis.contrast.table import TEST, numbers
from multipet.analysis.model.fitted_specification import ALL_REGIONS, JOINT
from multipet.analysis.robustness.leave_one_site_out import LeftOut
from multipet.core.columns import names
from multipet.core.columns.robustness import ESTIMATE, LEFT_OUT, LEFT_OUT_SUMMARY
from multipet.inference.multiplicity import adjust
from multipet.mixed_model.fit import FailedFit

KEY = ["region", "comparison"]


def left_out_table(
    question: Question,
    found: Sequence[RegionEstimate],
    left_out: Sequence[LeftOut],
    scans: pd.DataFrame,
    harmonised: bool,
) -> pd.DataFrame:
    """One row a refit, region and comparison (columns ``robustness_columns.LEFT_OUT``).

    Parameters
    ----------
    question, found
        What was asked, and its answers from all scans.
    left_out
        Those without a site or scanner.
    scans
        The table that was fitted.
    harmonised
        Whether the values were harmonised by what they show themselves: their p is naive.
    """
    main = {(a.region, a.comparison): a for a in found}
    parts = [
        _refit(question, main, one, scans[scans[one.factor].astype(str) != one.level], harmonised)
        for one in left_out
    ]
    empty = pd.DataFrame(columns=names(LEFT_OUT))
    return pd.concat(parts, ignore_index=True)[names(LEFT_OUT)] if parts else empty


def left_out_summary(
    question: Question, found: Sequence[RegionEstimate], table: pd.DataFrame
) -> pd.DataFrame:
    """What the refits say together (columns ``robustness_columns.LEFT_OUT_SUMMARY``).

    Detection is by the adjusted p of the model's t test, for all scans as for the refits, so
    that on harmonised values naive ones are compared with naive ones.

    Parameters
    ----------
    question, found
        What was asked, and its answers from all scans.
    table
        ``left_out_table``.
    """
    alpha = question.inference["alpha"]
    p = [a.estimate.p_value if a.status == "ok" else np.nan for a in found]
    adjusted = adjust(np.array(p, dtype=float), question.inference["adjust"])
    main = {
        (a.region, a.comparison): (a.estimate.estimate if a.estimate else np.nan, q)
        for a, q in zip(found, adjusted, strict=True)
    }
    rows = [
        dict(zip([*KEY, "factor"], key, strict=True)) | _summary(part, *main[key[:2]], alpha)
        for key, part in table.groupby([*KEY, "factor"], sort=False)
    ]
    return pd.DataFrame(rows, columns=names(LEFT_OUT_SUMMARY))


def estimate_row(
    question: Question, answer: RegionEstimate, scans: pd.DataFrame, harmonised: bool
) -> dict[str, Any]:
    """Cells of ``robustness_columns.ESTIMATE`` of one answer, with its status."""
    row: dict[str, Any] = {"region": answer.region, "comparison": answer.comparison}
    row["status"] = answer.status
    if isinstance(answer.fit, FailedFit):
        return row
    row["n_scans"] = float(_n_scans(answer, scans))
    if answer.estimate is None:
        return row
    cells = numbers(answer.estimate, question.scale)
    if harmonised:
        cells |= {"p_naive": cells["p_value"], **dict.fromkeys(NAIVE, np.nan)}
    if answer.status != "ok":
        cells |= dict.fromkeys([*TEST, "p_naive"], np.nan)
    return row | {key: cells[key] for key in names(ESTIMATE) if key in cells}


def _refit(
    question: Question,
    main: dict[tuple[str, str], RegionEstimate],
    one: LeftOut,
    scans: pd.DataFrame,
    harmonised: bool,
) -> pd.DataFrame:
    rows = [
        estimate_row(question, answer, scans, harmonised) | {"shift": _shift(answer, main)}
        for answer in one.estimates
    ]
    table = pd.DataFrame(rows, columns=names(LEFT_OUT))
    p = table["p_naive"] if harmonised else table["p_value"]
    adjusted = adjust(p.to_numpy(float), question.inference["adjust"])
    return table.assign(factor=one.factor, left_out=one.level, note=one.note, p_adjusted=adjusted)


def _shift(answer: RegionEstimate, main: dict[tuple[str, str], RegionEstimate]) -> float:
    whole = main.get((answer.region, answer.comparison))
    if whole is None or whole.estimate is None or answer.estimate is None:
        return np.nan
    return (answer.estimate.estimate - whole.estimate.estimate) / whole.estimate.standard_error


def _n_scans(answer: RegionEstimate, scans: pd.DataFrame) -> int:
    if answer.fit.outcome != JOINT:
        return len(answer.fit.rows)
    used = scans.iloc[answer.fit.rows]
    if answer.region != ALL_REGIONS:
        return int((used["region"] == answer.region).sum())
    return len(used[["participant_id", "session", "scanner"]].drop_duplicates())


def _summary(part: pd.DataFrame, estimate: float, p: float, alpha: float) -> dict[str, Any]:
    known = part[part["estimate"].notna()]
    tested = part["p_adjusted"].dropna()
    row = {
        "n_refits": float(len(part)),
        "n_estimated": float(len(known)),
        "n_same_sign": float(((known["estimate"] < 0) == (estimate < 0)).sum()),
        "n_tested": float(len(tested)),
        "n_detected": float((tested < alpha).sum()),
        "n_lost": float((tested >= alpha).sum()) if p < alpha else np.nan,
    }
    shifts = known["shift"].astype(float).dropna()
    if shifts.empty:
        return row
    most = known.loc[shifts.abs().idxmax()]
    row |= {"lowest": known["estimate"].min(), "highest": known["estimate"].max()}
    return row | {"moves_most": most["left_out"], "largest_shift": most["shift"]}
