"""The SD that an effect is divided by: one scan of a random person at one site and scanner."""

import numpy as np

from multipet.mixed_model.fit import MixedFit

#: Factors whose variance is not part of it: between-centre differences are no biology.
CENTRE_FACTORS = frozenset({"site", "scanner", "site:scanner", "scanner:site"})


def within_site_sd(fit: MixedFit) -> float:
    """SD of the outcome between scans of different people at one site and scanner.

    √(σ² + Σ mean of zᵢᵀ Σ_term zᵢ), summed over the random terms whose factor is not site
    or scanner and averaged over the rows, so that random slopes count at the covariates seen.

    Returns
    -------
    float
        Analysis scale; the residual SD where only site and scanner are random.
    """
    variance = float(np.mean(fit.residual_sds**2))
    for term, block in zip(fit.design.terms, fit.lambda_blocks, strict=True):
        if term.factor not in CENTRE_FACTORS:
            scaled = term.Z @ (fit.sigma * block)
            variance += float(np.mean(np.sum(scaled**2, axis=1)))
    return float(np.sqrt(variance))
