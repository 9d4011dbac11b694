"""What each chip reads off the files: a state and a number, by comparison with a threshold."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from multipet.report.contrast_files import ContrastFiles
from multipet.report.effect import estimated
from multipet.report.formatting import count, is_missing, number, percent, some
from multipet.report.question import settings_of
from multipet.report.robustness import variants_of

FEW_DF, FEWEST_DF = 10, 4
ERROR_LIMIT = 0.075  # Bradley's liberal criterion of robustness for a 5 % test


@dataclass(frozen=True)
class Verdict:
    """State of a chip and the number behind it, in words; ``title`` where it is a special one."""

    state: str
    detail: str
    title: str = ""


def naive_p(files: ContrastFiles) -> Verdict | None:
    """What does harmonisation do to the 5 % of a test?"""
    if files.harmonisation is None:
        return None
    error = predicted_error(files)
    if error is None:
        return Verdict("look", "naive: the model does not know of the harmonisation")
    state = "stop" if error > ERROR_LIMIT else "look"
    return Verdict(state, f"naive: a 5 % test is predicted to err in {percent(error)}")


def predicted_error(files: ContrastFiles) -> float | None:
    """Largest predicted type-I error among the findings ``naive_p``; None without a number."""
    values = [f["value"] for f in files.findings if f["check"] == "naive_p"]
    numbers = [value for value in map(_as_number, values) if value is not None]
    return max(numbers, default=None)


def confounding(files: ContrastFiles) -> Verdict | None:
    """Does what is compared vary within the sites?"""
    fired = [f for f in files.findings if f["check"] == "confounded_site"]
    present = _levels_by_site(files)
    if present and all(len(levels) < 2 for levels in present):
        return Verdict("stop", "no site has more than one of the compared groups")
    if present:
        compared = max(len(levels) for levels in present)
        whole = sum(len(levels) == compared for levels in present)
        verb = "has" if whole == 1 else "have"
        groups = "both groups" if compared == 2 else f"all {compared} groups"
        text = f"{whole} of {count(len(present), 'site')} {verb} {groups}"
        return Verdict("look" if fired or whole < len(present) else "ok", text)
    if fired:
        return Verdict("look", "it varies mostly between sites")
    if files.spec["contrast"]["kind"] == "slope" and files.plan.get("n_sites", 0) > 1:
        sites = count(files.plan["n_sites"], "site")
        return Verdict("ok", f"what is compared varies within the {sites}")
    return None


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
    return _variants(files, "site")


def harmonisation_choice(files: ContrastFiles) -> Verdict | None:
    """Does the conclusion hold with and without harmonisation?"""
    return _variants(files, "harmonisation")


def named(files: ContrastFiles, regions: Collection[str]) -> str:
    """Up to three regions by their labels, in the order of the contrast, and how many more."""
    order = list(dict.fromkeys([*files.contrast["region"], *regions]))
    if len(regions) == len(order) > 1:
        return f"all {len(order)} regions"
    return some([files.region_label(region) for region in order if region in regions])


def _levels_by_site(files: ContrastFiles) -> list[set[str]]:
    """Compared levels that each site has; empty where no factor within sites is compared."""
    contrast = files.spec["contrast"]
    settings = settings_of(contrast)
    if contrast["kind"] == "difference":
        (factor, wanted), *_ = settings.items()
    elif contrast["kind"] == "pairwise":
        factor, wanted = settings, None
    else:
        return []
    sites = [site.get("levels", {}).get(factor) for site in files.plan.get("per_site", [])]
    return [
        {level for level, n in levels.items() if n and (wanted is None or level in wanted)}
        for levels in sites
        if levels is not None
    ]


def _variants(files: ContrastFiles, topic: str) -> Verdict | None:
    about = [v for v in variants_of(files) if v.topic == topic and v.pairs]
    if not about:
        return None
    if any(variant.n_contradict for variant in about):
        return Verdict("stop", "opposite signs in at least one row")
    agree = min(about, key=lambda variant: variant.n_agree / len(variant.pairs))
    state = "ok" if agree.n_agree == len(agree.pairs) else "look"
    return Verdict(state, f"same conclusion in {agree.n_agree} of {len(agree.pairs)}")


def _as_number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
