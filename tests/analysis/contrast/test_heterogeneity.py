"""Does the effect differ between sites: the test, its size, and the finding."""

import numpy as np
import pytest
from heterogeneity_study import AGE, SETTINGS, Study, pooled, r_numbers, run_of
from scipy import stats
from study_run import fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.heterogeneity import heterogeneity_findings
from multipet.core.columns import HETEROGENEITY, names
from multipet.core.problems import UserError


@pytest.fixture(scope="module")
def studies():
    run = run_of()
    return {name: Study(run, settings) for name, settings in SETTINGS.items()}


def with_check(study: Study, **check) -> dict:
    return {**study.spec, "checks": {"heterogeneity": {"alpha": 0.05, "action": "note", **check}}}


@pytest.mark.parametrize("name", SETTINGS)
def test_f_is_that_of_lmertest_with_kenward_roger(studies, name):
    (row,) = studies[name].heterogeneity.to_dict("records")
    expected = r_numbers(name)["test"]
    assert list(row) == names(HETEROGENEITY)
    assert row["f"] == pytest.approx(expected["F value"], rel=1e-4)
    assert row["numerator_df"] == expected["NumDF"]
    assert row["denominator_df"] == pytest.approx(expected["DenDF"], rel=1e-4)
    assert row["p_value"] == pytest.approx(expected["Pr(>F)"], rel=1e-3)
    assert (row["df_method"], row["status"]) == ("kenward-roger", "ok")


def test_the_reference_site_does_not_matter(studies):
    table = pooled()
    table["site"] = table["site"].cat.reorder_categories([f"site{k}" for k in (6, 3, 1, 5, 2, 4)])
    other = Study(run_of(table), SETTINGS["group"]).heterogeneity
    for name in ("f", "denominator_df", "p_value", "sd_between_sites"):
        expected = studies["group"].heterogeneity[name].item()
        assert other[name].item() == pytest.approx(expected, rel=1e-4), name


def test_p_is_adjusted_over_regions():
    table = Study(fitted(fit_spec(), [pooled_scans()]), AGE).heterogeneity
    expected = stats.false_discovery_control(table["p_value"])
    assert table["p_adjusted"].to_numpy() == pytest.approx(expected)


def test_a_difference_is_told_with_its_numbers(studies):
    (finding,) = heterogeneity_findings(with_check(studies["age"]), studies["age"].heterogeneity)
    assert (finding.check, finding.action, finding.region) == ("heterogeneity", "noted", "caudate")
    assert (finding.comparison, finding.limit) == ("age, per 10 years", "0.05")
    assert finding.message == (
        "the effect differs between 6 sites: F(5, 112.9) = 4.53, p = 0.00085,"
        " adjusted 0.00085; SD of the effect between sites 0.0922."
    )


def test_alpha_and_action_decide(studies):
    study = studies["age"]
    quiet = [{"alpha": 0.0005}, {"action": "ignore"}]
    for check in quiet:
        assert heterogeneity_findings(with_check(study, **check), study.heterogeneity) == []
    with pytest.raises(UserError) as caught:
        heterogeneity_findings(with_check(study, action="stop"), study.heterogeneity)
    (problem,) = caught.value.problems
    assert "caudate" in str(problem)
    assert "action is stop" in str(problem)


def test_the_log_scale_is_named(studies):
    spec = {**with_check(studies["age"]), "scale": "log"}
    (finding,) = heterogeneity_findings(spec, studies["age"].heterogeneity)
    assert finding.message.endswith("SD of the effect between sites 0.0922 on the log scale.")


def test_two_sites_have_a_test_but_no_sd():
    study = Study(fitted(fit_spec(), [pooled_scans(sites=2)]), AGE)
    table = study.heterogeneity
    assert table["f"].notna().all()
    assert table["sd_between_sites"].isna().all()
    found = heterogeneity_findings(with_check(study, alpha=0.499), table.assign(p_adjusted=0.01))
    assert all("too few sites" in finding.message for finding in found)


def test_one_site_with_an_effect_has_no_test():
    table = pooled_scans(sites=3)
    alone = table["site"] == "s1"
    table["group"] = table["group"].mask(~alone, "control")
    study = Study(fitted(fit_spec(site="fixed"), [table]), SETTINGS["group"])
    assert set(study.heterogeneity["status"]) == {"Fewer than two sites tell the effect."}
    assert study.heterogeneity["f"].isna().all()


def test_failed_regions_are_rows():
    table = pooled_scans()
    table.loc[table["region"] == "putamen", "value"] = 1.0
    rows = Study(fitted(fit_spec(), [table]), AGE).heterogeneity.set_index("region")
    assert "explain the outcome exactly" in rows.loc["putamen", "status"]
    assert np.isfinite(rows.loc["caudate", "f"])
