"""What the page of a contrast is made of: its files, read once and never changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from multipet.config.kinds import compared_levels, shown_names
from multipet.config.page_specs import ReportSpec
from multipet.config.specs import NamedHarmonisation, read_spec
from multipet.core.columns import FINDINGS, Column, names
from multipet.core.columns import robustness as columns
from multipet.core.files import read_json
from multipet.core.tables import read_table
from multipet.report.contrast.effect import EffectScale, effect_scale
from multipet.report.html.embedded import Figure, read_figures
from multipet.report.html.text import level_label, names_scanners, variable_label, within_sentence


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


@dataclass(frozen=True, eq=False)
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
        What was fitted and on whom (``plan.json`` of the model).
    robust
        How far the answer rests on what was chosen.
    calibration
        Columns ``calibration_table.CALIBRATION``; no rows where nothing was calibrated.
    figures, harmonisation_figures
        In the order of the report; those of the harmonisation of the model's values.
    contrast_tsv
        Text of the contrast's table, for the reader to download.
    sources, delivered
        Of each site: raw files ``({"name", "sha256"}, …)``; scans that its tables hold.
    fingerprint
        Of the code that makes the page.
    """

    spec: ReportSpec
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
    fingerprint: str = ""

    @cached_property
    def scale(self) -> EffectScale:
        """How effects are shown."""
        return effect_scale(self.spec.study.outcome, self.contrast)

    @property
    def alpha(self) -> float:
        """Level at which an effect counts as detected."""
        return self.spec.inference.alpha

    @property
    def harmonisation(self) -> NamedHarmonisation | None:
        """Harmonisation of the values that were fitted; None for raw values."""
        return self.spec.model.harmonisation

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Findings of model, contrast and robustness."""
        tables = (self.model_findings, self.contrast_findings, self.robust.findings)
        return [row for table in tables for row in rows(table)]

    def region_label(self, region: str) -> str:
        """Name of a region as readers know it, as tables have it."""
        return str(self.spec.region_labels.get(region, region))

    def region_in_prose(self, region: str) -> str:
        """Name of a region within a sentence: ``nucleus accumbens``."""
        return within_sentence(self.region_label(region))

    def unit(self, variable: str) -> str:
        """Unit of a number; empty where it has none."""
        described = self.spec.variables.get(variable)
        return described.unit if described else ""

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
        return self.spec.contrast.kind == "pairwise"

    @property
    def draws(self) -> int:
        """Simulated data sets that p-values are calibrated by; 0 where nothing is calibrated."""
        return self.spec.inference.calibration.draws if self.spec.inference.calibration else 0

    @property
    def counted_noun(self) -> str:
        """What the rows of the contrast are: ``region`` or ``comparison``."""
        return "comparison" if self.is_pairwise else "region"

    def counted(self, n: int) -> str:
        """``4 regions``, ``24 comparisons``."""
        return f"{n} {self.counted_noun}{'' if n == 1 else 's'}"

    @property
    def adjusts(self) -> bool:
        """Whether p-values are adjusted over the rows of the contrast."""
        return self.spec.inference.adjust != "none"

    @property
    def knows_scanners(self) -> bool:
        """Whether any site said which scanner it used."""
        return names_scanners(self.plan)

    @cached_property
    def comparison_names(self) -> dict[str, str]:
        """Comparisons of the results files, each with the name that readers see."""
        settings, variables = self.spec.contrast.settings, self.spec.variables
        known = {
            "site": list(self.spec.sites),
            "region": list(self.spec.region_labels),
            "scanner": [s for site in self.plan["per_site"] for s in site["scanners"]],
            **{name: v.levels or () for name, v in variables.items()},
        }
        levels = compared_levels(settings, known)
        return shown_names(settings, levels, variables, self.level_label)


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries."""
    return table.to_dict("records")


#: Tables of a contrast that are fields of ``ContrastFiles``, by the name of their file.
CONTRAST_TABLES = {"findings": "contrast_findings"} | {
    name: name
    for name in ("contrast", "sensitivity", "weights", "by_site", "heterogeneity", "calibration")
}
ROBUSTNESS_TABLES = {
    "robustness.findings" if f.name == "findings" else f.name: f.name
    for f in fields(RobustnessFiles)
}
MODEL_TABLES = {"findings": "model_findings"} | {
    name: name for name in ("variance_components", "residual_checks")
}


def read_contrast_files(
    spec: Path | str,
    contrast: Sequence[Path | str],
    model: Sequence[Path | str],
    findings: Path | str,
    figures: Sequence[Path | str],
    harmonisation: Path | str | None = None,
    sources: Sequence[Path | str] = (),
) -> ContrastFiles:
    """Read the inputs of a report.

    Parameters
    ----------
    spec
        The step's spec.
    contrast, model
        Tables of the contrast and of its model, each known by its file's name
        (``CONTRAST_TABLES``, ``ROBUSTNESS_TABLES``, ``MODEL_TABLES``), and ``plan.json``.
    findings
        Those of the way from the raw tables to the pooled one.
    figures
        Indices of figures, in the report's order.
    harmonisation
        Index of the figures of the harmonisation of the model's values, if any.
    sources
        What each site's tidy table was made from.
    """
    of_contrast, of_model = _by_name(contrast), _by_name(model)
    described = [read_json(source) for source in sources]
    return ContrastFiles(
        spec=read_spec(ReportSpec, spec),
        fingerprint=read_json(spec)["fingerprint"],
        plan=read_json(of_model["plan"]),
        ingest_findings=read_table(findings),
        **_tables(of_contrast, CONTRAST_TABLES),
        **_tables(of_model, MODEL_TABLES),
        robust=RobustnessFiles(**_tables(of_contrast, ROBUSTNESS_TABLES)),
        figures=tuple(figure for index in figures for figure in read_figures(Path(index))),
        harmonisation_figures=read_figures(Path(harmonisation)) if harmonisation else (),
        contrast_tsv=of_contrast["contrast"].read_text(encoding="utf-8"),
        sources={source["site"]: source["files"] for source in described},
        delivered={s["site"]: s["n_scans"] for s in described if "n_scans" in s},
    )


def _by_name(paths: Sequence[Path | str]) -> dict[str, Path]:
    return {Path(path).stem: Path(path) for path in paths}


def _tables(files: dict[str, Path], wanted: dict[str, str]) -> dict:
    return {name: read_table(files[stem]) for stem, name in wanted.items() if stem in files}
