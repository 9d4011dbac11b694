"""Limits of many profile likelihoods in lock-step.

A limit is where the criterion, held parameter apart at its minimum, has risen by z². Each step
evaluates all searches once, with gradient and Hessian. Where the free parameters are close to their
minimum, the profile and its first two derivatives follow from these, and the held parameter
takes a third-order step on the root of the rise, which is nearly straight, the others along their
path; elsewhere the free ones alone take a Newton step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from multipet.inference.profile.free_parameters import FreeParameters

# criterion (r,), gradient (r, m) and Hessian (r, m, m) at points (r, m) of the outcomes (r,)
Function = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]

_CLOSE = 1e-3  # what the free parameters can still lower the criterion by for the held one to move
_SETTLED = 1e-9  # the same at a limit
_EXACT = 1e-6  # relative step of the held parameter after which third order leaves nothing
_MOST_STEPS = 200
_LOW = 0.1  # standard deviations below which 0 is near
_LIFTED = 0.3  # from which the free ones are searched again
_TURNS = (0.0, -1.4, 1.4, -0.7, 0.7)  # angles from which free correlations are


@dataclass(frozen=True, eq=False)
class Sides:
    """The limits to find, one a row.

    Attributes
    ----------
    outcome, held
        Of which outcome, and of which parameter, (r,).
    sign
        −1 for the lower limit, 1 for the upper one.
    edge
        As far as the parameter can go.
    """

    outcome: np.ndarray
    held: np.ndarray
    sign: np.ndarray
    edge: np.ndarray

    def take(self, which: np.ndarray) -> "Sides":
        """Those at ``which``."""
        return Sides(*(part[which] for part in vars(self).values()))

    def within(self, which: np.ndarray, values: np.ndarray) -> np.ndarray:
        """``values`` of the rows ``which``, none beyond its edge."""
        edge = self.edge[which]
        return np.where((values - edge) * self.sign[which] > 0, edge, values)


def limits(
    function: Function, centre: np.ndarray, sides: Sides, z: float, angle: np.ndarray
) -> np.ndarray:
    """Where each profile has risen by z², or its edge if it never does; NaN if not found.

    Where free parameters are at a boundary, or correlations are free, there may be several minima:
    each has a profile of its own, and the farthest of their limits is the limit.

    Parameters
    ----------
    function
        The criterion in parameters of the size of 1.
    centre
        Its minimum for every outcome, (outcomes, m).
    sides
        What to look for.
    z
        Root of the rise.
    angle
        Which parameters are the angle of a correlation and not a standard deviation, (m,).
    """
    least, start = _first_step(function, centre, sides, z)
    first = _Search(function, sides, z, least, centre[sides.outcome], start)
    found = first.run()
    others = list(_other_starts(first.x, sides, angle))
    which, start = (np.concatenate(parts) for parts in zip(*others, strict=True))
    some = sides.take(which)
    start = np.where(np.isfinite(start), start, centre[some.outcome])
    other = _Search(function, some, z, least[which], centre[some.outcome], start).run()
    farthest = np.full(len(found), -np.inf)
    np.fmax.at(farthest, which, some.sign * other)
    return sides.sign * np.fmax(sides.sign * found, np.where(np.isinf(farthest), np.nan, farthest))


def _other_starts(
    x: np.ndarray, sides: Sides, angle: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows whose free parameters may have another minimum than at ``x``, and where to look for it.

    That of a held correlation may be where one of its standard deviations is 0.
    """
    rows, (held, inside) = (
        np.arange(len(x)),
        (sides.held, x[np.arange(len(x)), sides.held] != sides.edge),
    )
    free = np.ones(x.shape, dtype=bool)
    free[rows, held] = False
    near = np.where(angle, np.cos(x), np.abs(x)) < _LOW
    doubtful = np.flatnonzero((near & free).any(axis=1) & inside)
    for turn in _TURNS if angle.any() else _TURNS[:1]:
        start = np.where(angle, turn, np.maximum(np.abs(x), _LIFTED))
        yield doubtful, np.where(free, start, x)[doubtful]
    correlations = np.flatnonzero(angle[held] & inside)
    for k in np.flatnonzero(~angle[:-1]) if correlations.size else ():
        start = np.where(angle, 0.0, np.maximum(np.abs(x), _LIFTED))
        start[:, k] = 0
        yield correlations, np.where(free, start, x)[correlations]


def _first_step(
    function: Function, centre: np.ndarray, sides: Sides, z: float
) -> tuple[np.ndarray, np.ndarray]:
    """Least criterion, and where a parabola has risen by z², one a row of ``sides``."""
    value, gradient, hessian = function(centre, np.arange(len(centre)))
    rows, middle = np.arange(len(sides.held)), centre[sides.outcome]
    free = FreeParameters(0 * gradient[sides.outcome], hessian[sides.outcome], sides.held)
    step = z * np.sqrt(2 / np.maximum(free.bend, 1e-4))
    step = sides.sign * np.minimum(step, 2 * (0.5 + np.abs(middle[rows, sides.held])))
    start = middle + free.path * step[:, None]
    start[rows, sides.held] += step
    return value[sides.outcome], start


class _Search:
    """State of all searches: point x, the least value known there, and the bracket of each."""

    def __init__(
        self,
        function: Function,
        sides: Sides,
        z: float,
        least: np.ndarray,
        centre: np.ndarray,
        start: np.ndarray,
    ) -> None:
        self.function, self.sides, self.z, self.least = function, sides, z, least
        rows = np.arange(len(start))
        self.middle = centre[rows, sides.held]
        self.inside, self.outside = self.middle.copy(), np.full(len(rows), np.nan)
        self.before, self.value_before = centre.copy(), np.full(len(rows), np.inf)
        self.x, self.limit = start.copy(), np.full(len(rows), np.nan)
        self.x[rows, sides.held] = sides.within(rows, start[rows, sides.held])
        self.active = rows

    def run(self) -> np.ndarray:
        """The limits; NaN where none was found."""
        for _ in range(_MOST_STEPS):
            if not self.active.size:
                break
            self.step()
        return self.limit

    def step(self) -> None:
        a = self.active
        with np.errstate(all="ignore"):  # a step too far is taken back
            value, gradient, hessian = self.function(self.x[a], self.sides.outcome[a])
        worse = ~(value <= self.value_before[a] + 1e-9 * np.abs(value))
        back = a[worse]
        self.x[back] = (self.x[back] + self.before[back]) / 2
        a, value = a[~worse], value[~worse]
        self.before[a], self.value_before[a] = self.x[a], value
        free = FreeParameters(gradient[~worse], hessian[~worse], self.sides.held[a])
        close = free.is_minimum & (free.decrease < _CLOSE)
        self.x[a] += free.step * ~close[:, None]
        self.advance(a[close], free.take(close), value[close])

    def advance(self, a: np.ndarray, free: "FreeParameters", value: np.ndarray) -> None:
        """Move the held parameters towards where the profile has risen by z²."""
        held, edge = self.x[a, self.sides.held[a]], self.sides.edge[a]
        rise = value - free.decrease - self.least[a]
        root = np.sqrt(np.maximum(rise, 0))
        too_far = root >= self.z
        self.inside[a[~too_far]], self.outside[a[too_far]] = held[~too_far], held[too_far]
        at_edge = (held == edge) & ~too_far
        goal = held + _third_order(root, self.z, free.slope, free.bend)
        goal = self.bracketed(a, goal)
        settled = free.decrease < _SETTLED
        distance = np.abs(held - self.middle[a])
        exact = (np.abs(goal - held) < _EXACT * distance) & settled
        self.limit[a[exact]] = goal[exact]
        self.limit[a[at_edge & settled]] = edge[at_edge & settled]
        on = ~np.isfinite(self.limit[a])
        goal = np.where(at_edge, edge, goal)
        self.move(a[on], free.take(on), goal[on])
        self.active = np.flatnonzero(~np.isfinite(self.limit))

    def bracketed(self, a: np.ndarray, goal: np.ndarray) -> np.ndarray:
        """``goal``, between what is known to be inside and outside, or half-way."""
        sign, middle, inside, outside = (
            part[a] for part in (self.sides.sign, self.middle, self.inside, self.outside)
        )
        open_ = np.isnan(outside)
        farthest = middle + 3 * (inside - middle) + 0.1 * sign
        end = np.where(open_, farthest, outside)
        end = np.where(
            sign > 0, np.minimum(end, self.sides.edge[a]), np.maximum(end, self.sides.edge[a])
        )
        past = ~((goal - inside) * sign >= 0) | ((goal - end) * sign > 0)
        return np.where(past, np.where(open_, end, (inside + end) / 2), goal)

    def move(self, a: np.ndarray, free: "FreeParameters", goal: np.ndarray) -> None:
        """Take the held parameters to ``goal``, and the free ones along."""
        held = self.sides.held[a]
        goal = self.sides.within(a, goal)
        by = goal - self.x[a, held]
        self.x[a] += free.step + by[:, None] * free.path
        self.x[a, held] = goal
        self.value_before[a] = np.inf


def _third_order(root: np.ndarray, z: float, slope: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Halley's step to z of a rise's root; ``slope`` and ``bend`` are the rise's derivatives."""
    with np.errstate(all="ignore"):  # at no rise it says nothing
        first = slope / (2 * root)
        second = bend / (2 * root) - slope**2 / (4 * root**3)
        newton = (z - root) / first
        newton = np.where(root > 0.03 * z, newton, np.nan)
        return newton / np.clip(1 + newton * second / (2 * first), 0.5, 2)
