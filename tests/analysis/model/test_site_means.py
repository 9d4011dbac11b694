"""Site means of covariates: the columns, their names, and the model with them."""

import numpy as np
import pandas as pd
import pytest
from study_run import REGIONS, fit_spec, fitted, pooled_scans

from multipet.analysis.model.fits import model_findings
from multipet.analysis.model.fitted_specification import (
    fitted_specification,
    model_table,
    plan_record,
)
from multipet.analysis.model.site_terms import means_by_site, site_mean_names, with_site_means
from multipet.core.problems import UserError

FORMULA = "age + group + (1 | participant_id)"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return model_table(pooled_scans(), "separate", "identity")[0]


def test_every_fixed_column_has_its_site_mean(table):
    found = with_site_means(table, FORMULA)
    assert list(found.columns.difference(table.columns)) == [
        "site_mean_age",
        "site_mean_group_patient",
    ]
    expected = table.groupby("site", observed=True)["age"].transform("mean")
    assert found["site_mean_age"].to_numpy() == pytest.approx(expected.to_numpy())
    assert set(found["site_mean_group_patient"]) == {0.5}


def test_names_are_safe_and_single(table):
    odd = table.assign(group=table["group"].cat.rename_categories({"patient": 'a"b | c`'}))
    names = site_mean_names(odd, "poly(age, 2) * group + I(age^2) + site + scanner")
    assert all(name.isidentifier() and name.isascii() for name in names)
    assert len(set(names)) == len(names) == 6


def test_scans_without_a_covariate_do_not_count(table):
    gaps = table.assign(age=table["age"].where(table["participant_id"] != "s0p1"))
    found = with_site_means(gaps, FORMULA)
    kept = table[(table["site"] == "s0") & (table["participant_id"] != "s0p1")]
    assert found["site_mean_age"].iloc[0] == pytest.approx(kept["age"].mean())
    assert found["site_mean_age"].notna().all()


def test_a_taken_name_is_one_problem(table):
    with pytest.raises(UserError, match="site_mean_age"):
        with_site_means(table.assign(site_mean_age=1.0), FORMULA)


def test_without_formula_nothing_is_added(table):
    assert with_site_means(table, "").equals(table)
    assert site_mean_names(table, "1 + (1 | participant_id)") == ()


def test_means_by_site():
    found = means_by_site(np.array([1.0, 3.0, 10.0]), np.array(["a", "a", "b"]))
    assert found.tolist() == [2, 2, 10]


def test_the_model_has_them_where_site_is_random():
    run = fitted(fit_spec(formula=FORMULA, site_means=FORMULA), [pooled_scans()])
    assert "+ site_mean_age + site_mean_group_patient + (1 | site)" in run.plan.formula
    assert "site_mean" not in run.variants["site_fixed"].formula
    fixed = fitted(fit_spec(formula=FORMULA, site_means=FORMULA, site="fixed"), [pooled_scans()])
    assert "site_mean" not in fixed.plan.formula
    (finding,) = [
        f
        for f in model_findings(fixed.spec, fixed.plan, fixed.fits, fixed.table)
        if f.check == "site_means"
    ]
    assert "does nothing" in finding.message


def test_effects_are_those_within_sites():
    """Balanced people, every covariate with its mean: the estimates of fixed sites."""
    how = {"formula": FORMULA, "scanner": "none"}
    added = fitted(fit_spec(site="random", site_means=FORMULA, **how), [pooled_scans(sites=6)])
    fixed = fitted(fit_spec(site="fixed", **how), [pooled_scans(sites=6)])
    for one, other in zip(added.fits, fixed.fits, strict=True):
        position = other.coefficients.index("age")
        assert one.beta[one.coefficients.index("age")] == pytest.approx(other.beta[position])


def test_no_room_between_sites_is_told():
    formula = "age + I(age^2) + group + (1 | participant_id)"
    run = fitted(fit_spec(formula=formula, site_means=formula), [pooled_scans(sites=4)])
    found = [f.message for f in model_findings(run.spec, run.plan, run.fits, run.table)]
    assert any("3 site means leave nothing to differ between 4 sites" in text for text in found)


def test_the_record_of_sites_leaves_them_out():
    run = fitted(fit_spec(formula=FORMULA, site_means=FORMULA), [pooled_scans()])
    record = plan_record(run.plan, run.fits, run.table)
    assert set(record["per_site"][0]["numbers"]) == {"age"}


def test_a_plan_without_the_option_has_none(table):
    plan = fitted_specification(fit_spec(), table, REGIONS)
    assert plan.site_means == ()
