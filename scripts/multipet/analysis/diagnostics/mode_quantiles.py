"""Are random effects normal? Their conditional modes beside normal quantiles.

The mode of a level has, over repeated studies, the variance τ² − s², s being its conditional SD:
modes are shrunk, those of levels with few scans most. In units of that SD all are standard normal
where the model holds, so that levels with one scan and with twenty stand on one line (Lange & Ryan
1989, doi:10.1214/aos/1176347130).
"""

import numpy as np
import pandas as pd

from multipet.analysis.diagnostics.residual_shapes import normal_envelope
from multipet.core.columns import names
from multipet.core.columns.contrast import component_name
from multipet.core.columns.robustness import MODE_QUANTILES

#: Fewer levels than this show no shape.
FEWEST_LEVELS = 8
MOST_POINTS = 150
#: Share of the variance below which modes are all but 0: there is nothing to see.
_NONE_LEFT = 1e-4


def mode_quantiles_table(random_effects: pd.DataFrame, variance: pd.DataFrame) -> pd.DataFrame:
    """Standardised modes of every factor (columns ``robustness_columns.MODE_QUANTILES``).

    Factors with fewer than eight levels, or whose variance is estimated as 0, have no rows; of
    more than 150 levels the middle ones are thinned.

    Parameters
    ----------
    random_effects, variance
        Columns ``columns.RANDOM_EFFECTS`` and ``columns.VARIANCE_COMPONENTS``.
    """
    sds = variance.set_index(["region", "component"])["sd"].to_dict()
    factors = random_effects.groupby("region")["factor"].agg(set).to_dict()
    parts = []
    keys = ["region", "factor", "effect"]
    for (region, factor, effect), part in random_effects.groupby(keys, sort=False):
        name = component_name(factor, effect, "site" in factors[region])
        tau = float(sds.get((region, name), np.nan))
        spread = tau**2 - part["sd"].to_numpy(float) ** 2
        if len(part) >= FEWEST_LEVELS and (spread > _NONE_LEFT * tau**2).all():
            parts.append(_quantiles(part, np.sqrt(spread)))
    columns = names(MODE_QUANTILES)
    empty = pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns] if parts else empty


def _quantiles(part: pd.DataFrame, sd: np.ndarray) -> pd.DataFrame:
    standardised = part.assign(mode=part["mode"] / sd).sort_values("mode", kind="stable")
    envelope = normal_envelope(len(part), MOST_POINTS)
    return standardised.iloc[envelope.index].assign(
        **{name: envelope[name].to_numpy() for name in ("theoretical", "low", "high")}
    )
