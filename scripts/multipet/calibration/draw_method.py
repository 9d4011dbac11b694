"""Whether residuals can be permuted, or new ones have to be drawn from a distribution."""

from dataclasses import dataclass

import numpy as np

from multipet.calibration.blocks import Blocks, log_permutations
from multipet.calibration.model_part import ModelPart
from multipet.calibration.permutation import exchange_cells, expected_after_permutation
from multipet.calibration.reduced_model import NullSpace

AUTO, PERMUTATION, BOOTSTRAP = "auto", "permutation", "bootstrap"
METHODS = (AUTO, PERMUTATION, BOOTSTRAP)
FEWEST_PERMUTATIONS = 1000
MOST_UNMOVED = 0.2


@dataclass(frozen=True)
class DrawMethod:
    """How draws are made.

    Attributes
    ----------
    used
        ``permutation`` or ``bootstrap``.
    reason
        Why residuals are not permuted; empty where they are, or as configured.
    """

    used: str
    reason: str = ""


def choose_method(
    asked: str, parts: list[ModelPart], spaces: list[NullSpace], blocks: Blocks
) -> DrawMethod:
    """Residuals are permuted where enough of them can change places.

    The share of the tested direction that no permutation moves tells: scans that have no
    partner take part in it, and so does what differs between the scans of one subject in the
    same way in all, such as time. Of that share the draws always say what the data say; the
    test stays valid but loses as much of its power.
    """
    if asked != AUTO:
        return DrawMethod(asked)
    fewest = min(_log_permutations(part, blocks) for part in parts)
    if fewest < np.log(FEWEST_PERMUTATIONS):
        ways = round(np.exp(fewest))
        reason = f"there are {ways} ways to exchange subjects with the same scans within a stratum"
        return DrawMethod(BOOTSTRAP, reason)
    most = max(
        unmoved_share(part, space, blocks) for part, space in zip(parts, spaces, strict=True)
    )
    if most > MOST_UNMOVED:
        return DrawMethod(
            BOOTSTRAP,
            f"{100 * most:.0f} % of what is compared stays where it is when subjects with the same"
            " scans change places within a stratum",
        )
    return DrawMethod(PERMUTATION)


def unmoved_share(part: ModelPart, space: NullSpace, blocks: Blocks) -> float:
    """Share of the tested direction that stays whatever is permuted, 0 to 1, of the worst."""
    region = np.broadcast_to(part.region[:, :1], part.scan.shape)[:, 0]
    kept = np.zeros_like(space.direction)
    for rows, cells in exchange_cells(blocks, part.scan[:, 0], region):
        kept[rows] = expected_after_permutation(space.direction[rows], cells)
    return float(((kept**2).sum(axis=0) / (space.direction**2).sum(axis=0)).max())


def _log_permutations(part: ModelPart, blocks: Blocks) -> float:
    present = np.zeros(len(blocks.subject), dtype=bool)
    present[part.scan[:, 0]] = True
    kind = blocks.kinds_among(present)[np.unique(blocks.subject[present])]
    return log_permutations(kind)
