"""Reads the files that a contrast's report is made from."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from multipet.core.files import read_json
from multipet.core.tables import read_table
from multipet.report.contrast.files import ContrastFiles, RobustnessFiles
from multipet.report.html.embedded import read_figures

#: Tables of a contrast that are fields of ``ContrastFiles``, by the name of their file.
CONTRAST_TABLES = {
    "contrast": "contrast",
    "sensitivity": "sensitivity",
    "findings": "contrast_findings",
    "weights": "weights",
    "by_site": "by_site",
    "heterogeneity": "heterogeneity",
    "calibration": "calibration",
}
ROBUSTNESS_TABLES = {
    "robustness.findings" if f.name == "findings" else f.name: f.name
    for f in fields(RobustnessFiles)
}
MODEL_TABLES = {
    "findings": "model_findings",
    "variance_components": "variance_components",
    "residual_checks": "residual_checks",
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
        spec=read_json(spec),
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
