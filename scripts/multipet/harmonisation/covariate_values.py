"""Values of one covariate: numbers, shares of levels, or natural cubic splines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.formulas.expression import Call, Name, Node, Number
from multipet.formulas.formula import Term
from multipet.harmonisation.batch_design import Array
from multipet.harmonisation.batches import label_text
from multipet.mixed_model.variables import is_number


@dataclass(frozen=True, kw_only=True)
class Covariate:
    """What is known of a covariate.

    Attributes
    ----------
    levels
        Levels in the scans learnt from, first = reference; empty for a number.
    unseen
        Levels that other scans of the table have: their effect is unknown.
    mean, low, high
        Mean and range of a number in the scans learnt from; 0 for levels.
    """

    name: str
    levels: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    mean: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def __post_init__(self) -> None:
        # JSON has lists
        object.__setattr__(self, "levels", tuple(self.levels))
        object.__setattr__(self, "unseen", tuple(self.unseen))

    @property
    def is_constant(self) -> bool:
        """Whether the scans learnt from have one value."""
        return len(self.levels) == 1 if self.levels else self.low == self.high

    def as_parameters(self) -> dict[str, Any]:
        """Return its fields, JSON-able."""
        fields = asdict(self)
        del fields["name"]
        return fields | {"levels": list(self.levels), "unseen": list(self.unseen)}


def complete_rows(table: pd.DataFrame, names: Iterable[str]) -> NDArray[np.bool_]:
    """Which rows have a value of every covariate, (scan,); empty text is none."""
    usable = np.ones(len(table), bool)
    for name in names:
        usable &= ~(table[name].isna() | table[name].isin([""])).to_numpy(bool)
    return usable


def read_covariate(name: str, column: pd.Series, rows: NDArray[np.bool_]) -> Covariate:
    """Describe a covariate in ``rows``, which have a value.

    Levels come in the order of a categorical column, else sorted as text.

    Raises
    ------
    UserError
        If it has infinite values.
    """
    if is_number(column):
        values = _numbers(name, column[rows], f"column {name}")
        low, high = float(values.min()), float(values.max())
        return Covariate(name=name, mean=float(values.mean()), low=low, high=high)
    every = complete_rows(column.to_frame(name), [name])
    seen, known = set(_texts(column[rows])), set(_texts(column[every]))
    order = sorted(known)
    if isinstance(column.dtype, pd.CategoricalDtype):
        order = list(dict.fromkeys(map(label_text, column.cat.categories)))
    levels = tuple(level for level in order if level in seen)
    return Covariate(name=name, levels=levels, unseen=tuple(x for x in order if x in known - seen))


def covariate_values(covariate: Covariate, column: pd.Series, where: str) -> Array:
    """Values in the rows of ``column``, all present: (scan,), or (scan, level) for levels.

    An unseen level counts as the mean of the levels.

    Raises
    ------
    UserError
        If a number is none or infinite, or a level is unknown.
    """
    name = covariate.name
    if not covariate.levels:
        if not is_number(column):
            raise UserError(Problem(where, f'"{name}" must be a number, but is text'))
        return _numbers(name, column, where)
    position = {level: k for k, level in enumerate((*covariate.levels, *covariate.unseen))}
    texts = _texts(column)
    unknown = sorted({text for text in texts if text not in position})
    if unknown:
        hint = did_you_mean(unknown[0], position)
        raise UserError(Problem(where, f'"{name}" has unknown levels: {listed(unknown)}', hint))
    k = len(covariate.levels)
    shares = np.vstack([np.eye(k), np.full((len(covariate.unseen), k), 1 / k)])
    return shares[[position[text] for text in texts]]


def _numbers(name: str, column: pd.Series, where: str) -> Array:
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise UserError(Problem(where, f'"{name}" has infinite values'))
    return values


def _texts(column: pd.Series) -> list[str]:
    return list(map(label_text, column.tolist()))


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


def _bent(node: Node, names: Sequence[str]) -> Node:
    if isinstance(node, Name) and node.name in names:
        arguments = (node, Number(float(SPLINE_DF)))
        return Call("ns", arguments, text=f"ns({node.name}, {SPLINE_DF})")
    return node


def _has_knots(values: NDArray[np.float64]) -> bool:
    return bool((np.diff(np.quantile(values, np.linspace(0, 1, SPLINE_DF + 1))) > 0).all())
