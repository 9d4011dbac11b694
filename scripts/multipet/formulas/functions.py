"""The closed list of functions a formula may use, and their values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.formulas.expression import Call, Name, Node, Number, Operation

ELEMENTWISE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "I": np.asarray,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "abs": np.abs,
}
_ARITHMETIC = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
# what a function learns from the data, so that it means the same at other values
Learnt = dict[Call, tuple[np.ndarray, ...]]


def numbers(node: Node, values: Mapping[str, np.ndarray], learnt: Learnt) -> np.ndarray:
    """Values of ``node``, shape (n,) or, for a basis such as ``poly``, (n, columns).

    Parameters
    ----------
    node
        Name, number, arithmetic or call of a listed function.
    values
        The numbers of each column, each of shape (n,).
    learnt
        What ``poly``, ``ns``, ``center`` and ``scale`` learnt; filled where it is empty.

    Raises
    ------
    UserError
        If a function is unknown or its arguments do not fit.
    """
    match node:
        case Number(value):
            return np.asarray(value)
        case Name(name):
            return values[name]
        case Operation(symbol, operands) if symbol in _ARITHMETIC:
            parts = [numbers(operand, values, learnt) for operand in operands]
            if len(parts) == 1:
                return -parts[0] if symbol == "-" else parts[0]
            with np.errstate(all="ignore"):
                return _ARITHMETIC[symbol](parts[0], parts[1])
        case Call():
            return _called(node, values, learnt)
    raise ValueError(f"not arithmetic: {node}")  # check_functions refuses it before


def check_functions(nodes: Iterable[Node], where: str) -> None:
    """Refuse a function that is not listed, or one with the wrong arguments.

    Raises
    ------
    UserError
        With the likely name.
    """
    for node in nodes:
        match node:
            case Call(function, arguments):
                allowed = [*ELEMENTWISE, *BASES]
                if function not in allowed:
                    hint = did_you_mean(function, allowed)
                    raise UserError(Problem(where, f'no function "{function}"', hint))
                _size(node, BASES[function].option if function in BASES else "")
                check_functions(arguments, where)
            case Operation(symbol, operands):
                if symbol not in _ARITHMETIC:
                    raise UserError(Problem(where, f'"{symbol}" is not arithmetic'))
                check_functions(operands, where)


def _called(call: Call, values: Mapping[str, np.ndarray], learnt: Learnt) -> np.ndarray:
    x = np.asarray(numbers(call.arguments[0], values, learnt), dtype=float)
    if call.function in ELEMENTWISE:
        with np.errstate(all="ignore"):
            return ELEMENTWISE[call.function](x)
    basis = BASES[call.function]
    if x.ndim != 1:
        raise _wrong(call, "its first argument must be one number a row")
    if call not in learnt:
        size = _size(call, basis.option)
        distinct = len(np.unique(x))
        if distinct <= size:
            raise _wrong(call, f"needs more than {size} different values, found {distinct}")
        learnt[call] = basis.learn(x, size)
    return basis.apply(x, learnt[call])


def _size(call: Call, option: str) -> int:
    """Second argument, by position or by name: the degree of a polynomial, the df of a spline."""
    given = [*call.arguments[1:], *(node for name, node in call.options if name == option)]
    expected = int(bool(option))
    if not call.arguments or len(given) != expected or len(call.options) > len(given):
        raise _wrong(call, f"takes a number and {option}" if option else "takes one argument")
    if not option:
        return 1
    match given[0]:
        case Number(value) if value in range(1, 21):
            return int(value)
    raise _wrong(call, f"{option} must be a whole number from 1 to 20")


def _wrong(call: Call, message: str) -> UserError:
    return UserError(Problem("formula", f"{call.text}: {message}"))


def _learn_mean(x: np.ndarray, size: int) -> tuple[np.ndarray, ...]:
    return np.asarray(x.mean()), np.asarray(1.0)


def _learn_mean_and_sd(x: np.ndarray, size: int) -> tuple[np.ndarray, ...]:
    return np.asarray(x.mean()), np.asarray(x.std(ddof=1))


def _standardised(x: np.ndarray, learnt: tuple[np.ndarray, ...]) -> np.ndarray:
    mean, sd = learnt
    return (x - mean) / sd


def _learn_polynomial(x: np.ndarray, degree: int) -> tuple[np.ndarray, ...]:
    """Coefficients of the three-term recurrence that makes the powers of x orthogonal."""
    alpha, norms = [x.mean()], [float(len(x))]
    before, now = np.ones_like(x), x - x.mean()
    for _ in range(1, degree):
        norms.append(now @ now)
        alpha.append((x * now) @ now / norms[-1])
        before, now = now, (x - alpha[-1]) * now - norms[-1] / norms[-2] * before
    return np.array(alpha), np.array([*norms, now @ now])


def _polynomial(x: np.ndarray, learnt: tuple[np.ndarray, ...]) -> np.ndarray:
    alpha, norms = learnt
    before, now = np.ones_like(x), x - alpha[0]
    columns = [now]
    for k in range(1, len(alpha)):
        before, now = now, (x - alpha[k]) * now - norms[k] / norms[k - 1] * before
        columns.append(now)
    return np.column_stack(columns) / np.sqrt(norms[1:])


def _learn_spline(x: np.ndarray, df: int) -> tuple[np.ndarray, ...]:
    """Knots at quantiles, and the combinations of B-splines that are linear beyond the ends."""
    from scipy.interpolate import BSpline  # 0.35 s to import, for splines only

    inner = np.quantile(x, np.linspace(0, 1, df + 1)[1:-1])
    knots = np.concatenate([np.repeat(x.min(), 4), inner, np.repeat(x.max(), 4)])
    ends = np.array([x.min(), x.max()])
    curvature = BSpline(knots, np.eye(len(knots) - 4), 3).derivative(2)(ends)[:, 1:]
    q, _ = np.linalg.qr(curvature.T, mode="complete")
    return knots, q[:, 2:]


def _spline(x: np.ndarray, learnt: tuple[np.ndarray, ...]) -> np.ndarray:
    from scipy.interpolate import BSpline

    knots, natural = learnt
    basis = BSpline(knots, np.eye(len(knots) - 4), 3)
    inside = np.clip(x, knots[0], knots[-1])
    values = basis(inside) + (x - inside)[:, None] * basis.derivative(1)(inside)
    return values[:, 1:] @ natural


@dataclass(frozen=True)
class _Basis:
    """A function that learns from the data: ``option`` names its second argument, if any."""

    learn: Callable[[np.ndarray, int], tuple[np.ndarray, ...]]
    apply: Callable[[np.ndarray, tuple[np.ndarray, ...]], np.ndarray]
    option: str = ""


BASES = {
    "center": _Basis(_learn_mean, _standardised),
    "scale": _Basis(_learn_mean_and_sd, _standardised),
    "poly": _Basis(_learn_polynomial, _polynomial, "degree"),
    "ns": _Basis(_learn_spline, _spline, "df"),
}
