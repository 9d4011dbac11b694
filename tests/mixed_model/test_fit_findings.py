"""What a reader is told about a fit."""

import numpy as np
from lme4_reference import REFERENCE, multisite, read_case

from multipet.mixed_model import fit_model
from multipet.mixed_model.fit_findings import with_findings


def _messages(formula: str, table) -> dict[str, str]:
    return {finding.check: finding.message for finding in fit_model(formula, table).findings}


def test_a_variance_of_zero_is_said_in_words() -> None:
    _, table = read_case(REFERENCE / "lme4_more" / "singular_intercept.json")
    message = _messages("bp ~ age + (1 | site)", table)["singular_fit"]
    assert message.startswith("sites do not differ detectably in this region")
    assert "the variance of site is estimated as 0" in message


def test_perfect_correlation_is_said_in_words() -> None:
    table = multisite()
    site = table["site"].str[-2:].astype(float)
    noise = np.random.default_rng(8).normal(0, 0.3, len(table))
    table["y"] = site + 0.1 * site * table["age"] + noise
    assert "perfectly correlated" in _messages("y ~ age + (1 + age | site)", table)["singular_fit"]


def test_dropped_columns_are_named() -> None:
    table = multisite().assign(months=lambda d: 12 * d["age"])
    assert _messages("bp ~ age + months", table)["rank_deficient"].endswith(": months")


def test_a_good_fit_has_none_and_a_failed_search_is_told() -> None:
    fit = fit_model("bp ~ age + (1 | site)", multisite())
    assert fit.findings == ()
    assert [finding.check for finding in with_findings(fit, False).findings] == ["not_converged"]
    assert with_findings(fit, False).findings[0].region == "bp"
