"""What each chip reads off the files: a state and a number, by comparison with a threshold."""

from dataclasses import dataclass
from typing import Any

from multipet.report.contrast_files import ContrastFiles, rows
from multipet.report.effect import estimated
from multipet.report.formatting import count, is_missing, number, percent
from multipet.report.question import settings_of
from multipet.report.robustness import variants_of

FEW_SHARE = 0.1  # share of regions that a check may fire in without a word
FAILED_SHARE = 0.25
CHECK_ALPHA = 0.01
LARGE_RATIO, EXTREME_RATIO = 1.5, 3  # largest over smallest residual SD of a scanner
LARGE_SHAPE = {"skewness": 0.5, "excess_kurtosis": 1}
EXTREME_SHAPE = {"skewness": 2, "excess_kurtosis": 7}
FEWEST_DF = 2
MISSING_LOOK, MISSING_STOP = 0.05, 0.2
ERROR_LIMIT = 0.075  # Bradley's liberal criterion of robustness for a 5 % test
SET_ASIDE = ("excluded", "dropped", "missing")


@dataclass(frozen=True)
class Verdict:
    """State of a chip and the number behind it, in words."""

    state: str
    detail: str


def converged(files: ContrastFiles) -> Verdict | None:
    """Did every region's fit finish?"""
    failed = {entry["region"] for entry in files.plan.get("failed", [])}
    unfinished = _regions_with(files, "not_converged")
    regions = set(files.contrast["region"]) | failed
    if not regions:
        return None
    bad = failed | unfinished
    good = f"{len(regions - bad)} of {count(len(regions), 'region')}"
    return Verdict(_by_share(len(bad), len(regions)), good + _gradient(files))


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
        text = f"{whole} of {count(len(present), 'site')} have all {compared} groups"
        return Verdict("look" if fired or whole < len(present) else "ok", text)
    if fired:
        return Verdict("look", "it varies mostly between sites")
    if files.spec["contrast"]["kind"] == "slope" and files.plan.get("n_sites", 0) > 1:
        return Verdict("ok", f"check silent over {count(files.plan['n_sites'], 'site')}")
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
        if least < FEWEST_DF:
            return Verdict("stop", detail)
    enough = n_sites >= minimum or (used == "fixed" and n_sites > 1)
    return Verdict("ok" if enough else "look", detail)


def singular(files: ContrastFiles) -> Verdict | None:
    """Were all random effects told from zero?"""
    fits = files.plan.get("convergence")
    if not fits:
        return None
    bad = {fit["region"] for fit in fits if fit.get("singular")}
    bad |= _regions_with(files, "singular_fit")
    text = f"singular in {len(bad)} of {count(len(fits), 'region')}"
    return Verdict("look" if bad else "ok", text)


def spread(files: ContrastFiles) -> Verdict | None:
    """Is the residual spread alike over scanners?"""
    ratios = _statistics(files, "spread_ratio")
    p_values = _statistics(files, "spread_by_scanner", "p_value")
    if not ratios:
        return None
    sure = {region: r for region, r in ratios.items() if p_values.get(region, 1) < CHECK_ALPHA}
    large = sum(ratio > LARGE_RATIO for ratio in sure.values())
    extreme = sum(ratio > EXTREME_RATIO for ratio in sure.values())
    detail = f"uneven in {large} of {count(len(ratios), 'region')}; largest ratio "
    return Verdict(_graded(large, extreme, len(ratios)), detail + number(max(ratios.values())))


def shape(files: ContrastFiles) -> Verdict | None:
    """Are the residuals distributed as the model takes them to be?"""
    found = {check: _statistics(files, check) for check in LARGE_SHAPE}
    regions = set().union(*found.values())
    if not regions:
        return None
    large, extreme = (
        {r for check, limit in limits.items() for r, x in found[check].items() if abs(x) > limit}
        for limits in (LARGE_SHAPE, EXTREME_SHAPE)
    )
    detail = f"skewed or heavy-tailed in {len(large)} of {count(len(regions), 'region')}"
    return Verdict(_graded(len(large), len(extreme), len(regions)), detail)


def site_choice(files: ContrastFiles) -> Verdict | None:
    """Does the conclusion hold when site enters the other way?"""
    return _variants(files, "site")


def harmonisation_choice(files: ContrastFiles) -> Verdict | None:
    """Does the conclusion hold with and without harmonisation?"""
    return _variants(files, "harmonisation")


def missing(files: ContrastFiles) -> Verdict | None:
    """In how many scans was a value set aside?"""
    n_scans = files.plan.get("n_scans")
    if not n_scans:
        return None
    touched = scans_set_aside(files)
    share = touched / n_scans
    state = "ok" if share <= MISSING_LOOK else "look" if share <= MISSING_STOP else "stop"
    text = f"{count(touched, 'scan')} with values set aside; {count(n_scans, 'scan')} analysed"
    return Verdict(state, text)


def scans_set_aside(files: ContrastFiles) -> int:
    """Scans with a value or covariate excluded, dropped or missing on the way to the model."""
    return len({
        (row["site"], row["participant_id"], row["session"])
        for row in rows(files.ingest_findings)
        if row["action"] in SET_ASIDE and row["participant_id"]
    })  # fmt: skip


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


def _statistics(files: ContrastFiles, check: str, column: str = "statistic") -> dict[str, float]:
    return {
        row["region"]: row[column]
        for row in rows(files.residual_checks)
        if row["check"] == check and not is_missing(row[column])
    }


def _graded(large: int, extreme: int, every: int) -> str:
    few = FEW_SHARE * every
    return "stop" if extreme > few else "look" if large > few else "ok"


def _variants(files: ContrastFiles, topic: str) -> Verdict | None:
    about = [v for v in variants_of(files) if v.topic == topic and v.pairs]
    if not about:
        return None
    if any(variant.n_contradict for variant in about):
        return Verdict("stop", "opposite signs in at least one row")
    agree = min(about, key=lambda variant: variant.n_agree / len(variant.pairs))
    state = "ok" if agree.n_agree == len(agree.pairs) else "look"
    return Verdict(state, f"same conclusion in {agree.n_agree} of {len(agree.pairs)}")


def _gradient(files: ContrastFiles) -> str:
    norms = [fit.get("gradient_norm") for fit in files.plan.get("convergence", [])]
    known = [norm for norm in norms if not is_missing(norm)]
    return f"; largest gradient {number(max(known), 2)}" if known else ""


def _regions_with(files: ContrastFiles, check: str) -> set[str]:
    return {f["region"] for f in files.findings if f["check"] == check and f["region"]}


def _by_share(bad: int, every: int) -> str:
    return "ok" if not bad else "look" if bad <= FAILED_SHARE * every else "stop"


def _as_number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
