"""What a methods text says of harmonisation, and of the p-values that know of it."""

from collections.abc import Mapping
from typing import Any

from multipet.config.harmonisation_checks import GIVEN, batch_columns
from multipet.report.contrast_files import ContrastFiles
from multipet.report.formatting import listed
from multipet.report.references import (
    BEER,
    CHEN,
    FORTIN,
    FREEDMAN,
    JOHNSON,
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
