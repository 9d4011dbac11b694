"""Parts of a formula as text again."""

from multipet.formulas.expression import Call, Name
from multipet.formulas.formula import INTERCEPT, RandomPart, Term, parse_formula


def fixed_terms(formula: str) -> list[str]:
    """Fixed terms of a formula but the intercept: ``["age", "group", "age:group"]``."""
    return [term_text(term) for term in parse_formula(formula).fixed if term != INTERCEPT]


def fixed_part(formula: str) -> str:
    """Fixed part of a formula: ``1 + age + group + age:group``."""
    intercept = "1" if INTERCEPT in parse_formula(formula).fixed else "0"
    return " + ".join([intercept, *fixed_terms(formula)])


def term_text(term: Term) -> str:
    """One term but the intercept: ``age:group``."""
    return ":".join(_node_text(node) for node in term)


def random_text(part: RandomPart) -> str:
    """One random part: ``(0 + age | site)``."""
    intercept = "1" if INTERCEPT in part.terms else "0"
    effects = [intercept, *(term_text(term) for term in part.terms if term != INTERCEPT)]
    grouping = ":".join(_node_text(Name(name)) for name in part.grouping)
    return f"({' + '.join(effects)} {'|' if part.correlated else '||'} {grouping})"


def _node_text(node: Name | Call) -> str:
    if isinstance(node, Call):
        return node.text
    return node.name if node.name.isidentifier() else f"`{node.name}`"
