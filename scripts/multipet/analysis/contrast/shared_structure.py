"""Degrees of freedom of many fits, with what fits of one design share made once."""

from collections.abc import Iterable

from multipet.analysis.model.fit_file import Fit
from multipet.inference import small_samples
from multipet.inference.small_sample import SmallSample
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
    sound = [fit for fit in fits if isinstance(fit, MixedFit)]
    found = small_samples(sound, df_method)
    return {fit.outcome: one for fit, one in zip(sound, found, strict=True)}
