import pytest
from small_study import MISSING, small_study

from multipet.covariates import typed_columns
from multipet.delivered_table import DeliveredTable
from multipet.notes import Notes

SETTINGS = {"missing": MISSING, "decimal": "auto"}


def typed(age, sex, bp=(), **settings):
    rows = tuple(range(2, 2 + len(age)))
    columns = {"age": tuple(age), "sex": tuple(sex)}
    table = DeliveredTable("turku.csv", rows, columns, {"age": "Age", "sex": "Sex"}, {})
    notes = Notes("tidy", "turku")
    values = {"bp_caudate_l": tuple(bp)} if bp else {}
    read = typed_columns(table, small_study()["variables"], values, {**SETTINGS, **settings}, notes)
    return *read, notes


def test_numbers_and_levels_are_typed():
    covariates, values, notes = typed(["33.2", "NA"], ["F", ""], ["2.6", "-"])
    assert covariates == {"age": [33.2, None], "sex": ["F", None]}
    assert values == {"bp_caudate_l": [2.6, None]}
    assert (notes.problems, notes.findings) == ([], [])


def test_a_cell_that_is_no_number_is_named():
    _, _, notes = typed(["33", "34"], ["F", "M"], ["2.5", "2,6x"])
    (problem,) = notes.problems
    assert str(problem).startswith(
        'turku.csv, row 3, column "bp_caudate_l": "2,6x" is not a number; '
    )


def test_the_same_text_is_one_problem():
    _, _, notes = typed(["33", "low", "low"], ["F", "M", "F"])
    (problem,) = notes.problems
    assert '"low" is not a number (and in 1 more rows)' in str(problem)


def test_unknown_level_names_the_recode():
    _, _, notes = typed(["33", "34"], ["male", "M"])
    (problem,) = notes.problems
    assert str(problem) == (
        'turku.csv, row 2, column "Sex": "male" is not a level of sex (F, M); '
        'say what it means: values: {sex: {"male": M}}'
    )


@pytest.mark.parametrize("age", ["17.9", "100.5", "-3"])
def test_number_outside_its_range(age):
    _, _, notes = typed([age], ["F"])
    assert f'age "{age}" is outside its range, 18 to 100' in str(notes.problems[0])


def test_decimal_commas_are_noted_once():
    covariates, values, notes = typed(["33,5", "40"], ["F", "M"], ["2,6", "2,7"])
    assert covariates["age"] == [33.5, 40.0]
    assert values["bp_caudate_l"] == [2.6, 2.7]
    assert [finding.check for finding in notes.findings] == ["decimal_comma"]


def test_mixed_decimals_are_a_problem():
    _, _, notes = typed(["33.5", "40"], ["F", "M"], ["2,6", "2.7"])
    (problem,) = notes.problems
    assert '"2,6" is not a number; the table mixes decimal points and commas' in str(problem)


def test_declared_comma_needs_no_finding():
    covariates, _, notes = typed(["33,5"], ["F"], decimal="comma")
    assert covariates["age"] == [33.5]
    assert notes.findings == []
