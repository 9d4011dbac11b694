"""What a methods text says of harmonisation, of sites, and of the tests of robustness."""

from collections.abc import Mapping
from typing import Any

from multipet.config.checks.harmonisations import batch_columns
from multipet.config.methods import GIVEN
from multipet.core.columns.contrast import has_site_means, is_varying
from multipet.report.chips.effect import tests_of
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.tables import ordered
from multipet.report.html.text import count, level_percent, listed
from multipet.report.methods.references import (
    BEER,
    CHEN,
    FORTIN,
    FREEDMAN,
    JOHNSON,
    MUNDLAK,
    POMPONIO,
    WINKLER,
    Reference,
)

METHODS: dict[str, tuple[str, tuple[Reference, ...]]] = {
    "combat": ("ComBat", (JOHNSON, FORTIN)),
    "combat_no_eb": ("ComBat without empirical Bayes", (JOHNSON, FORTIN)),
    "location": ("additive ComBat (shifts alone, shrunk by empirical Bayes)", (JOHNSON,)),
    "combat_spline": ("ComBat with natural cubic splines", (JOHNSON, FORTIN, POMPONIO)),
    "longitudinal_combat": ("longitudinal ComBat", (BEER,)),
    "covbat": ("CovBat (ComBat that also aligns covariances)", (JOHNSON, FORTIN, CHEN)),
    "linear_scale": ("linear equations given beforehand", ()),
    "saved": ("the parameters of an earlier run", ()),
}
WAYS = {
    "permutation": "the residuals of the raw values from the model without the contrast changed "
    "places between people of the same scanner",
    "bootstrap": "values were drawn from the model of the raw values without the contrast",
}


def harmonisation_text(files: ContrastFiles) -> tuple[str, list[Reference]]:
    """Sentences on how values were harmonised, and the papers that they cite."""
    used = files.harmonisation
    if used is None:
        return "Values were not harmonised before modelling.", []
    method, cited = METHODS.get(used["method"], (f"the method “{used['method']}”", ()))
    papers = f" ({'; '.join(ref.cited for ref in cited)})" if cited else ""
    text = (
        f"Before modelling, values were harmonised over {listed(batch_columns(used))} by "
        f"{method}{_details(files, used)}{papers}."
    )
    if used["method"] in GIVEN:
        return f"{text} Nothing in it was estimated from these data.", list(cited)
    calibrated, more = calibration_text(files)
    return f"{text} {calibrated}", [*cited, *more]


def calibration_text(files: ContrastFiles) -> tuple[str, list[Reference]]:
    """How p-values learnt of the harmonisation; that they did not, where they did not."""
    ways = [way for way in dict.fromkeys(files.contrast["p_method"]) if way in WAYS]
    if not ways:
        return "The model does not account for that step, so its p-values are naive.", []
    settings = files.spec["inference"]["calibration"]
    how = listed([WAYS[way] for way in ways], "or")
    cited = [FREEDMAN, WINKLER] if "permutation" in ways else []
    papers = f" ({'; '.join(ref.cited for ref in cited)})" if cited else ""
    return (
        f"P-values and confidence intervals account for that step: {settings['draws']} times, "
        f"{how}{papers}, harmonisation and model were run anew, and t was compared with the "
        f"values of |t| found so (seed {settings['seed']}).",
        cited,
    )


def _details(files: ContrastFiles, used: Mapping[str, Any]) -> str:
    """Subset, prior, reference and what was preserved, as configured."""
    said = []
    if used.get("prior") == "nonparametric":
        said.append("with a non-parametric prior")
    if used.get("reference"):
        said.append(f"with {used['reference']} as the reference batch")
    for variable, levels in (used.get("fit_on") or {}).items():
        names = listed([files.level_label(variable, level) for level in levels])
        said.append(f"estimated from {names} ({files.variable_label(variable)}) alone")
    kept = used.get("preserve")
    if kept and used["method"] not in GIVEN:
        said.append("preserving nothing" if kept == "1" else f"preserving {kept}")
    return f", {listed(said)}" if said else ""


TESTED = (
    "Whether the effect is the same at all sites was tested by F in a model with site fixed and "
    "the effect crossed with it, at {level}."
)
SLOPE = " As a sensitivity analysis the effect was given a random slope by site."
MEANS = (
    " In a further sensitivity analysis the site mean of what is compared was a covariate"
    " ({cited})."
)


def sites_text(files: ContrastFiles) -> tuple[str, list[Reference]]:
    """How the effect at each site was tested, and what was refitted for it; may be empty."""
    if not tests_of(files):
        return "", []
    alpha = files.spec["checks"]["heterogeneity"]["alpha"]
    adjusted = " after adjustment over these tests" if files.adjusts else ""
    text = TESTED.format(level=level_percent(alpha) + adjusted)
    cited: list[Reference] = []
    variants = set(files.sensitivity["variant"])
    if any(map(is_varying, variants)):
        text += SLOPE
    if any(map(has_site_means, variants)):
        text += MEANS.format(cited=MUNDLAK.cited)
        cited.append(MUNDLAK)
    return text, cited


def site_mean_words(column: str) -> str:
    """A column of site means in words: ``the site mean of age``; empty for any other column."""
    rest = column.removeprefix("site_mean_")
    return "" if rest == column else f"the site mean of {rest.replace('_', ' ')}"


def robustness_text(files: ContrastFiles) -> str:
    """Sites and people left out, other covariates, the line against a curve; may be empty."""
    said = (_left_out(files), _covariates(files), _people(files), _line(files))
    return " ".join(text for text in said if text)


def _left_out(files: ContrastFiles) -> str:
    every = ordered((row["factor"], row["left_out"]) for row in rows(files.robust.left_out))
    factors = [factor for factor, _ in every]
    counts = [count(factors.count(factor), factor) for factor in dict.fromkeys(factors)]
    if not counts:
        return ""
    return f"The contrast was estimated anew without each of {listed(counts)}."


def _covariates(files: ContrastFiles) -> str:
    table = files.robust.covariate_sets
    formulas = [formula for (formula,) in ordered((row["formula"],) for row in rows(table))]
    if not formulas:
        return ""
    return f"It was also estimated with other fixed effects: {listed(formulas)}."


def _people(files: ContrastFiles) -> str:
    if files.robust.influence.empty:
        return ""
    return (
        "The influence of each person is the change of the estimate without that person's scans, "
        "in standard errors (DFBETA), the variance parameters being kept."
    )


def _line(files: ContrastFiles) -> str:
    tested = rows(files.robust.linearity)
    if not tested:
        return ""
    variable = files.variable_label(tested[0]["variable"])
    return (
        f"That the outcome follows {variable} in a straight line was tested against a natural "
        "cubic spline with 3 degrees of freedom."
    )
