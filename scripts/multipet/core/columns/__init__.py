"""The glossary: every column of every table that multipet writes, with its meaning and unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        As in the header.
    meaning
        One clause a reader of the table understands.
    unit
        Unit of a number; ``"1"`` for a ratio, ``None`` where it has none or varies.
    kind
        ``number``, ``level`` (one of ``levels``, in that order) or ``text``.
    levels
        The levels of a ``level`` column, first = reference; empty until data are known.
    """

    name: str
    meaning: str
    unit: str | None = None
    kind: Literal["number", "level", "text"] = "number"
    levels: tuple[str, ...] = ()


def names(columns: Sequence[Column]) -> list[str]:
    """Names of ``columns``, in order."""
    return [column.name for column in columns]


SCAN = (
    Column(
        "participant_id", "pseudonym of the scanned person; text, so 007 stays 007", kind="text"
    ),
    Column("session", "visit of the person", kind="text"),
    Column("site", "centre that scanned", kind="level"),
    Column("scanner", "camera, as site/camera", kind="level"),
)

SCAN_REGION = (
    *SCAN,
    Column("region", "brain region", kind="level"),
    Column("value", "outcome in that region, as delivered"),
)

FINDINGS = (
    Column("stage", "step that found it: tidy, pool, harmonise, model, contrast", kind="text"),
    Column("check", "name of the check that fired", kind="text"),
    Column("action", "what was done: noted, excluded, dropped, missing, joined", kind="text"),
    Column("site", "site concerned", kind="text"),
    Column("participant_id", "person concerned", kind="text"),
    Column("session", "visit concerned", kind="text"),
    Column("region", "region concerned", kind="text"),
    Column("row", "row of the raw table, 1 = header", kind="text"),
    Column("comparison", "comparison of the contrast concerned", kind="text"),
    Column("factor", "grouping factor or variable concerned", kind="text"),
    Column("term", "effect concerned: of the factor, or a fixed effect", kind="text"),
    Column("statistic", "what the value is: variance, correlation, ...", kind="text"),
    Column("value", "what was found there", kind="text"),
    Column("limit", "what the value was held against", kind="text"),
    Column("message", "the finding in words", kind="text"),
)

#: The model's own test beside a printed answer, and how the two differ.
BESIDE = (
    Column("estimate_model", "estimate of the model's own test within sites, analysis scale"),
    Column("standard_error_model", "its standard error, same scale"),
    Column("df_model", "its degrees of freedom", "1"),
    Column("df_method_model", "kenward-roger, satterthwaite or residual", kind="text"),
    Column("p_model", "its two-sided p", "1"),
    Column("p_model_adjusted", "p_model adjusted over the rows of this table", "1"),
    Column("error_ratio", "printed cluster-robust standard error over that of the model", "1"),
    Column("p_spread", "p that both are the same: small where spread differs", "1"),
    Column("difference_sites", "effect between sites less that within, analysis scale"),
    Column("p_difference_sites", "two-sided p of that difference", "1"),
    Column("difference_people", "effect between people less that within them, analysis scale"),
    Column("p_difference_people", "two-sided p of that difference", "1"),
)

CONTRAST = (
    Column("contrast", "contrast, as named in the config", kind="text"),
    Column("region", "brain region", kind="text"),
    Column("comparison", "what is compared, in words", kind="text"),
    Column("estimate", "estimated effect on the analysis scale (log outcome if scale is log)"),
    Column("standard_error", "standard error of the estimate, same scale"),
    Column("df", "denominator degrees of freedom", "1"),
    Column(
        "df_method",
        "whose test it is: cluster-robust, kenward-roger, satterthwaite, residual or site-means",
        kind="text",
    ),
    Column("t", "estimate / standard_error", "1"),
    Column("p_value", "two-sided p; on harmonised values calibrated, as p_method says", "1"),
    Column("p_naive", "harmonised values only: two-sided p of t, as if they were raw", "1"),
    Column("p_method", "where p_value is from: t, permutation or bootstrap", kind="text"),
    Column(
        "ci_low",
        "lower end of the confidence interval, same scale; a calibrated one is a multiple of the"
        " plain (Wald) standard error, not of standard_error",
    ),
    Column("ci_high", "upper end of the confidence interval, same scale; likewise"),
    Column("p_adjusted", "p_value adjusted over the rows of this table", "1"),
    Column(
        "detectable",
        "smallest effect that 80 % of such studies detect at alpha, not adjusted, same scale",
    ),
    Column("n_subjects", "people in the fit", "1"),
    Column("n_scans", "scans in the fit", "1"),
    Column("n_sites", "sites in the fit", "1"),
    Column("percent", "effect in percent of the outcome (log scale only)", "%"),
    Column("percent_low", "lower end of its confidence interval", "%"),
    Column("percent_high", "upper end of its confidence interval", "%"),
    Column(
        "percent_detectable", "detectable increase in percent of the outcome (log scale only)", "%"
    ),
    Column("standardised", "estimate / standardised_by_sd", "1"),
    Column("standardised_by_sd", "SD of one scan within site and scanner (people + residual)"),
    Column("varies", "what is compared varies within sites, between sites, or mixed", kind="text"),
    Column("share_between_sites", "share of what is compared that lies between sites", "1"),
    Column(
        "share_between_scanners",
        "share of what is compared within sites that lies between their scanners",
        "1",
    ),
    *BESIDE,
    Column("status", "ok, or why there is no number", kind="text"),
)

SENSITIVITY = (
    Column("variant", "what is done differently from the main analysis", kind="text"),
    *CONTRAST,
)

WEIGHTS = (
    Column("region", "brain region", kind="text"),
    Column("comparison", "what is compared, in words", kind="text"),
    Column("coefficient", "fixed effect", kind="text"),
    Column("weight", "its weight in the contrast", "1"),
)

BY_SITE = (
    Column("region", "brain region", kind="text"),
    Column("comparison", "what is compared, in words", kind="text"),
    Column("site", "centre that scanned", kind="text"),
    Column("estimate", "effect at this site, analysis scale (log outcome if scale is log)"),
    Column("standard_error", "standard error of the estimate, same scale"),
    Column("df", "denominator degrees of freedom", "1"),
    Column("df_method", "kenward-roger, satterthwaite or residual", kind="text"),
    Column("t", "estimate / standard_error", "1"),
    Column("p_value", "two-sided p of t, not adjusted", "1"),
    Column("ci_low", "lower end of the confidence interval, same scale"),
    Column("ci_high", "upper end of the confidence interval, same scale"),
    Column("percent", "effect in percent of the outcome (log scale only)", "%"),
    Column("percent_low", "lower end of its confidence interval", "%"),
    Column("percent_high", "upper end of its confidence interval", "%"),
    Column("n_subjects", "people of the site in the fit", "1"),
    Column("n_scans", "scans of the site in the fit", "1"),
    Column("status", "ok, or why there is no number", kind="text"),
)

HETEROGENEITY = (
    Column("region", "brain region", kind="text"),
    Column("comparison", "what is compared, in words", kind="text"),
    Column("f", "F of the test that the effect is the same at all sites", "1"),
    Column("numerator_df", "its numerator degrees of freedom: sites with an effect - 1", "1"),
    Column("denominator_df", "its denominator degrees of freedom", "1"),
    Column("df_method", "kenward-roger, satterthwaite or residual", kind="text"),
    Column("p_value", "p of F", "1"),
    Column("p_adjusted", "p_value adjusted over the rows of this table", "1"),
    Column(
        "sd_between_sites",
        "SD of the effect between sites: random slope by site, REML, analysis scale",
    ),
    Column("n_sites", "sites at which the effect can be estimated", "1"),
    Column("status", "ok, or why there is no test", kind="text"),
)

COEFFICIENTS = (
    Column("region", "brain region", kind="text"),
    Column("coefficient", "fixed effect", kind="text"),
    Column("estimate", "estimate on the analysis scale"),
    Column("standard_error", "standard error, same scale"),
    Column("df", "denominator degrees of freedom", "1"),
    Column("df_method", "kenward-roger, satterthwaite or residual", kind="text"),
    Column("t", "estimate / standard_error", "1"),
    Column("p_value", "two-sided p of t", "1"),
    Column("n_subjects", "people in the fit", "1"),
    Column("n_scans", "scans in the fit", "1"),
)

VARIANCE_COMPONENTS = (
    Column("region", "brain region", kind="text"),
    Column("component", "grouping factor and effect, or residual", kind="text"),
    Column("variance", "variance, squared analysis scale"),
    Column("sd", "standard deviation, analysis scale"),
    Column("sd_low", "lower end of the profile-likelihood interval of the SD, same scale"),
    Column("sd_high", "upper end of that interval, same scale"),
    Column("share", "share of the summed variances", "1"),
)

RESIDUALS = (
    Column("region", "brain region", kind="text"),
    *SCAN,
    Column("observed", "outcome on the analysis scale"),
    Column("fitted", "fitted with random effects, same scale"),
    Column("residual", "observed - fitted, same scale"),
    Column("scaled_residual", "residual / residual SD", "1"),
    Column("fitted_fixed", "fitted by the same model without its random effects, same scale"),
    Column("residual_fixed", "observed - fitted_fixed, same scale"),
)

RANDOM_EFFECTS = (
    Column("region", "brain region", kind="text"),
    Column("factor", "grouping factor", kind="text"),
    Column("effect", "(Intercept) or the name of the slope", kind="text"),
    Column("level", "level of the factor", kind="text"),
    Column("mode", "conditional mode (BLUP), analysis scale"),
    Column("sd", "conditional SD, same scale"),
)

SHRINKAGE = (
    Column("region", "brain region", kind="text"),
    Column("factor", "grouping factor", kind="text"),
    Column("level", "level of the factor", kind="text"),
    Column("n_scans", "scans at this level", "1"),
    Column("no_pooling", "own mean of the level, beyond the fixed effects"),
    Column("partial_pooling", "conditional mode of the level"),
    Column("complete_pooling", "all levels alike: 0"),
)

RESIDUAL_CHECKS = (
    Column("region", "brain region", kind="text"),
    Column("check", "name of the check", kind="text"),
    Column("statistic", "test statistic or size, as the check says", "1"),
    Column("p_value", "p of the statistic where it has one", "1"),
    Column("message", "the result in words", kind="text"),
)
