"""Sentences whose parts keep their emphasis, so that names from tables stay isolated text."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from multipet.symbols import is_symbol


@dataclass(frozen=True)
class Span:
    """A piece of a sentence.

    Attributes
    ----------
    text
        Plain text; escaped where it is rendered.
    strong
        Printed in bold.
    name
        Comes from the config or a table: set apart from the direction of the text around it.
    symbol
        Is a quantity with a subscript after its first underscore, as ``BP_ND``.
    meaning
        Explains the piece where a pointer rests on it.
    """

    text: str
    strong: bool = False
    name: bool = False
    symbol: bool = False
    meaning: str = ""

    @property
    def base(self) -> str:
        """Text before the subscript of a symbol: ``BP`` of ``BP_ND``."""
        return self.text.partition("_")[0]

    @property
    def subscript(self) -> str:
        """Subscript of a symbol: ``ND`` of ``BP_ND``."""
        return self.text.partition("_")[2]


Prose = tuple[Span, ...]


def prose(*parts: str | Span) -> Prose:
    """Join parts to prose; strings are plain text."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts if part)


def name(text: str) -> Span:
    """A piece that comes from the config or a table."""
    return Span(str(text), name=True)


def outcome(label: str) -> Span:
    """The outcome's label; ``BP_ND`` and ``V_T`` get their subscript."""
    return Span(label, name=True, symbol=is_symbol(label))


def strong(text: str) -> Span:
    """A piece in bold."""
    return Span(text, strong=True)


def emphasised(parts: Iterable[str | Span]) -> Prose:
    """Return the same prose in bold."""
    return tuple(replace(part, strong=True) for part in prose(*parts))


def plain(spans: Iterable[Span]) -> str:
    """Return prose as plain text."""
    return "".join(span.text for span in spans)
