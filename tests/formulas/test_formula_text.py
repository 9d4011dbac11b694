"""Parts of a formula as text, which mean what they did."""

import pytest

from multipet.formulas.formula import fixed_part, fixed_terms, parse_formula


@pytest.mark.parametrize(
    ("formula", "terms", "part"),
    [
        ("age + sex", ["age", "sex"], "1 + age + sex"),
        ("age * group", ["age", "group", "age:group"], "1 + age + group + age:group"),
        ("0 + age", ["age"], "0 + age"),
        ("age - 1", ["age"], "0 + age"),
        ("1", [], "1"),
        ("(1 | participant_id)", [], "1"),
        ("0 + (1 | site)", [], "0"),
        ("age + (1 + age | site/scanner) + (0 + age || p)", ["age"], "1 + age"),
        ("(a + b + c)^2 - a:c", ["a", "b", "c", "a:b", "b:c"], "1 + a + b + c + a:b + b:c"),
        ("I(age^2) + log(dose)", ["I(age^2)", "log(dose)"], "1 + I(age^2) + log(dose)"),
        ("poly(age, 2):sex", ["poly(age, 2):sex"], "1 + poly(age, 2):sex"),
        ("`body mass` + `1st`", ["`body mass`", "`1st`"], "1 + `body mass` + `1st`"),
        ("`a + b`:sex", ["`a + b`:sex"], "1 + `a + b`:sex"),
        ("bp.nd", ["`bp.nd`"], "1 + `bp.nd`"),
        ("I(`body mass` / 10)", ["I(`body mass` / 10)"], "1 + I(`body mass` / 10)"),
        ("grüße + 年齢", ["grüße", "年齢"], "1 + grüße + 年齢"),
    ],
)
def test_the_fixed_part(formula, terms, part):
    assert fixed_terms(formula) == terms
    assert fixed_part(formula) == part
    assert parse_formula(part).fixed == parse_formula(formula).fixed
    assert parse_formula(part).random == ()


def test_the_fixed_part_of_the_fixed_part_is_itself():
    part = fixed_part("sex * I(age - 50) + (1 | site)")
    assert fixed_part(part) == part
