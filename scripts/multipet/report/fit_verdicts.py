"""What the chips about the fits say: convergence, random effects, residuals."""

import re

from multipet.formulas.formula import parse_formula
from multipet.report.contrast_files import ContrastFiles, rows
from multipet.report.formatting import count, is_missing, listed, number
from multipet.report.verdicts import Verdict, named

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
