"""Parts of a formula as text again."""

from multipet.expression import Call, Name
from multipet.formula import INTERCEPT, Term, parse_formula


def fixed_terms(formula: str) -> list[str]:
    """Fixed terms of a formula but the intercept: ``["age", "group", "age:group"]``."""
    return [_term_text(term) for term in parse_formula(formula).fixed if term != INTERCEPT]


def fixed_part(formula: str) -> str:
    """Fixed part of a formula: ``1 + age + group + age:group``."""
    intercept = "1" if INTERCEPT in parse_formula(formula).fixed else "0"
    return " + ".join([intercept, *fixed_terms(formula)])


def _term_text(term: Term) -> str:
    return ":".join(_node_text(node) for node in term)


def _node_text(node: Name | Call) -> str:
    if isinstance(node, Call):
        return node.text
    return node.name if node.name.isidentifier() else f"`{node.name}`"
