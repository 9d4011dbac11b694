"""The figures of a contrast: their names, in the order of the report, and their sections."""

BRAIN_MAP = "brain_map"
FOREST = "forest"
FOREST_REST = "forest_rest"
BY_SITE = "by_site"
RESIDUALS_FITTED = "residuals_fitted"
RESIDUAL_DISTRIBUTION = "residual_distribution"
RESIDUAL_QUANTILES = "residual_quantiles"
RESIDUAL_SPREAD = "residual_spread"
RANDOM_EFFECTS = "random_effects"
SHRINKAGE = "shrinkage"
VARIANCE = "variance"

#: Section of the report that each figure belongs to.
SECTIONS = {
    BRAIN_MAP: "where",
    FOREST: "where",
    FOREST_REST: "where",
    BY_SITE: "by_site",
    VARIANCE: "sites",
    RANDOM_EFFECTS: "sites",
    SHRINKAGE: "sites",
    RESIDUALS_FITTED: "checks",
    RESIDUAL_SPREAD: "checks",
    RESIDUAL_DISTRIBUTION: "checks",
    RESIDUAL_QUANTILES: "checks",
}

#: Every figure that a contrast can have. A model without random effects lacks the variance,
#: random_effects and shrinkage figures, a contrast between sites that by site, a study without an
#: atlas the brain map, one with few regions the second forest plot; the index says which were
#: drawn.
NAMES = tuple(SECTIONS)
INDEX = "index.json"
