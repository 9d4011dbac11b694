"""People who were scanned more than once, in a model that does not know it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from multipet.analysis.model_plan import ModelPlan, usable
from multipet.analysis.people_counts import SCAN_KEY
from multipet.findings import Finding
from multipet.formulas.formula import parse_formula


def repeated_scans(spec: Mapping[str, Any], plan: ModelPlan, table: pd.DataFrame) -> list[Finding]:
    """A finding where scans of one person count as those of several.

    Parameters
    ----------
    spec
        The model's spec.
    plan
        How it is fitted.
    table
        The table that is fitted.
    """
    if "participant_id" in parse_formula(spec["formula"]).variables:
        return []
    scans = usable(spec["formula"], table, plan.outcomes).drop_duplicates(SCAN_KEY)
    counts = scans["participant_id"].value_counts()
    again = int((counts > 1).sum())
    if not again:
        return []
    message = (
        f"{again} of {len(counts)} people were scanned more than once, but the model has no effect"
        " of the person: their scans count as those of different people, and intervals and p-values"
        " are too small. Add (1 | participant_id) to the formula."
    )
    return [
        Finding(
            stage="model",
            check="repeated_scans",
            action="noted",
            value=str(again),
            message=message,
        )
    ]
