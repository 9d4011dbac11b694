"""Chips on what the printed answer rests on: scanners, within and between, and spread."""

from typing import Any

from multipet.report.chips.chip import Rule, Verdict, named
from multipet.report.contrast.effect import estimated
from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.text import is_missing, number, p_equals, percent

#: Share from which nothing of what is compared is left within scanners.
WHOLLY = 1 - 1e-6
_KINDS = ("sites", "people")


def _scanners(files: ContrastFiles) -> Verdict | None:
    """Can what is compared be told from differences between the scanners of a site?"""
    check = files.spec.checks.confounded_site
    shares = _told(files.contrast.to_dict("records"), "share_between_scanners")
    if check.action == "ignore" or not shares:
        return None
    wholly = {row["region"] for row, share in shares if share >= WHOLLY}
    mostly = {row["region"] for row, share in shares if share >= check.r_squared}
    largest = percent(max(share for _, share in shares))
    if wholly:
        detail = f"not answered in {named(files, wholly)}"
        return Verdict("stop", detail, "What is compared differs between scanners only")
    detail = f"at most {largest} of what is compared within sites lies between their scanners"
    if mostly:
        where = named(files, mostly)
        return Verdict("look", detail, f"What is compared lies mostly between scanners in {where}")
    return Verdict("ok", detail)


SCANNERS = Rule(
    "scanners_apart", "Scanner and contrast apart", "sites",
    ok="less of what is compared within sites lies between their scanners than "
    "checks.confounded_site.r_squared, in every region",
    look="more than that",
    stop="all of it, in one or more regions: it cannot be told from a difference between scanners",
    judge=_scanners,
)  # fmt: skip


def _within_between(files: ContrastFiles) -> Verdict | None:
    """Is the effect between sites, or between people, another than that within them?"""
    rows = estimated(files.contrast)
    told = {kind: _told(rows, f"p_difference_{kind}") for kind in _KINDS}
    if not any(told.values()):
        return None
    factors = {"site": "sites", "participant_id": "people"}
    found = [f for f in files.findings if f["check"] == "within_between"]
    if not found:
        least = min((p for pairs in told.values() for _, p in pairs))
        return Verdict("ok", f"smallest {p_equals(least)} of the difference, not adjusted")
    kinds = [factors[f["factor"]] for f in found]
    kind = "people" if "people" in kinds else "sites"
    where = named(files, {f["region"] for f in found if factors[f["factor"]] == kind})
    detail = "the answer is the one within sites"
    if kind == "people":
        detail = "the answer mixes both; each stands under Robustness"
    return Verdict("look", detail, f"Effect within and between {kind} differs in {where}")


WITHIN_BETWEEN = Rule(
    "within_between", "No difference found within and between", "robustness",
    ok="the effect between sites and people was compared with that within them, and no difference "
    "was found (p adjusted over regions, alpha of the study)",
    look="they differ in one or more regions",
    stop="",
    judge=_within_between,
)  # fmt: skip


def _spread(files: ContrastFiles) -> Verdict | None:
    """Does the robust standard error differ from that of a model with one residual variance?"""
    ratios = _told(estimated(files.contrast), "error_ratio")
    if not ratios:
        return None
    furthest = max((ratio for _, ratio in ratios), key=lambda ratio: max(ratio, 1 / ratio))
    detail = f"robust standard error {number(furthest)} times the model's"
    found = [f for f in files.findings if f["check"] == "spread_differs"]
    if not found:
        return Verdict("ok", f"{detail}, at most")
    detail += "; the answer is the robust one"
    return Verdict("look", detail, "Spread differs with what is compared")


SPREAD_COMPARED = Rule(
    "spread_compared", "Robust and model errors agree", "robustness",
    ok="the cluster-robust standard error agrees with the model's (p adjusted over regions, alpha "
    "of the study)",
    look="it does not: spread differs with what is compared, or people differ in their slopes; "
    "the printed test allows for it",
    stop="",
    judge=_spread,
)  # fmt: skip


def _told(rows: list[dict[str, Any]], column: str) -> list[tuple[dict[str, Any], float]]:
    """Rows that have a number in a column, with it."""
    return [(row, row[column]) for row in rows if not is_missing(row.get(column))]
