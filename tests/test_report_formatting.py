"""Numbers as the report prints them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipet.report.formatting import (
    count,
    listed,
    number,
    p_equals,
    p_value,
    percent,
    signed,
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
    [(0.0004, "< .001"), (0.034, ".034"), (0.04998, ".0500"), (0.0496, ".0496"), (0.05, ".050"),
     (0.9996, "> .999"), (1.0, "> .999"), (math.nan, "n/a")],
)  # fmt: skip
def test_p_value(p, text):
    assert p_value(p) == text


def test_sentences():
    assert p_equals(0.0001) == "p\xa0<\xa0.001"
    assert p_equals(0.2) == "p\xa0=\xa0.200"
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
