"""Reading expressions."""

import pytest

from multipet.core.problems import UserError
from multipet.formulas.expression import Call, Name, Number, Operation, names_in, parse_expression


def test_precedence_is_rs() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    assert parse_expression("a + b:c", "f") == Operation("+", (a, Operation(":", (b, c))))
    assert parse_expression("a * b:c", "f") == Operation("*", (a, Operation(":", (b, c))))
    assert parse_expression("1 + a | b", "f") == Operation("|", (Operation("+", (Number(1), a)), b))
    assert parse_expression("-a^2", "f") == Operation("-", (Operation("^", (a, Number(2))),))


def test_powers_are_the_same_in_both_spellings_but_keep_their_text() -> None:
    ours, rs = parse_expression("I(age ** 2)", "f"), parse_expression("I(age^2)", "f")
    assert ours == rs
    assert isinstance(ours, Call)
    assert ours.text == "I(age ** 2)"


def test_options_and_quoted_names() -> None:
    call = parse_expression("ns(`age at scan`, df = 3)", "f")
    assert call == Call("ns", (Name("age at scan"),), (("df", Number(3)),))
    assert names_in(call) == ["age at scan"]


@pytest.mark.parametrize(
    "text",
    ["", "a +", "(a", "a)", "f(a", "f(a b)", "a $ b", "a; b", "'a'", "a[1]", "((" * 80, "a.b("],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(UserError, match=r"config\.yaml:7"):
        parse_expression(text, "config.yaml:7")


def test_an_endless_text_is_refused() -> None:
    with pytest.raises(UserError, match="longer than"):
        parse_expression("a+" * 5000, "f")
