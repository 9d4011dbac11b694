"""The step of rule robustness_contrast, from files to files."""

import json

import pytest
from specs_of import changed, spec_of, written
from step_run import run_step
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.model.fit_file import write_variants
from multipet.analysis.model.fitted_specification import plan_record
from multipet.core.columns import CONTRAST, SCAN_REGION, SENSITIVITY, Column, names
from multipet.core.columns import robustness as own
from multipet.core.files import write_json
from multipet.core.findings_file import read_findings
from multipet.core.tables import read_table, write_table

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
    inputs = {name: tmp_path / f"{name}.json" for name in ("spec", "fits", "plan")}
    inputs |= {n: tmp_path / f"{n}.tsv" for n in ("values", "contrast", "sensitivity")}
    asked = spec_of(
        "robustness_contrast",
        "asked",
        study__outcome__scale="identity",
        contrasts__asked={"model": "main", **settings},
        models__main__sensitivity={"crude": "age"},
    )
    written(inputs["spec"], changed(asked, sites=("s0", "s1", "s2", "s3")))
    write_variants(inputs["fits"], run.variants)
    write_json(inputs["plan"], plan_record(run.plan, run.fits, run.table))
    write_table(inputs["values"], pooled, (*SCAN_REGION, *COVARIATES))
    contrast = contrast_table(question, found, run.table)
    write_table(inputs["contrast"], contrast, CONTRAST)
    nothing = contrast.iloc[:0].reindex(columns=names(SENSITIVITY))
    write_table(inputs["sensitivity"], nothing, SENSITIVITY)
    outputs = {name: tmp_path / f"out_{name}.tsv" for name in (*OUTPUTS, "findings")}
    done = run_step("robustness_contrast", **inputs, **outputs)
    assert done.returncode == 0, done.stderr
    for name, columns in OUTPUTS.items():
        path = outputs[name]
        assert list(read_table(path).columns) == names(columns)
        assert json.loads(path.with_suffix(".json").read_text())["columns"]
    is_slope = "slope" in settings
    filled = {name for name in OUTPUTS if len(read_table(tmp_path / f"out_{name}.tsv"))}
    assert filled == (set(OUTPUTS) if is_slope else set(OUTPUTS) - {"curves", "linearity"})
    checks = {finding.check for finding in read_findings(outputs["findings"])}
    assert checks <= {"influential_subject"}
