import pytest
from small_study import plain, site_entry, small_study, variables_with

from multipet.ingest.covariates import typed_columns
from multipet.ingest.delivered_table import DeliveredTable
from multipet.ingest.notes import Notes


def typed(age, sex, bp=(), **settings):
    rows = tuple(range(2, 2 + len(age)))
    columns = {"age": tuple(age), "sex": tuple(sex)}
    table = DeliveredTable("turku.csv", rows, columns, {"age": "Age", "sex": "Sex"}, {})
    notes = Notes("tidy", "turku")
    values = {"bp_caudate_l": tuple(bp)} if bp else {}
    read = typed_columns(
        table, small_study().variables, values, site_entry("turku.csv", **settings), notes
    )
    return {name: list(cells) for name, cells in read[0].items()}, read[1], notes


def test_numbers_and_levels_are_typed():
    covariates, values, notes = typed(["33.2", "NA"], ["F", ""], ["2.6", "-"])
    assert covariates == {"age": [33.2, None], "sex": ["F", None]}
    assert plain(values["bp_caudate_l"]) == [2.6, None]
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
    assert '"low" is not a number (and in 1 more row)' in str(problem)


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


def ages(*cells, name="age", **variable) -> list[str]:
    """What is said of ages of which the config gives no range."""
    table = DeliveredTable("t.csv", tuple(range(2, 2 + len(cells))), {name: cells}, {}, {})
    notes = Notes("tidy")
    variables = variables_with(**{name: {"kind": "number", **variable}})
    typed_columns(table, variables, {}, site_entry("t.csv"), notes)
    return [str(problem) for problem in notes.problems]


def test_an_age_that_nobody_reaches_is_refused_without_a_range_too():
    (line,) = ages("33", "408")
    assert line == (
        't.csv, row 3, column "age": age "408" is outside its range, at most 130; '
        "if it is not in years, say its unit or its maximum under variables.age"
    )
    assert ages("33", "408", unit="years", name="scan_age")


@pytest.mark.parametrize("known", [{"unit": "months"}, {"maximum": 1000}, {"name": "dosage"}])
def test_what_the_config_says_of_an_age_is_believed(known):
    assert ages("33", "408", **known) == []


def test_decimal_commas_are_noted_once():
    covariates, values, notes = typed(["33,5", "40"], ["F", "M"], ["2,6", "2,7"])
    assert covariates["age"] == [33.5, 40.0]
    assert plain(values["bp_caudate_l"]) == [2.6, 2.7]
    (finding,) = notes.findings
    assert finding.check == "decimal_comma"
    # a value and not an age, and one that stands in the table
    assert finding.message == (
        'turku.csv writes decimal commas: 2,6 in row 2, column "bp_caudate_l", was read as 2.6'
    )


def test_a_decimal_comma_of_a_covariate_alone_is_quoted():
    _, _, notes = typed(["33", "40,25"], ["F", "M"])
    assert '40,25 in row 3, column "Age", was read as 40.25' in notes.findings[0].message


def test_mixed_decimals_are_a_problem():
    _, _, notes = typed(["33.5", "40"], ["F", "M"], ["2,6", "2.7"])
    (problem,) = notes.problems
    assert str(problem) == (
        'turku.csv, row 2, column "bp_caudate_l": "2,6" has a decimal comma; 2 other numbers of '
        "the table have a decimal point; write one of them throughout"
    )


def test_the_cell_with_the_rarer_sign_is_named_and_no_other():
    ages, values = ["33,5"] * 20, ["2,6"] * 20
    values[7] = "2.946"
    _, _, notes = typed(ages, ["F"] * 20, [*values[:19], "low"])
    point, word = map(str, notes.problems)
    assert point == (
        'turku.csv, row 9, column "bp_caudate_l": "2.946" has a decimal point; 38 other numbers '
        "of the table have a decimal comma; write one of them throughout"
    )
    assert '"low" is not a number; write a number' in word


def test_declared_comma_needs_no_finding():
    covariates, _, notes = typed(["33,5"], ["F"], decimal="comma")
    assert covariates["age"] == [33.5]
    assert notes.findings == []
