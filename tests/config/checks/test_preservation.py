"""Preservation judged by terms: what a contrast asks about is preserved, or the config refused."""

import pytest
from study import config, write_study

from multipet.config.checks.preservation import asked_terms, lost_terms, preserved_by
from multipet.config.loading import load_config
from multipet.core.problems import UserError
from multipet.formulas.formula import term_text

VARIABLES = {
    "age": {"kind": "number"},
    "years": {"kind": "number"},
    "sex": {"kind": "level", "levels": ["F", "M"]},
    "group": {"kind": "level", "levels": ["control", "patient", "relative"]},
}


def slope(**at):
    return {"slope": {"age": 10}, "at": at}


def compared(**at):
    return {"difference": {"group": ["patient", "control"]}, "at": at}


def slopes_compared(variable="age", first="patient", second="control"):
    terms = [(1, first), (-1, second)]
    return {
        "combination": [
            {"weight": weight, "slope": {variable: 10}, "at": {"group": level}}
            for weight, level in terms
        ],
        "at": {},
    }


def settings(preserve, method="combat", **more):
    return {
        "method": method, "batch": "site", "preserve": preserve, "fit_on": {}, "spline": [], **more
    }  # fmt: skip


def lost(formula, preserve, **more):
    return [term_text(t) for t in lost_terms(formula, settings(preserve, **more), VARIABLES)]


@pytest.mark.parametrize(
    ("formula", "contrast", "terms"),
    [
        ("age * group", slopes_compared(), ["age:group"]),
        ("age * group", slope(), ["age"]),
        ("age * group", slope(group="patient"), ["age", "age:group"]),
        ("age * group", compared(), ["group"]),
        ("age * group", compared(age=60), ["group", "age:group"]),
        ("age + I(age^2)", slope(age=40), ["age", "I(age^2)"]),
        ("age + sex", slope(), ["age"]),
        ("age * sex * group", compared(sex="F"), ["group", "sex:group"]),
        ("age * sex * group", {"pairwise": "group", "at": {}}, ["group"]),
        ("group * session", {"difference": {"session": ["b", "a"]}, "at": {}}, ["session"]),
        ("age * region", {"pairwise": "region", "at": {}}, []),
        ("age * region", slope(region="caudate"), ["age"]),
    ],
)
def test_what_a_contrast_asks_about(formula, contrast, terms):
    assert [term_text(t) for t in asked_terms(formula, contrast, VARIABLES)] == terms


def test_all_levels_with_equal_weights_are_their_mean():
    levels = [("control", 1 / 2), ("patient", 1 / 2)]
    mean = {
        "at": {},
        "combination": [
            {"weight": weight, "slope": {"age": 10}, "at": {"group": level}}
            for level, weight in levels
        ],
    }
    two = VARIABLES | {"group": {"kind": "level", "levels": ["control", "patient"]}}
    assert [term_text(t) for t in asked_terms("age * group", mean, two)] == ["age"]
    assert [term_text(t) for t in asked_terms("age * group", mean, VARIABLES)] == [
        "age",
        "age:group",
    ]


@pytest.mark.parametrize(
    ("formula", "preserve", "terms"),
    [
        ("age * group", "age + group", ["age:group"]),
        ("age * group", "age * group", []),
        ("age * group", "group + age:group", []),
        ("age + I(age^2)", "age", ["I(age^2)"]),
        ("age + I(age^2)", "poly(age, 2)", []),
        ("age", "ns(age, 3)", []),
        ("I(age / 10) + (1 | participant_id)", "age", []),
        ("log(age)", "age", ["log(age)"]),
        ("age + sex", "age", ["sex"]),
        ("age * region", "age", []),
        ("age + site", "age", []),
    ],
)
def test_what_is_not_preserved(formula, preserve, terms):
    assert lost(formula, preserve) == terms


def test_a_spline_of_a_number_keeps_its_curves():
    assert lost("age + I(age^2)", "age", method="combat_spline") == []
    assert lost("age + I(age^2)", "age", method="combat_spline", spline=["years"]) == ["I(age^2)"]


def test_what_is_one_in_the_subset_is_not_taken_out():
    controls = {"group": ["control"]}
    assert lost("age * group", "age", fit_on=controls) == []
    assert lost("age * group", "age", fit_on={"group": ["control", "relative"]}) == [
        "group",
        "age:group",
    ]


def test_auto_keeps_interactions_and_neither_regions_nor_batches():
    models = ["age * group + (1 | participant_id)", "sex + age * region", "site + I(age^2)"]
    assert preserved_by(models, ["scanner"]) == "age + group + age:group + sex + I(age^2)"
    assert preserved_by(["site"], ["site"]) == "1"


def harmonised(preserve, formula="age * group", **contrast):
    """The tiny study with one harmonisation and one contrast."""
    return config(
        harmonisation={"mine": {"method": "combat", "batch": "site", "preserve": preserve}},
        models={"main": {"formula": formula, "harmonisation": "mine"}},
        contrasts={"asked": {"model": "main", **contrast}},
    )


INTERACTION = {"combination": slopes_compared()["combination"]}
REFUSED = {
    "an interaction": ("age + group", "age * group", INTERACTION, "age:group"),
    "a curve": ("age", "age + I(age^2)", {"slope": {"age": 10}, "at": {"age": 40}}, "I(age^2)"),
    "an effect in one group": (
        "age + group",
        "age * group",
        {"slope": {"age": 10}, "at": {"group": "patient"}},
        "age:group",
    ),
    "a main effect": (
        "age",
        "age + group",
        {"difference": {"group": ["patient", "control"]}},
        "group",
    ),
}


@pytest.mark.parametrize(("preserve", "formula", "contrast", "term"), REFUSED.values(), ids=REFUSED)
def test_a_contrast_about_what_is_not_preserved_is_refused(
    tmp_path, preserve, formula, contrast, term
):
    values = harmonised(preserve, formula, **contrast)
    with pytest.raises(UserError) as caught:
        load_config([write_study(tmp_path, values, people=3)])
    (problem,) = map(str, caught.value.problems)
    assert f"contrasts.asked: asks about {term}, which harmonisation.mine does not" in problem
    assert f'("{preserve}")' in problem
    assert "set harmonisation.mine.preserve: auto" in problem


CLEAN = {
    "auto": ("auto", "age * group", INTERACTION),
    "the interaction": ("age * group", "age * group", INTERACTION),
    "a curve by another name": (
        "poly(age, 2)",
        "age + I(age^2)",
        {"slope": {"age": 10}, "at": {"age": 40}},
    ),
    "a covariate that is not asked about": ("age", "age + sex", {"slope": {"age": 10}}),
}


@pytest.mark.parametrize(("preserve", "formula", "contrast"), CLEAN.values(), ids=CLEAN)
def test_clean_ones_are_silent(tmp_path, preserve, formula, contrast):
    load_config([write_study(tmp_path, harmonised(preserve, formula, **contrast), people=3)])
