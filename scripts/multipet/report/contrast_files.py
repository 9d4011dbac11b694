"""What a report is made of: the files of one contrast, read once and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from multipet.files import read_json
from multipet.report.effect import EffectScale, effect_scale
from multipet.tables import read_table


@dataclass(frozen=True)
class Figure:
    """One figure of the contrast: SVG text, caption, text for those who do not see it."""

    name: str
    svg: str
    caption: str
    alt: str
    section: str
    table: str = ""
    title: str = ""


@dataclass(frozen=True)
class ContrastFiles:
    """Content of the files that a contrast's report is made from.

    Attributes
    ----------
    spec
        What was asked: contrast, model, study, variables, inference (see the step's spec file).
    contrast, sensitivity, weights, by_site, heterogeneity, variance_components, residual_checks
        Tables with the columns of the same names in ``multipet.columns``.
    contrast_findings, model_findings, ingest_findings
        Tables with the columns ``FINDINGS``.
    plan
        What was fitted and on whom; any part of it may be absent.
    figures
        In the order of the report.
    contrast_tsv
        Text of the contrast's table, for the reader to download.
    sources
        Raw files of each site: ``{site: ({"name", "sha256"}, …)}``.
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
    figures: tuple[Figure, ...] = ()
    contrast_tsv: str = ""
    sources: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)

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
        """Findings of model and contrast."""
        return [*rows(self.model_findings), *rows(self.contrast_findings)]

    def region_label(self, region: str) -> str:
        """Name of a region as readers know it."""
        return str(self.spec.get("region_labels", {}).get(region, region))

    def level_label(self, variable: str, level: str) -> str:
        """Name of a level as readers know it: ``patients`` for ``patient``."""
        return level_label(self.spec, variable, level)

    def variable_label(self, variable: str) -> str:
        """Name of a variable as readers know it."""
        return variable_label(self.spec, variable)


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
    labels = (spec.get("variables", {}).get(variable) or {}).get("labels") or {}
    return str(labels.get(level, level))


def read_contrast_files(
    paths: Sequence[Path | str], sources: Sequence[Path | str] = ()
) -> ContrastFiles:
    """Read the inputs of a report.

    Parameters
    ----------
    paths
        In the order in which the step gets them: spec, contrast, sensitivity, findings,
        weights, by site, heterogeneity, plan, model findings, variance components, residual checks, ingest findings,
        index of the figures.
    sources
        What each site's tidy table was made from.
    """
    spec, contrast, *tables, plan, model, variances, checks, ingest, index = map(Path, paths)
    sensitivity, noted, weights, by_site, heterogeneity = tables
    return ContrastFiles(
        spec=read_json(spec),
        contrast=read_table(contrast),
        sensitivity=read_table(sensitivity),
        contrast_findings=read_table(noted),
        weights=read_table(weights),
        by_site=read_table(by_site),
        heterogeneity=read_table(heterogeneity),
        plan=read_json(plan),
        model_findings=read_table(model),
        variance_components=read_table(variances),
        residual_checks=read_table(checks),
        ingest_findings=read_table(ingest),
        figures=_read_figures(index),
        contrast_tsv=contrast.read_text(encoding="utf-8"),
        sources={source["site"]: source["files"] for source in map(read_json, sources)},
    )


def _read_figures(index: Path) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            name=entry["name"],
            svg=(index.parent / entry["file"]).read_text(encoding="utf-8"),
            caption=entry.get("caption") or "",
            alt=entry.get("alt") or entry.get("caption") or entry["name"],
            section=entry.get("section") or "",
            table=entry.get("table") or "",
            title=entry.get("title") or "",
        )
        for entry in read_json(index)
    )
