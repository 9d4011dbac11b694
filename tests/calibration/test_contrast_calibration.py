"""All harmonisations of a contrast, and the step that writes them."""

import json

import numpy as np
import pandas as pd
import pytest
from calibration_cases import FORMULA, REGIONS, harmonisation, scan_rows
from specs_of import changed, harmonisation_with, spec_of, written
from step_run import run_step

from multipet.calibration import CALIBRATION
from multipet.calibration.contrast_calibration import calibrate_contrast
from multipet.config.part import reshaped
from multipet.config.specs import NamedHarmonisation
from multipet.core.columns import SCAN_REGION, Column, names
from multipet.core.findings_file import read_findings
from multipet.core.problems import UserError
from multipet.core.tables import read_table, write_table
from multipet.harmonisation.harmonised_table import harmonise_pooled
from multipet.ingest.scans import scan_table


def pooled_rows(table):
    keys = ["participant_id", "session", "site", "scanner", "group", "age"]
    pooled = table.melt(id_vars=keys, value_vars=list(REGIONS), var_name="region")
    pooled["value"] = np.exp(pooled["value"])
    for name in ("site", "scanner", "group"):
        pooled[name] = pd.Categorical(pooled[name])
    pooled["region"] = pd.Categorical(pooled["region"], list(REGIONS))
    return pooled[[*names(SCAN_REGION), "group", "age"]]


def spec(*harmonisations, own="own", regions="separate"):
    inference = {"df": "kenward-roger", "confidence": 0.95, "alpha": 0.05, "adjust": "none"}
    return {
        "contrast": "patients",
        "regions": regions,
        "site_means": "",
        "settings": {"difference": {"group": ["patient", "control"]}, "at": {}},
        "variables": {"group": {}, "age": {}},
        "scale": "log",
        "inference": {**inference, "calibration": {"draws": 99, "seed": 1, "method": "auto"}},
        "own": own,
        "harmonisations": list(harmonisations),
    }


@pytest.fixture(scope="module")
def pooled():
    return pooled_rows(scan_rows())


def test_the_own_one_and_others(pooled):
    asked = spec(
        harmonisation(tested=["group"]),
        harmonisation(id="by location", method="location"),
        harmonisation(id="of a site that is not there", reference="nowhere"),
    )
    found = calibrate_contrast(asked, pooled, FORMULA)
    assert list(found.table.columns) == names(CALIBRATION)
    assert found.table.groupby("harmonisation", sort=False).size().tolist() == [4, 4, 4]
    refused = found.table[found.table["harmonisation"] == "of a site that is not there"]
    assert refused["status"].str.startswith('harmonisation refused: no batch "nowhere"').all()
    assert refused["p_value"].isna().all()
    assert (found.table["status"].iloc[:8] == "ok").all()
    assert [finding.check for finding in found.findings] == ["calibration_refused"]
    assert found.findings[0].value == "of a site that is not there"


def test_the_own_one_must_not_be_refused(pooled):
    with pytest.raises(UserError, match=r'^harmonisation\.own\.reference: no batch "nowhere"'):
        calibrate_contrast(spec(harmonisation(reference="nowhere")), pooled, FORMULA)


def test_given_equations_leave_t_as_it_is(pooled):
    equations = {site: {"slope": 1.1, "intercept": 0.1} for site in ("s0", "s1", "s2", "s3")}
    settings = harmonisation(id="scale", method="linear_scale", equations=equations, preserve="1")
    found = calibrate_contrast(spec(settings, own="none"), pooled, FORMULA).table
    assert (found["p_method"] == "t").all() and found["p_naive"].isna().all()
    assert found["p_value"].between(0, 1).all() and found["draws"].isna().all()
    assert (found["ci_low"] < found["estimate"]).all()


def test_the_values_are_those_of_the_harmonised_table(pooled):
    """The harmonised table goes through a file in the units of delivery; here nothing does."""
    asked = harmonisation()
    found = calibrate_contrast(spec(asked), pooled, "group + age").table
    done = scan_table(harmonise_pooled(pooled, "own", asked, "log")[0], "log")
    X = np.column_stack([np.ones(len(done)), done["group"] == "patient", done["age"]]).astype(float)
    beta = np.linalg.lstsq(X, done[list(REGIONS)].to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(found["estimate"], beta[1], atol=1e-10)


def test_step(pooled, tmp_path):
    columns = [
        *SCAN_REGION,
        Column("group", "group", kind="level"),
        Column("age", "age"),
    ]
    write_table(tmp_path / "pooled.tsv", pooled, columns)
    own = harmonisation_with(**{k: v for k, v in harmonisation().items() if k != "id"})
    asked = spec_of(
        "calibrate_contrast",
        "patients",
        harmonisation={"own": {"method": "combat"}},
        models__main__harmonisation="own",
        models__main__formula="group + age",
        inference={"adjust": "none", "calibration": {"draws": 199}},
    )
    asked = changed(asked, harmonisations=(reshaped(NamedHarmonisation, own, id="own"),))
    written(tmp_path / "spec.json", asked)
    (tmp_path / "plan.json").write_text(json.dumps({"formula": FORMULA}))
    outputs = [step_output(tmp_path) for _ in range(2)]
    assert outputs[0] == outputs[1]
    assert read_table(tmp_path / "calibration.tsv")["p_value"].between(0.005, 1).all()
    assert read_findings(tmp_path / "findings.tsv") == []


def step_output(folder):
    files = {name: f"{name}.tsv" for name in ("pooled", "calibration", "findings")}
    files |= {name: f"{name}.json" for name in ("spec", "plan")}
    done = run_step("calibrate_contrast", within=folder, **files)
    assert done.returncode == 0, done.stderr
    return (folder / "calibration.tsv").read_bytes()
