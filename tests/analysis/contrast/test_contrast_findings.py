"""What a reader must know of a contrast: confounding with site, naive p-values, small samples."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from study_run import ModelRun, ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.findings import contrast_findings
from multipet.core.findings import Finding
from multipet.core.problems import UserError

GROUP = {"difference": {"group": ["patient", "control"]}}
NOTE = {"confounded_site": {"r_squared": 0.5, "action": "note"}}
COMBAT = {"id": "combat", "method": "combat", "batch": "site", "preserve": "age + group"}
SITES_RANDOM = {"site": "random", "scanner": "none"}


def with_patients(shares: list[float], people: int = 12) -> pd.DataFrame:
    """Pooled table with a share of patients in each site."""
    pooled = pooled_scans(sites=len(shares), people=people)
    number = pooled["participant_id"].str.split("p").str[1].astype(int)
    share = pooled["site"].astype("str").map({f"s{k}": s for k, s in enumerate(shares)})
    return pooled.assign(
        group=pd.Categorical(np.where(number < share * people, "patient", "control"))
    )


def run_of(pooled: pd.DataFrame, formula="age + group + (1 | participant_id)", **how) -> ModelRun:
    return fitted(fit_spec(formula=formula, **{**SITES_RANDOM, **how}), [pooled])


def found_in(run: ModelRun, settings=GROUP, **changes) -> list[Finding]:
    spec = contrast_spec(settings, **changes)
    return contrast_findings(spec, ask(spec, run)[1], run.table)


def named(findings: list[Finding], check: str) -> list[Finding]:
    return [finding for finding in findings if finding.check == check]


def share_on(labels: pd.Series, run: ModelRun) -> float:
    """Partial R² of the group on labels, beyond age, by least squares."""
    group = (run.table["group"] == "patient").astype(float)
    rest = sm.add_constant(run.table[["age"]])
    dummies = pd.get_dummies(labels.astype("str")).iloc[:, 1:].astype(float)
    small, large = (sm.OLS(group, X).fit().ssr for X in (rest, rest.join(dummies)))
    return 1 - large / small


def test_a_balanced_contrast_has_no_finding():
    assert named(found_in(run_of(with_patients([0.5] * 4))), "confounded_site") == []


def test_the_share_is_the_partial_r_squared():
    run = run_of(with_patients([1, 0.75, 0, 0.25]))
    (found,) = named(found_in(run), "confounded_site")
    share = share_on(run.table["site"], run)
    assert 0.5 < share < 1
    assert found.value == f"{share:.2f}"
    assert (found.stage, found.action) == ("contrast", "noted")
    assert found.comparison == "patient − control"
    assert found.message.startswith(
        f"{100 * share:.0f} % of what is compared lies between sites (2 of 2"
    )


def test_the_threshold_is_that_of_the_config():
    run = run_of(with_patients([1, 0.75, 0, 0.25]))
    share = share_on(run.table["site"], run)
    for threshold, fires in ((share - 0.01, 1), (share + 0.01, 0)):
        checks = {"confounded_site": {"r_squared": threshold, "action": "note"}}
        assert len(named(found_in(run, checks=checks), "confounded_site")) == fires


def test_a_contrast_between_sites_only_is_told_as_such():
    (found,) = named(found_in(run_of(with_patients([1, 0, 1, 0, 1, 0]))), "confounded_site")
    assert found.value == "1.00"
    assert "differs between sites only" in found.message


def test_confounding_can_be_ignored_or_stop_the_run():
    run = run_of(with_patients([1, 0, 1, 0, 1, 0]))
    checks = {"confounded_site": {"r_squared": 0.5, "action": "ignore"}}
    assert named(found_in(run, checks=checks), "confounded_site") == []
    checks["confounded_site"]["action"] = "stop"
    with pytest.raises(UserError) as caught:
        found_in(run, checks=checks)
    (problem,) = caught.value.problems
    assert str(problem).startswith("contrast asked: patient − control: what is compared differs")
    assert str(problem).endswith("checks.confounded_site.action is stop")


def test_sites_compared_are_not_confounded_with_themselves():
    run = run_of(pooled_scans(), site="fixed")
    assert named(found_in(run, {"pairwise": "site"}), "confounded_site") == []


def test_one_site_confounds_nothing():
    run = run_of(pooled_scans(sites=1), site="none")
    assert found_in(run) == []


def test_failed_fits_have_nothing_to_confound():
    run = run_of(with_patients([1, 0, 1, 0]).assign(value=1.0))
    assert found_in(run) == []


@pytest.mark.parametrize("batch", ["site", "scanner"])
def test_p_values_on_harmonised_values_are_naive(batch):
    run = run_of(with_patients([0.75, 0.5, 0.25, 0.5]))
    (found,) = named(found_in(run, harmonisation={**COMBAT, "batch": batch}), "naive_p")
    share = share_on(run.table[batch], run)
    error = 2 * stats.norm.cdf(stats.norm.ppf(0.025) * np.sqrt(1 - share))
    assert float(found.value) == pytest.approx(error, abs=0.0006)
    assert 0.05 < error < 0.2
    assert found.message.startswith(f"The values were harmonised over {batch} before the fit")
    assert f"{100 * error:.1f} % of studies" in found.message


def test_the_error_of_the_naive_test_in_the_draws_is_told():
    run = run_of(with_patients([0.75, 0.5, 0.25, 0.5]))
    spec = contrast_spec(GROUP, harmonisation=COMBAT)
    answers = ask(spec, run)[1]
    (found,) = named(contrast_findings(spec, answers, run.table, 0.0725), "naive_p")
    assert "in the draws that calibrate the p-values it did so in 7.2 %" in found.message
    (found,) = named(contrast_findings(spec, answers, run.table), "naive_p")
    assert "could not be calibrated" in found.message


def test_several_batch_columns_are_one_batch():
    run = run_of(with_patients([0.75, 0.5, 0.25, 0.5]))
    both = {**COMBAT, "batch": ["site", "scanner"]}
    (found,) = named(found_in(run, harmonisation=both), "naive_p")
    (alone,) = named(found_in(run, harmonisation={**COMBAT, "batch": "scanner"}), "naive_p")
    assert found.value == alone.value  # scanners are nested in sites
    assert "over site and scanner" in found.message


def test_given_equations_leave_no_naive_p():
    run = run_of(with_patients([0.75, 0.5, 0.25, 0.5]))
    given = {**COMBAT, "method": "linear_scale"}
    assert named(found_in(run, harmonisation=given), "naive_p") == []


def test_raw_values_have_no_naive_p():
    assert named(found_in(run_of(with_patients([0.75, 0.25]))), "naive_p") == []


def test_a_note_on_degrees_of_freedom_is_told_once():
    pooled = pooled_scans(seed=1)
    run = run_of(pooled, scanner="random")
    assert any(fit.singular for fit in run.fits)
    inference = {"df": "satterthwaite", "confidence": 0.95, "adjust": "bh"}
    spec = contrast_spec(GROUP, inference=inference)
    answers = ask(spec, run)[1]
    noted = [answer for answer in answers if answer.estimate.note]
    found = named(contrast_findings(spec, answers, run.table), "degrees_of_freedom")
    assert [f.message for f in found] == list({a.estimate.note for a in noted})
    assert [f.value for f in found] == [f"{len(noted)} regions"]


@pytest.mark.parametrize("level", ["<b>", "x\ny", "% s {0}"])
def test_any_name_of_a_level_is_only_text(level):
    pooled = with_patients([1, 0, 1, 0])
    pooled["group"] = pooled["group"].cat.rename_categories({"patient": level})
    (found,) = named(
        found_in(run_of(pooled), {"difference": {"group": [level, "control"]}}), "confounded_site"
    )
    assert found.comparison == f"{level} − control"


def test_a_compared_covariate_that_was_not_preserved_has_no_predicted_error():
    run = run_of(pooled_scans())
    found = found_in(run, harmonisation={**COMBAT, "preserve": "age"})
    (told,) = named(found, "contrast_not_preserved")
    assert not named(found, "naive_p")
    assert "without preserving group" in told.message
