"""Degrees of freedom of many fits, with what fits of one design share made once."""

from collections.abc import Iterable

from multipet.analysis.model.fit_file import Fit
from multipet.inference import small_sample
from multipet.inference.small_sample import SmallSample
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model.fit import MixedFit


def approximations(fits: Iterable[Fit], df_method: str) -> dict[str, SmallSample]:
    """Small-sample approximation of every fit by its outcome; failed fits have none.

    Parameters
    ----------
    fits
        As ``fit_regions`` returns them: fits of the same rows share their design.
    df_method
        ``kenward-roger`` or ``satterthwaite``.
    """
    structures: dict[int, VarianceStructure] = {}
    found = {}
    for fit in fits:
        if isinstance(fit, MixedFit):
            key = id(fit.design)
            structure = structures.setdefault(key, VarianceStructure(fit.design))
            found[fit.outcome] = small_sample(fit, df_method, structure)
    return found
