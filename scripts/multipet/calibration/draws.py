"""Statistics of values drawn under the null, each draw harmonised and fitted anew."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from multipet.calibration.draw_method import AUTO
from multipet.calibration.harmonisation_chain import HarmonisationChain
from multipet.calibration.model_part import ModelPart

Array = NDArray[np.float64]
_LARGEST_CHUNK = 2_000_000  # values drawn together; a dozen arrays of that size exist at once


@dataclass(frozen=True)
class CalibrationSettings:
    """``inference.calibration`` of the config.

    Attributes
    ----------
    draws
        How many.
    seed
        Of the random numbers.
    method
        ``auto``, ``permutation`` or ``bootstrap``.
    """

    draws: int = 2000
    seed: int = 1
    method: str = AUTO


class Draws(Protocol):
    """Where sheets under the null come from."""

    def sheets(self, rng: np.random.Generator, draws: int) -> Array:
        """The next ``draws`` sheets, (draw, scan, region)."""


def generator(seed: int, *key: str) -> np.random.Generator:
    """Random numbers that depend on ``seed`` and the words of ``key`` alone."""
    digest = hashlib.sha256("\n".join(key).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])


def drawn_t(
    source: Draws,
    chain: HarmonisationChain,
    parts: Sequence[ModelPart],
    rng: np.random.Generator,
    draws: int,
) -> list[Array]:
    """t of every answer in every draw, one array (draw, answer) a part; NaN where it failed."""
    found: list[list[Array]] = [[] for _ in parts]
    for count in _chunks(draws, chain.values.size):
        harmonised = chain.repeat(source.sheets(rng, count))
        for part, collected in zip(parts, found, strict=True):
            estimate, error = part.statistics(harmonised)
            with np.errstate(divide="ignore", invalid="ignore"):
                collected.append(estimate / error)
    return [np.concatenate(collected) for collected in found]


def _chunks(draws: int, size: int) -> Iterator[int]:
    """Numbers of draws that fit into memory together."""
    step = max(1, _LARGEST_CHUNK // size)
    for start in range(0, draws, step):
        yield min(step, draws - start)
