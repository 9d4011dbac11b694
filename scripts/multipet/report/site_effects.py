"""Is the effect alike over sites? The chip, and what stands beside the answer where it is not."""

from typing import Any

from multipet.analysis.variant_names import VARYING, is_varying, on_raw_values
from multipet.report.contrast_files import ContrastFiles, rows
from multipet.report.effect import decisive_p, detected
from multipet.report.formatting import count, is_missing, level_percent, p_equals
from multipet.report.prose import Prose, name, prose, strong
from multipet.report.robustness import Pair, variants_of
from multipet.report.verdicts import Verdict, takes_from_data


def alike(files: ContrastFiles) -> Verdict | None:
    """Does the effect differ between sites, and does the conclusion survive it?"""
    tested = tests_of(files)
    if not tested:
        return None
    fired = _fired(files)
    detail = f"differs in {len(fired)} of {_rows(files, len(tested))}" + _largest_sd(files)
    judged = [p for p in _varying(files) if _key(p.main) in fired and p.is_tested]
    gone = [pair for pair in judged if pair.main_detected and not pair.agrees]
    return Verdict("stop" if gone else "look" if fired else "ok", detail)


def varying_row(files: ContrastFiles) -> str:
    """Name of the analysis that lets the effect vary by site."""
    return on_raw_values(VARYING) if takes_from_data(files) else VARYING


def beyond_these_sites(files: ContrastFiles) -> Prose:
    """What to read where the effect differs between sites; empty where it does not."""
    fired = _fired(files)
    if not fired:
        return ()
    every = _rows(files, len(tests_of(files)))
    start = prose("The effect differs between sites in ", strong(f"{len(fired)} of {every}"), ". ")
    pairs = [pair for pair in _varying(files) if _key(pair.main) in fired]
    if not pairs:
        return (*start, *prose(_without_row(fired)))
    start = prose(
        *start, "The numbers of this page are about these sites taken together; for sites beyond "
        "these, read the row “", varying_row(files), "” under Robustness",
    )  # fmt: skip
    found = sum(pair.other_detected for pair in pairs)
    if len(pairs) == 1:
        words = "detects the effect" if found else "does not detect the effect"
        estimate = _estimate(files, pairs[0].other)
        return prose(*start, ", which ", strong(words), ": ", *estimate, ".")
    largest = max(pairs, key=lambda pair: abs(pair.other["estimate"]))
    share = strong(f"{found} of these {len(pairs)}")
    return prose(
        *start, ", which detects the effect in ", share, "; its largest estimate is ",
        *_estimate(files, largest.other), ".",
    )  # fmt: skip


def elsewhere(files: ContrastFiles) -> Prose:
    """What the analysis that lets the effect differ between sites says of sites like these.

    It stands beside every answer that rests on differences within sites: a check with few sites
    rarely finds that they differ, so that its silence is no proof that they do not. Empty where
    ``beyond_these_sites`` speaks, or where there is no such analysis.
    """
    pairs = _varying(files)
    if not pairs or _fired(files):
        return ()
    here = f"This answer is about these {count(files.plan.get('n_sites', 0), 'site')} together. "
    start = f"{here}For sites like them, the effect being free to differ between sites, "
    row = f"row “{varying_row(files)}” under Robustness"
    if not any(_has_test(pair.other) for pair in pairs):
        return prose(start, strong("it is not testable"), " with so few (", row, ").")
    found = sum(pair.other_detected for pair in pairs)
    share = strong(f"{found} of {_rows(files, len(pairs))}")
    return prose(start, "it is detected in ", share, " (", row, ").")


def _has_test(row: dict[str, Any]) -> bool:
    return not is_missing(row["p_value"])


def tests_of(files: ContrastFiles) -> list[dict[str, Any]]:
    """Rows of the heterogeneity table that hold a test; none where the check is ignored."""
    if _check(files).get("action") == "ignore":
        return []
    return [row for row in rows(files.heterogeneity) if not is_missing(row["p_adjusted"])]


def sd_shown(files: ContrastFiles, sd: float) -> float:
    """SD of the effect between sites in the unit of the effects shown."""
    return files.scale.from_analysis(sd)


def differs(files: ContrastFiles, row: dict[str, Any]) -> bool:
    """Whether the check fires in a row of the heterogeneity table."""
    return not is_missing(row["p_adjusted"]) and row["p_adjusted"] < _check(files).get("alpha", 0)


def _check(files: ContrastFiles) -> dict[str, Any]:
    return files.spec.get("checks", {}).get("heterogeneity", {})


def _fired(files: ContrastFiles) -> dict[tuple[str, str], dict[str, Any]]:
    return {_key(row): row for row in tests_of(files) if differs(files, row)}


def _varying(files: ContrastFiles) -> list[Pair]:
    return [pair for v in variants_of(files) if is_varying(v.label) for pair in v.pairs]


def _without_row(fired: dict[tuple[str, str], dict[str, Any]]) -> str:
    if max(row["n_sites"] for row in fired.values()) < 3:
        return (
            "The numbers of this page are about these sites taken together; what to expect at "
            "other sites cannot be told from two."
        )
    return "The model lets the effect vary by site, so that its intervals count it."


def _estimate(files: ContrastFiles, row: dict[str, Any]) -> Prose:
    confidence = level_percent(files.spec["inference"]["confidence"])
    region, p = name(files.region_label(row["region"])), "adjusted p" if files.adjusts else "p"
    compared = name(files.comparison_label(row["comparison"]))
    where = [region, ", ", compared] if files.is_pairwise else [region]
    if is_missing(row["p_value"]):
        return prose(strong(files.scale.text(row)), " in ", *where, " (no test)")
    tested = p_equals(decisive_p(row), p, files.alpha)
    details = f" ({confidence} CI {files.scale.interval(row)}; {tested})"
    text = strong(files.scale.text(row)) if detected(row, files.alpha) else files.scale.text(row)
    return prose(text, " in ", *where, details)


def _largest_sd(files: ContrastFiles) -> str:
    known = [
        r["sd_between_sites"] for r in tests_of(files) if not is_missing(r["sd_between_sites"])
    ]
    if not known:
        return ""
    return f"; largest SD between sites {files.scale.amount(sd_shown(files, max(known)))}"


def _rows(files: ContrastFiles, n: int) -> str:
    return count(n, "comparison" if files.is_pairwise else "region")


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["region"], row["comparison"]
