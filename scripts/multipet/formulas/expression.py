"""Expressions of the formula language as trees: read, never evaluated as code."""

import re
from dataclasses import dataclass, field

from multipet.core.problems import Problem, UserError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|`(?P<quoted>[^`]+)`"
    r"|(?P<name>(?:[^\W\d]|\.)[\w.]*)"
    r"|(?P<symbol>\*\*|\|\||[-+*/:^()|,=~]))"
)
# low to high, as in R; all are left-associative except powers
_PRECEDENCE = {"|": 1, "||": 1, "+": 2, "-": 2, "*": 3, "/": 3, ":": 4, "^": 6}
_UNARY = 5
_LONGEST, _DEEPEST = 5000, 60


@dataclass(frozen=True)
class Number:
    """A number as written in a formula."""

    value: float


@dataclass(frozen=True)
class Name:
    """A column of the table."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Operands joined by a symbol (one operand: a sign)."""

    symbol: str
    operands: tuple["Node", ...]


@dataclass(frozen=True)
class Call:
    """A function with arguments; ``text`` is how it was written."""

    function: str
    arguments: tuple["Node", ...]
    options: tuple[tuple[str, "Node"], ...] = ()
    text: str = field(default="", compare=False)


Node = Number | Name | Operation | Call


def parse_expression(text: str, where: str) -> Node:
    """Read one expression.

    Raises
    ------
    UserError
        If ``text`` is not an expression; the message names the place.
    """
    return _Reader(text, where).whole()


def names_in(node: Node) -> list[str]:
    """Columns that ``node`` uses, in order of appearance."""
    match node:
        case Name(name):
            return [name]
        case Operation(_, operands) | Call(_, operands):
            return list(dict.fromkeys(name for operand in operands for name in names_in(operand)))
    return []


class _Reader:
    """Precedence climbing over the tokens of one text."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where, self.position, self.depth = text, where, 0, 0
        if len(text) > _LONGEST:
            raise self.problem(f"longer than {_LONGEST} characters")
        self.tokens = self._tokens()

    def _tokens(self) -> list[tuple[str, str, int, int]]:
        found, at = [], 0
        while at < len(self.text.rstrip()):
            match = _TOKEN.match(self.text, at)
            if match is None:
                raise self.problem(f'cannot read "{self.text[at:].strip()[:20]}"')
            kind = match.lastgroup or ""
            word = match[kind].replace("**", "^") if kind == "symbol" else match[kind]
            found.append((kind, word, match.end() - len(match[0].lstrip()), match.end()))
            at = match.end()
        return [*found, ("end", "", at, at)]

    def problem(self, message: str) -> UserError:
        return UserError(Problem(self.where, f'"{self.text.strip()[:200]}": {message}'))

    def whole(self) -> Node:
        node = self.expression(0)
        if self.kind != "end":
            raise self.problem(f'"{self.word}" is not expected here')
        return node

    @property
    def kind(self) -> str:
        return self.tokens[self.position][0]

    @property
    def word(self) -> str:
        return self.tokens[self.position][1]

    def take(self, symbol: str = "") -> str:
        word = self.word
        if symbol and (self.kind != "symbol" or word != symbol):
            raise self.problem(f'"{symbol}" is missing before "{word or "the end"}"')
        self.position += 1
        return word

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind == "symbol" and self.word in symbols

    def expression(self, lowest: int) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.problem("nested too deeply")
        node = self.operand()
        while self.is_symbol(*_PRECEDENCE) and _PRECEDENCE[self.word] >= lowest:
            symbol = self.take()
            rank = _PRECEDENCE[symbol]
            node = Operation(symbol, (node, self.expression(rank if symbol == "^" else rank + 1)))
        self.depth -= 1
        return node

    def operand(self) -> Node:
        if self.is_symbol("+", "-"):
            return Operation(self.take(), (self.expression(_UNARY),))
        if self.is_symbol("("):
            self.take()
            node = self.expression(0)
            self.take(")")
            return node
        if self.kind == "number":
            return Number(float(self.take()))
        if self.kind in ("name", "quoted"):
            start, callable_ = self.tokens[self.position][2], self.kind == "name"
            name = self.take()
            return self.call(name, start) if callable_ and self.is_symbol("(") else Name(name)
        raise self.problem(f'a name or number is missing before "{self.word or "the end"}"')

    def call(self, function: str, start: int) -> Call:
        arguments: list[Node] = []
        options: list[tuple[str, Node]] = []
        self.take("(")
        while not self.is_symbol(")"):
            if self.kind == "name" and self.tokens[self.position + 1][:2] == ("symbol", "="):
                name = self.take()
                self.take("=")
                options.append((name, self.expression(0)))
            else:
                arguments.append(self.expression(0))
            if not self.is_symbol(")"):
                self.take(",")
        self.take(")")
        text = self.text[start : self.tokens[self.position - 1][3]]
        return Call(function, tuple(arguments), tuple(options), " ".join(text.split()))
