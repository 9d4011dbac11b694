"""Minimising many smooth functions in lock-step: BFGS, Newton at both ends, saddles left."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# value, shape (r,), and gradient, shape (r, t), at points of shape (r, t) of functions ``which``
Objective = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

_STEP = 1e-4  # of the differences of gradients that make a Hessian
_NEAR = 1e-7  # predicted decrease at which a fresh Hessian is worth its price
_ENOUGH = 1e-11  # predicted decrease, by a fresh Hessian, at which a minimum counts as found
_FAR = 0.1  # step after which the Hessian is not fresh any more
_STALLED = 1e-6  # the same where rounding lets no step succeed
_NOISE = 1e-13  # rounding of a value, relative
_MOST_IDLE = 5  # steps in a row that change the value by no more than rounding
_MOST_ITERATIONS = 200
_MOST_HALVINGS = 30
_TOGETHER = 100  # points that cost little more together than one


@dataclass(frozen=True, eq=False)
class Minima:
    """Where the search ended, one element a function.

    Attributes
    ----------
    point, value, gradient
        Shapes (R, t), (R,) and (R, t).
    iterations
        Steps taken.
    found
        Whether it is a minimum within rounding.
    """

    point: np.ndarray
    value: np.ndarray
    gradient: np.ndarray
    iterations: np.ndarray
    found: np.ndarray

    def replaced(self, which: np.ndarray, other: "Minima") -> "Minima":
        """These, with ``other`` at the positions ``which``."""
        fields = {}
        for name in ("point", "value", "gradient", "iterations", "found"):
            fields[name] = getattr(self, name).copy()
            fields[name][which] = getattr(other, name)
        return Minima(**fields)

    def take(self, which: np.ndarray) -> "Minima":
        """Those at ``which``."""
        return Minima(
            self.point[which],
            self.value[which],
            self.gradient[which],
            self.iterations[which],
            self.found[which],
        )


def minimise(objective: Objective, start: np.ndarray, which: np.ndarray) -> Minima:
    """Local minima of the functions ``which`` of ``objective``, from ``start``, shape (R, t)."""
    search = _Search(objective, start, which)
    for _ in range(_MOST_ITERATIONS):
        if not search.active.size:
            break
        search.step()
    return Minima(search.x, search.f, search.g, search.iterations, search.found)


class _Search:
    """State of a search: point x, value f, gradient g and inverse Hessian B of each function."""

    def __init__(self, objective: Objective, start: np.ndarray, which: np.ndarray) -> None:
        self.objective, self.which = objective, which
        self.x = start.copy()
        self.f, self.g = objective(start, which)
        self.iterations = np.zeros(len(which), dtype=int)
        self.found = np.zeros(len(which), dtype=bool)
        self.checked = np.zeros(len(which), dtype=bool)
        self.idle = np.zeros(len(which), dtype=int)
        self.active = np.flatnonzero(np.isfinite(self.f))
        self.B = np.zeros((*start.shape, start.shape[1]))
        self.refresh(self.active)

    def refresh(self, among: np.ndarray) -> np.ndarray:
        """Set B from gradient differences, negative curvature turned; least eigenvalues."""
        t = self.x.shape[1]
        moved = self.x[among][:, None] + _STEP * np.eye(t)
        H = np.empty((len(among), t, t))
        step = max(1, _TOGETHER // max(1, len(among)))
        for k in range(0, t, step):
            some = moved[:, k : k + step]
            which = np.repeat(self.which[among], some.shape[1])
            gradient = self.objective(some.reshape(-1, t), which)[1].reshape(some.shape)
            H[:, k : k + step] = (gradient - self.g[among][:, None]) / _STEP
        H = np.nan_to_num((H + np.swapaxes(H, 1, 2)) / 2)
        curvature, axes = np.linalg.eigh(H)
        size = np.abs(curvature)
        size = np.maximum(size, 1e-6 * size.max(axis=1, keepdims=True) + 1e-12)
        self.B[among] = (axes / size[:, None]) @ np.swapaxes(axes, 1, 2)
        self.downhill = axes[:, :, 0]
        return curvature

    def step(self) -> None:
        a = self.active
        direction = -(self.B[a] @ self.g[a][:, :, None])[:, :, 0]
        longest = 0.5 + np.abs(self.x[a]).max(axis=1)
        length = np.abs(direction).max(axis=1)
        direction *= np.minimum(1, longest / np.maximum(length, 1e-300))[:, None]
        slope = np.einsum("rt,rt->r", direction, self.g[a])
        small = -slope < np.where(self.checked[a], _ENOUGH, _NEAR)
        before = self.f[a].copy()
        moved = self.search_line(a[~small], direction[~small], slope[~small])
        stuck = a[~small][~moved]
        self.iterations[a] += 1
        lower = before - self.f[a] > 100 * _NOISE * np.abs(before)
        self.idle[a] = np.where(lower, 0, self.idle[a] + 1)
        tired = a[~small][moved & (self.idle[a[~small]] >= _MOST_IDLE)]
        self.conclude(np.concatenate([a[small], stuck, tired]))

    def search_line(self, a: np.ndarray, direction: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Move along ``direction`` as far as it helps and update B; which of ``a`` moved."""
        old_x, old_f, old_g = self.x[a].copy(), self.f[a].copy(), self.g[a].copy()
        share = np.ones(len(a))
        open_ = np.arange(len(a))
        for _ in range(_MOST_HALVINGS):
            if not open_.size:
                break
            x = old_x[open_] + share[open_, None] * direction[open_]
            f, g = self.objective(x, self.which[a[open_]])
            noise = _NOISE * np.abs(old_f[open_])
            good = f <= old_f[open_] + 1e-4 * share[open_] * slope[open_] + noise
            done = open_[good]
            self.x[a[done]], self.f[a[done]], self.g[a[done]] = x[good], f[good], g[good]
            # minimum of the parabola through both values, kept away from the ends
            rise = f[~good] - old_f[open_[~good]]
            open_ = open_[~good]
            down = share[open_] * slope[open_]
            with np.errstate(all="ignore"):
                best = -down / (2 * (rise - down))
            share[open_] *= np.clip(np.nan_to_num(best, nan=0.1), 0.1, 0.5)
        moved = np.ones(len(a), dtype=bool)
        moved[open_] = False
        if moved.any():
            self.update(a[moved], (self.x[a] - old_x)[moved], (self.g[a] - old_g)[moved])
        return moved

    def update(self, a: np.ndarray, s: np.ndarray, y: np.ndarray) -> None:
        """BFGS update of B; a new Hessian where the curvature is not positive."""
        self.checked[a] &= np.abs(s).max(axis=1) < _FAR
        sy = np.einsum("rt,rt->r", s, y)
        good = sy > 1e-8 * np.linalg.norm(s, axis=1) * np.linalg.norm(y, axis=1)
        if not good.all():
            self.refresh(a[~good])
        a, s, y, sy = a[good], s[good], y[good], sy[good, None, None]
        left = np.eye(s.shape[1]) - s[:, :, None] * y[:, None, :] / sy
        self.B[a] = left @ self.B[a] @ np.swapaxes(left, 1, 2) + s[:, :, None] * s[:, None, :] / sy

    def conclude(self, a: np.ndarray) -> None:
        """Stop at minima; go on with a fresh Hessian elsewhere, downhill from a saddle."""
        again = a[self.checked[a]]
        decrease = np.einsum("ri,rij,rj->r", self.g[again], self.B[again], self.g[again])
        self.found[again] = decrease < _STALLED
        fresh = a[~self.checked[a]]
        self.checked[fresh] = True
        if fresh.size:
            curvature = self.refresh(fresh)
            saddle = curvature[:, 0] < -1e-3 * np.maximum(1, np.abs(curvature).max(axis=1))
            self.leave(fresh[saddle], self.downhill[saddle])
        self.active = np.setdiff1d(self.active, again)

    def leave(self, a: np.ndarray, direction: np.ndarray) -> None:
        """Step off a saddle along the direction in which the function bends down."""
        if not a.size:
            return
        x = self.x[a] + 0.1 * direction
        f, g = self.objective(x, self.which[a])
        lower = f < self.f[a]
        self.x[a[lower]], self.f[a[lower]], self.g[a[lower]] = x[lower], f[lower], g[lower]
        self.checked[a[lower]] = False
