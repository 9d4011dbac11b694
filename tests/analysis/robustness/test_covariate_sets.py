"""A covariate set is the model with that formula, site and scanner as planned."""

import pytest
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.printed_answer import printed_estimates
from multipet.analysis.contrast.table import contrast_table
from multipet.analysis.model.fitted_specification import plan_record
from multipet.analysis.robustness.specifications import covariate_sets_table
from multipet.core.columns import names
from multipet.core.columns.robustness import COVARIATE_SETS

GROUP = {"difference": {"group": ["patient", "control"]}}
SETS = {"without_age": "group + (1 | participant_id)", "age_only": "age + (1 | participant_id)"}


def sets_of(pooled, sets=SETS, model=None, **changes):
    run = fitted(fit_spec(**(model or {})), [pooled])
    spec = {**contrast_spec(GROUP, **changes), "sensitivity": sets, "residual": "common"}
    question, _ = ask(spec, run)
    plan = plan_record(run.plan, run.fits, run.table)
    return covariate_sets_table(spec, question, pooled, plan)


def test_is_the_model_with_that_formula():
    pooled = pooled_scans()
    table = sets_of(pooled)
    assert list(table.columns) == names(COVARIATE_SETS)
    run = fitted(fit_spec(formula=SETS["without_age"]), [pooled])
    question, _ = ask(contrast_spec(GROUP), run)
    printed = printed_estimates(question, run.fits, run.table)
    expected = contrast_table(question, printed, run.table)
    ours = table[table["covariates"] == "without_age"]
    for name in ("estimate", "standard_error", "p_value", "p_adjusted", "n_scans"):
        assert ours[name].to_numpy(float) == pytest.approx(expected[name].to_numpy(float))
    assert set(ours["formula"]) == {run.plan.formula}


def test_a_set_without_what_is_compared_has_a_status():
    table = sets_of(pooled_scans()).set_index("covariates").loc["age_only"]
    assert table["estimate"].isna().all()
    assert table["status"].str.contains("group").all()


def test_site_means_are_those_of_the_set():
    how = {"site": "random", "site_means": "age + group"}
    table = sets_of(pooled_scans(sites=6), model=how, site_means="age + group")
    formula = table.set_index("covariates").loc["without_age", "formula"].iloc[0]
    assert "site_mean_group" in formula
    assert "site_mean_age" not in formula


def test_harmonised_values_have_naive_p_alone():
    harmonisation = {"id": "x", "method": "combat", "batch": "site"}
    pooled = pooled_scans()
    ours = sets_of(pooled, harmonisation=harmonisation)
    run = fitted(fit_spec(formula=SETS["without_age"]), [pooled])
    question, found = ask(contrast_spec(GROUP), run)
    as_fitted = contrast_table(question, found, run.table)["p_value"]
    first = ours["covariates"] == "without_age"
    assert ours.loc[first, "p_naive"].tolist() == pytest.approx(as_fitted.tolist(), rel=1e-9)
    assert ours[["p_value", "p_adjusted", "ci_low"]].isna().all(axis=None)


def test_without_sets_the_table_is_empty():
    table = sets_of(pooled_scans(), {})
    assert (len(table), list(table.columns)) == (0, names(COVARIATE_SETS))
