"""Step of rule calibrate_contrast: p-values of one contrast on harmonised values."""

from multipet.calibration import CALIBRATION
from multipet.calibration.contrast_calibration import calibrate_contrast
from multipet.config.specs import CalibrateSpec, read_spec
from multipet.core.files import read_json
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Pooled table and fitted specification; calibrated p-values and findings."""

    pooled: str
    plan: str
    calibration: str
    findings: str


def main(files: Files) -> None:
    """Draw, refit and rank; write the calibrated p-values and what was found."""
    spec = read_spec(CalibrateSpec, files.spec)
    formula = read_json(files.plan)["formula"]
    calibrated = calibrate_contrast(spec, read_table(files.pooled), formula)
    write_table(files.calibration, calibrated.table, CALIBRATION)
    write_findings(files.findings, calibrated.findings)


if __name__ == "__main__":
    run_step(main, Files)
