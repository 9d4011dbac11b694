"""Findings of aligned covariances."""

import numpy as np

from multipet.harmonisation.methods.covbat import covbat_findings


def checks(values):
    return [(found.check, found.value) for found in covbat_findings(values)]


def test_complete_scans_of_few_regions_have_none():
    assert checks(np.ones((9, 3))) == []


def test_incomplete_scans_are_counted():
    values = np.ones((9, 3))
    values[[1, 1, 4], [0, 2, 0]] = np.nan
    assert checks(values) == [("covariance_of_complete_scans", "2")]


def test_a_region_without_any_value_makes_no_scan_incomplete():
    values = np.ones((9, 3))
    values[:, 1] = np.nan
    assert checks(values) == []


def test_as_many_regions_as_scans_are_said():
    assert checks(np.ones((3, 3))) == [("few_scans_for_covariance", "3")]
