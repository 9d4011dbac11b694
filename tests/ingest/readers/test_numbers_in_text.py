import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_study import plain

from multipet.ingest.readers.numbers import number_in, other_sign, read_numbers

NONE = frozenset({"", "NA"})


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("7", "point", 7.0),
        ("-2.65", "point", -2.65),
        ("4e-97", "point", 4e-97),
        (".5", "point", 0.5),
        ("5.", "point", 5.0),
        ("2,65", "comma", 2.65),
        ("1,5E3", "comma", 1500.0),
        ("7", "comma", 7.0),
    ],
)
def test_numbers_are_read(text, decimal, value):
    assert number_in(text, decimal) == value


@pytest.mark.parametrize(
    "text",
    ["2,65", "1_000", "inf", "nan", "0x1f", "1,234.5", "2.6x", "1e999", "٣", "", "−2", "1 2"],
)
def test_what_is_no_number_with_a_point(text):
    assert number_in(text, "point") is None


def test_point_is_no_number_where_commas_are_decimal():
    assert number_in("2.65", "comma") is None


def test_auto_reads_commas_where_no_point_stands():
    numbers = read_numbers({"a": ["2,65", "7", "NA"], "b": ["", "1", "3,1"]}, NONE)
    assert numbers.decimal == "comma"
    assert plain(numbers.values["a"]) == [2.65, 7.0, None]
    assert plain(numbers.values["b"]) == [None, 1.0, 3.1]
    assert numbers.wrong == []


def test_auto_refuses_to_choose_between_points_and_commas():
    numbers = read_numbers({"a": ["2,65", "2.7"], "b": ["1", "x"]}, NONE)
    assert numbers.usual == 1
    assert numbers.wrong == [("a", 0), ("b", 1)]
    assert plain(numbers.values["a"]) == [None, 2.7]


def test_the_sign_of_most_cells_is_the_tables():
    numbers = read_numbers({"a": ["2,65", "2.7", "7"], "b": ["1,5", "0,5", "x"]}, NONE)
    assert (numbers.decimal, numbers.usual) == ("comma", 3)
    assert numbers.wrong == [("a", 1), ("b", 2)]
    assert plain(numbers.values["b"]) == [1.5, 0.5, None]


@pytest.mark.parametrize(
    ("text", "decimal", "other"),
    [
        ("2,6", "point", True),
        ("2.6", "comma", True),
        ("26", "comma", False),
        ("2,6x", "point", False),
    ],
)
def test_the_other_sign(text, decimal, other):
    assert other_sign(text, decimal) is other


def test_wrong_cells_are_named_and_missing_ones_are_not():
    numbers = read_numbers({"a": ["NA", "low", "1"]}, NONE, "point")
    assert numbers.wrong == [("a", 1)]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_written_number_comes_back(value):
    assert number_in(repr(value), "point") == value
    assert number_in(repr(value).replace(".", ","), "comma") == value
