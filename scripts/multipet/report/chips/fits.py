"""Chips about the fits: did they end, are their variances known, are residuals as supposed."""

from collections.abc import Mapping
from typing import Any

from multipet.formulas.formula import parse_formula
from multipet.report.chips.chip import FEW_SHARE, Rule, State, Verdict, graded, named
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.text import count, is_missing, listed, number, percent

FEW = percent(FEW_SHARE)
FAILED_SHARE = 0.25
CHECK_ALPHA = 0.01
LARGE_RATIO, EXTREME_RATIO = 1.5, 3  # largest over smallest residual SD of a scanner
ENOUGH_SCANS = 8  # of a scanner, for a ratio of spreads to count without its test
LARGE_SHAPE = {"skewness": 0.5, "excess_kurtosis": 1}
SHAPE_ALPHA = 0.05  # of all regions and both tests together
EXTREME_SHAPE = {"skewness": 2, "excess_kurtosis": 7}
FACTORS = {"participant_id": "person"}
BY_SCANNER = "by_scanner"
INTERCEPT = "(Intercept)"  # as findings name it


def _converged(files: ContrastFiles) -> Verdict | None:
    """Did every region's fit finish?"""
    failed = {entry["region"] for entry in files.plan["failed"]}
    unfinished = _regions_with(files, "not_converged") - failed
    regions = set(files.contrast["region"]) | failed
    if not regions:
        return None
    bad = failed | unfinished
    if not bad:
        return Verdict("ok", named(files, regions))
    parts = [f"no fit in {named(files, failed)}"] if failed else []
    parts += [f"the search did not end in {named(files, unfinished)}"] if unfinished else []
    title = "; ".join(parts)
    state: State = "look" if len(bad) <= FAILED_SHARE * len(regions) else "stop"
    detail = f"{len(regions - bad)} of {count(len(regions), 'region')} fitted"
    return Verdict(state, detail, title[0].upper() + title[1:])


CONVERGED = Rule(
    "converged", "Converged", "checks",
    ok="every region was fitted and its optimiser finished",
    look=f"up to {percent(FAILED_SHARE)} of the regions failed or did not finish",
    stop="more than that",
    judge=_converged,
)  # fmt: skip


def _repeated(files: ContrastFiles) -> Verdict | None:
    """Do scans of one person count as those of several?"""
    noted = [f for f in files.findings if f["check"] == "repeated_scans"]
    if not noted:
        return None
    people = count(int(noted[0]["value"]), "person", "people")
    detail = f"{people} scanned more than once: p-values are too small"
    return Verdict("stop", detail, "Scans of one person count as different people")


REPEATED = Rule(
    "repeated", "Repeated scans accounted for", "checks",
    ok="nobody was scanned twice, or the model has an effect of the person (not shown then)",
    look="",
    stop="people were scanned more than once and the model does not know it",
    judge=_repeated,
)  # fmt: skip


def _singular(files: ContrastFiles) -> Verdict | None:
    """Could the random effects be estimated?"""
    fits = files.plan["convergence"]
    if not fits or not parse_formula(files.plan["formula"]).random:
        return None
    zeros = _zero_intercepts(files)
    singular = {fit["region"] for fit in fits if fit["singular"]}
    bad = (singular | _regions_with(files, "singular_fit")) - zeros.keys()
    if bad:
        by_scanner = files.spec.model.residual == BY_SCANNER
        more = ", or a scanner's residual variance," if by_scanner else ""
        title = f"Random slopes or correlations{more} not estimable in {named(files, bad)}"
        return Verdict("look", f"{len(bad)} of {count(len(fits), 'region')}", title)
    if not zeros:
        return Verdict("ok", "no variance estimated as 0")
    factors = dict.fromkeys(factor for found in zeros.values() for factor in found)
    kinds = [FACTORS.get(factor, factor) for factor in factors]
    return Verdict("ok", f"variance of {listed(kinds)} estimated as 0 in {named(files, zeros)}")


def _zero_intercepts(files: ContrastFiles) -> dict[str, list[str]]:
    """Regions where only intercepts are estimated as having no variance: region to factors."""
    noted: dict[str, list[Mapping[str, Any]]] = {}
    for row in files.findings:
        if row["check"] == "singular_fit" and row["region"]:
            noted.setdefault(row["region"], []).append(row)
    return {
        region: [row["factor"] for row in every]
        for region, every in noted.items()
        if all(row["statistic"] == "variance" and row["term"] == INTERCEPT for row in every)
    }


SINGULAR = Rule(
    "singular", "Random effects estimable", "checks",
    ok="every variance is estimated, be it as 0: then that source of variation is small",
    look="a slope or correlation of random effects, or a scanner's own residual variance, is "
    "not estimable in a region",
    stop="",
    judge=_singular,
)  # fmt: skip


def _spread(files: ContrastFiles) -> Verdict | None:
    """Is the residual spread alike over scanners (or sites, where scanners have no names)?"""
    ratios = _statistics(files, "spread_ratio")
    if not ratios:
        return None
    p_values = _statistics(files, "spread_by_scanner", "p_value")
    sure = {region for region in ratios if p_values.get(region, 1) < CHECK_ALPHA}
    certain = set(ratios) if _enough_scans(files) else sure
    extreme = {region for region in certain if ratios[region] > EXTREME_RATIO}
    large = {region for region in sure if ratios[region] > LARGE_RATIO} | extreme
    state = graded(len(large), len(extreme), len(ratios))
    times = f"noisiest {number(max(ratios.values()), 2)} times the quietest"
    where = "scanners" if files.knows_scanners else "sites"
    if state == "ok":
        few = f" (differs in {named(files, large)})" if large else ""
        return Verdict(state, times + few, f"Noise alike over {where}")
    kind = "Scanner noise differs in" if files.knows_scanners else "Noise differs between sites in"
    advice = "intervals there may be too narrow or too wide"
    if files.knows_scanners and files.spec.model.residual != BY_SCANNER:
        advice = "try residual: by_scanner"
    return Verdict(state, f"{times}; {advice}", f"{kind} {named(files, large)}")


def _enough_scans(files: ContrastFiles) -> bool:
    """Whether the scanners of every site have ``ENOUGH_SCANS`` scans, on average."""
    return all(
        site["n_scans"] >= ENOUGH_SCANS * max(len(site["scanners"]), 1)
        for site in files.plan["per_site"]
    )


SPREAD = Rule(
    "spread", "Noise alike over scanners", "checks",
    ok=f"largest over smallest residual SD of a scanner above {LARGE_RATIO} with "
    f"Brown–Forsythe p < {CHECK_ALPHA} in at most {FEW} of the regions",
    look="in more regions than that",
    stop=f"ratio above {EXTREME_RATIO} in more regions than that, with that p or, "
    f"whatever the p, with {ENOUGH_SCANS} scans a scanner at every site",
    judge=_spread,
)  # fmt: skip


def _shape(files: ContrastFiles) -> Verdict | None:
    """Are the residuals distributed as the model takes them to be?

    Skewness and kurtosis of few normal residuals are often far from 0: a region counts where they
    are large and its tests say so beside those of the other regions.
    """
    found = {check: _statistics(files, check) for check in LARGE_SHAPE}
    regions = set().union(*found.values())
    if not regions:
        return None
    large, extreme = _beyond(files, found, LARGE_SHAPE), _beyond(files, found, EXTREME_SHAPE)
    state: State = "look" if large else "ok"
    if len(extreme) > FEW_SHARE * len(regions):
        state = "stop"
    sizes = [
        f"largest {check.replace('_', ' ')} {number(max(values.values(), key=abs), 2)}"
        for check, values in found.items()
        if values
    ]
    title = f"Residuals skewed or heavy-tailed in {named(files, large)}" if large else ""
    return Verdict(state, "; ".join(sizes), title)


def _beyond(
    files: ContrastFiles, found: dict[str, dict[str, float]], limits: Mapping[str, float]
) -> set[str]:
    """Regions beyond a limit, and by their test; without one (few scans), only if extreme."""
    n_tests = sum(map(len, found.values()))
    beyond = set()
    for check, limit in limits.items():
        p_values = _statistics(files, check, "p_value")
        for region, size in found[check].items():
            sure = p_values.get(region, 0 if abs(size) > EXTREME_SHAPE[check] else 1)
            if abs(size) > limit and sure < SHAPE_ALPHA / n_tests:
                beyond.add(region)
    return beyond


SHAPE = Rule(
    "shape", "Residual shape", "checks",
    ok=f"in no region is skewness beyond ±{LARGE_SHAPE['skewness']} or excess kurtosis beyond "
    f"±{LARGE_SHAPE['excess_kurtosis']} with p < {SHAPE_ALPHA}, adjusted by Bonferroni over "
    "regions and both tests",
    look="in one or more it is",
    stop=f"so beyond ±{EXTREME_SHAPE['skewness']} or ±{EXTREME_SHAPE['excess_kurtosis']} "
    f"in more than {FEW} of the regions",
    judge=_shape,
)  # fmt: skip


def _statistics(files: ContrastFiles, check: str, column: str = "statistic") -> dict[str, float]:
    return {
        row["region"]: row[column]
        for row in rows(files.residual_checks)
        if row["check"] == check and not is_missing(row[column])
    }


def _regions_with(files: ContrastFiles, check: str) -> set[str]:
    return {f["region"] for f in files.findings if f["check"] == check and f["region"]}
