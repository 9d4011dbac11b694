"""Where the search for θ starts."""

import numpy as np
from lme4_reference import multisite

from multipet.formulas.formula import parse_formula
from multipet.mixed_model.cross_products import DesignProducts, design_products
from multipet.mixed_model.design import build_design
from multipet.mixed_model.outcome_products import outcome_products
from multipet.mixed_model.search import estimate_theta, starts

SDS = {"site": 0.4, "subject": 0.8}


def _balanced(n_sites: int, people: int) -> tuple[DesignProducts, np.ndarray]:
    """Two scans a subject, as many subjects in each site; outcomes with known relative SDs."""
    table = multisite().iloc[[0] * (n_sites * people * 2)].reset_index(drop=True)
    subject = np.repeat(np.arange(n_sites * people), 2)
    table["site"] = [f"s{k // people}" for k in subject]
    table["subject"] = [f"p{k}" for k in subject]
    design = build_design(parse_formula("(1 | site) + (1 | subject)"), table, np.arange(len(table)))
    rng = np.random.default_rng(5)
    Y = rng.normal(size=(len(table), 4))
    Y += rng.normal(0, SDS["subject"], (n_sites * people, 4))[subject]
    Y += rng.normal(0, SDS["site"], (n_sites, 4))[subject // people]
    return design_products(design), Y


def test_in_balanced_data_the_moment_estimates_are_the_restricted_maximum() -> None:
    products, Y = _balanced(12, 50)
    outcomes = outcome_products(products, Y)
    (start,) = starts(products, outcomes, True)
    found = estimate_theta(products, outcomes, True)
    assert (found.theta > 0.1).all()
    np.testing.assert_allclose(start, found.theta, rtol=1e-3)


def test_the_start_of_an_outcome_is_its_own() -> None:
    products, Y = _balanced(12, 50)
    (together,) = starts(products, outcome_products(products, Y), False)
    (alone,) = starts(products, outcome_products(products, Y[:, [2]]), False)
    np.testing.assert_allclose(alone[0], together[2], rtol=1e-9)


def test_small_data_have_several_starts() -> None:
    products, Y = _balanced(4, 5)
    found = starts(products, outcome_products(products, Y), True)
    assert found.shape == (3, 4, 2)
    assert sorted(found[:, 0, 0]) == [0.1, 1, 3]
    assert (found == found[:, :1, :1]).all()
