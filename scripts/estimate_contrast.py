"""Step of rule estimate_contrast: one contrast in every region, the same done otherwise, and its
effect at each site.
"""

from multipet.calibration.estimated_contrast import estimate_configured
from multipet.config.specs import EstimateSpec, read_spec
from multipet.core.columns.registry import TABLES
from multipet.core.files import read_json
from multipet.core.findings_file import read_findings, write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Fits, their values (and the raw ones of harmonised), calibration; a table a view."""

    fits: str
    values: str
    raw: str | None = None
    calibration: str | None = None
    calibration_findings: str | None = None
    contrast: str
    sensitivity: str
    findings: str
    weights: str
    by_site: str
    heterogeneity: str


def main(files: Files) -> None:
    """Estimate the contrast, and what it is beside other choices; write a table each."""
    spec = read_spec(EstimateSpec, files.spec)
    pooled = [read_table(path) for path in (files.values, files.raw) if path]
    calibration = read_table(files.calibration) if files.calibration else None
    noted = read_findings(files.calibration_findings) if files.calibration_findings else []
    made = estimate_configured(spec, read_json(files.fits), pooled, calibration, noted)
    write_findings(files.findings, made.findings)
    for name, table in made.tables.items():
        write_table(getattr(files, name), table, TABLES["estimate_contrast"][name])


if __name__ == "__main__":
    run_step(main, Files)
