"""Harmonisations of a config: what is asked for exists, and goes with the method."""

import pytest
from study import config, write_study

from multipet.config.checks.harmonisations import batch_columns, removed_factors
from multipet.config.loading import load_config
from multipet.core.problems import UserError

AS_IT_IS = {"slope": 1, "intercept": 0}
GOOD = {
    "several batch columns": {"method": "combat", "batch": ["site", "scanner"]},
    "a variable as batch": {"method": "combat_no_eb", "batch": "sex", "preserve": "age"},
    "controls only": {"method": "combat", "fit_on": {"group": ["control"]}},
    "curves": {"method": "combat_spline", "preserve": "age + sex", "spline": ["age"]},
    "all curves": {"method": "combat_spline"},
    "nonparametric": {"method": "combat", "prior": "nonparametric"},
    "repeated scans": {"method": "longitudinal_combat", "variance": "msr"},
    "for export": {"method": "covbat", "batch": "site"},
    "equations": {
        "method": "linear_scale",
        "batch": "site",
        "equations": {"turku": {"slope": 1.1, "intercept": 0}, "aarhus": AS_IT_IS},
    },
}  # fmt: skip
BAD = {
    "an unknown method": ({"method": "combatt"}, 'method: "combatt" is not one of'),
    "a batch that there is not": (
        {"method": "combat", "batch": "camera"},
        'batch: "camera" is neither site nor scanner nor a variable',
    ),
    "a number as batch": (
        {"method": "combat", "batch": ["site", "age"]},
        "batch: age is a number, batches have levels",
    ),
    "no batch": ({"method": "combat", "batch": []}, "batch: [] has the wrong length"),
    "a subset of an unknown variable": (
        {"method": "combat", "fit_on": {"grup": ["control"]}},
        'fit_on.grup: "grup" is no variable with levels; did you mean "group"?',
    ),
    "a subset of an unknown level": (
        {"method": "combat", "fit_on": {"group": ["controls"]}},
        'fit_on.group[0]: group has no level "controls"; did you mean "control"?',
    ),
    "a prior where nothing is shrunk": (
        {"method": "combat_no_eb", "prior": "nonparametric"},
        "prior: does nothing with method combat_no_eb; take it out; it goes with combat",
    ),
    "a subset for repeated scans": (
        {"method": "longitudinal_combat", "fit_on": {"group": ["control"]}},
        "fit_on: does nothing with method longitudinal_combat; take it out; it goes with combat",
    ),
    "a curve of what is not preserved": (
        {"method": "combat_spline", "preserve": "sex", "spline": ["age"]},
        'spline: "age" is not preserved',
    ),
    "no equations": ({"method": "linear_scale"}, "method: linear_scale wants the key equations"),
    "preserve beside equations": (
        {"method": "linear_scale", "preserve": "age", "equations": {"a": AS_IT_IS}},
        "preserve: does nothing with method linear_scale; take it out",
    ),
    "no parameters": ({"method": "saved"}, "method: saved wants the key parameters"),
    "parameters that are not there": (
        {"method": "saved", "parameters": "old.json"},
        'parameters: no file "',
    ),
    "an unknown site as reference": (
        {"method": "combat", "batch": "site", "reference": "Turku"},
        'reference: no site "Turku"; did you mean "turku"?',
    ),
    "a random effect": (
        {"method": "combat", "preserve": "age + (1 | site)"},
        "preserve: has a random effect",
    ),
    "an unknown covariate": (
        {"method": "combat", "preserve": "agee"},
        'preserve: "agee" is not declared under variables; did you mean "age"?',
    ),
}  # fmt: skip


def refusal(folder, **changes):
    with pytest.raises(UserError) as caught:
        load_config([write_study(folder, config(**changes), people=3)])
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("settings", GOOD.values(), ids=GOOD)
def test_good(tmp_path, settings):
    load_config([write_study(tmp_path, config(harmonisation={"mine": settings}), people=3)])


@pytest.mark.parametrize(("settings", "expected"), BAD.values(), ids=BAD)
def test_bad(tmp_path, settings, expected):
    lines = refusal(tmp_path, harmonisation={"mine": settings})
    assert any(f"harmonisation.mine.{expected}" in line for line in lines), lines
    assert all("\n" not in line for line in lines)


def test_covbat_is_no_models_harmonisation(tmp_path):
    declared = {"exported": {"method": "covbat", "batch": "site"}}
    (line,) = refusal(tmp_path, harmonisation=declared, models__main__harmonisation="exported")
    assert 'models.main.harmonisation: "exported" is covbat; covbat is for export' in line


def test_a_contrast_cannot_take_the_page_of_a_harmonisation(tmp_path):
    contrast = {"model": "main", "slope": {"age": 1}}
    declared = {"mine": {"method": "combat", "batch": "site"}}
    (line,) = refusal(tmp_path, harmonisation=declared, contrasts__harmonisation_mine=contrast)
    assert "contrasts.harmonisation_mine: would have the page of that harmonisation" in line


@pytest.mark.parametrize("batch", ["sex", ["site"], ["sex", "scanner"]])
def test_what_was_removed_cannot_be_compared(tmp_path, batch):
    lines = refusal(
        tmp_path,
        harmonisation={"mine": {"method": "combat_no_eb", "batch": batch, "preserve": "age"}},
        models__main__harmonisation="mine",
        contrasts__women={"model": "main", "difference": {"sex": ["F", "M"]}},
        contrasts__sites={"model": "main", "pairwise": "site"},
    )
    assert any("contrasts.sites.model: compares sites on values harmonised" in x for x in lines)
    women = "contrasts.women.model: compares levels of sex on values harmonised"
    assert any(women in line for line in lines) == ("sex" in batch)


def test_given_equations_remove_nothing():
    equations = {"method": "linear_scale", "batch": "site"}
    assert removed_factors(equations) == set()
    assert removed_factors({**equations, "method": "combat"}) == {"site", "scanner"}


def test_batch_columns():
    assert batch_columns({"batch": "site"}) == ["site"]
    assert batch_columns({"batch": ["site", "tracer"]}) == ["site", "tracer"]
