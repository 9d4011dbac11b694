"""Chips about the effect: alike over sites, a straight line; and what else a reader is told."""

from collections.abc import Mapping
from typing import Any

from multipet.core.columns.contrast import VARYING, is_varying, on_raw_values
from multipet.report.chips.chip import Rule, Verdict, named
from multipet.report.chips.other_analyses import Pair, variants_of
from multipet.report.chips.sites import takes_from_data
from multipet.report.contrast.effect import decisive_p, detected
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.text import (
    Prose,
    count,
    is_missing,
    level_percent,
    name,
    p_equals,
    prose,
    strong,
)

Differing = dict[tuple[str, str], dict[str, Any]]


def _alike(files: ContrastFiles) -> Verdict | None:
    """Does the effect differ between sites, and does the conclusion survive it?"""
    every = tests_of(files)
    if not every:
        return None
    differing = _differing(files)
    if not differing:
        detail = f"in none of {files.counted(len(every))} does it differ detectably"
        return Verdict("ok", detail + _largest_sd(files))
    judged = [p for p in _varying(files) if _key(p.main) in differing and p.is_tested]
    gone = [pair for pair in judged if pair.main_detected and not pair.agrees]
    where = named(files, {region for region, _ in differing})
    detail = f"in {len(differing)} of {files.counted(len(every))}" + _largest_sd(files)
    if gone:
        lost = named(files, {pair.main["region"] for pair in gone})
        return Verdict("stop", detail, f"Effect differs between sites, and is lost in {lost}")
    return Verdict("look", detail, f"Effect differs between sites in {where}")


BY_SITE = Rule(
    "by_site", "Effect alike over sites", "by_site",
    ok="no test finds that the effect differs between sites (adjusted p, "
    "checks.heterogeneity.alpha)",
    look="it differs in at least one region or comparison",
    stop="it differs where it is no longer detected once it may differ from site to site",
    judge=_alike,
)  # fmt: skip


def beyond_these_sites(files: ContrastFiles) -> Prose:
    """What to read where the effect differs between sites; empty where it does not."""
    differing = _differing(files)
    if not differing:
        return ()
    every = files.counted(len(tests_of(files)))
    share = strong(f"{len(differing)} of {every}")
    start = prose("The effect differs between sites in ", share, ". ")
    pairs = [pair for pair in _varying(files) if _key(pair.main) in differing]
    if not pairs:
        return (*start, *prose(_without_analysis(differing)))
    start = prose(
        *start, "The numbers of this page are about these sites taken together. Where the effect "
        "may differ from site to site, as for new sites, ",
    )  # fmt: skip
    found = sum(pair.other_detected for pair in pairs)
    if len(pairs) == 1:
        words = "it is detected" if found else "it is not detected"
        return prose(*start, strong(words), ": ", *_estimate(files, pairs[0].other), ".")
    largest = max(pairs, key=lambda pair: abs(pair.other["estimate"]))
    share = strong(f"{found} of these {len(pairs)}")
    return prose(
        *start, "it is detected in ", share, "; the largest estimate is then ",
        *_estimate(files, largest.other), ".",
    )  # fmt: skip


def elsewhere(files: ContrastFiles) -> Prose:
    """What the analysis that lets the effect differ between sites says of sites like these.

    It stands beside every answer that rests on differences within sites: a check with few sites
    rarely finds that they differ, so that its silence is no proof that they do not. Empty where
    ``beyond_these_sites`` speaks, or where there is no such analysis.
    """
    pairs = _varying(files)
    if not pairs or _differing(files):
        return ()
    n_sites = count(files.plan["n_sites"], "site")
    here = sum(pair.main_detected for pair in pairs)
    every, none = files.counted(len(pairs)), f"no {files.counted_noun}"
    start = prose(f"These {n_sites} together: ", strong(f"{here} of {every}" if here else none))
    start = prose(*start, ". If the effect may differ from site to site, as for new sites, ")
    tested = [pair for pair in pairs if not is_missing(pair.other["p_value"])]
    if not tested:
        return prose(*start, strong(f"it cannot be tested with {n_sites}"), ".")
    found = sum(pair.other_detected for pair in tested)
    share = f"{found} of {every} reach" if found != 1 else f"1 of {every} reaches"
    said = strong(share if found else f"{none} reaches")
    return prose(*start, said, " significance", *_few_df(n_sites, tested), ".")


def _few_df(n_sites: str, tested: list[Pair]) -> Prose:
    """How few degrees of freedom the sites leave, where that is what decides."""
    df = max(pair.other["df"] for pair in tested)
    return prose(f" ({n_sites} leave about {df:.0f} degrees of freedom)") if df < 10 else ()


def tests_of(files: ContrastFiles) -> list[dict[str, Any]]:
    """Rows of the heterogeneity table that hold a test; none where the check is ignored."""
    if files.spec.checks.heterogeneity.action == "ignore":
        return []
    return [row for row in rows(files.heterogeneity) if not is_missing(row["p_adjusted"])]


def sd_shown(files: ContrastFiles, sd: float) -> float:
    """SD of the effect between sites in the unit of the effects shown."""
    return files.scale.from_analysis(sd)


def differs(files: ContrastFiles, row: Mapping[str, Any]) -> bool:
    """Whether the test of a row of the heterogeneity table is below the check's limit."""
    limit = files.spec.checks.heterogeneity.alpha
    return not is_missing(row["p_adjusted"]) and row["p_adjusted"] < limit


def varying_name(files: ContrastFiles) -> str:
    """Name of the analysis that lets the effect vary by site."""
    return on_raw_values(VARYING) if takes_from_data(files) else VARYING


def _differing(files: ContrastFiles) -> Differing:
    return {_key(row): row for row in tests_of(files) if differs(files, row)}


def _varying(files: ContrastFiles) -> list[Pair]:
    return [pair for v in variants_of(files) if is_varying(v.label) for pair in v.pairs]


def _without_analysis(differing: Differing) -> str:
    if max(row["n_sites"] for row in differing.values()) < 3:
        return (
            "The numbers of this page are about these sites taken together; what to expect at "
            "other sites cannot be told from two."
        )
    return "The model lets the effect vary by site, so that its intervals count it."


def _estimate(files: ContrastFiles, row: dict[str, Any]) -> Prose:
    confidence = level_percent(files.spec.inference.confidence)
    region, p = name(files.region_in_prose(row["region"])), "adjusted p" if files.adjusts else "p"
    compared = name(files.comparison_label(row["comparison"]))
    where = [region, ", ", compared] if files.is_pairwise else [region]
    if is_missing(row["p_value"]):
        return prose(strong(files.scale.text(row)), " in ", *where, " (no test)")
    tested = p_equals(decisive_p(row), p, files.alpha)
    details = f" ({confidence} CI {files.scale.interval(row)}; {tested})"
    text = strong(files.scale.text(row)) if detected(row, files.alpha) else files.scale.text(row)
    return prose(text, " in ", *where, details)


def _largest_sd(files: ContrastFiles) -> str:
    sds = [r["sd_between_sites"] for r in tests_of(files)]
    known = [sd for sd in sds if not is_missing(sd)]
    if not known:
        return ""
    return f"; largest SD between sites {files.scale.amount(sd_shown(files, max(known)))}"


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["region"], row["comparison"]


def _linear(files: ContrastFiles) -> Verdict | None:
    """Does a spline tell more than the line?"""
    tested = straight_tests(files)
    if not tested:
        return None
    variable = files.variable_label(tested[0]["variable"])
    bent = {row["region"] for row in tested if row["p_adjusted"] < files.alpha}
    smallest = min(row["p_adjusted"] for row in tested)
    p = p_equals(smallest, "smallest adjusted p" if files.adjusts else "smallest p", files.alpha)
    if bent:
        return Verdict("look", p, f"Curved over {variable} in {named(files, bent)}")
    regions = count(len({row["region"] for row in tested}), "region")
    return Verdict("ok", f"no curve in {regions}; {p}", f"Linear in {variable}")


LINEAR = Rule(
    "linear", "Linear in a number", "by_site",
    ok="nowhere does a natural cubic spline (3 df) beat the line (adjusted p, alpha of the "
    "study; for slopes only)",
    look="it does in at least one region: read the curve",
    stop="",
    judge=_linear,
)  # fmt: skip


def straight_tests(files: ContrastFiles) -> list[dict[str, Any]]:
    """Rows of the tests of a straight line that hold one."""
    return [row for row in rows(files.robust.linearity) if not is_missing(row["p_adjusted"])]
