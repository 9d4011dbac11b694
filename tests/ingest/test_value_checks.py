from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_study import checks_with, small_study

from multipet.ingest.site_scale import positive_median
from multipet.ingest.tidy_table import floats
from multipet.ingest.values import action_of, non_positive, outliers, tiny_values

POSITIVE = st.lists(st.floats(0.5, 5), min_size=6, max_size=20)


def test_zero_and_less():
    found = list(non_positive("caudate", floats([2.5, 0.0, None, -0.1]), "log"))
    assert [(one.position, one.value) for one in found] == [(1, 0.0), (3, -0.1)]


def test_tiny_is_far_below_the_median_and_not_zero():
    found = list(tiny_values("caudate", floats([2.5, 4e-97, 0.0, 0.0024, 0.0026]), 2.5, 0.001))
    assert [one.position for one in found] == [1, 3]
    assert (
        list(tiny_values("caudate", floats([4e-97]), positive_median(floats([0.0])), 0.001)) == []
    )


def test_outlier_by_hand():
    # median 3, deviations 2 1 0 1 27, their median 1: 30 is 27 / 1.4826 = 18.2 deviations away
    values = [1.0, 2.0, 3.0, None, 4.0, 30.0]
    (found,) = outliers("caudate", floats(values), 10, "identity")
    assert (found.position, found.value) == (5, 30.0)
    assert "18.2 deviations" in found.message
    assert list(outliers("caudate", floats(values), 18.3, "identity")) == []


def test_too_few_or_alike_values_have_no_outlier():
    assert list(outliers("caudate", floats([1.0, 1.1, 1.2, 50.0]), 3, "identity")) == []
    assert list(outliers("caudate", floats([1.0, 1.0, 1.0, 1.0, 50.0]), 3, "identity")) == []


@given(POSITIVE, st.floats(0.01, 100))
def test_outliers_on_a_log_scale_do_not_depend_on_the_unit(values, factor):
    values = [*values, 500.0]
    scaled = [value * factor for value in values]
    plain = [one.position for one in outliers("r", floats(values), 10.123, "log")]
    assert [one.position for one in outliers("r", floats(scaled), 10.123, "log")] == plain


@given(POSITIVE)
def test_log_outliers_are_identity_outliers_of_the_logarithms(logs):
    values = [exp(value) for value in logs]
    on_log = [one.position for one in outliers("r", floats(values), 3.21, "log")]
    assert on_log == [one.position for one in outliers("r", floats(logs), 3.21, "identity")]


@pytest.mark.parametrize(
    ("check", "scale", "action"),
    [
        ("non_positive", "log", "exclude"),
        ("non_positive", "identity", "note"),
        ("tiny_value", "identity", "note"),
        ("outlier_value", "identity", "note"),
        ("site_scale", "identity", "stop"),
    ],
)
def test_actions_by_scale(check, scale, action):
    assert action_of(small_study().checks, check, scale) == action


def test_an_ignored_check_stays_ignored():
    checks = checks_with(tiny_value={"action": "ignore", "ratio": 0.001})
    assert action_of(checks, "tiny_value", "identity") == "ignore"
