"""Chips: each rule, each state, from files."""

from dataclasses import replace

import pytest
import report_mock as mock

from multipet.analysis.diagnostics import residual_checks
from multipet.core.columns import FINDINGS, RESIDUAL_CHECKS, SENSITIVITY
from multipet.report.chips import RULES, chips_of, fits
from multipet.report.chips.chip import tally
from multipet.report.contrast.files import RobustnessFiles
from multipet.report.contrast.page import SECTIONS


def states(files):
    return {chip.key: chip.state for chip in chips_of(files)}


def test_all_fine():
    assert set(states(mock.slope()).values()) == {"ok"}
    assert tally(chips_of(mock.slope())) == "12 fine"


def test_many_regions_want_a_look():
    found = states(mock.many_regions())
    looks = {"converged", "confounding", "singular", "spread", "site_choice", "outliers"}
    assert {key for key, state in found.items() if state == "look"} == looks


@pytest.mark.parametrize(("value", "state"), [("0.093", "stop"), ("0.06", "look"), ("", "look")])
def test_naive_p_by_predicted_error(value, state):
    files = mock.harmonised()
    findings = files.contrast_findings.assign(value=value)
    assert states(replace(files, contrast_findings=findings))["naive_p"] == state


@pytest.mark.parametrize(("n", "state"), [(0, "ok"), (1, "look"), (2, "stop")])
def test_converged_counts_regions(n, state):
    files = mock.slope()
    failed = [{"region": r, "reason": "x"} for r in ("caudate", "putamen")[:n]]
    assert states(replace(files, plan=mock.plan_of(failed=failed)))["converged"] == state


def test_groups_in_different_sites_stop():
    files, plan = mock.null_difference(), mock.plan_of()
    for site, level in zip(plan["per_site"], "FMFM", strict=True):
        site["levels"] = {"sex": {"F": 0, "M": 0, level: 9}}
    apart = replace(files, plan=plan, contrast=files.contrast.assign(varies="between"))
    assert states(apart)["confounding"] == "stop"


def confounding(files, **changes):
    return next((c for c in chips_of(replace(files, **changes)) if c.key == "confounding"), None)


def test_what_varies_between_sites_only_is_never_fine():
    files = mock.slope()
    between = files.contrast.assign(varies="between")
    assert confounding(files, contrast=between).state == "stop"
    between.loc[0, "varies"] = "within"
    chip = confounding(files, contrast=between)
    assert (chip.state, chip.title) == ("look", "What is compared varies between sites only")
    assert chip.detail == "in 3 of 4 regions"


def test_no_word_on_confounding_without_an_estimate_or_where_it_is_ignored():
    files = mock.null_difference()
    assert confounding(files).state == "ok"
    assert confounding(files, contrast=files.contrast.assign(estimate=float("nan"))) is None
    assert confounding(files, contrast=files.contrast.assign(varies="")) is None  # one site
    assert confounding(mock.respec(files, checks__confounded_site={"action": "ignore"})) is None
    assert confounding(mock.pairwise()) is None  # sites are what is compared


def test_a_site_has_all_groups_only_with_every_compared_level():
    contrast = {"model": "main", "pairwise": "group"}
    files = mock.respec(mock.null_difference(), contrasts__women_minus_men=contrast)
    plan = mock.plan_of()
    for site, levels in zip(plan["per_site"], ("ab", "bc", "ab", "bc"), strict=True):
        site["levels"] = {"group": {level: 9 * (level in levels) for level in "abcd"}}
    chip = confounding(files, plan=plan)
    assert (chip.state, chip.detail) == ("look", "0 of 4 sites have all 3 groups")
    plan["per_site"][0]["levels"]["group"]["c"] = 4
    chip = confounding(files, plan=plan)
    assert chip.detail == "1 of 4 sites has all 3 groups"


def test_a_difference_asks_for_both_its_levels_even_where_no_site_has_them():
    files, plan = mock.null_difference(), mock.plan_of()
    for site in plan["per_site"]:
        site["levels"] = {"sex": {"F": 9, "M": 0}}
    chip = confounding(files, plan=plan)
    assert (chip.state, chip.detail) == ("look", "0 of 4 sites have both groups")


def test_rows_without_a_test_agree_with_nothing():
    files = mock.slope()
    untested = files.sensitivity.copy()
    untested.loc[1:, ["p_value", "p_adjusted"]] = float("nan")
    chip = next(c for c in chips_of(replace(files, sensitivity=untested)) if c.key == "site_choice")
    assert chip.detail == "same conclusion in 1 of 1 region"
    none = untested.assign(p_value=float("nan"), p_adjusted=float("nan"))
    assert "site_choice" not in states(replace(files, sensitivity=none))
    main = files.contrast.assign(p_value=float("nan"), p_adjusted=float("nan"))
    assert "site_choice" not in states(replace(files, contrast=main))


@pytest.mark.parametrize(("df", "state"), [(3.9, "stop"), (9.9, "look"), (10.1, "ok")])
def test_few_degrees_of_freedom(df, state):
    files = mock.pairwise()
    assert states(replace(files, contrast=files.contrast.assign(df=df)))["sites"] == state


def test_few_random_sites_want_a_look_and_fixed_ones_not():
    files = mock.slope()
    few = mock.plan_of(n_sites=3)
    assert states(replace(files, plan=few))["sites"] == "look"
    fixed = few | {"site": few["site"] | {"used": "fixed"}}
    assert states(replace(files, plan=fixed))["sites"] == "ok"


@pytest.mark.parametrize(
    ("ratio", "p", "state"),
    [(1.2, 1e-4, "ok"), (1.8, 1e-4, "look"), (1.8, 0.3, "ok"), (3.5, 1e-4, "stop"),
     (3.5, 0.3, "stop")],
)  # fmt: skip
def test_spread(ratio, p, state):
    files = mock.slope()
    checks = mock.table(mock.checks_of(["caudate", "putamen"], ratio, p), RESIDUAL_CHECKS)
    assert states(replace(files, residual_checks=checks))["spread"] == state


def test_a_silent_test_of_spread_counts_where_scanners_have_few_scans():
    files, plan = mock.slope(), mock.plan_of()
    plan["per_site"][0]["n_scans"] = 12  # on two scanners
    checks = mock.table(mock.checks_of(["caudate", "putamen"], 3.5, 0.3), RESIDUAL_CHECKS)
    assert states(replace(files, plan=plan, residual_checks=checks))["spread"] == "ok"


def test_scanners_without_names_make_sites_of_them():
    files, plan = mock.slope(), mock.plan_of()
    for site in plan["per_site"]:
        site["scanners"] = [f"{site['site']}/unspecified"]
    titles = {c.key: c.title for c in chips_of(replace(files, plan=plan))}
    assert titles["spread"] == "Noise alike over sites"


def singular(*fields):
    """The chip of the slope with findings of ``fields`` in Thalamus."""
    told = [mock.finding(check="singular_fit", region="thalamus", **one) for one in fields]
    files = replace(mock.slope(), model_findings=mock.table(told, FINDINGS))
    return next(chip for chip in chips_of(files) if chip.key == "singular")


def test_a_variance_of_zero_alone_is_fine_and_named():
    none = [{"factor": f, "term": "(Intercept)", "statistic": "variance"}
            for f in ("scanner", "site")]  # fmt: skip
    chip = singular(*none)
    assert (chip.state, chip.detail) == (
        "ok", "variance of scanner and site estimated as 0 in thalamus"
    )  # fmt: skip
    worse = {"factor": "site", "term": "(Intercept) and age", "statistic": "correlation"}
    chip = singular(*none, worse)
    assert chip.state == "look"
    assert chip.title == "Random slopes or correlations not estimable in thalamus"
    assert singular(none[0] | {"term": "age"}).state == "look"


def test_a_model_without_random_effects_has_no_chip_of_them():
    plan = mock.plan_of(formula="age + sex")
    assert "singular" not in states(replace(mock.slope(), plan=plan))


def test_outliers_kept_are_named_by_cell():
    files = mock.slope()
    far = {"check": "outlier_value", "site": "yale", "row": "8", "region": "caudate",
           "value": "2946.0", "participant_id": "Y08", "session": "1"}  # fmt: skip
    kept = mock.table([mock.finding(action="noted", **far)], FINDINGS)
    chip = next(c for c in chips_of(replace(files, ingest_findings=kept)) if c.key == "outliers")
    assert (chip.state, chip.title, chip.detail) == (
        "look", "1 value far from the others kept in caudate", "2946 in caudate (Yale, row 8)"
    )  # fmt: skip
    gone = mock.table([mock.finding(action="excluded", **far)], FINDINGS)
    assert states(replace(files, ingest_findings=gone))["outliers"] == "ok"
    other = kept.assign(region="cerebellum")
    assert states(replace(files, ingest_findings=other))["outliers"] == "ok"
    silent = mock.respec(
        replace(files, ingest_findings=kept), checks__outlier_value={"action": "ignore"}
    )
    assert "outliers" not in states(silent)


def test_opposite_conclusions_stop():
    files = mock.slope()
    turned = files.sensitivity.assign(estimate=-files.sensitivity["estimate"])
    assert states(replace(files, sensitivity=turned))["site_choice"] == "stop"


@pytest.mark.parametrize(
    ("n", "state", "share"), [(310, "ok", "0.32"), (290, "look", "6.8"), (200, "stop", "36")]
)
def test_data_complete_by_share_of_the_values_delivered(n, state, share):
    files = mock.slope()
    found = replace(files, contrast=files.contrast.assign(n_scans=float(n)))
    chip = next(c for c in chips_of(found) if c.key == "missing")
    assert chip.state == state
    said = chip.detail if state == "ok" else chip.title
    assert f"{share}\xa0% of the values missing or excluded" in said
    assert chip.detail.startswith("310 of 311 scans used")


def test_values_of_a_region_that_could_not_be_fitted_count_as_missing():
    files = mock.slope()
    rows = files.contrast.copy()
    rows.loc[0, "n_scans"] = float("nan")
    chip = next(c for c in chips_of(replace(files, contrast=rows)) if c.key == "missing")
    assert (chip.state, chip.title) == ("stop", "25\xa0% of the values missing or excluded")


def test_what_the_files_do_not_say_has_no_chip():
    files = replace(
        mock.slope(), plan=mock.plan_of(convergence=[]), robust=RobustnessFiles(),
        sensitivity=mock.table([], SENSITIVITY), residual_checks=mock.table([], RESIDUAL_CHECKS),
    )  # fmt: skip
    said = {"converged", "confounding", "sites", "missing", "outliers"}
    assert set(states(files)) == said


def test_without_any_answer_there_is_one_chip():
    files = mock.slope()
    reason = "Nobody is patient and M."
    none = files.contrast.assign(estimate=float("nan"), status=reason)
    (chip,) = chips_of(replace(files, contrast=none))
    assert (chip.key, chip.state) == ("no_answer", "stop")
    assert (chip.title, chip.detail) == ("No answer", "Nobody is patient and M")


def test_the_worst_is_first():
    files = mock.many_regions()
    found = [chip.state for chip in chips_of(files)]
    assert found == sorted(found, key=("stop", "look", "ok").index)
    assert {"look", "ok"} <= set(found)


def test_rules_link_to_sections_and_share_thresholds_with_the_checks():
    assert {rule.section for rule in RULES} <= set(SECTIONS)
    assert fits.LARGE_RATIO == residual_checks.LARGE_RATIO
    assert fits.LARGE_SHAPE == {
        "skewness": residual_checks.LARGE_SKEWNESS,
        "excess_kurtosis": residual_checks.LARGE_KURTOSIS,
    }


def test_repeated_scans_that_the_model_does_not_know_stop():
    files = mock.slope()
    told = mock.finding(stage="model", check="repeated_scans", action="noted", value="35")
    files = replace(files, model_findings=mock.table([told], FINDINGS))
    chip = next(chip for chip in chips_of(files) if chip.key == "repeated")
    assert (chip.state, chip.title) == ("stop", "Scans of one person count as different people")
    assert chip.detail == "35 people scanned more than once: p-values are too small"
    assert "repeated" not in states(mock.slope())
