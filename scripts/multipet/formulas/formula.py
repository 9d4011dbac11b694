"""Model formulas in lme4's notation: which fixed and random terms they ask for."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from multipet.core.problems import Problem, UserError
from multipet.formulas.expression import (
    Call,
    Name,
    Node,
    Number,
    Operation,
    names_in,
    parse_expression,
)

Term = tuple[Node, ...]
INTERCEPT: Term = ()
_MOST_TERMS = 500


@dataclass(frozen=True)
class RandomPart:
    """One ``(terms | grouping)``.

    Attributes
    ----------
    terms
        Terms of the effects; ``()`` is the intercept.
    grouping
        Columns whose combinations are the levels: ``("site", "scanner")``.
    correlated
        False for ``||``.
    """

    terms: tuple[Term, ...]
    grouping: tuple[str, ...]
    correlated: bool


@dataclass(frozen=True)
class Formula:
    """A formula taken apart.

    Attributes
    ----------
    text
        As written.
    outcome
        Left side; empty without one.
    fixed
        Terms of the fixed part; ``()`` is the intercept. Main effects come before
        interactions, as in R.
    random
        The random parts, in the order written.
    """

    text: str
    outcome: str
    fixed: tuple[Term, ...]
    random: tuple[RandomPart, ...]

    @property
    def nodes(self) -> list[Node]:
        """Every variable or function of the effects, in order of appearance."""
        terms = chain(self.fixed, *(part.terms for part in self.random))
        return list(dict.fromkeys(chain(*terms)))

    @property
    def variables(self) -> list[str]:
        """Columns that the right side uses, in order of appearance."""
        names = [name for node in self.nodes for name in names_in(node)]
        return list(dict.fromkeys([*names, *chain(*(part.grouping for part in self.random))]))


def parse_formula(text: str, where: str = "formula") -> Formula:
    """Read ``[outcome ~] terms`` as lme4 writes it; nothing in it is run as code.

    Parameters
    ----------
    text
        For example ``bp_nd ~ age * group + (1 | site/scanner) + (1 + age || subject)``.
    where
        Start of the message when it cannot be read.

    Raises
    ------
    UserError
        If it is not a formula.
    """
    left, tilde, right = text.rpartition("~")
    outcome = parse_expression(left, where) if left.strip() else Name("")
    if not isinstance(outcome, Name):
        raise _problem(text, where, "the outcome must be the name of a column")
    if tilde and not right.strip():
        raise _problem(text, where, "there is nothing to the right of ~")
    reader = _Expansion(text, where)
    tree = parse_expression(right if tilde else text, where)
    if _is_bar(tree) and not right.lstrip().startswith("("):
        raise _problem(text, where, "a random term stands in parentheses, as in (1 | site)")
    bars = [bar for bar in _summands(tree) if _is_bar(bar)]
    rest = [part for part in _summands(tree) if not _is_bar(part)]
    fixed = reader.sum_of_terms(rest)
    return Formula(text, outcome.name, fixed, tuple(chain(*map(reader.random_parts, bars))))


def _problem(text: str, where: str, message: str) -> UserError:
    return UserError(Problem(where, f'"{text.strip()[:200]}": {message}'))


def _is_bar(node: Node) -> bool:
    return isinstance(node, Operation) and node.symbol in ("|", "||")


def _summands(node: Node) -> list[Node]:
    """Parts of a sum, a part that is taken away as ``Operation("-", (part,))``."""
    match node:
        case Operation("+", operands):
            return [part for operand in operands for part in _summands(operand)]
        case Operation("-", (first, second)):
            return [*_summands(first), Operation("-", (second,))]
    return [node]


class _Expansion:
    """Terms that a tree stands for; products and powers are multiplied out."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where

    def problem(self, message: str) -> UserError:
        return _problem(self.text, self.where, message)

    def sum_of_terms(self, parts: Iterable[Node]) -> tuple[Term, ...]:
        """Terms of a fixed or effects part, the intercept included unless taken away."""
        terms: dict[frozenset[Node], Term] = {frozenset(): INTERCEPT}
        for part in parts:
            match part:
                case Operation("-", (Number(1),)) | Number(0):
                    terms.pop(frozenset(), None)
                case Operation("-", (Number(0),)):
                    terms[frozenset()] = INTERCEPT
                case Operation("-", (taken,)):
                    for term in self.terms(taken):
                        terms.pop(frozenset(term), None)
                case _:
                    for term in self.terms(part):
                        terms.setdefault(frozenset(term), term)
        # R's order: by degree; within a term, variables in order of first appearance
        order = {node: k for k, node in enumerate(dict.fromkeys(chain(*terms.values())))}
        return tuple(
            tuple(sorted(t, key=order.__getitem__)) for t in sorted(terms.values(), key=len)
        )

    def terms(self, node: Node) -> list[Term]:
        match node:
            case Number(1):
                return [INTERCEPT]
            case Name() | Call():
                return [(node,)]
            case Operation("|" | "||"):
                raise self.problem("a random term must be a summand of its own: a + (1 | site)")
            case Operation("+", operands):
                return self.unique(chain(*map(self.terms, operands)))
            case Operation(":", (first, second)):
                return self.crossed(self.terms(first), self.terms(second))
            case Operation("*", (first, second)):
                left, right = self.terms(first), self.terms(second)
                return self.unique([*left, *right, *self.crossed(left, right)])
            case Operation("/", (first, second)):
                left = self.terms(first)
                whole = [tuple(dict.fromkeys(chain(*left)))]
                return self.unique([*left, *self.crossed(whole, self.terms(second))])
            case Operation("^", (base, Number(power))) if power in range(1, 10):
                terms = self.terms(base)
                result = terms
                for _ in range(int(power) - 1):
                    result = self.unique([*result, *self.crossed(result, terms)])
                return result
        raise self.problem("arithmetic belongs into I(...), as in I(age^2)")

    def crossed(self, left: list[Term], right: list[Term]) -> list[Term]:
        return self.unique(tuple(dict.fromkeys(a + b)) for a in left for b in right)

    def unique(self, terms: Iterable[Term]) -> list[Term]:
        found: dict[frozenset[Node], Term] = {}
        for term in terms:
            found.setdefault(frozenset(term), term)
            if len(found) > _MOST_TERMS:
                raise self.problem(f"it stands for more than {_MOST_TERMS} terms")
        return list(found.values())

    def random_parts(self, bar: Node) -> list[RandomPart]:
        assert isinstance(bar, Operation)
        effects, grouping = bar.operands
        terms = self.sum_of_terms(_summands(effects))
        if not terms:
            raise self.problem("a random term has no effect before its bar")
        return [RandomPart(terms, names, bar.symbol == "|") for names in self.groupings(grouping)]

    def groupings(self, node: Node) -> list[tuple[str, ...]]:
        """``a/b`` stands for ``b:a`` and ``a``, as lme4 names and orders them."""
        match node:
            case Name(name):
                return [(name,)]
            case Operation(":", (first, second)):
                names = chain(*self.groupings(first), *self.groupings(second))
                return [tuple(dict.fromkeys(names))]
            case Operation("/", (first, second)):
                outer = self.groupings(first)
                inner = self.groupings(second)
                return [*((*i, *outer[0]) for i in inner), *outer]
        raise self.problem("right of a bar stands one column, or columns joined by : or /")


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
