"""Scans whose effects differ between sites, and what R says of them."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from study_run import ModelRun, ask, contrast_spec, fit_spec, fitted

from multipet.analysis.contrast.effect_by_site import RegionBySite, effects_by_site
from multipet.analysis.contrast.heterogeneity import by_site_table, heterogeneity_table
from multipet.analysis.contrast.refits import Refits, refits_of

REFERENCE = Path(__file__).parent / "reference" / "heterogeneity"
AGE = {"slope": {"age": 10}}
GROUP = {"difference": {"group": ["patient", "control"]}}
SETTINGS = {"age": AGE, "group": GROUP}
FORMULA = "age + sex + group + (1 | participant_id)"


def r_numbers(name: str) -> dict[str, Any]:
    """Numbers of R for the contrast ``age`` or ``group``."""
    return json.loads((REFERENCE / "numbers.json").read_text(encoding="utf-8"))[name]


def pooled() -> pd.DataFrame:
    """The scans of ``reference/heterogeneity`` as a pooled table of one region."""
    scans = pd.read_csv(REFERENCE / "scans.csv", dtype={"participant_id": str, "session": str})
    table = scans.rename(columns={"caudate": "value"}).assign(region="caudate")
    levels = {name: list(dict.fromkeys(table[name])) for name in ("site", "scanner", "region")}
    levels |= {"sex": ["F", "M"], "group": ["control", "patient"]}
    return table.assign(**{n: pd.Categorical(table[n], cats) for n, cats in levels.items()})


def run_of(table: pd.DataFrame | None = None, **changes: Any) -> ModelRun:
    """The model of the scans, site and scanner random."""
    how = {"formula": FORMULA, "site": "random", "scanner": "random", **changes}
    return fitted(fit_spec(**how), [pooled() if table is None else table])


class Study:
    """A contrast of a run with all that is refitted for it."""

    def __init__(self, run: ModelRun, settings: dict[str, Any], **changes: Any) -> None:
        self.spec = contrast_spec(settings, **changes)
        self.people = run.table
        self.question, self.found = ask(self.spec, run)
        self.parts: list[RegionBySite] = effects_by_site(self.question, self.found, run.table)
        self.refits: Refits = refits_of(self.spec, self.question, self.parts, run.table)
        self.by_site = by_site_table(self.question, self.parts)
        self.heterogeneity = heterogeneity_table(self.question, self.parts, self.refits.slopes)
