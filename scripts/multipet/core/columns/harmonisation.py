"""Columns of the tables that say what a harmonisation did."""

from multipet.core.columns import SCAN, Column

STAGES = ("before", "after")
MEAN, BROWN_FORSYTHE, FLIGNER_KILLEEN = TESTS = ("mean", "brown_forsythe", "fligner_killeen")

BATCH = Column("batch", "scans acquired under the same conditions", kind="text")
REGION = Column("region", "brain region", kind="text")
STAGE = Column("stage", "before or after harmonisation", kind="text")

SITE_EFFECTS = (
    Column("batch", "batch: scans acquired under the same conditions", kind="text"),
    Column("region", "brain region", kind="text"),
    Column("shift", "what is subtracted from the residuals, analysis scale"),
    Column("scale", "what the residuals are divided by after that", "1"),
    Column("shift_raw", "shift as estimated, before shrinkage, same scale"),
    Column("scale_raw", "scale as estimated, before shrinkage", "1"),
    Column("n", "scans of the batch with a value in the region", "1"),
)

BATCHES = (
    BATCH,
    Column("n_scans", "scans of the batch", "1"),
    Column("n_people", "people of the batch", "1"),
    Column("variable", "covariate; empty in the row of the batch itself", kind="text"),
    Column("level", "level of the covariate; empty for a number", kind="text"),
    Column("n", "scans with this level, or with a number", "1"),
    Column("share", "of a level: n / scans of the batch with the covariate", "1"),
    Column("mean", "mean of a number"),
    Column("sd", "SD of a number"),
    Column("difference", "standardised difference of this batch from all others", "1"),
)

COVARIATE_SHARES = (
    Column("column", "covariate column of the design", kind="text"),
    Column("variable", "variables that it is made of", kind="text"),
    Column("tested", "yes where a contrast on these values compares the variable", kind="text"),
    Column("share", "R²: share of its variance that lies between batches", "1"),
    Column("partial_share", "the same of what the other covariates leave of it", "1"),
    Column("predicted_error", "predicted error of a 5 % test that leaves out the batches", "1"),
)

BATCH_TESTS = (
    REGION,
    STAGE,
    Column("test", "mean: F; brown_forsythe, fligner_killeen: spread", kind="text"),
    Column("size", "mean: partial R² of batch; spread: largest / smallest SD of a batch", "1"),
    Column("statistic", "F, or chi-squared of fligner_killeen", "1"),
    Column("numerator_df", "numerator degrees of freedom, or those of chi-squared", "1"),
    Column("denominator_df", "denominator degrees of freedom of F", "1"),
    Column("p_value", "p of the statistic", "1"),
    Column("p_adjusted", "p over the regions of this test and stage, Benjamini-Hochberg", "1"),
    Column("n_scans", "scans in the test: one of each person and batch", "1"),
    Column("n_batches", "batches compared", "1"),
)

BATCH_TEST_COUNTS = (
    Column("test", "mean, brown_forsythe or fligner_killeen", kind="text"),
    STAGE,
    Column("n_regions", "regions tested", "1"),
    Column("n_below", "regions with p below alpha", "1"),
    Column("n_below_adjusted", "regions with adjusted p below alpha", "1"),
    Column("size_median", "median size over regions", "1"),
    Column("size_largest", "largest size", "1"),
    Column("alpha", "level of the tests", "1"),
)

SHIFTS = (
    BATCH,
    REGION,
    Column("shift", "shift taken out, in residual SD of the region", "1"),
    Column("shift_raw", "shift as estimated, in residual SD of the region", "1"),
    Column("log_scale", "natural logarithm of the scale divided by", "1"),
    Column("log_scale_raw", "the same as estimated", "1"),
    Column("n", "scans of the batch with a value in the region", "1"),
)

PRIORS = (
    BATCH,
    Column("quantity", "shift (in residual SD) or log_scale", kind="text"),
    Column("n_regions", "regions with an estimate", "1"),
    Column("mean", "mean of the estimates over regions", "1"),
    Column("sd", "their SD", "1"),
    Column("distance", "largest distance of their distribution from the prior's (0 to 1)", "1"),
)

PRIOR_CURVES = (
    BATCH,
    Column("quantity", "shift (in residual SD) or log_scale", kind="text"),
    Column("curve", "estimated: one row a region; prior: points of its curve", kind="text"),
    Column("value", "shift or log scale", "1"),
    Column("cumulative", "share of regions, or of the prior, at or below it", "1"),
)

COMPONENTS = (
    *SCAN,
    BATCH,
    STAGE,
    Column("component", "1 = largest share of variance", "1"),
    Column("score", "score of the scan", "1"),
)

COMPONENT_SHARES = (
    STAGE,
    Column("component", "1 = largest share of variance", "1"),
    Column("share", "share of the variance of all regions", "1"),
    Column("term", "batch, or a covariate", kind="text"),
    Column("r_squared", "share of the component's variance that the term explains alone", "1"),
    Column("r_squared_partial", "the same of what the other terms leave of it", "1"),
)

COVARIATE_EFFECTS = (
    Column("column", "covariate column of the design", kind="text"),
    REGION,
    Column("before", "coefficient in raw values, batch in the model; analysis scale"),
    Column("before_se", "its standard error, clustered by person"),
    Column("after", "coefficient in harmonised values, no batch in the model"),
    Column("after_se", "its standard error, clustered by person"),
)

EFFECT_AGREEMENT = (
    Column("column", "covariate column of the design", kind="text"),
    Column("n_regions", "regions with both coefficients", "1"),
    Column("median_difference", "median over regions of |after − before| / before_se", "1"),
    Column("largest_difference", "largest over regions", "1"),
    Column("n_within", "regions in which after lies within before ± 1.96 before_se", "1"),
    Column("n_sign", "regions in which the sign changed", "1"),
)

MOVED = (
    BATCH,
    Column("region", "brain region; empty: all of them together", kind="text"),
    Column("n", "values harmonised", "1"),
    Column("median_sd", "median |after − before| in residual SD of the region", "1"),
    Column("median_percent", "median |after − before| in percent of the value delivered", "%"),
    Column("largest_sd", "largest |after − before| in residual SD", "1"),
    Column("n_far", "values that moved by more than 3 residual SD", "1"),
    Column("n_sign", "values that changed sign (not on a log scale)", "1"),
)

REPEATS = (
    REGION,
    Column("pairs", "within: scans of one batch; across: of several", kind="text"),
    STAGE,
    Column("n_people", "people with repeated scans", "1"),
    Column("n_scans", "their scans", "1"),
    Column("icc", "intraclass correlation, one-way random effects, single scan", "1"),
    Column("icc_low", "lower end of its 95 % interval", "1"),
    Column("icc_high", "upper end of its 95 % interval", "1"),
    Column("sd", "SD of repeated scans within a person, analysis scale"),
    Column("percent", "mean |difference| of successive scans in percent of their mean", "%"),
)

#: Every table of the step, by the name of its file; those of the scans have covariates behind.
TABLES = {
    "batches": BATCHES,
    "covariate_shares": COVARIATE_SHARES,
    "batch_tests": BATCH_TESTS,
    "batch_test_counts": BATCH_TEST_COUNTS,
    "shifts": SHIFTS,
    "priors": PRIORS,
    "prior_curves": PRIOR_CURVES,
    "components": COMPONENTS,
    "component_shares": COMPONENT_SHARES,
    "covariate_effects": COVARIATE_EFFECTS,
    "effect_agreement": EFFECT_AGREEMENT,
    "moved": MOVED,
    "repeats": REPEATS,
}

_VALUES = "analysis scale"
_RESIDUAL = "residual SD"
#: Meaning and unit of every key of a harmonisation's parameters, by its path; no unit: no number.
PARAMETERS = {
    "method": ("method of harmonisation", None),
    "log": ("whether the analysis scale is the natural logarithm of the values", None),
    "preserve": ("covariates whose effects were left in place, as a formula", None),
    "reference": ("batch that the others were brought to; null: the mean of all", None),
    "prior": ("prior of the empirical Bayes; null: no shrinkage", None),
    "fit_on": (
        'scans that batch effects were estimated from: levels of each column; "rows": chosen '
        "one by one; null: all",
        None,
    ),
    "subject": ("column of subjects, of longitudinal_combat", None),
    "variance": ("estimator of the residual variance, of longitudinal_combat", None),
    "batch_columns": ("columns whose combinations are the batches", None),
    "covariates.formula": ("the formula of the covariates", None),
    "covariates.columns": ("names of the design's columns, in order", None),
    "covariates.left_out": ("covariates with one value in the scans estimated from", None),
    "covariates.splines": ("numbers that are natural cubic splines", None),
    "covariates.variables.<covariate>.levels": ("levels, first = reference; none: number", None),
    "covariates.variables.<covariate>.unseen": (
        "levels without a scan to estimate from, taken as the mean of the others",
        None,
    ),
    "covariates.variables.<covariate>.mean": ("mean of a number", "of the covariate"),
    "covariates.variables.<covariate>.low": ("least value of a number", "of the covariate"),
    "covariates.variables.<covariate>.high": ("greatest value of a number", "of the covariate"),
    "covariates.learnt.<function>": (
        "what a function of the formula learnt; splines: knots of the cubic B-splines with the "
        "boundary four times, and the combinations of all but the first that are straight "
        "beyond it",
        "of the covariate",
    ),
    "regions.<region>.grand_mean": ("mean where all covariate columns are 0", _VALUES),
    "regions.<region>.residual_sd": ("residual SD within batches", _VALUES),
    "regions.<region>.coefficients.<column>": (
        "effect of one unit of a covariate column",
        f"{_VALUES} per unit of the column",
    ),
    "regions.<region>.in_one_batch": ("the only batch with values, left as delivered", None),
    "regions.<region>.subject_sd": ("SD of the subjects' levels (longitudinal_combat)", _VALUES),
    "regions.<region>.model_residual_sd": (
        "residual SD of the mixed model (longitudinal_combat)",
        _VALUES,
    ),
    "batches.<batch>.n_scans": ("scans of the batch that it was estimated from", "scans"),
    "batches.<batch>.prior.shift_mean": ("mean of the prior of the shifts", _RESIDUAL),
    "batches.<batch>.prior.shift_variance": ("its variance", f"{_RESIDUAL} squared"),
    "batches.<batch>.prior.variance_mean": (
        "mean of the prior of the squared scales",
        f"{_RESIDUAL} squared",
    ),
    "batches.<batch>.prior.variance_variance": ("its variance", f"{_RESIDUAL} to the fourth"),
    "batches.<batch>.regions.<region>.shift": ("what is subtracted from the residuals", _VALUES),
    "batches.<batch>.regions.<region>.scale": ("what they are divided by after that", "1"),
    "batches.<batch>.regions.<region>.shift_raw": ("shift before shrinkage", _VALUES),
    "batches.<batch>.regions.<region>.scale_raw": ("scale before shrinkage", "1"),
    "batches.<batch>.regions.<region>.n": (
        "scans of the batch with a value in the region",
        "scans",
    ),
    "equations.<batch>.slope": ("what values are multiplied by (linear_scale)", "1"),
    "equations.<batch>.intercept": ("what is added after that", "as delivered"),
    "equations.<batch>.<region>.slope": ("the same, of one region", "1"),
    "equations.<batch>.<region>.intercept": ("the same, of one region", "as delivered"),
}
