"""Columns of the tables that lie beside the figures: what is drawn, number by number."""

from multipet.core.columns import RANDOM_EFFECTS, SCAN, SHRINKAGE, Column

REGION = Column("region", "brain region", kind="text")
MODEL = Column("model", "with random effects, or without random effects", kind="text")

FOREST = (
    REGION,
    Column("comparison", "what is compared, in words", kind="text"),
    Column("effect", "effect as shown: percent on a log scale, else the outcome's unit"),
    Column("effect_low", "lower end of its confidence interval"),
    Column("effect_high", "upper end of its confidence interval"),
    Column("p_adjusted", "p adjusted over the rows of the contrast", "1"),
    Column("detected", "1 where the p that decides is below alpha, else 0", "1"),
    Column("status", "ok, or why there is no number", kind="text"),
)

BY_SITE = (
    REGION,
    Column("comparison", "what is compared, in words", kind="text"),
    Column("site", "centre that scanned; empty for all sites together", kind="text"),
    Column("effect", "effect at the site, as shown"),
    Column("effect_low", "lower end of its confidence interval"),
    Column("effect_high", "upper end of its confidence interval"),
    Column("n_scans", "scans at the site", "1"),
    Column("status", "ok, or why there is no number", kind="text"),
)

RESIDUAL_POINTS = (
    REGION,
    *SCAN,
    Column("fitted", "fitted with random effects, analysis scale"),
    Column("residual", "observed - fitted, analysis scale"),
)

BANDS = (
    REGION,
    Column("fitted", "median fitted value of the scans of this stretch, analysis scale"),
    Column("low", "-1.96 SD of their residuals, analysis scale"),
    Column("high", "+1.96 SD of their residuals, analysis scale"),
    Column("n_scans", "scans in this stretch", "1"),
)

DISTRIBUTION = (
    REGION,
    MODEL,
    Column("shape", "histogram: a bar; normal: a point of the normal curve", kind="text"),
    Column("residual", "centre of the bar, or place on the curve, analysis scale"),
    Column("width", "width of the bar, analysis scale"),
    Column("density", "share of scans per unit of the analysis scale"),
)

QUANTILES = (
    REGION,
    MODEL,
    *SCAN,
    Column("theoretical", "standard normal quantile at (rank - 0.5) / n", "1"),
    Column("residual", "residual / SD of the residuals of this region and model", "1"),
    Column("low", "2.5 % point of this rank's value in a normal sample of SD 1", "1"),
    Column("high", "97.5 % point of this rank's value in a normal sample of SD 1", "1"),
)

SPREAD = (
    REGION,
    Column("site", "centre that scanned", kind="level"),
    Column("scanner", "camera, as site/camera", kind="level"),
    Column("n_scans", "scans on the scanner", "1"),
    Column("minimum", "smallest scaled residual", "1"),
    Column("p5", "5 % point of the scaled residuals", "1"),
    Column("q1", "25 % point", "1"),
    Column("median", "50 % point", "1"),
    Column("q3", "75 % point", "1"),
    Column("p95", "95 % point", "1"),
    Column("maximum", "largest scaled residual", "1"),
    Column("sd", "SD of the scaled residuals", "1"),
    Column("sd_low", "lower end of its 95 % interval (normal theory)", "1"),
    Column("sd_high", "upper end of its 95 % interval (normal theory)", "1"),
    Column("sd_all", "SD of the scaled residuals of all scanners together", "1"),
)

CATERPILLAR = (
    *RANDOM_EFFECTS,
    Column("low", "mode - 1.96 conditional SD"),
    Column("high", "mode + 1.96 conditional SD"),
    Column("rank", "rank of the mode in its region, factor and effect; 1 = smallest", "1"),
)

SHRINKAGE_DRAWN = (
    *SHRINKAGE,
    Column("effect", "(Intercept): slopes are not shown", kind="text"),
    Column("rank", "rank of the conditional mode in its region and factor; 1 = smallest", "1"),
)
