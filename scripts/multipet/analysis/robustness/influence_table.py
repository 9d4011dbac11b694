"""The people who move a contrast most, and a finding for each who moves it too far."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import RegionEstimate
from multipet.analysis.robustness.influence import Influence
from multipet.core.columns import names
from multipet.core.columns.robustness import INFLUENCE
from multipet.core.findings import Finding
from multipet.inference.estimability import NotEstimable

CHECK = "influential_subject"
#: People listed for every region and comparison; those beyond the limit always are.
MOST = 10
#: Half a standard error takes a p of .05 to .14, say: less is no finding however many people.
LEAST_SHIFT = 0.5
#: In small studies everyone moves the estimate: by 1/√J on average.
TIMES_TYPICAL = 3.0


def limit(n_subjects: int) -> float:
    """DFBETA beyond which one of ``n_subjects`` people counts as influential."""
    return max(LEAST_SHIFT, TIMES_TYPICAL / np.sqrt(n_subjects))


def influence_table(found: Sequence[RegionEstimate], scans: pd.DataFrame) -> pd.DataFrame:
    """Who moves each answer most (columns ``robustness_columns.INFLUENCE``), largest first.

    Parameters
    ----------
    found
        The answers of a contrast; those without a standard error have no rows.
    scans
        The table that was fitted.
    """
    parts = []
    known: dict[int, Influence] = {}
    of_rows: dict[bytes, tuple[np.ndarray, pd.DataFrame]] = {}
    for answer in found:
        if answer.estimate is None or not np.isfinite(answer.estimate.standard_error):
            continue
        rows = answer.fit.rows.tobytes()
        if rows not in of_rows:
            of_rows[rows] = _people(scans.iloc[answer.fit.rows])
        codes, who = of_rows[rows]
        if id(answer.fit) not in known:  # the answers of a fit come one after the other
            known = {id(answer.fit): Influence(answer.fit, codes)}
        parts.extend(_rows(answer, known[id(answer.fit)], who))
    return pd.DataFrame(parts, columns=names(INFLUENCE))


def influence_findings(table: pd.DataFrame) -> list[Finding]:
    """A finding for every person and comparison beyond the limit; the message tells no id.

    Parameters
    ----------
    table
        ``influence_table``.
    """
    beyond = table[(table["dfbeta"].abs() > table["limit"]) | table["dfbeta"].isna()]
    n_regions = table.groupby("comparison")["region"].nunique()
    return [
        _finding(person, comparison, part, int(n_regions[comparison]))
        for (person, comparison), part in beyond.groupby(
            ["participant_id", "comparison"], sort=False
        )
    ]


def _people(used: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Person of every row as a number, and who the people are."""
    codes, ids = pd.factorize(used["participant_id"])
    scans = used.assign(site=used["site"].astype(str)).drop_duplicates(
        ["participant_id", "session", "scanner"]
    )
    of_person = scans.groupby("participant_id", sort=False)["site"]
    who = pd.DataFrame({"participant_id": ids}).assign(
        site=of_person.agg(lambda s: ", ".join(dict.fromkeys(s))).loc[ids].to_numpy(),
        n_scans=of_person.size().loc[ids].to_numpy(float),
    )
    return codes, who


def _rows(
    answer: RegionEstimate, influence: Influence, who: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    try:
        one = influence.of(answer.weights)
    except NotEstimable:
        return
    dfbeta = one.change / answer.estimate.standard_error
    # a person without whom there is no estimate comes first
    size = np.where(np.isnan(dfbeta), np.inf, np.abs(dfbeta))
    order = np.argsort(-size, kind="stable")
    bound = limit(len(who))
    for place, j in enumerate(order):
        if place >= MOST and not size[j] > bound:
            return
        yield {
            "region": answer.region,
            "comparison": answer.comparison,
            **who.iloc[j].to_dict(),
            "cooks_distance": one.cooks_distance[j],
            "dfbeta": dfbeta[j],
            "estimate_without": answer.estimate.estimate - one.change[j],
            "limit": bound,
            "n_subjects": float(len(who)),
        }


def _finding(person: str, comparison: str, part: pd.DataFrame, n_regions: int) -> Finding:
    sizes = part["dfbeta"].abs().fillna(np.inf)
    most = part.loc[sizes.idxmax()]
    where = f"{len(part)} of {n_regions} regions" if n_regions > 1 else "the region"
    if np.isfinite(sizes.max()):
        what = (
            f"Without one person the estimate moves by {sizes.max():.2f} standard errors"
            f" ({most['region']}), beyond the limit of {most['limit']:.2f}; so in {where}."
        )
    else:
        what = f"Without one person there is no estimate; so in {where}."
    return Finding(
        stage="contrast",
        check=CHECK,
        action="noted",
        site=most["site"],
        participant_id=str(person),
        region=most["region"] if len(part) == 1 else "",
        comparison=comparison,
        statistic="move in standard errors",
        value=f"{sizes.max():.2f}" if np.isfinite(sizes.max()) else "",
        limit=f"{most['limit']:.2f}",
        message=what,
    )
