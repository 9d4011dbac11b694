"""What the data of a study are: counts by site and scanner, whatever the order of the rows."""

import index_mock
import pytest

from multipet.analysis.model.study_overview import study_overview


def test_scans_without_a_value_take_no_part():
    overview = study_overview(index_mock.pooled())
    assert (overview.n_subjects, overview.n_scans) == (17, 17)
    assert overview.with_value == {"turku": 5, "aarhus": 3, "yale": 6, "vancouver": 3}


def test_values_and_covariates_that_are_missing_are_counted():
    groups = {group["scanner"]: group for group in study_overview(index_mock.pooled()).groups}
    turku = groups["turku/HRRT"]
    assert (turku["n_values"], turku["n_cells"]) == (5, 6)
    assert groups["yale/HRRT"]["missing"] == {"age": 1, "group": 0}
    assert groups["yale/HRRT"]["numbers"]["age"]["mean"] == pytest.approx(40.5)
    assert groups["aarhus/HRRT"]["levels"] == {"group": {"control": 2, "patient": 1}}


def test_the_order_of_rows_does_not_matter():
    pooled = index_mock.pooled()
    turned = study_overview(pooled.iloc[::-1].reset_index(drop=True))
    assert turned == study_overview(pooled)


def test_a_site_without_any_value_keeps_its_place():
    pooled = index_mock.pooled()
    pooled.loc[pooled["site"] == "aarhus", "value"] = float("nan")
    overview = study_overview(pooled)
    assert overview.with_value["aarhus"] == 0
    assert overview.n_sites == 3
    assert {group["site"] for group in overview.groups} == {"turku", "yale", "vancouver"}
