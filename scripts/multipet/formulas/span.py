"""Do the columns of some terms span those of another, in data where nothing is confounded?"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from multipet.formulas.expression import Name, Node, names_in
from multipet.formulas.formula import Term
from multipet.formulas.functions import numbers

_ROWS = 600
_NOTHING = 1e-6  # share of a column's length that rounding leaves of it


def spans(kept: Iterable[Term], term: Term, levels: Mapping[str, Sequence[str]]) -> bool:
    """Whether ``kept`` and a constant span ``term``: ``poly(age, 2)`` does ``I(age^2)``.

    Judged on made-up rows, in which numbers are spread evenly and every combination of levels
    comes.

    Parameters
    ----------
    levels
        Levels of each variable that has them; all others are numbers.
    """
    kept = list(kept)
    values = _made_up({n for t in (term, *kept) for node in t for n in names_in(node)}, levels)
    span = np.hstack([np.ones((_ROWS, 1)), *(_columns(t, values, levels) for t in kept)])
    columns = _columns(term, values, levels)
    left = columns - span @ np.linalg.lstsq(span, columns, rcond=1e-10)[0]
    return bool((np.linalg.norm(left, axis=0) <= _NOTHING).all())


def _made_up(names: Iterable[str], levels: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(1)
    return {
        name: np.eye(len(levels[name]))[generator.integers(len(levels[name]), size=_ROWS)]
        if name in levels
        else generator.uniform(1.0, 3.0, _ROWS)
        for name in sorted(names)
    }


def _columns(
    term: Term, values: Mapping[str, np.ndarray], levels: Mapping[str, Sequence[str]]
) -> np.ndarray:
    """Columns of a term, each of length 1; levels by one indicator each."""
    columns = np.ones((_ROWS, 1))
    for node in term:
        own = _node_columns(node, values, levels)
        columns = (columns[:, :, None] * own[:, None, :]).reshape(_ROWS, -1)
    length = np.linalg.norm(columns, axis=0)
    return columns / np.where(length > 0, length, 1.0)


def _node_columns(
    node: Node, values: Mapping[str, np.ndarray], levels: Mapping[str, Sequence[str]]
) -> np.ndarray:
    if isinstance(node, Name) and node.name in levels:
        return values[node.name]
    return np.asarray(numbers(node, values, {}), dtype=float).reshape(_ROWS, -1)
