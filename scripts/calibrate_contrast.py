"""Step of rule calibrate_contrast: p-values of one contrast on harmonised values."""

from multipet.calibration import CALIBRATION
from multipet.calibration.contrast_calibration import calibrate_contrast
from multipet.core.files import read_json
from multipet.core.findings_file import write_findings
from multipet.core.tables import read_table, write_table
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC POOLED PLAN CALIBRATION_OUT FINDINGS_OUT"""
    spec_file, pooled_file, plan_file, calibration_file, findings_file = words
    spec = read_json(spec_file)
    found = calibrate_contrast(spec, read_table(pooled_file), read_json(plan_file)["formula"])
    write_table(calibration_file, found.table, CALIBRATION)
    write_findings(findings_file, found.findings)


if __name__ == "__main__":
    run_step(main)
