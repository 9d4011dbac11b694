"""The search for θ."""

import numpy as np
from lme4_reference import REFERENCE, cases, multisite, read_case, theta

from multipet.formulas.formula import parse_formula
from multipet.mixed_model.cross_products import design_products
from multipet.mixed_model.design import build_design
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.random_terms import standardised_theta
from multipet.mixed_model.search import estimate_theta


def test_theta_is_lme4s_in_standardised_columns() -> None:
    for path in cases():
        numbers, table = read_case(path)
        if numbers["singular"]:
            continue
        formula = parse_formula(numbers["formula"])
        design = build_design(formula, table, np.arange(len(table)))
        products = design_products(design)
        y = table[formula.outcome].to_numpy(dtype=float)[:, None]
        found = estimate_theta(products, outcome_products(products, y), numbers["reml"])
        expected = standardised_theta(theta(numbers)[None], design.terms, products.scales)
        assert found.found.all()
        np.testing.assert_allclose(found.theta, expected, atol=1e-4)


def test_a_variance_of_zero_is_exactly_zero_and_was_tried_from_elsewhere() -> None:
    numbers, table = read_case(REFERENCE / "lme4_more" / "singular_intercept.json")
    design = build_design(parse_formula(numbers["formula"]), table, np.arange(len(table)))
    products = design_products(design)
    found = estimate_theta(products, outcome_products(products, table[["bp"]].to_numpy()), True)
    assert found.theta.tolist() == [[0.0]]
    assert found.restarts[0] >= 3


def test_a_search_that_starts_together_ends_as_alone() -> None:
    table = multisite()
    text = "age + (1 | site) + (1 | scanner) + (1 | subject)"
    design = build_design(parse_formula(text), table, np.arange(len(table)))
    products = design_products(design)
    Y = np.random.default_rng(0).normal(size=(len(table), 6)) + table[["bp"]].to_numpy() * range(6)
    together = estimate_theta(products, outcome_products(products, Y), True)
    for k in range(6):
        alone = estimate_theta(products, outcome_products(products, Y[:, [k]]), True)
        np.testing.assert_allclose(together.theta[k], alone.theta[0], atol=1e-5)
