"""Columns of covariates: learnt once, the same elsewhere."""

import json

import numpy as np
import pandas as pd
import pytest

from multipet.core.files import canonical_json
from multipet.core.problems import UserError
from multipet.formulas.formula import parse_formula
from multipet.harmonisation.covariate_recipe import learn_recipe, recipe_from, reduced_terms

rng = np.random.default_rng(3)
TABLE = pd.DataFrame(
    {
        "age": rng.uniform(20, 80, 30),
        "sex": pd.Categorical(rng.choice(["M", "F"], 30), ["M", "F"]),
        "dose": rng.choice([1.0, 2.0, 3.0], 30),
        "treated": rng.random(30) < 0.5,
    }
)


@pytest.mark.parametrize(
    "formula",
    [
        "age",
        "age * sex + dose",
        "poly(age, 2) + I(dose^2)",
        "scale(age):sex + sex",
        "I(center(age)^2) + age + treated",
        "ns(age, 4) * sex",
        "0 + sex",
    ],
)
@pytest.mark.parametrize("splines", [(), None])
def test_survives_json(formula, splines):
    if splines is None and " + age" not in f" + {formula}":
        splines = ()
    recipe = learn_recipe(TABLE, formula, splines=splines)
    read = recipe_from(json.loads(canonical_json(recipe.as_parameters())))
    new = TABLE.iloc[[4, 0]].assign(age=[33.0, 90.0])
    expected = recipe.columns(new, "here")
    np.testing.assert_allclose(read.columns(new, "here"), expected, rtol=1e-14)
    assert read.names == recipe.names
    assert expected.shape == (2, len(recipe.names))


def test_learns_from_the_fitted_scans_alone():
    fitted = TABLE["age"].to_numpy() < 50
    recipe = learn_recipe(TABLE, "center(age)", fitted=fitted)
    columns = recipe.columns(TABLE, "here")[:, 0]
    np.testing.assert_allclose(columns, TABLE["age"] - TABLE["age"][fitted].mean())


def test_constant_covariates_leave_the_rest_of_a_term():
    terms = parse_formula("age * group + sex:group + I(age * group)").fixed
    kept = [
        [str(getattr(n, "name", n.__class__.__name__)) for n in t]
        for t in reduced_terms(terms, ["group"])
    ]
    assert kept == [[], ["age"], ["Call"], ["sex"]]


def test_a_factor_in_a_function_is_refused():
    with pytest.raises(UserError, match='"sex" is not a number'):
        learn_recipe(TABLE, "log(sex)")


def test_no_fitted_scan_is_refused():
    with pytest.raises(UserError, match="no scan of fit_on has every covariate"):
        learn_recipe(TABLE, "age", fitted=np.zeros(30, bool))
