"""The chips of a page: every rule, in the order of a page on which all is well."""

from multipet.report.chips.apart import SCANNERS, SPREAD_COMPARED, WITHIN_BETWEEN
from multipet.report.chips.by_site import BY_SITE, LINEAR
from multipet.report.chips.chip import WORST_FIRST, Chip, Rule, Verdict
from multipet.report.chips.data import MISSING, OUTLIERS, OUTSIDE
from multipet.report.chips.fits import CONVERGED, REPEATED, SHAPE, SINGULAR, SPREAD
from multipet.report.chips.left_out import SINGLE_PERSON, SINGLE_SITE
from multipet.report.chips.sites import (
    CONFOUNDING,
    ENOUGH_SITES,
    HARMONISATION_CHOICE,
    NAIVE_P,
    SITE_CHOICE,
)
from multipet.report.contrast.effect import estimated
from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.text import capital, some


def _no_answer(files: ContrastFiles) -> Verdict | None:
    """Is there any estimate at all?"""
    if estimated(files.contrast):
        return None
    reasons = dict.fromkeys(str(status).rstrip(".") for status in files.contrast["status"])
    return Verdict("stop", some([*reasons]))


NO_ANSWER = Rule(
    "no_answer", "No answer", "exclusions",
    ok="there is an estimate in at least one region (not shown then)",
    look="",
    stop="there is none: nothing else is judged",
    judge=_no_answer,
)  # fmt: skip

RULES = (
    NO_ANSWER,
    CONVERGED,
    NAIVE_P,
    REPEATED,
    CONFOUNDING,
    SCANNERS,
    WITHIN_BETWEEN,
    ENOUGH_SITES,
    SINGULAR,
    SPREAD,
    SPREAD_COMPARED,
    SHAPE,
    SITE_CHOICE,
    BY_SITE,
    LINEAR,
    SINGLE_SITE,
    SINGLE_PERSON,
    HARMONISATION_CHOICE,
    MISSING,
    OUTLIERS,
    OUTSIDE,
)


def chips_of(files: ContrastFiles) -> tuple[Chip, ...]:
    """Judge every rule, worst first; a rule that the files say nothing about has no chip."""
    rules = RULES if estimated(files.contrast) else (NO_ANSWER,)
    chips = [
        Chip(rule.key, verdict.state, _title(rule, verdict), verdict.detail, rule.section)
        for rule in rules
        if (verdict := rule.judge(files)) is not None
    ]
    return tuple(sorted(chips, key=lambda chip: WORST_FIRST.index(chip.state)))


def _title(rule: Rule, verdict: Verdict) -> str:
    return capital(verdict.title) or rule.title
