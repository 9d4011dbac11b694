"""A study's numbers in memory, as the step scripts make them, and small tables to fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import (
    Question,
    RegionEstimate,
    contrast_estimates,
    question_of,
)
from multipet.analysis.model.fit_file import Variant
from multipet.analysis.model.fits import run_variants
from multipet.analysis.model.fitted_specification import (
    FittedSpecification,
    fitted_specification,
    model_table,
    named_tables,
)
from multipet.config.jobs import ingest_study, specs
from multipet.config.study import study_of
from multipet.harmonisation.harmonised_table import harmonise_pooled
from multipet.ingest.participants import read_participants
from multipet.ingest.pooling import pool
from multipet.ingest.site_table import read_site
from multipet.ingest.tidy_file import pooled_frame

REGIONS = ("caudate", "putamen")


@dataclass(frozen=True)
class ModelRun:
    """One fitted model of a study."""

    spec: Mapping[str, Any]
    plan: FittedSpecification
    tables: Mapping[str, pd.DataFrame]
    variants: Mapping[str, Variant]

    @property
    def table(self) -> pd.DataFrame:
        return self.tables["main"]

    @property
    def fits(self) -> tuple:
        return self.variants["main"].fits


def pooled_table(values: Mapping[str, Any]) -> pd.DataFrame:
    """The pooled table of a checked config."""
    whole = study_of(values)
    study = ingest_study(whole)
    people = read_participants(study)
    sites = [read_site(name, site, study, people) for name, site in whole.sites.items()]
    return pooled_frame(pool(sites, study, people), study, list(values["sites"]))


def run_model(values: Mapping[str, Any], pooled: pd.DataFrame, model: str) -> ModelRun:
    """Fit a model of a checked config in every variant, harmonised first where it says so."""
    jobs = specs(study_of(values))
    tables, harmonisation = [pooled], values["models"][model]["harmonisation"]
    if harmonisation != "none":
        spec = jobs["harmonise", harmonisation]
        tables.insert(0, harmonise_pooled(pooled, spec["id"], spec["settings"], spec["scale"])[0])
    return fitted(jobs["fit_model", model], tables)


def fitted(spec: Mapping[str, Any], tables: Sequence[pd.DataFrame]) -> ModelRun:
    """Fit a model's spec to pooled tables, the raw one last."""
    named = named_tables(tables, spec["regions"], spec["scale"], spec["site_means"])
    outcomes = model_table(tables[0], spec["regions"], spec["scale"])[1]
    plan = fitted_specification(spec, named["main"], outcomes)
    return ModelRun(spec, plan, named, run_variants(spec, plan, named))


def ask(spec: Mapping[str, Any], run: ModelRun) -> tuple[Question, list[RegionEstimate]]:
    """Ask a contrast's spec of a fitted model."""
    question = question_of(spec, run.table)
    return question, contrast_estimates(question, run.fits, run.table)


def fit_spec(**changes: Any) -> dict[str, Any]:
    """Spec of a model on the identity scale; ``changes`` replace its keys."""
    spec = {"model": "main", "formula": "age + group + (1 | participant_id)", "compared": []}
    spec |= {
        "residual": "common",
        "site": "auto",
        "scanner": "auto",
        "regions": "separate",
        "harmonisation": None,
    }
    spec |= {"site_means": ""}
    spec |= {"scale": "identity", "few_levels": {"minimum": 4, "action": "note"}}
    return {**spec, "df": "kenward-roger", **changes}


def contrast_spec(settings: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Spec of a contrast; ``changes`` replace its keys."""
    variables = {
        "age": {"kind": "number", "unit": "years"},
        "group": {"kind": "level", "levels": ["control", "patient"]},
    }
    inference = {"df": "kenward-roger", "confidence": 0.95, "adjust": "bh", "alpha": 0.05}
    checks = {"confounded_site": {"r_squared": 0.5, "action": "note"}}
    checks["heterogeneity"] = {"alpha": 0.05, "action": "note"}
    spec = {"contrast": "asked", "settings": {"at": {}, **settings}, "variables": variables}
    spec |= {"scale": "identity", "inference": inference, "checks": checks, "harmonisation": None}
    return {**spec, "regions": "separate", "site_means": "", **changes}


def pooled_scans(
    sites: int = 4, people: int = 12, seed: int = 1, regions: Sequence[str] = REGIONS
) -> pd.DataFrame:
    """Pooled table: people scanned twice, two scanners at the first site, one elsewhere."""
    rng = np.random.default_rng(seed)
    rows = []
    for site in [f"s{k}" for k in range(sites)]:
        shift = rng.normal(0, 0.3)
        for number in range(people):
            age, person = rng.uniform(20, 80), rng.normal(0, 0.4)
            group = ("control", "patient")[number % 2]
            camera = "b" if site == "s0" and number % 4 > 1 else "a"
            for session in ("1", "2"):
                expected = 3 + shift + person - 0.01 * age - 0.5 * (group == "patient")
                for region in regions:
                    cells = (f"{site}p{number}", session, site, f"{site}/{camera}", region)
                    rows.append((*cells, expected + rng.normal(0, 0.3), age, group))
    columns = ["participant_id", "session", "site", "scanner", "region", "value", "age", "group"]
    table = pd.DataFrame(rows, columns=columns)
    levels = {name: list(dict.fromkeys(table[name])) for name in ("site", "scanner", "region")}
    levels["group"] = ["control", "patient"]
    return table.assign(**{n: pd.Categorical(table[n], cats) for n, cats in levels.items()})
