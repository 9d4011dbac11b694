"""Quantities with a subscript."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipet.core.symbols import is_symbol, split_symbol
from multipet.report.html.rendering import with_subscripts


@pytest.mark.parametrize(
    ("label", "expected"),
    [("BP_ND", True), ("V_T", True), ("SUVR", False), ("bp_nd_x", False), ("_x", False)],
)
def test_what_is_a_symbol(label, expected):
    assert is_symbol(label) is expected


def test_only_the_whole_symbol_is_split():
    assert split_symbol("BP_ND and xBP_ND", "BP_ND") == [("BP", "ND"), (" and xBP_ND", "")]
    assert split_symbol("SUVR, %", "SUVR") == [("SUVR, %", "")]


@given(st.text(alphabet="BP_ND ,x"))
def test_nothing_is_lost(text):
    joined = "".join(base + ("_" + low if low else "") for base, low in split_symbol(text, "BP_ND"))
    assert joined == text


def test_html_is_escaped_around_the_subscript():
    assert with_subscripts("<b> BP_ND", "BP_ND") == "&lt;b&gt; BP<sub>ND</sub>"
