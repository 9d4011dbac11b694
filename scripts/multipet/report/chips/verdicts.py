"""What each chip reads off the files: a state and a number, by comparison with a threshold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from multipet.config.kinds import KINDS, variables_of
from multipet.config.methods import GIVEN
from multipet.core.columns.contrast import BETWEEN, MIXED, WITHIN
from multipet.report.chips.other_analyses import HARMONISATION, SITE, variants_of
from multipet.report.contrast.effect import estimated, tested
from multipet.report.contrast.files import ContrastFiles
from multipet.report.contrast.question import settings_of
from multipet.report.html.text import count, is_missing, number, percent, some

CALIBRATED = ("permutation", "bootstrap")
LEVELS = (WITHIN, MIXED, BETWEEN)
FEW_DF, FEWEST_DF = 10, 4
ERROR_LIMIT = 0.075  # Bradley's liberal criterion of robustness for a 5 % test


@dataclass(frozen=True)
class Verdict:
    """State of a chip and the number behind it, in words; ``title`` where it is a special one."""

    state: str
    detail: str
    title: str = ""


def is_calibrated(files: ContrastFiles) -> bool:
    """Whether every p-value of the contrast knows of the harmonisation."""
    return all(row["p_method"] in CALIBRATED for row in tested(files.contrast))


def takes_from_data(files: ContrastFiles) -> bool:
    """Whether values were harmonised by what these data themselves show."""
    return files.harmonisation is not None and files.harmonisation["method"] not in GIVEN


def naive_p(files: ContrastFiles) -> Verdict | None:
    """Do the p-values know what harmonisation did to the 5 % of a test?"""
    if not takes_from_data(files):
        return None
    error = predicted_error(files)
    if is_calibrated(files):
        alone = "" if error is None else f"; naive ones would err in {percent(error)}"
        draws = files.spec["inference"]["calibration"]["draws"]
        return Verdict("ok", f"calibrated by {draws} draws{alone}")
    if error is None:
        return Verdict("look", "naive: the model does not know of the harmonisation")
    state = "stop" if error > ERROR_LIMIT else "look"
    return Verdict(state, f"naive: a 5 % test is predicted to err in {percent(error)}")


def naive_caution(files: ContrastFiles) -> str:
    """What stands beside an answer whose p-values are naive; empty for any other."""
    if not takes_from_data(files) or is_calibrated(files):
        return ""
    error = predicted_error(files)
    if error is None:
        return "The model does not know that the values were harmonised: its p-values are naive."
    return f"A test at 5 % is predicted to err in {percent(error)} of studies of this design."


def predicted_error(files: ContrastFiles) -> float | None:
    """Largest predicted type-I error among the findings ``naive_p``; None without a number."""
    values = [f["value"] for f in files.findings if f["check"] == "naive_p"]
    numbers = [value for value in map(_as_number, values) if value is not None]
    return max(numbers, default=None)


def confounding(files: ContrastFiles) -> Verdict | None:
    """Does what is compared vary within the sites?"""
    check = files.spec.get("checks", {}).get("confounded_site", {})
    varies = [row["varies"] for row in estimated(files.contrast) if row["varies"] in LEVELS]
    if check.get("action") == "ignore" or compares_centres(files):
        return None
    if not varies or not files.plan.get("n_sites"):
        return None
    compared, present = _levels_by_site(files)
    between = varies.count(BETWEEN)
    if between == len(varies):
        alone = present and all(len(levels) < 2 for levels in present)
        groups = "no site has more than one of the compared groups"
        return Verdict("stop", groups if alone else "what is compared varies between sites only")
    if between:
        rows = f"{between} of {count(len(varies), 'row')}"
        return Verdict("look", f"what is compared varies between sites only in {rows}")
    fired = any(f["check"] == "confounded_site" for f in files.findings)
    if present:
        whole = sum(levels >= compared for levels in present)
        text = _groups_in_words(whole, len(present), len(compared))
        return Verdict("look" if fired or whole < len(present) else "ok", text)
    if fired:
        return Verdict("look", "it varies mostly between sites")
    sites = count(files.plan["n_sites"], "site")
    return Verdict("ok", f"what is compared varies within the {sites}")


def enough_sites(files: ContrastFiles) -> Verdict | None:
    """Are there sites enough for the way in which site enters?"""
    n_sites = files.plan.get("n_sites")
    if not n_sites:
        return None
    least = min((row["df"] for row in estimated(files.contrast)), default=None)
    used = (files.plan.get("site") or {}).get("used")
    minimum = files.spec.get("checks", {}).get("few_levels", {}).get("minimum", 4)
    detail = count(n_sites, "site") + (f", site {used}" if used in ("random", "fixed") else "")
    if not is_missing(least):
        detail += f"; smallest df {number(least)}"
        if least < FEW_DF:
            detail += ": only large differences could be detected"
            return Verdict("stop" if least < FEWEST_DF else "look", detail)
    enough = n_sites >= minimum or (used == "fixed" and n_sites > 1)
    return Verdict("ok" if enough else "look", detail)


def site_choice(files: ContrastFiles) -> Verdict | None:
    """Does the conclusion hold when site enters the other way?"""
    return _variants(files, SITE)


def harmonisation_choice(files: ContrastFiles) -> Verdict | None:
    """Does the conclusion hold from raw values and from every harmonisation?"""
    return _variants(files, HARMONISATION)


def named(files: ContrastFiles, regions: Collection[str]) -> str:
    """Up to three regions by their labels, in the order of the contrast, and how many more."""
    order = list(dict.fromkeys([*files.contrast["region"], *regions]))
    if len(regions) == len(order) > 1:
        return f"all {len(order)} regions"
    return some([files.region_label(region) for region in order if region in regions])


def compares_centres(files: ContrastFiles) -> bool:
    """Whether sites or scanners are what is compared: nothing to be told apart from them."""
    settings = files.spec["contrast"].get("settings")
    known = isinstance(settings, Mapping) and bool(set(KINDS) & set(settings))
    return known and bool(variables_of(settings) & {"site", "scanner"})


def _groups_in_words(whole: int, n_sites: int, n_levels: int) -> str:
    groups = "both groups" if n_levels == 2 else f"all {n_levels} groups"
    verb = "has" if whole == 1 else "have"
    return f"{whole} of {count(n_sites, 'site')} {verb} {groups}"


def _levels_by_site(files: ContrastFiles) -> tuple[set[str], list[set[str]]]:
    """Compared levels, and which each site has; empty where no factor in sites is compared."""
    contrast = files.spec["contrast"]
    settings = settings_of(contrast)
    if contrast["kind"] == "difference":
        (factor, wanted), *_ = settings.items()
    elif contrast["kind"] == "pairwise":
        factor, wanted = settings, None
    else:
        return set(), []
    sites = [site.get("levels", {}).get(factor) for site in files.plan.get("per_site", [])]
    present = [
        {level for level, n in levels.items() if n and (wanted is None or level in wanted)}
        for levels in sites
        if levels is not None
    ]
    return (set().union(*present) if wanted is None else set(wanted)), present


def _variants(files: ContrastFiles, topic: str) -> Verdict | None:
    about = [v for v in variants_of(files) if v.topic == topic and v.tested]
    if not about:
        return None
    if any(variant.n_contradict for variant in about):
        return Verdict("stop", "opposite signs in at least one row")
    agree = min(about, key=lambda variant: variant.n_agree / len(variant.tested))
    state = "ok" if agree.n_agree == len(agree.tested) else "look"
    what = "comparisons" if files.is_pairwise else "regions"
    share = f"same conclusion in {agree.n_agree} of {len(agree.tested)} {what}"
    if len(about) == 1:
        return Verdict(state, f"{share} ({agree.label})")
    if state == "ok":
        return Verdict(state, f"{share}, in each of {len(about)} other analyses")
    return Verdict(state, f"{share} ({agree.label}; {len(about)} other analyses)")


def _as_number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
