"""What a step would refuse after minutes, the check of the config refuses at once."""

import json

import pytest
from study import config, write_study

from multipet.config.loading import load_config
from multipet.core.problems import UserError

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


def problems(folder, **changes) -> str:
    write_study(folder, config(**changes), people=4)
    with pytest.raises(UserError) as caught:
        load_config([folder / "study.yaml"])
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("age,sex", "no PNG, JPEG or SVG"),
        (SVG + " " * 200_000, "more than 200,000"),
        ("", "no PNG"),
    ],
)
def test_a_logo_that_is_none(tmp_path, content, why):
    (tmp_path / "logo.svg").write_text(content)
    line = problems(tmp_path, report={"logo": "logo.svg"})
    assert "report.logo" in line and why in line


@pytest.mark.parametrize("content", ["a\tb", "[]", "{}", '{"method": "combat"}', ""])
def test_parameters_that_are_none(tmp_path, content):
    (tmp_path / "saved.json").write_text(content)
    saved = {"old": {"method": "saved", "parameters": "saved.json"}}
    line = problems(tmp_path, harmonisation=saved)
    assert "harmonisation.old.parameters" in line
    assert "holds no parameters of a harmonisation" in line


def test_parameters_of_a_harmonisation_pass(tmp_path):
    (tmp_path / "saved.json").write_text(json.dumps({"method": "combat", "log": True}))
    saved = {"old": {"method": "saved", "parameters": "saved.json"}}
    write_study(tmp_path, config(harmonisation=saved), people=4)
    assert load_config([tmp_path / "study.yaml"]).values["harmonisation"]["old"]


@pytest.mark.parametrize("name", ["values{1}.csv", "{site}.csv", "<b>.csv", "a{/turku.csv"])
def test_paths_that_snakemake_would_fill_in(tmp_path, name):
    site = {**config()["sites"]["turku"], "path": name}
    line = problems(tmp_path, sites__turku=site)
    assert "sites.turku.path" in line and "rename the file or its folder" in line
