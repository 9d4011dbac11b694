"""What the chips about the fits and about the data say."""

import re
from collections import Counter
from typing import Any

from multipet.formulas.formula import parse_formula
from multipet.report.chips.verdicts import Verdict, named
from multipet.report.contrast.files import ContrastFiles, rows, site_label
from multipet.report.html.text import count, is_missing, listed, number, percent, some

FEW_SHARE = 0.1  # share of regions that a check may fire in without a word
FAILED_SHARE = 0.25
CHECK_ALPHA = 0.01
LARGE_RATIO, EXTREME_RATIO = 1.5, 3  # largest over smallest residual SD of a scanner
ENOUGH_SCANS = 8  # of a scanner, for a ratio of spreads to count without its test
LARGE_SHAPE = {"skewness": 0.5, "excess_kurtosis": 1}
EXTREME_SHAPE = {"skewness": 2, "excess_kurtosis": 7}
#: What a model's finding says of a random intercept without variance.
ZERO_INTERCEPT = re.compile(r"the variance of (\S+) is estimated as 0$")
FACTORS = {"participant_id": "person"}


def converged(files: ContrastFiles) -> Verdict | None:
    """Did every region's fit finish?"""
    failed = {entry["region"] for entry in files.plan.get("failed", [])}
    unfinished = _regions_with(files, "not_converged")
    regions = set(files.contrast["region"]) | failed
    if not regions:
        return None
    bad = failed | unfinished
    if not bad:
        return Verdict("ok", named(files, regions))
    good = f"{len(regions - bad)} of {count(len(regions), 'region')}; not {named(files, bad)}"
    return Verdict(_by_share(len(bad), len(regions)), good)


_SLOPES = "slopes or correlations"


def singular(files: ContrastFiles) -> Verdict | None:
    """Could the random effects be estimated?"""
    fits, formula = files.plan.get("convergence"), files.plan.get("formula")
    if not fits or not (formula and parse_formula(formula).random):
        return None
    zeros = _zero_intercepts(files)
    singular = {fit["region"] for fit in fits if fit.get("singular")}
    bad = (singular | _regions_with(files, "singular_fit")) - zeros.keys()
    if bad:
        where = f"{len(bad)} of {count(len(fits), 'region')}: {named(files, bad)}"
        by_scanner = files.spec["model"].get("residual") == "by_scanner"
        what = "slopes, correlations or a scanner's residual" if by_scanner else _SLOPES
        return Verdict("look", f"{what} not estimable in {where}")
    if not zeros:
        return Verdict("ok", "no variance estimated as 0")
    factors = dict.fromkeys(factor for found in zeros.values() for factor in found)
    kinds = [FACTORS.get(factor, factor) for factor in factors]
    return Verdict("ok", f"variance of {listed(kinds)} estimated as 0 in {named(files, zeros)}")


def spread(files: ContrastFiles) -> Verdict | None:
    """Is the residual spread alike over scanners (or sites, where scanners have no names)?"""
    ratios = _statistics(files, "spread_ratio")
    p_values = _statistics(files, "spread_by_scanner", "p_value")
    if not ratios:
        return None
    enough = _enough_scans(files)
    sure = {region for region in ratios if p_values.get(region, 1) < CHECK_ALPHA}
    extreme = {r for r, x in ratios.items() if x > EXTREME_RATIO and (r in sure or enough)}
    large = {r for r, x in ratios.items() if x > LARGE_RATIO and r in sure} | extreme
    state = _graded(len(large), len(extreme), len(ratios))
    ratio = f"largest ratio {number(max(ratios.values()))}"
    title = "" if files.knows_scanners else "Spread alike over sites"
    if not large:
        return Verdict(state, ratio, title)
    where = f"uneven in {len(large)} of {count(len(ratios), 'region')}: {named(files, large)}"
    advice = "intervals there may be too narrow or too wide"
    if files.knows_scanners and files.spec["model"].get("residual") != "by_scanner":
        advice = "compare with residual: by_scanner"
    return Verdict(state, f"{where}; {ratio}: {advice}", title)


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
    detail += f": {named(files, large)}" if large else ""
    return Verdict(_graded(len(large), len(extreme), len(regions)), detail)


def _zero_intercepts(files: ContrastFiles) -> dict[str, list[str]]:
    """Regions where only intercepts are estimated as having no variance: region to factors."""
    found = {}
    for row in files.findings:
        if row["check"] == "singular_fit" and row["region"]:
            said = [ZERO_INTERCEPT.search(part) for part in row["message"].split("; ")]
            if all(said):
                found[row["region"]] = [match[1] for match in said]
    return found


def _enough_scans(files: ContrastFiles) -> bool:
    """Whether the scanners of every site have ``ENOUGH_SCANS`` scans, on average."""
    sites = files.plan.get("per_site", [])
    return bool(sites) and all(
        site["n_scans"] >= ENOUGH_SCANS * max(len(site["scanners"]), 1) for site in sites
    )


def _statistics(files: ContrastFiles, check: str, column: str = "statistic") -> dict[str, float]:
    return {
        row["region"]: row[column]
        for row in rows(files.residual_checks)
        if row["check"] == check and not is_missing(row[column])
    }


def _graded(large: int, extreme: int, every: int) -> str:
    few = FEW_SHARE * every
    return "stop" if extreme > few else "look" if large > few else "ok"


def _by_share(bad: int, every: int) -> str:
    return "ok" if not bad else "look" if bad <= FAILED_SHARE * every else "stop"


def _regions_with(files: ContrastFiles, check: str) -> set[str]:
    return {f["region"] for f in files.findings if f["check"] == check and f["region"]}


MISSING_LOOK, MISSING_STOP = 0.05, 0.2
MOST_NAMED = 3  # values that are named one by one


def missing(files: ContrastFiles) -> Verdict | None:
    """How many of the values delivered take part?"""
    delivered, used = sum(files.delivered.values()), files.plan.get("n_scans")
    if not delivered or not used:
        return None
    share = missing_share(files)
    state = "ok" if share < MISSING_LOOK else "look" if share <= MISSING_STOP else "stop"
    text = f"{used} of {count(delivered, 'scan')} used; "
    missed = f"{percent(share)} of the values of regions" if share else "no value of a region"
    return Verdict(state, f"{text}{missed} missing or excluded")


def repeated(files: ContrastFiles) -> Verdict | None:
    """Do scans of one person count as those of several?"""
    fired = [f for f in files.findings if f["check"] == "repeated_scans"]
    if not fired:
        return None
    people = count(int(fired[0]["value"]), "person", "people")
    return Verdict("stop", f"{people} scanned more than once: p-values are too small")


def missing_share(files: ContrastFiles) -> float:
    """Share of the cells scan × region delivered that no fit uses; failed regions left out."""
    used, every = cells(files)
    return 1 - used / every if every else 0.0


def cells(files: ContrastFiles) -> tuple[int, int]:
    """Values that the fits use, and scans delivered × regions; failed regions left out."""
    used = {
        row["region"]: int(row["n_scans"])
        for row in rows(files.contrast)
        if not is_missing(row["n_scans"])
    }
    return sum(used.values()), sum(files.delivered.values()) * len(used)


def concerns(files: ContrastFiles, region: str) -> bool:
    """Whether ``region`` is one of the contrast's, or a part of one."""
    return bool(_whole(files, region))


def outliers(files: ContrastFiles) -> Verdict | None:
    """Were values far from those of their site and region kept?"""
    if files.spec.get("checks", {}).get("outlier_value", {}).get("action", "ignore") == "ignore":
        return None
    fired = [
        row
        for row in rows(files.ingest_findings)
        if row["check"] == "outlier_value" and concerns(files, row["region"])
    ]
    kept = [row for row in fired if row["action"] == "noted"]
    set_aside = f"; {len(fired) - len(kept)} set aside" if len(fired) > len(kept) else ""
    if not kept:
        return Verdict("ok", f"no value far from its site and region kept{set_aside}")
    where = [_cell(files, row) for row in kept]
    if len(kept) > MOST_NAMED:
        regions = Counter(files.region_label(_whole(files, row["region"])) for row in kept)
        where = [f"{region} ({n})" for region, n in regions.most_common()]
    return Verdict("look", f"{count(len(kept), 'far value')} kept: {some(where)}{set_aside}")


def _cell(files: ContrastFiles, row: dict[str, Any]) -> str:
    """Where a value is and what it is, without saying whose: ``2946 in Caudate (Oslo, row 8)``."""
    place = site_label(files.spec, row["site"]) + (f", row {row['row']}" if row["row"] else "")
    return f"{_value(row['value'])} in {files.region_label(row['region'])} ({place})"


def _value(text: str) -> str:
    try:
        return number(float(text), 4)
    except ValueError:
        return text or "a value"


def _whole(files: ContrastFiles, region: str) -> str:
    """The contrast's region that ``region`` is or is a part of; empty where there is none."""
    analysed = set(files.contrast["region"])
    combined = files.spec.get("combined_regions", {})
    wholes = [whole for whole, entry in combined.items() if region in entry["parts"]]
    return next((name for name in (region, *wholes) if name in analysed), "")
