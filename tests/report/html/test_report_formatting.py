"""Numbers as the report prints them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipet.report.html.text import (
    count,
    level_percent,
    listed,
    number,
    p_equals,
    p_value,
    percent,
    signed,
    threshold,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.051234, "−0.0512"),
        (0.09999, "0.100"),
        (9.996, "10.0"),
        (12345.6, "12346"),
        (2.4e-7, "2.40 × 10⁻⁷"),
        (-3e-5, "−3.00 × 10⁻⁵"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.nan, "n/a"),
        (math.inf, "n/a"),
        (None, "n/a"),
    ],
)
def test_number_has_three_significant_digits_and_true_minus(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0004, "< .001"), (0.034, ".034"), (0.04998, ".04998"), (0.04999, ".04999"),
     (0.0496, ".0496"), (0.05, ".050"),
     (0.9996, "> .999"), (1.0, "> .999"), (math.nan, "n/a")],
)  # fmt: skip
def test_p_value(p, text):
    assert p_value(p) == text


@pytest.mark.parametrize(
    ("p", "alpha", "text"),
    [(0.0249, 0.025, ".0249"), (0.02496, 0.025, ".02496"), (0.01242, 0.0124, ".0124"),
     (0.025, 0.025, ".025"), (0.0004, 0.0005, "< .0005"), (0.0007, 0.0005, ".001"),
     (0.0496, 0.1, ".050")],
)  # fmt: skip
def test_p_value_stays_on_its_side_of_alpha(p, alpha, text):
    assert p_value(p, alpha) == text


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.5))
def test_a_printed_p_is_below_alpha_where_p_is(p, alpha):
    assert (float(p_value(p, alpha)) < alpha) == (p < alpha)


@pytest.mark.parametrize(
    ("level", "percents", "below"),
    [(0.95, "95", ".95"), (0.975, "97.5", ".975"), (0.025, "2.5", ".025"),
     (0.9999999, "99.99999", ".9999999"), (1e-5, "0.001", ".00001"), (0.07, "7", ".07")],
)  # fmt: skip
def test_configured_levels_are_never_rounded(level, percents, below):
    assert level_percent(level) == f"{percents}\xa0%"
    assert threshold(level) == below


def test_sentences():
    assert p_equals(0.0001) == "p\xa0<\xa0.001"
    assert p_equals(0.2) == "p\xa0=\xa0.200"
    assert p_equals(0.02496, alpha=0.025) == "p\xa0=\xa0.02496"
    assert percent(0.05) == "5\xa0%"
    assert percent(0.0934) == "9.3\xa0%"
    assert signed(0.2) == "+0.200"
    assert count(1, "person", "people") == "1 person"
    assert listed(["age", "sex", "group"]) == "age, sex and group"
    assert listed([]) == ""


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_number_is_within_half_a_percent(value):
    text = number(value)
    assert "-" not in text
    if "×" in text or text == "0":
        return
    assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.0051)
