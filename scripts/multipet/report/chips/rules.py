"""The rule of each chip, its thresholds once for code and reader alike, and the chips of a page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from multipet.report.chips import (
    effect as linearity,
)
from multipet.report.chips import (
    effect as site_effects,
)
from multipet.report.chips import (
    fits_and_data as data_verdicts,
)
from multipet.report.chips import (
    fits_and_data as fit_verdicts,
)
from multipet.report.chips import (
    left_out,
    verdicts,
)
from multipet.report.chips import (
    left_out as influence,
)
from multipet.report.chips.verdicts import Verdict
from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.text import percent

FEW, ERROR = percent(fit_verdicts.FEW_SHARE), percent(verdicts.ERROR_LIMIT)
LARGE, EXTREME = fit_verdicts.LARGE_SHAPE, fit_verdicts.EXTREME_SHAPE


@dataclass(frozen=True)
class Rule:
    """When a chip is fine, wants a look, or says stop.

    Attributes
    ----------
    key
        Name of the chip.
    title
        What it is about, in two or three words.
    section
        Id of the section that its number comes from.
    ok, look, stop
        The rule in words, thresholds included; an empty state never occurs.
    judge
        Reads the state and the number off the files; None where they do not say.
    """

    key: str
    title: str
    section: str
    ok: str
    look: str
    stop: str
    judge: Callable[[ContrastFiles], Verdict | None]


RULES = (
    Rule(
        "converged", "Converged", "checks",
        ok="every region was fitted and its optimiser finished",
        look=f"up to {percent(fit_verdicts.FAILED_SHARE)} of the regions failed or did not finish",
        stop="more than that",
        judge=fit_verdicts.converged,
    ),
    Rule(
        "naive_p", "P-values after harmonisation", "sites",
        ok="calibrated: harmonisation and model were run anew in every draw in which there is "
        "nothing to find (no chip where values were not harmonised)",
        look=f"not calibrated; predicted type-I error of a 5 % test is at most {ERROR}, or unknown",
        stop=f"not calibrated, and the predicted type-I error is above {ERROR}",
        judge=verdicts.naive_p,
    ),
    Rule(
        "repeated", "Repeated scans accounted for", "checks",
        ok="nobody was scanned twice, or the model has an effect of the person (no chip)",
        look="",
        stop="people were scanned more than once and the model does not know it",
        judge=data_verdicts.repeated,
    ),
    Rule(
        "confounding", "Site and contrast apart", "sites",
        ok="every site has all compared groups, and no check fired",
        look="some sites lack a compared group, some rows vary between sites only, or check "
        "confounded_site fired",
        stop="what is compared varies between sites only, in every row",
        judge=verdicts.confounding,
    ),
    Rule(
        "sites", "Enough sites", "sites",
        ok="as many sites as a random effect needs (checks.few_levels.minimum), or site fixed",
        look=f"fewer, one site only, or a test with less than {verdicts.FEW_DF} df (degrees of "
        "freedom)",
        stop=f"a test with less than {verdicts.FEWEST_DF} df",
        judge=verdicts.enough_sites,
    ),
    Rule(
        "singular", "Random effects estimable", "checks",
        ok="every variance is estimated, be it as 0: then that source of variation is small",
        look="a slope or correlation of random effects, or a scanner's own residual variance, is "
        "not estimable in a region",
        stop="",
        judge=fit_verdicts.singular,
    ),
    Rule(
        "spread", "Spread alike over scanners", "checks",
        ok=f"largest over smallest residual SD of a scanner above {fit_verdicts.LARGE_RATIO} with "
        f"Brown–Forsythe p < {fit_verdicts.CHECK_ALPHA} in at most {FEW} of the regions",
        look="in more regions than that",
        stop=f"ratio above {fit_verdicts.EXTREME_RATIO} in more regions than that, with that p or, "
        f"whatever the p, with {fit_verdicts.ENOUGH_SCANS} scans a scanner at every site",
        judge=fit_verdicts.spread,
    ),
    Rule(
        "shape", "Residual shape", "checks",
        ok=f"skewness beyond ±{LARGE['skewness']} or excess kurtosis beyond "
        f"±{LARGE['excess_kurtosis']} in at most {FEW} of the regions",
        look="in more regions than that",
        stop=f"beyond ±{EXTREME['skewness']} or ±{EXTREME['excess_kurtosis']} "
        "in more regions than that",
        judge=fit_verdicts.shape,
    ),
    Rule(
        "site_choice", "Site random or fixed", "robustness",
        ok="same conclusion in every row, be site random or fixed, and with the site means of what "
        "is compared as a covariate",
        look="the conclusion differs in at least one row",
        stop="two ways detect an effect in the same row, of opposite signs",
        judge=verdicts.site_choice,
    ),
    Rule(
        "by_site", "Effect alike over sites", "by_site",
        ok="no test finds that the effect differs between sites (adjusted p, "
        "checks.heterogeneity.alpha)",
        look="it differs in at least one row",
        stop="it differs in a row whose effect is no longer detected once it may vary by site",
        judge=site_effects.alike,
    ),
    Rule(
        "linear", "Linear in a number", "by_site",
        ok="no row in which a natural cubic spline (3 df) beats the line (adjusted p, alpha of the "
        "study; chip of slopes only)",
        look="it does in at least one row: read the curve",
        stop="",
        judge=linearity.linear,
    ),
    Rule(
        "single_site", "No single site drives it", "robustness",
        ok="without each site, and each scanner, a row that was detected keeps its sign and its "
        "detection, and no other is detected",
        look="detection is lost or gained in at least one row, or there is no estimate",
        stop="the sign changes in a row that was detected",
        judge=left_out.single_site,
    ),
    Rule(
        "single_person", "No single person drives it", "robustness",
        ok="without any one person no estimate moves by more than 0.5 standard errors (in small "
        "studies 3 / √people)",
        look="somebody moves one by more",
        stop="the sign of a row that was detected changes",
        judge=influence.single_person,
    ),
    Rule(
        "harmonisation_choice", "Conclusion independent of harmonisation", "sites",
        ok="same conclusion in every row from raw values, raw values with site means, and every "
        "harmonisation that preserves the model’s fixed effects",
        look="the conclusion differs in at least one row",
        stop="two ways detect an effect in the same row, of opposite signs",
        judge=verdicts.harmonisation_choice,
    ),
    Rule(
        "missing", "Data complete", "exclusions",
        ok=f"less than {percent(data_verdicts.MISSING_LOOK)} of the values (scans delivered × "
        "regions) are missing or excluded",
        look=f"up to {percent(data_verdicts.MISSING_STOP)}",
        stop="more",
        judge=data_verdicts.missing,
    ),
    Rule(
        "outliers", "No outliers", "exclusions",
        ok="no value far from those of its site and region was kept (checks.outlier_value.mads)",
        look="one or more were kept: look at the cell, and at the image",
        stop="",
        judge=data_verdicts.outliers,
    ),
)  # fmt: skip


State = Literal["ok", "look", "stop"]
SYMBOLS = {"ok": "✓", "look": "!", "stop": "✕"}
WORDS = {"ok": "fine", "look": "look", "stop": "stop"}


@dataclass(frozen=True)
class Chip:
    """One answer to "can I trust it?": symbol, word, number, link."""

    key: str
    state: State
    title: str
    detail: str
    section: str

    @property
    def symbol(self) -> str:
        """Sign of the state, so that colour is never alone."""
        return SYMBOLS[self.state]

    @property
    def word(self) -> str:
        """The state in a word."""
        return WORDS[self.state]


def chips_of(files: ContrastFiles) -> tuple[Chip, ...]:
    """Judge every rule; a rule that the files say nothing about has no chip."""
    judged = [(rule, rule.judge(files)) for rule in RULES]
    return tuple(
        Chip(rule.key, verdict.state, verdict.title or rule.title, verdict.detail, rule.section)
        for rule, verdict in judged
        if verdict is not None
    )


def tally(chips: tuple[Chip, ...]) -> str:
    """Return how many chips are in each state: ``7 fine · 2 to look at``."""
    words = {"ok": "fine", "look": "to look at", "stop": "stop"}
    counts = {state: sum(chip.state == state for chip in chips) for state in words}
    return " · ".join(f"{n} {words[state]}" for state, n in counts.items() if n)
