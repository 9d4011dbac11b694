"""Numeric covariates as natural cubic splines with a fixed basis."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from multipet.formulas.expression import Call, Name, Number
from multipet.formulas.formula import Term
from multipet.problems import Problem, UserError, did_you_mean

#: Columns of a spline: knots at the thirds of the scans and at both ends, straight beyond. Room
#: for two bends, as much as a covariate over adult life needs in batches of a few dozen scans.
SPLINE_DF = 3
#: A number with fewer different values (0/1 codes, grades) enters as it is unless named.
LEAST_VALUES = 10


def spline_names(
    terms: Sequence[Term],
    numbers: Mapping[str, NDArray[np.float64]],
    asked: Sequence[str] | None,
) -> tuple[str, ...]:
    """Covariates that become splines: those asked for, else all with enough different values.

    Parameters
    ----------
    terms
        Of the preserved formula.
    numbers
        Values of each numeric covariate.

    Raises
    ------
    UserError
        If one asked for is no number in the formula, has too few different values for the
        knots, or there is none.
    """
    own = plain_numbers(terms, numbers)
    chosen = [n for n in own if len(np.unique(numbers[n])) >= LEAST_VALUES]
    problems = []
    if asked is not None:
        chosen = [asked] if isinstance(asked, str) else list(dict.fromkeys(asked))
        problems = [
            Problem("spline", f'"{name}" is no number in preserve', did_you_mean(name, own))
            for name in chosen
            if name not in own
        ]
    if not chosen:
        message = f"preserve has no number with {LEAST_VALUES} different values or more to bend"
        problems = [Problem("spline", message, "use combat, or name the number")]
    problems += [
        Problem("spline", f'"{name}" has too many equal values for a spline', "use combat")
        for name in chosen
        if name in own and not _has_knots(numbers[name])
    ]
    if problems:
        raise UserError(problems)
    return tuple(chosen)


def with_splines(terms: Sequence[Term], names: Sequence[str]) -> tuple[Term, ...]:
    """Return ``terms`` with each plain number in ``names`` as ``ns(number, 3)``."""
    return tuple(tuple(_bent(node, names) for node in term) for term in terms)


def plain_numbers(terms: Sequence[Term], numbers: Mapping[str, object]) -> list[str]:
    """Numbers that stand in ``terms`` as they are, outside any function."""
    names = (n.name for term in terms for n in term if isinstance(n, Name) and n.name in numbers)
    return list(dict.fromkeys(names))


def _bent(node: object, names: Sequence[str]) -> object:
    if isinstance(node, Name) and node.name in names:
        arguments = (node, Number(float(SPLINE_DF)))
        return Call("ns", arguments, text=f"ns({node.name}, {SPLINE_DF})")
    return node


def _has_knots(values: NDArray[np.float64]) -> bool:
    return bool((np.diff(np.quantile(values, np.linspace(0, 1, SPLINE_DF + 1))) > 0).all())
