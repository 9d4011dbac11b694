"""The step: a pooled table in, the same shape with harmonised values out."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from specs_of import harmonisation_with, written
from step_run import run_step as run_named

from multipet.config.specs import HarmoniseSpec
from multipet.core.columns import FINDINGS, SCAN_REGION, Column, names
from multipet.core.columns.harmonisation import SITE_EFFECTS
from multipet.core.files import read_json, write_json
from multipet.core.problems import UserError
from multipet.core.tables import read_columns, read_table, write_table
from multipet.harmonisation import harmonise
from multipet.harmonisation.harmonised_table import harmonise_pooled

SETTINGS = {"method": "combat", "batch": "scanner", "preserve": "age + group", "reference": ""}
REGIONS = ["thalamus", "caudate", "putamen"]
COLUMNS = (
    *SCAN_REGION,
    Column("age", "age at scan", "years"),
    Column("group", "group", kind="level"),
)


def pooled_table(seed: int = 5) -> pd.DataFrame:
    """60 scans of three scanners at two sites, rows in no order, two cells missing."""
    rng = np.random.default_rng(seed)
    scan = pd.DataFrame(
        {
            "participant_id": [f"{k:03d}" for k in range(30)] * 2,
            "session": np.repeat(["1", "2"], 30),
            "scanner": np.tile(np.repeat(["x/HR", "x/old", "y/HR"], 10), 2),
            "age": rng.uniform(20, 80, 60),
            "group": rng.choice(["control", "patient"], 60),
        }
    )
    scan["site"] = scan["scanner"].str[0]
    shift = scan["scanner"].map({"x/HR": 0.0, "x/old": 0.3, "y/HR": -0.2})
    rows = [
        scan.assign(region=r, value=np.exp(k + shift + rng.normal(0, 0.1, 60)))
        for k, r in enumerate(REGIONS)
    ]
    table = pd.concat(rows).sample(frac=1, random_state=seed).reset_index(drop=True)
    table.loc[[4, 80], "value"] = np.nan
    for name in ("site", "scanner", "group"):
        table[name] = pd.Categorical(table[name])
    table["region"] = pd.Categorical(table["region"], REGIONS)
    return table[names(COLUMNS)]


def test_keeps_the_shape_and_the_delivered_scale():
    pooled = pooled_table()
    table, result = harmonise_pooled(pooled, "combat", SETTINGS, "log")
    pd.testing.assert_frame_equal(table.drop(columns="value"), pooled.drop(columns="value"))
    assert (table["value"].isna() == pooled["value"].isna()).all()
    assert (table["value"].dropna() > 0).all()
    wide = pooled.pivot(
        index=["participant_id", "session", "scanner", "age", "group"],
        columns="region",
        values="value",
    )
    scans = np.log(wide.astype(float)).reset_index()
    scans.columns = list(map(str, scans.columns))
    own = harmonise(scans, REGIONS, "scanner", "age + group", "combat").table
    for k in (0, 17, 90, 131):
        row = table.iloc[k]
        same = (own["participant_id"] == row["participant_id"]) & (own["session"] == row["session"])
        assert np.log(row["value"]) == pytest.approx(own.loc[same, row["region"]].item(), abs=1e-12)
    spread = table.groupby(["region", "scanner"], observed=True)["value"].median().unstack()
    assert (spread.max(axis=1) / spread.min(axis=1)).max() < 1.1
    assert result.parameters["log"] is True


def test_problems_name_the_key_of_the_config():
    settings = SETTINGS | {"reference": "x/Old"}
    with pytest.raises(UserError) as caught:
        harmonise_pooled(pooled_table(), "mine", settings, "log")
    message = 'harmonisation.mine.reference: no batch "x/Old" in scanner; did you mean "x/old"?'
    assert str(caught.value) == message


def run_step(folder: Path, settings: dict) -> tuple[subprocess.CompletedProcess, list[Path]]:
    write_table(folder / "pooled.tsv", pooled_table(), COLUMNS)
    spec = HarmoniseSpec(id="mine", settings=harmonisation_with(**settings), scale="log")
    outputs = {
        "harmonised": folder / "t.tsv",
        "effects": folder / "effects.tsv",
        "findings": folder / "f.tsv",
        "parameters": folder / "parameters.json",
        "parameters_dictionary": folder / "dictionary.json",
    }
    path = written(folder / "spec.json", spec)
    done = run_named("harmonise", spec=path, pooled=folder / "pooled.tsv", **outputs)
    return done, list(outputs.values())


def test_step_writes_every_file(tmp_path):
    settings = SETTINGS | {"preserve": "age", "tested": ["group"]}
    done, (table, effects, findings, parameters, dictionary) = run_step(tmp_path, settings)
    assert (done.returncode, done.stderr) == (0, "")
    pooled = read_table(tmp_path / "pooled.tsv")
    expected, _ = harmonise_pooled(pooled, "mine", settings, "log")
    pd.testing.assert_frame_equal(read_table(table), expected)
    assert read_columns(table) == read_columns(tmp_path / "pooled.tsv")
    assert list(read_table(effects).columns) == names(SITE_EFFECTS)
    assert len(read_table(effects)) == 9
    assert read_json(parameters)["batches"]["x/old"]["n_scans"] == 20
    assert "batches.<batch>.n_scans" in read_json(dictionary)
    listed = read_table(findings)
    assert list(listed.columns) == names(FINDINGS)
    assert "tested_not_preserved" in set(listed["check"])


def test_step_gives_a_line_for_a_mistake(tmp_path):
    done, outputs = run_step(tmp_path, SETTINGS | {"preserve": "age + grp"})
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        'ERROR harmonisation.mine.preserve: no column "grp" in the table; did you mean "group"?'
    ]
    assert not any(path.exists() for path in outputs)


def test_same_input_gives_the_same_bytes(tmp_path):
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _, outputs = run_step(tmp_path / name, SETTINGS)
        texts.append([path.read_bytes() for path in outputs])
    assert texts[0] == texts[1]
    assert json.loads(texts[0][3])["method"] == "combat"


def test_options_of_the_config_reach_the_method():
    pooled = pooled_table()
    settings = SETTINGS | {
        "method": "combat_spline",
        "fit_on": {"group": ["control"]},
        "prior": "nonparametric",
        "spline": [],
        "equations": {},
        "variance": "reml",
        "parameters": "",
        "new_batches": "error",
    }
    _, result = harmonise_pooled(pooled, "mine", settings, "log")
    assert result.parameters["prior"] == "nonparametric"
    assert result.parameters["fit_on"] == {"group": ["control"]}
    assert result.parameters["covariates"]["splines"] == ["age"]


def test_longitudinal_harmonisation_knows_people_by_their_id():
    settings = SETTINGS | {"method": "longitudinal_combat"}
    _, result = harmonise_pooled(pooled_table(), "mine", settings, "log")
    assert result.parameters["subject"] == "participant_id"


def test_equations_are_of_values_as_delivered():
    pooled = pooled_table()
    equations = {s: {"slope": 2.0, "intercept": 0.5} for s in ("x/HR", "x/old", "y/HR")}
    settings = SETTINGS | {"method": "linear_scale", "preserve": "1", "equations": equations}
    table, _ = harmonise_pooled(pooled, "mine", settings, "log")
    np.testing.assert_allclose(table["value"], 0.5 + 2 * pooled["value"], rtol=1e-12)


def test_saved_parameters_are_applied(tmp_path):
    pooled, path = pooled_table(), tmp_path / "combat.parameters.json"
    first, result = harmonise_pooled(pooled, "mine", SETTINGS, "log")
    write_json(path, result.parameters)
    settings = SETTINGS | {"method": "saved", "parameters": str(path), "new_batches": "error"}
    again, _ = harmonise_pooled(pooled, "again", settings, "log")
    np.testing.assert_allclose(again["value"], first["value"], rtol=1e-12)
    with pytest.raises(UserError, match=r"^harmonisation\.again\.parameters: are of logarithms"):
        harmonise_pooled(pooled, "again", settings, "identity")
    path.write_text("{")
    with pytest.raises(UserError, match="cannot read"):
        harmonise_pooled(pooled, "again", settings, "log")
    with pytest.raises(UserError, match="no file"):
        harmonise_pooled(pooled, "again", settings | {"parameters": "nowhere.json"}, "log")


def test_terms_of_the_models_that_are_not_preserved_are_noted():
    settings = SETTINGS | {"preserve": "age", "unpreserved": ("group", "age:group")}
    _, result = harmonise_pooled(pooled_table(), "combat", settings, "log")
    noted = [f for f in result.findings if f.check == "model_term_not_preserved"]
    assert [finding.value for finding in noted] == ["group", "age:group"]
    assert '"group" is in a model of these values but not preserved ("age" is)' in noted[0].message
    _, clean = harmonise_pooled(pooled_table(), "combat", SETTINGS, "log")
    assert "model_term_not_preserved" not in {finding.check for finding in clean.findings}
