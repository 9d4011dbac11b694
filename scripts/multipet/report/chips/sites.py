"""Chips about sites and harmonisation: told apart, enough, how site entered, what p knows."""

from typing import Any

from multipet.config.kinds import variables_of
from multipet.config.methods import GIVEN
from multipet.core.columns.contrast import BETWEEN, MIXED, WITHIN
from multipet.report.chips.chip import Rule, State, Verdict
from multipet.report.chips.other_analyses import HARMONISATION, SITE, compared
from multipet.report.contrast.effect import estimated, tested
from multipet.report.contrast.files import ContrastFiles
from multipet.report.contrast.question import settings_of
from multipet.report.html.text import count, is_missing, number, percent

KNOWN = (WITHIN, MIXED, BETWEEN)
FEW_DF, FEWEST_DF = 10, 4
CALIBRATED = ("permutation", "bootstrap")
ERROR_LIMIT = 0.075  # Bradley's liberal criterion of robustness for a 5 % test
ERROR = percent(ERROR_LIMIT)


def _confounding(files: ContrastFiles) -> Verdict | None:
    """Does what is compared vary within the sites?"""
    ignored = files.spec.checks.confounded_site.action == "ignore"
    varies = [row["varies"] for row in estimated(files.contrast) if row["varies"] in KNOWN]
    if ignored or compares_centres(files) or not varies:
        return None
    between, levels = varies.count(BETWEEN), _levels_by_site(files)
    if between == len(varies):
        alone = levels[1] and all(len(own) < 2 for own in levels[1])
        detail = "no site has more than one of the compared groups" if alone else "at every site"
        return Verdict("stop", detail, "What is compared varies between sites only")
    if between:
        where = f"in {between} of {files.counted(len(varies))}"
        return Verdict("look", where, "What is compared varies between sites only")
    return _mixed(files, *levels)


def _mixed(files: ContrastFiles, wanted: set[str], present: list[set[str]]) -> Verdict:
    """What to say where the compared varies within sites, or within some."""
    noted = any(f["check"] == "confounded_site" for f in files.findings)
    if present:
        whole = sum(levels >= wanted for levels in present)
        text = _groups_in_words(whole, len(present), len(wanted))
        if whole < len(present):
            return Verdict("look", text, "Some sites lack a compared group")
        if not noted:
            return Verdict("ok", text)
    if noted:
        return Verdict("look", "see Findings", "What is compared varies mostly between sites")
    sites = count(files.plan["n_sites"], "site")
    return Verdict("ok", f"what is compared varies within the {sites}")


CONFOUNDING = Rule(
    "confounding", "Site and contrast apart", "sites",
    ok="every site has all compared groups, and not most of what is compared is between sites",
    look="some sites lack a compared group, what is compared varies between sites only in some "
    "regions, or mostly (checks.confounded_site)",
    stop="what is compared varies between sites only, everywhere",
    judge=_confounding,
)  # fmt: skip


def _groups_in_words(whole: int, n_sites: int, n_levels: int) -> str:
    groups = "both groups" if n_levels == 2 else f"all {n_levels} groups"
    verb = "has" if whole == 1 else "have"
    return f"{whole} of {count(n_sites, 'site')} {verb} {groups}"


def _levels_by_site(files: ContrastFiles) -> tuple[set[str], list[set[str]]]:
    """Compared levels, and which each site has; empty where no factor in sites is compared."""
    contrast = files.spec.contrast
    settings = settings_of(contrast)
    if contrast.kind == "difference":
        (factor, wanted), *_ = settings.items()
    elif contrast.kind == "pairwise":
        factor, wanted = settings, None
    else:
        return set(), []
    sites = [site["levels"].get(factor) for site in files.plan["per_site"]]
    present = [
        {level for level, n in levels.items() if n and (wanted is None or level in wanted)}
        for levels in sites
        if levels is not None
    ]
    return (set().union(*present) if wanted is None else set(wanted)), present


def compares_centres(files: ContrastFiles) -> bool:
    """Whether sites or scanners are what is compared: nothing to be told apart from them."""
    settings = files.spec.contrast.settings
    return bool(variables_of(settings) & {"site", "scanner"})


def _enough_sites(files: ContrastFiles) -> Verdict | None:
    """Are there sites enough for the way in which site enters?"""
    n_sites, every = files.plan["n_sites"], estimated(files.contrast)
    if not every:
        return None
    least = min((row["df"] for row in every if not is_missing(row["df"])), default=None)
    used = files.plan["site"]["used"]
    minimum = files.spec.checks.few_levels.minimum
    detail = count(n_sites, "site") + (f", site {used}" if used in ("random", "fixed") else "")
    if least is not None:
        detail += f"; smallest df {number(least)}"
        if least < FEW_DF:
            detail += ": only large differences could be detected"
            state: State = "stop" if least < FEWEST_DF else "look"
            return Verdict(state, detail, "Few degrees of freedom")
    if n_sites >= minimum or (used == "fixed" and n_sites > 1):
        return Verdict("ok", detail)
    return Verdict("look", detail, "One site only" if n_sites == 1 else "Few sites")


ENOUGH_SITES = Rule(
    "sites", "Enough sites", "sites",
    ok="as many sites as a random effect needs (checks.few_levels.minimum), or site fixed",
    look=f"fewer, one site only, or a test with less than {FEW_DF} df (degrees of freedom)",
    stop=f"a test with less than {FEWEST_DF} df",
    judge=_enough_sites,
)  # fmt: skip


def _site_choice(files: ContrastFiles) -> Verdict | None:
    """Does the conclusion hold when site enters the other way?"""
    return compared(files, SITE)


SITE_CHOICE = Rule(
    "site_choice", "Site random or fixed", "robustness",
    ok="same conclusion everywhere, be site random or fixed, and with the site means of what is "
    "compared as a covariate",
    look="the conclusion differs in at least one region or comparison",
    stop="two ways detect an effect in the same region or comparison, of opposite signs",
    judge=_site_choice,
)  # fmt: skip


def is_calibrated(files: ContrastFiles) -> bool:
    """Whether every p-value of the contrast knows of the harmonisation."""
    return all(row["p_method"] in CALIBRATED for row in tested(files.contrast))


def takes_from_data(files: ContrastFiles) -> bool:
    """Whether values were harmonised by what these data themselves show."""
    return files.harmonisation is not None and files.harmonisation["method"] not in GIVEN


def _naive_p(files: ContrastFiles) -> Verdict | None:
    """Do the p-values know what harmonisation did to the 5 % of a test?"""
    if not takes_from_data(files):
        return None
    error = predicted_error(files)
    if is_calibrated(files):
        alone = "" if error is None else f"; without that {percent(error)} instead of 5 %"
        return Verdict("ok", f"calibrated by {files.draws} simulated data sets{alone}")
    title = "P-values do not count the harmonisation"
    if error is None:
        return Verdict("look", "the model takes harmonised values for raw ones", title)
    detail = f"a 5 % test is predicted to find something in {percent(error)} of null studies"
    return Verdict("stop" if error > ERROR_LIMIT else "look", detail, title)


NAIVE_P = Rule(
    "naive_p", "P-values after harmonisation", "sites",
    ok="calibrated: harmonisation and model were run anew in every simulated data set without an "
    "effect (not shown where values were not harmonised)",
    look=f"not calibrated; predicted type-I error of a 5 % test is at most {ERROR}, or unknown",
    stop=f"not calibrated, and the predicted type-I error is above {ERROR}",
    judge=_naive_p,
)  # fmt: skip


def naive_caution(files: ContrastFiles) -> str:
    """What stands beside an answer whose p-values are naive; empty for any other."""
    if not takes_from_data(files) or is_calibrated(files):
        return ""
    error = predicted_error(files)
    if error is None:
        return "The model takes the harmonised values for raw ones: its p-values may be too small."
    return (
        f"A test at 5 % is predicted to find something in {percent(error)} of studies of this "
        "design without an effect."
    )


def predicted_error(files: ContrastFiles) -> float | None:
    """Largest predicted type-I error among the findings ``naive_p``; None without a number."""
    values = [f["value"] for f in files.findings if f["check"] == "naive_p"]
    numbers = [value for value in map(_as_number, values) if value is not None]
    return max(numbers, default=None)


def _as_number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _harmonisation_choice(files: ContrastFiles) -> Verdict | None:
    """Does the conclusion hold from raw values and from every harmonisation?"""
    return compared(files, HARMONISATION)


HARMONISATION_CHOICE = Rule(
    "harmonisation_choice", "Conclusion independent of harmonisation", "sites",
    ok="same conclusion everywhere from raw values, raw values with site means, and every "
    "harmonisation that preserves the model’s fixed effects",
    look="the conclusion differs in at least one region or comparison",
    stop="two ways detect an effect in the same region or comparison, of opposite signs",
    judge=_harmonisation_choice,
)  # fmt: skip
