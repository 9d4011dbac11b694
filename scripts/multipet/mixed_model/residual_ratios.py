"""The search for θ and the residual ratios δ together, many outcomes in lock-step.

The model is nlme's ``varIdent`` (Pinheiro & Bates 2000, doi:10.1007/b98882): the residual SD of
level s is σ δ_s. Searched for are θ and, relative to the noisiest level, ρ with δ² = ρ² + a
floor: in ρ, as in θ, the criterion is even, so that a spread of 0 is an ordinary minimum.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from multipet.core.problems import listed
from multipet.mixed_model.design import Design
from multipet.mixed_model.fit import Convergence
from multipet.mixed_model.random_terms import (
    lambda_blocks,
    on_diagonal,
    theta_of,
    theta_of_data,
    triangular,
)
from multipet.mixed_model.residual_levels import LEAST, ResidualSpread, is_zero
from multipet.mixed_model.residual_products import (
    ResidualProducts,
    evaluate_spread,
    residual_products,
)
from multipet.mixed_model.search import search

_LARGEST_BATCH = 4_000_000  # numbers kept for the outcomes that are searched together
_FAR = 3.0  # δ from which on a level takes over as the one that others are relative to
_UNBOUNDED = 0.5  # slope of the criterion by log δ that a spread of 0 must not leave


@dataclass(frozen=True, eq=False)
class SpreadEstimate:
    """Where the search ended for one outcome.

    Attributes
    ----------
    theta
        In the scale of the data, relative to the residual SD of the first level.
    spread
        The residual ratios.
    converged, found
        How it ended, and whether at a minimum.
    reason
        Why there is no fit; mostly empty.
    """

    theta: np.ndarray
    spread: ResidualSpread
    converged: Convergence
    found: bool
    reason: str


@dataclass(frozen=True, eq=False)
class _State:
    """θ of standardised columns and δ, relative to the same residual SD; how they were found."""

    theta: np.ndarray
    delta: np.ndarray
    iterations: np.ndarray
    restarts: np.ndarray
    found: np.ndarray


def spread_batches(design: Design, names: list[str]) -> Iterator[list[str]]:
    """``names`` in parts that fit into memory together."""
    effects = [len(term.effects) * len(term.levels) for term in design.terms] or [0]
    columns = sum(effects) - max(effects) + design.X.shape[1] + 1
    size = columns * (len(design.residual.levels) * columns + 2 * max(effects))
    step = max(1, min(512, _LARGEST_BATCH // size))
    for start in range(0, len(names), step):
        yield names[start : start + step]


def estimate_spread(design: Design, Y: np.ndarray, reml: bool) -> list[SpreadEstimate]:
    """Minimise the criterion of every outcome, a column of ``Y``, over θ and δ."""
    given = residual_products(design, Y)
    none = np.zeros(Y.shape[1], dtype=int)
    theta = np.tile(on_diagonal(design.terms).astype(float), (Y.shape[1], 1))
    largest = given.spread.max(axis=1, keepdims=True)
    start = _State(theta, np.clip(given.spread / largest, 0.2, 1), none, none, none > 0)
    state = _searched(given, start, np.arange(Y.shape[1]), reml)
    again = np.flatnonzero(_endless(given, state, reml).any(axis=1))
    if again.size:  # the likelihood has no bound there, but may have a proper maximum elsewhere
        theta, delta, restarts = state.theta.copy(), state.delta.copy(), state.restarts.copy()
        theta[again], delta[again] = 0.3 * start.theta[again], 1.0
        restarts[again] += 1
        elsewhere = replace(state, theta=theta, delta=delta, restarts=restarts)
        state = _searched(given, elsewhere, again, reml)
    far = np.flatnonzero(state.delta.max(axis=1) > _FAR)
    if far.size:
        state = _searched(given, state, far, reml)
    return _estimates(design, given, state, reml)


def _endless(given: ResidualProducts, state: _State, reml: bool) -> np.ndarray:
    """Levels whose spread runs to 0 without end, (R, S): the criterion still falls there."""
    slopes = evaluate_spread(given, state.theta, state.delta, reml).by_log_delta
    return is_zero(state.delta) & (slopes > _UNBOUNDED)


def _searched(given: ResidualProducts, state: _State, which: np.ndarray, reml: bool) -> _State:
    """``state`` once the outcomes ``which`` were searched from there, noisiest level first."""
    design = given.products.design
    t, S = state.theta.shape[1], state.delta.shape[1]
    order = np.argsort(-state.delta, axis=1, kind="stable")
    places, largest = order[:, 1:], state.delta.max(axis=1, keepdims=True)

    def objective(point: np.ndarray, some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rho = point[:, t:]
        delta = _ratios(rho, places[some])
        result = evaluate_spread(given.take(some), point[:, :t], delta, reml)
        by_rho = _at(result.by_log_delta / delta**2, places[some]) * rho
        return result.criterion, np.hstack([result.by_theta, by_rho])

    others = _at(state.delta / largest, places)
    rho = np.sqrt(np.clip(others**2 - LEAST**2, 0, None))
    even = np.append(on_diagonal(design.terms), np.ones(S - 1, dtype=bool))
    start = np.hstack([state.theta / largest, rho])[which]
    best, restarts = search(objective, start, even, which)
    theta, delta = state.theta.copy(), state.delta.copy()
    theta[which], delta[which] = best.point[:, :t], _ratios(best.point[:, t:], places[which])
    iterations, again, found = state.iterations.copy(), state.restarts.copy(), state.found.copy()
    iterations[which] += best.iterations
    again[which] += restarts
    found[which] = best.found
    return _State(theta, delta, iterations, again, found)


def _ratios(rho: np.ndarray, places: np.ndarray) -> np.ndarray:
    """δ, shape (R, S), from ρ of the levels at ``places``, shape (R, S − 1); else 1."""
    delta = np.ones((len(rho), rho.shape[1] + 1))
    np.put_along_axis(delta, places, np.sqrt(LEAST**2 + rho**2), axis=1)
    return delta


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.take_along_axis(values, places, axis=1)


def _estimates(
    design: Design, given: ResidualProducts, state: _State, reml: bool
) -> list[SpreadEstimate]:
    result = evaluate_spread(given, state.theta, state.delta, reml)
    first = state.delta[:, :1]
    terms = design.terms
    theta = state.theta
    if terms:
        theta = theta_of([triangular(block) for block in lambda_blocks(theta, terms)])
        theta = theta_of_data(theta, terms, given.products.scales) / first
    endless = _endless(given, state, reml)
    slopes = np.where(is_zero(state.delta), 0, result.by_log_delta)
    slopes = np.hstack([result.by_theta, slopes])
    steepest = np.abs(slopes).max(axis=1)
    return [
        SpreadEstimate(
            theta[r],
            ResidualSpread(design.residual, state.delta[r] / first[r]),
            Convergence(float(steepest[r]), int(state.iterations[r]), int(state.restarts[r])),
            bool(state.found[r]),
            _reason(design, endless[r]),
        )
        for r in range(len(theta))
    ]


def _reason(design: Design, endless: np.ndarray) -> str:
    """Why levels whose spread runs to 0 without end make a fit impossible."""
    if not endless.any():
        return ""
    factor, levels = design.residual.factor, design.residual.levels
    names = listed(f'"{level}"' for level, one in zip(levels, endless, strict=True) if one)
    return (
        f"the model explains the scans of {factor} {names} exactly: "
        f"their residual spread runs to 0 and cannot be estimated"
    )
