"""Formulas in which an effect differs by site."""

import pytest

from multipet.analysis.contrast.by_site_formula import (
    effect_at_each_site,
    has_random_site,
    has_slope_by_site,
    varying_slope,
    with_covariates,
)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("age + sex + (1 | p) + (1 | site)", "1 + age + sex + site + age:site + (1 | p)"),
        ("age + site + (1 | p)", "1 + age + site + age:site + (1 | p)"),
        ("0 + age + scanner", "0 + age + scanner + age:site"),
        ("age * g", "1 + age + g + age:g + site + age:site + age:g:site"),
        ("poly(age, 2) + (1 + age | site)", "1 + poly(age, 2) + site + poly(age, 2):site"),
        ("age + (1 + age || p) + (1 | site:scanner)",
         "1 + age + site + age:site + (1 + age || p) + (1 | site:scanner)"),
        ("sex + age * site", "1 + sex + age + site + age:site"),
    ],
)  # fmt: skip
def test_terms_of_what_is_compared_are_crossed_with_site(formula, expected):
    assert effect_at_each_site(formula, {"age"}) == expected


def test_a_slope_by_site_is_added_or_takes_the_place_of_one():
    assert varying_slope("age + (1 | p) + (1 | site)", "x", {"age"}) == (
        "1 + age + (1 | p) + (1 | site) + (0 + x | site)"
    )
    assert varying_slope("age + (1 + age | site) + (0 + sex | site)", "x", {"age"}) == (
        "1 + age + (1 | site) + (0 + sex | site) + (0 + x | site)"
    )
    assert has_slope_by_site("age + (1 + age | site)", {"age"})
    assert not has_slope_by_site("age + (1 + age | p) + (1 | site)", {"age"})


def test_covariates_stand_before_the_random_terms():
    assert with_covariates("age + (1 | site)", ["m"]) == "1 + age + m + (1 | site)"
    assert has_random_site("age + (1 | site)")
    assert not has_random_site("age + site + (1 | site:scanner)")
