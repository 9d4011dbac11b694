"""A study in one process: the workflow's numbers to the last digit, with nothing written."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from places import ROOT, SCRIPTS
from snakemake_run import WITH_HARMONISED
from step_run import run_step
from study import config, write_study

import multipet
from multipet.config.jobs import specs
from multipet.config.loading import load_config
from multipet.config.specs import write_spec
from multipet.config.study import study_of
from multipet.core.problems import UserError
from multipet.core.tables import read_table
from multipet.run.analyse import analyse


def read(path: Path) -> pd.DataFrame:
    """A delivered table as a notebook has it."""
    names = dict.fromkeys(("ID", "session", "scanner", "subject"), str)
    return pd.read_csv(path, dtype=names)


def by_steps(path: Path, contrast: str, folder: Path) -> pd.DataFrame:
    """What the step scripts of a study in ``path`` write as one contrast's table."""
    study = study_of(load_config([path]).values)
    jobs = specs(study)
    model = study.contrasts[contrast].model
    harmonisation = study.models[model].harmonisation

    def step(rule: str, name: str, **files) -> None:
        write_spec(folder / f"{rule}_{name}.json", jobs[rule, name], "0" * 16)
        ran = run_step(rule, spec=folder / f"{rule}_{name}.json", **files)
        assert ran.returncode == 0, ran.stderr

    def made(**files: str) -> dict[str, Path]:
        return {name: folder / file for name, file in files.items()}

    for site in study.sites:
        files = {"table": f"{site}.tsv", "findings": f"{site}.f.tsv", "source": f"{site}.s.json"}
        step("tidy_site", site, **made(**files))
    sites = {"tables": [folder / f"{s}.tsv" for s in study.sites]}
    sites["findings"] = [folder / f"{s}.f.tsv" for s in study.sites]
    step("pool_sites", "all", **sites, **made(pooled="pooled.tsv", all_findings="f.tsv"))
    values, calibration = made(values="pooled.tsv"), {}
    if harmonisation != "none":
        files = {"harmonised": "h.tsv", "effects": "e.tsv", "findings": "hf.tsv"}
        files |= {"parameters": "p.json", "parameters_dictionary": "pd.json"}
        step("harmonise", harmonisation, **made(pooled="pooled.tsv", **files))
        values = made(values="h.tsv", raw="pooled.tsv")
    files = {"fits": "fits.json", "plan": "plan.json", "coefficients": "c.tsv"}
    step("fit_model", model, **values, **made(findings="mf.tsv", **files))
    if ("calibrate_contrast", contrast) in jobs:
        files = made(calibration="calibration.tsv", findings="cf.tsv")
        step("calibrate_contrast", contrast, **made(pooled="pooled.tsv", plan="plan.json"), **files)
        calibration = made(calibration="calibration.tsv", calibration_findings="cf.tsv")
    names = ("contrast", "sensitivity", "weights", "by_site", "heterogeneity")
    files = made(**{name: f"{name}.tsv" for name in names}, findings="ef.tsv", fits="fits.json")
    step("estimate_contrast", contrast, **values, **calibration, **files)
    return read_table(folder / "contrast.tsv")


@pytest.mark.slow
@pytest.mark.parametrize("contrast", ["age_per_decade", "patients_harmonised"])
def test_the_numbers_are_those_of_the_steps_to_the_last_digit(tmp_path, contrast):
    path = write_study(tmp_path, config(**WITH_HARMONISED), people=12)
    found = analyse(path)
    assert list(found) == ["age_per_decade", "patients", "patients_harmonised"]
    (tmp_path / "steps").mkdir()
    assert_frame_equal(found[contrast], by_steps(path, contrast, tmp_path / "steps"), rtol=0)


@pytest.mark.slow
def test_the_minimal_config_is_analysed_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = ROOT / "config" / "minimal.yaml"
    (table,) = analyse(path).values()
    assert not list(tmp_path.iterdir())
    steps = by_steps(path, "patients_minus_controls", tmp_path)
    assert_frame_equal(table, steps, rtol=0)


def test_tables_in_memory_give_what_their_files_give(tmp_path):
    path = write_study(tmp_path, people=8)
    files = analyse(path)
    tables = {site: read(tmp_path / f"{site}.csv") for site in ("turku", "aarhus")}
    values = config()
    for site in values["sites"].values():
        del site["path"]
    for given in (path, values):
        memory = analyse(given, tables)
        for name, table in files.items():
            assert_frame_equal(memory[name], table, rtol=0)


def test_cells_of_tables_in_memory_keep_digits_commas_and_gaps(tmp_path):
    path = write_study(tmp_path, config(sites__turku__decimal="comma"), people=8)
    tables = {site: read(tmp_path / f"{site}.csv") for site in ("turku", "aarhus")}
    tables["turku"]["bp_caudate"] /= 3
    tables["turku"].loc[0, "bp_putamen"] = np.nan
    tables["aarhus"]["group"] = pd.Categorical(tables["aarhus"]["group"])
    by_sign = analyse(path, tables)["patients"]
    path = write_study(tmp_path, config(), people=8)
    plain = analyse(path, tables)["patients"]
    assert_frame_equal(by_sign, plain, rtol=0)
    assert plain["n_scans"].tolist() == [32, 31]


def test_numbers_in_place_of_ids_are_refused(tmp_path):
    path = write_study(tmp_path, people=8)
    tables = {"turku": read(tmp_path / "turku.csv").assign(ID=range(16), session=1.0)}
    with pytest.raises(UserError) as caught:
        analyse(path, tables)
    first, second = map(str, caught.value.problems)
    assert first.startswith('tables.turku, column "ID": holds numbers where names are wanted')
    assert 'dtype={"ID": str}' in first
    assert 'column "session"' in second


def test_a_table_of_no_site_and_a_mistake_in_the_config_are_told(tmp_path):
    path = write_study(tmp_path, people=8)
    with pytest.raises(UserError, match='the config has no site "turcu"; did you mean "turku"'):
        analyse(path, {"turcu": read(tmp_path / "turku.csv")})
    with pytest.raises(UserError, match=r"contrasts\.patients\.model"):
        analyse(config(contrasts__patients__model="mian"), {})


def test_a_mistake_in_a_table_in_memory_is_told_by_its_site(tmp_path):
    path = write_study(tmp_path, people=8)
    table = read(tmp_path / "turku.csv").assign(age="x")
    with pytest.raises(UserError, match=r'turku\.tsv.*column "age"'):
        analyse(path, {"turku": table})


def test_import_is_light_and_offers_the_library():
    heavy = "{'numpy', 'pandas', 'scipy', 'yaml', 'snakemake'}"
    code = f"import multipet, sys; assert not {heavy} & set(sys.modules); print(dir(multipet))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=SCRIPTS)
    assert ran.returncode == 0, ran.stderr
    for name in ("analyse", "estimate", "fit_model", "fit_regions", "harmonise"):
        assert f"'{name}'" in ran.stdout
        assert callable(getattr(multipet, name))
    with pytest.raises(AttributeError, match="no attribute 'anything'"):
        multipet.anything  # noqa: B018
