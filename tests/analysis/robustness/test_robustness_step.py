"""The step of rule robustness_contrast, from files to files."""

import json
import subprocess
import sys

import pytest
from places import SCRIPTS
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.model.fit_file import write_variants
from multipet.analysis.model.fitted_specification import plan_record
from multipet.core.columns import CONTRAST, SCAN_REGION, SENSITIVITY, Column, names
from multipet.core.columns import robustness as own
from multipet.core.files import write_json
from multipet.core.findings_file import read_findings
from multipet.core.tables import read_table, write_table

STEP = SCRIPTS / "robustness_contrast.py"
COVARIATES = (Column("age", "age"), Column("group", "group", kind="level"))
OUTPUTS = {
    "left_out": own.LEFT_OUT,
    "left_out_summary": own.LEFT_OUT_SUMMARY,
    "covariate_sets": own.COVARIATE_SETS,
    "specifications": own.SPECIFICATIONS,
    "influence": own.INFLUENCE,
    "partial_residuals": own.PARTIAL_RESIDUALS,
    "partial_lines": own.PARTIAL_LINES,
    "curves": own.CURVES,
    "linearity": own.LINEARITY,
}


@pytest.mark.parametrize("settings", [{"slope": {"age": 10}}, {"pairwise": "site"}])
def test_step_writes_every_table(tmp_path, settings):
    pooled = pooled_scans()
    pooled.loc[pooled["participant_id"] == "s1p4", "value"] += 6.0
    run = fitted(fit_spec(site="fixed", scanner="none"), [pooled])
    spec = {**contrast_spec(settings), "sensitivity": {"crude": "age"}, "residual": "common"}
    spec |= {"few_levels": {"minimum": 4, "action": "note"}}
    question, found = ask(spec, run)
    inputs = {name: tmp_path / name for name in ("spec.json", "fits.json", "plan.json")}
    inputs |= {n: tmp_path / f"{n}.tsv" for n in ("values", "contrast", "sensitivity")}
    write_json(inputs["spec.json"], spec)
    write_variants(inputs["fits.json"], run.variants)
    write_json(inputs["plan.json"], plan_record(run.plan, run.fits, run.table))
    write_table(inputs["values"], pooled, (*SCAN_REGION, *COVARIATES))
    contrast = contrast_table(question, found, run.table)
    write_table(inputs["contrast"], contrast, CONTRAST)
    nothing = contrast.iloc[:0].reindex(columns=names(SENSITIVITY))
    write_table(inputs["sensitivity"], nothing, SENSITIVITY)
    outputs = [tmp_path / f"out_{name}.tsv" for name in (*OUTPUTS, "findings")]
    first, *others = inputs.values()
    subprocess.run([sys.executable, STEP, first, *outputs, *others], check=True)
    for path, columns in zip(outputs, OUTPUTS.values(), strict=False):
        assert list(read_table(path).columns) == names(columns)
        assert json.loads(path.with_suffix(".json").read_text())["columns"]
    is_slope = "slope" in settings
    filled = {name for name in OUTPUTS if len(read_table(tmp_path / f"out_{name}.tsv"))}
    assert filled == (set(OUTPUTS) if is_slope else set(OUTPUTS) - {"curves", "linearity"})
    checks = {finding.check for finding in read_findings(outputs[-1])}
    assert checks <= {"influential_subject"}
