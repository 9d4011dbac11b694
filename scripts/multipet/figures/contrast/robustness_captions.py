"""What each figure of robustness is called and shows, and how it looks when all is well."""

from multipet.figures.contrast.captions import Caption

PARTIAL_RESIDUALS = "partial_residuals"
CURVES = "curves"
LEFT_OUT = "left_out"
SPECIFICATIONS = "specifications"
MODE_QUANTILES = "random_effect_quantiles"

#: Section of the report that each figure belongs to.
ROBUSTNESS_SECTIONS = {
    PARTIAL_RESIDUALS: "by_site",
    CURVES: "by_site",
    LEFT_OUT: "robustness",
    SPECIFICATIONS: "robustness",
    MODE_QUANTILES: "checks",
}

ROBUSTNESS_CAPTIONS = {
    PARTIAL_RESIDUALS: Caption(
        "Every scan, by site",
        "One point a scan in {region}: what the model leaves over, plus what it fits for "
        "{compared}; other covariates are held at their mean.{sites} {line}, with the {interval} "
        "of the effect: the level is taken as it is.{common}",
        "{well}points scatter evenly around the means, and no few of them carry the effect.",
    ),
    CURVES: Caption(
        "Outcome over {variable}",
        "Mean outcome over {variable} at each level, other covariates at their mean, in {rows}. "
        "Shaded: {interval} of the change with {variable}, the level being taken as it is.{spline}",
        "{well}.",
    ),
    LEFT_OUT: Caption(
        "Without each site and scanner",
        "Effect with its {interval} when the scans of one site or scanner are left out and the "
        "same model is fitted anew, in {rows}. First, and shaded: all scans.{bare}",
        "every point lies within the shaded range, and no single site or scanner decides on "
        "which side of 0 the effect is.",
    ),
    SPECIFICATIONS: Caption(
        "Every way it was estimated",
        "Effect on {region} in {count} specifications, smallest first, with {interval}. Below "
        "each: what was chosen. Filled: p below {alpha:g} (not adjusted); open: not.{bare}",
        "all effects have one sign, and the main analysis (diamond) lies among the others, not "
        "at an end.",
    ),
    MODE_QUANTILES: Caption(
        "Normal quantiles of the random effects",
        "Conditional mode of each level, in units of its SD over repeated studies, against where "
        "it would lie if random effects were normal, in {rows}. Shaded: where 95 % of a normal "
        "sample lie, point by point.",
        "points follow the line within the shaded range. Single points beyond it are people, or "
        "scanners, unlike the others.",
    ),
}
