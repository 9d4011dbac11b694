"""Terms that a formula stands for."""

import pytest

from multipet.core.problems import UserError
from multipet.formulas.expression import Name
from multipet.formulas.formula import Formula, parse_formula


def _terms(text: str) -> list[str]:
    return [":".join(_name(node) for node in term) or "1" for term in parse_formula(text).fixed]


def _name(node: object) -> str:
    return node.name if isinstance(node, Name) else getattr(node, "text", "?")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("age + sex", ["1", "age", "sex"]),
        ("age * sex", ["1", "age", "sex", "age:sex"]),
        ("(a + b + c)^2 - a:b", ["1", "a", "b", "c", "a:c", "b:c"]),
        ("a/b", ["1", "a", "a:b"]),
        ("a:b + a", ["1", "a", "a:b"]),
        ("0 + a", ["a"]),
        ("a - 1", ["a"]),
        ("a + a", ["1", "a"]),
        ("a:b + b:a", ["1", "a:b"]),
        ("1", ["1"]),
        ("I(a^2) + I(a ** 2) + a", ["1", "I(a^2)", "a"]),
        ("y ~ a*b*c - a:b:c", ["1", "a", "b", "c", "a:b", "a:c", "b:c"]),
    ],
)
def test_fixed_terms_are_rs(text: str, terms: list[str]) -> None:
    assert _terms(text) == terms


def _random(text: str) -> list[tuple[int, str, bool]]:
    parts = parse_formula(text).random
    return [(len(p.terms), ":".join(p.grouping), p.correlated) for p in parts]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("(1 | g)", [(1, "g", True)]),
        ("(age | g)", [(2, "g", True)]),
        ("(0 + age | g)", [(1, "g", True)]),
        ("(1 + age || g)", [(2, "g", False)]),
        ("(1 | a:b)", [(1, "a:b", True)]),
        ("(1 | a/b)", [(1, "b:a", True), (1, "a", True)]),
        ("x + (1 | a) + (1 | b)", [(1, "a", True), (1, "b", True)]),
    ],
)
def test_random_parts_are_lme4s(text: str, parts: list[tuple[int, str, bool]]) -> None:
    assert _random(text) == parts


def test_variables_are_those_of_every_part_in_order() -> None:
    formula = parse_formula("bp ~ log(age) * sex + (1 + dose | site:scanner)")
    assert isinstance(formula, Formula)
    assert formula.outcome == "bp"
    assert formula.variables == ["age", "sex", "dose", "site", "scanner"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("log(y) ~ a", "name of a column"),
        ("y ~", "nothing to the right"),
        ("a * (1 | g)", "summand of its own"),
        ("a + 2", r"belongs into I\(...\)"),
        ("(1 | a + b)", "right of a bar"),
        ("age + 1 | site", "parentheses"),
        ("(0 | site)", "no effect before its bar"),
        ("(" + "+".join(f"v{k}" for k in range(40)) + ")^4", "more than 500 terms"),
    ],
)
def test_what_is_no_formula_is_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_formula(text)
