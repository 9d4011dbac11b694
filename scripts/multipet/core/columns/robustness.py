"""Columns of the tables that tell how far the answer of a contrast rests on what was chosen."""

from multipet.core.columns import CONTRAST, SCAN, Column

REGION = Column("region", "brain region", kind="text")
COMPARISON = Column("comparison", "what is compared, in words", kind="text")
FACTOR = Column("factor", "what is left out: site or scanner", kind="text")

ESTIMATE = (
    Column("estimate", "estimated effect on the analysis scale (log outcome if scale is log)"),
    Column("standard_error", "standard error of the estimate, same scale"),
    Column("df", "denominator degrees of freedom", "1"),
    Column("p_value", "two-sided p; missing on harmonised values where not calibrated", "1"),
    Column("p_naive", "harmonised values only: two-sided p of t, as if they were raw", "1"),
    Column("ci_low", "lower end of the confidence interval, same scale"),
    Column("ci_high", "upper end of the confidence interval, same scale"),
    Column("percent", "effect in percent of the outcome (log scale only)", "%"),
    Column("percent_low", "lower end of its confidence interval", "%"),
    Column("percent_high", "upper end of its confidence interval", "%"),
    Column("n_scans", "scans in the fit", "1"),
)
STATUS = Column("status", "ok, or why there is no number", kind="text")
NOTE = Column("note", "what a reader must know of this fit; mostly empty", kind="text")

LEFT_OUT = (
    REGION,
    COMPARISON,
    FACTOR,
    Column("left_out", "site or scanner whose scans are left out", kind="text"),
    *ESTIMATE,
    Column("p_adjusted", "p (naive on harmonised values) adjusted over this refit's rows", "1"),
    Column("shift", "estimate - that of all scans, in standard errors of the latter", "1"),
    STATUS,
    NOTE,
)

LEFT_OUT_SUMMARY = (
    REGION,
    COMPARISON,
    FACTOR,
    Column("n_refits", "sites or scanners left out, one at a time", "1"),
    Column("n_estimated", "refits with an estimate", "1"),
    Column("n_same_sign", "of these, with the sign of the estimate of all scans", "1"),
    Column("n_tested", "refits with a p-value", "1"),
    Column("n_detected", "of these, with an adjusted p below alpha", "1"),
    Column("n_lost", "of these, without detection although all scans detect; n/a if not", "1"),
    Column("lowest", "smallest estimate, analysis scale"),
    Column("highest", "largest estimate, analysis scale"),
    Column("moves_most", "site or scanner without which the estimate moves most", kind="text"),
    Column("largest_shift", "that move, in standard errors of the estimate of all scans", "1"),
)

COVARIATE_SETS = (
    Column("covariates", "covariate set, as named in the config", kind="text"),
    Column("formula", "as fitted", kind="text"),
    *CONTRAST,
)

#: What tells specifications apart; the matrix below a specification curve has a row a value.
CHOICES = (
    Column("site", "how site enters: fixed, random, none, or in scanner", kind="text"),
    Column("harmonisation", "harmonisation of the values; none for raw ones", kind="text"),
    Column("covariates", "covariate set; as planned for the model's own", kind="text"),
    Column("left_out", "what is left out: nothing, site or scanner", kind="text"),
    Column("method", "what else differs from the plan; as planned where nothing does", kind="text"),
)

SPECIFICATIONS = (
    REGION,
    COMPARISON,
    Column("specification", "main, or what is done differently", kind="text"),
    *CHOICES,
    Column("level", "site or scanner that is left out; empty for none", kind="text"),
    *ESTIMATE,
    Column("p_method", "where p_value is from: t, permutation or bootstrap", kind="text"),
    STATUS,
    NOTE,
)

INFLUENCE = (
    REGION,
    COMPARISON,
    Column("participant_id", "pseudonym of the person left out", kind="text"),
    Column("site", "centre that scanned the person; several are joined by a comma", kind="text"),
    Column("n_scans", "scans of the person in the fit", "1"),
    Column("cooks_distance", "Cook's distance of the person on all fixed effects", "1"),
    Column("dfbeta", "estimate - that without the person, in standard errors of the former", "1"),
    Column("estimate_without", "estimate without the person, analysis scale"),
    Column("limit", "size of dfbeta beyond which a person counts as influential", "1"),
    Column("n_subjects", "people in the fit; the rows are those who move the estimate most", "1"),
)

DRAWN_VALUE = Column("x", "value of what is compared; 1, 2, … where x_level names it")
X_LEVEL = Column("x_level", "level of what is compared; empty for a number", kind="text")
X_NAME = Column(
    "x_name", "variable on the x axis; empty: the direction of the contrast", kind="text"
)

PARTIAL_RESIDUALS = (
    REGION,
    COMPARISON,
    X_NAME,
    *SCAN,
    DRAWN_VALUE,
    X_LEVEL,
    Column("partial", "residual + fitted at x, all else at its mean; analysis scale"),
)

PARTIAL_LINES = (
    REGION,
    COMPARISON,
    X_NAME,
    Column(
        "site", "centre that scanned; empty where sites have no effect of their own", kind="text"
    ),
    DRAWN_VALUE,
    X_LEVEL,
    Column("fitted", "mean outcome at x and this site, all else at its mean; analysis scale"),
    Column("low", "fitted - the margin of its difference from the mean over this site's scans"),
    Column("high", "fitted + that margin: the confidence interval of the effect, not the level"),
    Column("common", "fitted with the effect of all sites, through the mean of this site"),
    STATUS,
)

CURVES = (
    REGION,
    COMPARISON,
    Column("variable", "number on the x axis", kind="text"),
    Column("factor_1", "level variable at whose level it is taken; empty for none", kind="text"),
    Column("level_1", "that level", kind="text"),
    Column("factor_2", "a second such variable; empty for none", kind="text"),
    Column("level_2", "that level", kind="text"),
    Column("shape", "model: as fitted; spline: with a natural cubic spline beside", kind="text"),
    Column("x", "value of the variable"),
    Column("fitted", "mean outcome there, other covariates at their mean; log scale: exp of it"),
    Column("low", "lower end of the confidence interval of its change from the middle scans"),
    Column("high", "upper end of that interval"),
)

LINEARITY = (
    REGION,
    COMPARISON,
    Column("variable", "number whose slope is asked", kind="text"),
    Column("f", "F of the test that its natural cubic spline (3 df) is a straight line", "1"),
    Column("numerator_df", "its numerator degrees of freedom", "1"),
    Column("denominator_df", "its denominator degrees of freedom", "1"),
    Column("df_method", "kenward-roger, satterthwaite or residual", kind="text"),
    Column("p_value", "p of F", "1"),
    Column("p_adjusted", "p_value adjusted over the rows of this table", "1"),
    Column("status", "ok, or why there is no test", kind="text"),
)

SPECIFICATIONS_DRAWN = (
    REGION,
    COMPARISON,
    Column("specification", "main, or what is done differently", kind="text"),
    *CHOICES,
    Column("level", "site or scanner that is left out; empty for none", kind="text"),
    Column("effect", "effect as shown: percent on a log scale, else the outcome's unit"),
    Column("effect_low", "lower end of its confidence interval; n/a on naive ones"),
    Column("effect_high", "upper end of its confidence interval; n/a on naive ones"),
    Column("detected", "1 where p_value is below alpha, 0 where not, n/a where there is none", "1"),
    Column("rank", "place from the left: rank of the effect", "1"),
)

LEFT_OUT_DRAWN = (
    REGION,
    COMPARISON,
    FACTOR,
    Column("left_out", "site or scanner left out; empty for none", kind="text"),
    Column("effect", "effect as shown: percent on a log scale, else the outcome's unit"),
    Column("effect_low", "lower end of its confidence interval; n/a on naive ones"),
    Column("effect_high", "upper end of its confidence interval; n/a on naive ones"),
    Column("n_scans", "scans in the fit", "1"),
    STATUS,
)

CURVES_DRAWN = (*CURVES, Column("p_line", "p of the test that the curve is a straight line", "1"))

MODE_QUANTILES = (
    REGION,
    Column("factor", "grouping factor", kind="text"),
    Column("effect", "(Intercept) or the name of the slope", kind="text"),
    Column("level", "level of the factor", kind="text"),
    Column("theoretical", "standard normal quantile at (rank - 0.5) / n", "1"),
    Column("mode", "conditional mode / its SD over repeated studies", "1"),
    Column("low", "2.5 % point of this rank's value in a normal sample of SD 1", "1"),
    Column("high", "97.5 % point of this rank's value in a normal sample of SD 1", "1"),
)
