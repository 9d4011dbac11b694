"""The tables that tell how far the answer of a contrast rests on what was chosen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from multipet.config.kinds import KINDS, compared_levels, shown_names
from multipet.core.columns import FINDINGS, Column, names
from multipet.core.columns import robustness as columns
from multipet.ingest.scan_notes import NO_SCANNER
from multipet.report.contrast.effect import EffectScale, effect_scale
from multipet.report.html.embedded import Figure


def no_rows(described: Sequence[Column]) -> Callable[[], pd.DataFrame]:
    """Return what makes a table with these columns and no rows."""
    return lambda: pd.DataFrame(columns=names(described))


@dataclass(frozen=True, eq=False)
class RobustnessFiles:
    """Tables with the columns of the same names in ``robustness_columns``, and findings."""

    left_out: pd.DataFrame = field(default_factory=no_rows(columns.LEFT_OUT))
    left_out_summary: pd.DataFrame = field(default_factory=no_rows(columns.LEFT_OUT_SUMMARY))
    covariate_sets: pd.DataFrame = field(default_factory=no_rows(columns.COVARIATE_SETS))
    specifications: pd.DataFrame = field(default_factory=no_rows(columns.SPECIFICATIONS))
    influence: pd.DataFrame = field(default_factory=no_rows(columns.INFLUENCE))
    linearity: pd.DataFrame = field(default_factory=no_rows(columns.LINEARITY))
    findings: pd.DataFrame = field(default_factory=no_rows(FINDINGS))


NAIVE_ERROR = Column("naive_error", "share of the draws in which a naive test errs", "1")


@dataclass(frozen=True)
class ContrastFiles:
    """Content of the files that a contrast's report is made from.

    Attributes
    ----------
    spec
        What was asked: contrast, model, study, variables, inference (see the step's spec file).
    contrast, sensitivity, weights, by_site, heterogeneity, variance_components, residual_checks
        Tables with the columns of the same names in ``multipet.core.columns``.
    contrast_findings, model_findings, ingest_findings
        Tables with the columns ``FINDINGS``.
    plan
        What was fitted and on whom; any part of it may be absent.
    robust
        How far the answer rests on what was chosen.
    calibration
        Columns ``calibration_table.CALIBRATION``, of which ``naive_error`` is read; no rows where
        nothing was calibrated.
    figures
        In the order of the report.
    harmonisation_figures
        Those of the harmonisation of the model's values, before and after.
    contrast_tsv
        Text of the contrast's table, for the reader to download.
    sources
        Raw files of each site: ``{site: ({"name", "sha256"}, …)}``.
    delivered
        Scans that each site's tables hold; empty where that is not known.
    """

    spec: Mapping[str, Any]
    contrast: pd.DataFrame
    sensitivity: pd.DataFrame
    contrast_findings: pd.DataFrame
    weights: pd.DataFrame
    by_site: pd.DataFrame
    heterogeneity: pd.DataFrame
    plan: Mapping[str, Any]
    model_findings: pd.DataFrame
    variance_components: pd.DataFrame
    residual_checks: pd.DataFrame
    ingest_findings: pd.DataFrame
    robust: RobustnessFiles = field(default_factory=RobustnessFiles)
    calibration: pd.DataFrame = field(default_factory=no_rows((NAIVE_ERROR,)))
    figures: tuple[Figure, ...] = ()
    harmonisation_figures: tuple[Figure, ...] = ()
    contrast_tsv: str = ""
    sources: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    delivered: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def scale(self) -> EffectScale:
        """How effects are shown."""
        return effect_scale(self.spec["study"]["outcome"], self.contrast)

    @property
    def alpha(self) -> float:
        """Level at which an effect counts as detected."""
        return self.spec["inference"]["alpha"]

    @property
    def harmonisation(self) -> Mapping[str, Any] | None:
        """Harmonisation of the values that were fitted; None for raw values."""
        return self.spec["model"].get("harmonisation")

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Findings of model, contrast and robustness."""
        tables = (self.model_findings, self.contrast_findings, self.robust.findings)
        return [row for table in tables for row in rows(table)]

    def region_label(self, region: str) -> str:
        """Name of a region as readers know it."""
        return str(self.spec.get("region_labels", {}).get(region, region))

    def level_label(self, variable: str, level: str) -> str:
        """Name of a level as readers know it: ``patients`` for ``patient``."""
        return level_label(self.spec, variable, level)

    def variable_label(self, variable: str) -> str:
        """Name of a variable as readers know it."""
        return variable_label(self.spec, variable)

    def comparison_label(self, comparison: str) -> str:
        """A comparison with the labels of its levels: ``patients − controls``."""
        return self.comparison_names.get(comparison, comparison)

    @property
    def is_pairwise(self) -> bool:
        """Whether a region has several comparisons."""
        return self.spec["contrast"]["kind"] == "pairwise"

    @property
    def adjusts(self) -> bool:
        """Whether p-values are adjusted over the rows of the contrast."""
        return self.spec["inference"].get("adjust", "none") != "none"

    @property
    def knows_scanners(self) -> bool:
        """Whether any site said which scanner it used."""
        return names_scanners(self.plan)

    @cached_property
    def comparison_names(self) -> dict[str, str]:
        """Comparisons of the results files, each with the name that readers see."""
        settings = self.spec["contrast"].get("settings")
        if not isinstance(settings, Mapping) or not set(KINDS) & set(settings):
            return {}
        variables = self.spec.get("variables", {})
        known = {
            "site": list(self.spec.get("sites", {})),
            "region": list(self.spec.get("region_labels", {})),
            "scanner": [s for site in self.plan.get("per_site", []) for s in site["scanners"]],
            **{name: v.get("levels", ()) for name, v in variables.items()},
        }
        levels = compared_levels(settings, known)
        return shown_names(settings, levels, variables, self.level_label)


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries."""
    return table.to_dict("records")


def site_label(spec: Mapping[str, Any], site: str) -> str:
    """Name of a site as readers know it; ``spec["sites"]`` holds labels, or entries with one."""
    described = spec.get("sites", {}).get(site) or site
    label = described.get("label") if isinstance(described, Mapping) else described
    return str(label or site)


def variable_label(spec: Mapping[str, Any], variable: str) -> str:
    """Name of a variable as readers know it."""
    return str((spec.get("variables", {}).get(variable) or {}).get("label") or variable)


def level_label(spec: Mapping[str, Any], variable: str, level: str) -> str:
    """Name of a level as readers know it."""
    if variable == "site":
        return site_label(spec, level)
    if variable == "region":
        return str(spec.get("region_labels", {}).get(level, level))
    if variable == "scanner":
        site, _, camera = level.partition("/")
        return f"{site_label(spec, site)} {'' if camera == NO_SCANNER else camera}".strip()
    labels = (spec.get("variables", {}).get(variable) or {}).get("labels") or {}
    return str(labels.get(level, level))


def names_scanners(counts: Mapping[str, Any]) -> bool:
    """Whether a scanner in ``counts`` (a plan, or the data of a summary) has a name."""
    scanners = [name for site in counts.get("per_site", []) for name in site.get("scanners", [])]
    return not scanners or any(not name.endswith(f"/{NO_SCANNER}") for name in scanners)
