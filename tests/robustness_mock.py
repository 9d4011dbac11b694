"""Invented tables of robustness for the tests of the report, around the rows of a contrast."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from multipet.core.columns import FINDINGS, SENSITIVITY, Column, names
from multipet.core.columns import robustness as columns
from multipet.report.contrast.files import RobustnessFiles

#: What is left out, by factor; a scanner that is alone at its site is that site.
LEVELS = {
    "site": ("turku", "aarhus", "yale", "vancouver"),
    "scanner": ("turku/HRRT", "turku/ECAT", "yale/HRRT", "yale/Vision"),
}
LIMIT, PEOPLE = 0.5, 232.0


def table(rows: Sequence[dict], glossary: Sequence[Column]) -> pd.DataFrame:
    """A table with the columns of ``glossary``; what a row leaves out is missing or empty."""
    empty = {c.name: np.nan if c.kind == "number" else "" for c in glossary}
    filled = [empty | {k: v for k, v in row.items() if k in empty} for row in rows]
    return pd.DataFrame(filled, columns=names(glossary)).astype(
        {c.name: float if c.kind == "number" else "str" for c in glossary}
    )


def robust(
    rows: Sequence[dict], sensitivity: Sequence[dict] = (), slope: str = ""
) -> RobustnessFiles:
    """Tables in which nobody drives anything; ``slope`` names the number of a slope."""
    rows = [row for row in rows if np.isfinite(row["estimate"])]
    left_out = [
        {**row, **_moved(row, i), "factor": factor, "left_out": level, "shift": 0.1 * i}
        for factor, levels in LEVELS.items()
        for i, level in enumerate(levels)
        for row in rows
    ]
    main = [{**row, **_chosen(), "specification": "main"} for row in rows]
    others = [
        {**row, **_chosen(method=row["variant"]), "specification": row["variant"]}
        for row in sensitivity
    ]
    without = [
        {
            **row,
            **_chosen(left_out=row["factor"], level=row["left_out"]),
            "specification": f"without {row['left_out']}",
        }
        for row in left_out
    ]
    straight = [{**row, **_straight(slope)} for row in rows] if slope else []
    return RobustnessFiles(
        left_out=table(left_out, columns.LEFT_OUT),
        left_out_summary=table(_summary(rows, left_out), columns.LEFT_OUT_SUMMARY),
        covariate_sets=table([], columns.COVARIATE_SETS),
        specifications=table([*main, *others, *without], columns.SPECIFICATIONS),
        influence=table([r for row in rows for r in _people(row)], columns.INFLUENCE),
        linearity=table(straight, columns.LINEARITY),
        findings=table([], FINDINGS),
    )


def covariate_sets(rows: Sequence[dict], name: str, formula: str) -> pd.DataFrame:
    """The same rows with other covariates."""
    described = columns.COVARIATE_SETS
    return table([{**row, "covariates": name, "formula": formula} for row in rows], described)


def harmonised_rows(rows: Sequence[dict], id_: str = "combat_scanner") -> list[dict]:
    """The same rows from values of a harmonisation, calibrated."""
    return [
        {**row, "variant": f"harmonised: {id_}", "p_method": "permutation", "p_naive": 0.03}
        for row in rows
    ]


def naive(rows: Sequence[dict], variant: str) -> pd.DataFrame:
    """Rows of a variant whose p nothing calibrates."""
    gone = dict.fromkeys(("p_value", "p_adjusted", "ci_low", "ci_high"), np.nan)
    more = gone | dict.fromkeys(("percent_low", "percent_high"), np.nan)
    return table([{**r, **more, "variant": variant, "p_naive": 0.01} for r in rows], SENSITIVITY)


def _moved(row: dict, i: int) -> dict[str, float]:
    return {"estimate": row["estimate"] * (1 + 0.02 * i), "n_scans": row["n_scans"] - 60}


def _chosen(**changes: str) -> dict[str, str]:
    planned = dict.fromkeys(("covariates", "method"), "as planned")
    planned |= {"site": "random", "harmonisation": "none", "left_out": "nothing", "level": ""}
    return planned | changes


def _summary(rows: Sequence[dict], left_out: Sequence[dict]) -> list[dict]:
    found = []
    for factor, levels in LEVELS.items():
        for row in rows:
            own = [r["estimate"] for r in left_out if r["factor"] == factor and _same(r, row)]
            detected = row["p_adjusted"] < 0.05
            counts = dict.fromkeys(("n_refits", "n_estimated", "n_same_sign"), float(len(levels)))
            counts |= {"n_tested": float(len(levels)), "n_detected": float(detected * len(levels))}
            ends = {"lowest": min(own), "highest": max(own), "moves_most": levels[-1]}
            lost = 0.0 if detected else np.nan
            more = {"factor": factor, "n_lost": lost, "largest_shift": 0.3}
            found.append({**row, **counts, **ends, **more})
    return found


def _same(one: dict, other: dict) -> bool:
    return (one["region"], one["comparison"]) == (other["region"], other["comparison"])


def _people(row: dict) -> list[dict]:
    return [
        {
            **row,
            "participant_id": person,
            "site": site,
            "n_scans": 2.0,
            "cooks_distance": 0.03,
            "dfbeta": dfbeta,
            "estimate_without": row["estimate"] - dfbeta * row["standard_error"],
            "limit": LIMIT,
            "n_subjects": PEOPLE,
        }
        for person, site, dfbeta in (("Y03", "yale", 0.26), ("007", "turku", -0.2))
    ]


def _straight(variable: str) -> dict:
    test = {"f": 1.2, "numerator_df": 2.0, "denominator_df": 210.3, "df_method": "kenward-roger"}
    return {**test, "variable": variable, "p_value": 0.3, "p_adjusted": 0.4}
