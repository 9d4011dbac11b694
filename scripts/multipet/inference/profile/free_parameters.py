"""What a profile does at a point: its derivatives, and where its free parameters should go."""

from copy import copy

import numpy as np

_SADDLE = 1e-4  # share of the largest curvature that a downward one has, to count
_KICK = 0.1  # step off a saddle


class FreeParameters:
    """Derivatives of the criterion with one parameter of each row held.

    Attributes
    ----------
    step
        To the minimum by the others, (r, m); downhill where that is none.
    path
        How they follow the held one, (r, m).
    decrease
        Of the criterion by ``step``, (r,).
    slope, bend
        First and second derivative of the profile, (r,).
    is_minimum
        Whether the criterion bends up in all others, (r,).
    """

    def __init__(self, gradient: np.ndarray, hessian: np.ndarray, held: np.ndarray) -> None:
        rows = np.arange(len(held))
        side = hessian[rows, held].copy()
        side[rows, held] = 0
        inner, slope = hessian.copy(), gradient.copy()
        inner[rows, held], inner[rows, :, held] = 0, 0
        slope[rows, held] = 0
        curvature, axes = np.linalg.eigh(inner)
        size = np.abs(curvature)
        largest = size.max(axis=1, keepdims=True)
        inverse = 1 / np.maximum(size, 1e-9 * largest + 1e-12)
        along = np.einsum("rpa,rp->ra", axes, slope)
        step = -inverse * along
        down = curvature < -_SADDLE * np.maximum(largest, 1)
        kick = np.where(down & (np.abs(step) < _KICK), np.where(step < 0, -_KICK, _KICK), step)
        self.is_minimum = ~down.any(axis=1)
        self.step = _short(np.einsum("rpa,ra->rp", axes, kick))
        self.step[rows, held] = 0
        self.decrease = 0.5 * np.einsum("ra,ra->r", along, inverse * along)
        self.path = -np.einsum("rpa,ra->rp", axes, inverse * np.einsum("rpa,rp->ra", axes, side))
        self.path[rows, held] = 0
        self.slope = gradient[rows, held] + np.einsum("rp,rp->r", side, self.step)
        self.bend = hessian[rows, held, held] + np.einsum("rp,rp->r", side, self.path)

    def take(self, which: np.ndarray) -> "FreeParameters":
        """Those of some rows."""
        some = copy(self)
        for name, value in vars(self).items():
            setattr(some, name, value[which])
        return some


def _short(step: np.ndarray) -> np.ndarray:
    """No parameter, all of them of the size of 1, moves by more than 0.7 at once."""
    return step / np.maximum(1, np.abs(step).max(axis=1, keepdims=True) / 0.7)
