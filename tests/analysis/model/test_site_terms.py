"""The switch auto | random | fixed | none, and the sentence that explains it."""

import pytest

from multipet.analysis.model.site_terms import (
    choose_scanner,
    choose_site,
    full_formula,
)


def site(asked="auto", n=6, compared=False, scanner="none"):
    return choose_site(asked, n, minimum=4, compared=compared, scanner=scanner)


def scanner(asked="auto", n=7, n_sites=4, compared=False, site="auto", site_compared=False):
    return choose_scanner(
        asked,
        n,
        n_sites,
        minimum=4,
        compared=compared,
        site=site,
        site_compared=site_compared,
    )


@pytest.mark.parametrize(
    ("settings", "used"),
    [
        ({}, "random"),
        ({"n": 3}, "fixed"),
        ({"n": 4}, "random"),
        ({"compared": True}, "fixed"),
        ({"n": 1}, "none"),
        ({"asked": "random", "n": 2}, "random"),
        ({"asked": "fixed"}, "fixed"),
        ({"asked": "none"}, "none"),
        ({"scanner": "fixed"}, "in scanner"),
    ],
)
def test_site(settings, used):
    assert site(**settings).used == used


@pytest.mark.parametrize(
    ("settings", "used"),
    [
        ({}, "random"),
        ({"n": 3, "n_sites": 1}, "fixed"),
        ({"n": 4, "n_sites": 4}, "none"),
        ({"compared": True}, "fixed"),
        ({"site_compared": True}, "random"),
        ({"n": 3, "n_sites": 2, "site": "random"}, "random"),
        ({"asked": "none"}, "none"),
        ({"asked": "fixed"}, "fixed"),
    ],
)
def test_scanner(settings, used):
    assert scanner(**settings).used == used


def test_formula_gets_the_terms_and_the_reason_is_a_sentence():
    choices = {"site": site(), "scanner": scanner()}
    assert full_formula("age", choices) == "age + (1 | site) + (1 | scanner)"
    assert all(c.reason.endswith(".") for c in choices.values())
