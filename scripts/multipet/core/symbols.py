"""Quantities with a subscript, as ``BP_ND`` and ``V_T``."""

LONGEST = 11  # characters; a longer label is a name with an underscore


def is_symbol(label: str) -> bool:
    """Whether ``label`` is a symbol whose subscript follows its one underscore."""
    base, underscore, subscript = label.partition("_")
    return bool(underscore) and base.isalpha() and subscript.isalnum() and len(label) <= LONGEST


def split_symbol(text: str, symbol: str) -> list[tuple[str, str]]:
    """Split ``text`` at each ``symbol`` that stands alone: pieces of (text, subscript).

    Examples
    --------
    >>> split_symbol("log BP_ND, %", "BP_ND")
    [('log BP', 'ND'), (', %', '')]
    """
    if not symbol or not is_symbol(symbol):
        return [(text, "")]
    base, _, subscript = symbol.partition("_")
    pieces, done, start = [], 0, 0
    while (at := text.find(symbol, start)) >= 0:
        start = at + len(symbol)
        if _is_word(text[max(at - 1, 0) : at]) or _is_word(text[start : start + 1]):
            continue
        pieces.append((text[done:at] + base, subscript))
        done = start
    return [*pieces, (text[done:], "")] if text[done:] or not pieces else pieces


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
