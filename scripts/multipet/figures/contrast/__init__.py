"""The figures of one contrast: every one that its page can have, in the page's order.

A model without random effects lacks variance, random effects and shrinkage, a contrast between
sites the effects by site, a study without an atlas the brain map, one with few regions the second
forest plot; the index beside the figures says which were drawn.
"""

from multipet.figures.contrast.brain_map import BRAIN_MAP
from multipet.figures.contrast.by_site import BY_SITE
from multipet.figures.contrast.curves import CURVES
from multipet.figures.contrast.forest import FOREST, FOREST_REST
from multipet.figures.contrast.left_out import LEFT_OUT
from multipet.figures.contrast.partial_residuals import PARTIAL_RESIDUALS
from multipet.figures.contrast.quantiles import RANDOM_EFFECT_QUANTILES, RESIDUAL_QUANTILES
from multipet.figures.contrast.random_effects import RANDOM_EFFECTS, SHRINKAGE
from multipet.figures.contrast.residual_spread import RESIDUAL_SPREAD
from multipet.figures.contrast.residuals import RESIDUAL_DISTRIBUTION, RESIDUALS_FITTED
from multipet.figures.contrast.specifications import SPECIFICATIONS
from multipet.figures.contrast.variance import VARIANCE

#: Of the effect and of the model that it comes from (rule draw_contrast).
CONTRAST_FIGURES = (
    BRAIN_MAP,
    FOREST,
    FOREST_REST,
    BY_SITE,
    VARIANCE,
    RANDOM_EFFECTS,
    SHRINKAGE,
    RESIDUALS_FITTED,
    RESIDUAL_SPREAD,
    RESIDUAL_DISTRIBUTION,
    RESIDUAL_QUANTILES,
)

#: Of how far the answer rests on what was chosen (rule draw_robustness).
ROBUSTNESS_FIGURES = (
    PARTIAL_RESIDUALS,
    CURVES,
    LEFT_OUT,
    SPECIFICATIONS,
    RANDOM_EFFECT_QUANTILES,
)
