"""Chips: each rule, each state, from files."""

from dataclasses import replace

import pytest
import report_mock as mock

from multipet import residual_checks
from multipet.columns import FINDINGS, RESIDUAL_CHECKS, SENSITIVITY
from multipet.report import verdicts
from multipet.report.chips import RULES, chips_of, tally
from multipet.report.page import SECTIONS


def states(files):
    return {chip.key: chip.state for chip in chips_of(files)}


def test_all_fine():
    assert set(states(mock.slope()).values()) == {"ok"}
    assert tally(chips_of(mock.slope())) == "8 fine"


def test_many_regions_want_a_look():
    found = states(mock.many_regions())
    looks = {"converged", "confounding", "singular", "spread", "site_choice"}
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
    assert states(replace(files, plan=plan))["confounding"] == "stop"


def test_site_of_few_degrees_of_freedom_stops():
    files = mock.pairwise()
    assert states(replace(files, contrast=files.contrast.assign(df=1.4)))["sites"] == "stop"


def test_few_random_sites_want_a_look_and_fixed_ones_not():
    files = mock.slope()
    few = mock.plan_of(n_sites=3)
    assert states(replace(files, plan=few))["sites"] == "look"
    fixed = few | {"site": {"used": "fixed"}}
    assert states(replace(files, plan=fixed))["sites"] == "ok"


@pytest.mark.parametrize(("ratio", "state"), [(1.2, "ok"), (1.8, "look"), (3.5, "stop")])
def test_spread(ratio, state):
    files = mock.slope()
    checks = mock.table(mock.checks_of(["caudate", "putamen"], ratio, 1e-4), RESIDUAL_CHECKS)
    assert states(replace(files, residual_checks=checks))["spread"] == state


def test_opposite_conclusions_stop():
    files = mock.slope()
    turned = files.sensitivity.assign(estimate=-files.sensitivity["estimate"])
    assert states(replace(files, sensitivity=turned))["site_choice"] == "stop"


def test_missing_data_by_share_of_scans():
    files = mock.slope()
    rows = [mock.finding(stage="tidy", check="missing_value", action="missing", site="a",
                         participant_id=f"p{i}", session="1") for i in range(40)]  # fmt: skip
    assert states(replace(files, ingest_findings=mock.table(rows, FINDINGS)))["missing"] == "look"


def test_what_the_files_do_not_say_has_no_chip():
    files = replace(
        mock.slope(), plan={}, sensitivity=mock.table([], SENSITIVITY),
        residual_checks=mock.table([], RESIDUAL_CHECKS),
    )  # fmt: skip
    assert set(states(files)) == {"converged"}


def test_rules_link_to_sections_and_share_thresholds_with_the_checks():
    assert {rule.section for rule in RULES} <= set(SECTIONS)
    assert verdicts.LARGE_RATIO == residual_checks.LARGE_RATIO
    assert verdicts.LARGE_SHAPE == {
        "skewness": residual_checks.LARGE_SKEWNESS,
        "excess_kurtosis": residual_checks.LARGE_KURTOSIS,
    }
