"""Sensitivity variants set beside the main analysis: which rows keep their conclusion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipet.analysis.variant_names import SITE_RANDOM
from multipet.config.comparisons import variables_of
from multipet.report.contrast_files import ContrastFiles
from multipet.report.effect import decisive_p, detected, estimated
from multipet.report.formatting import is_missing, some

SITE_WORDS = ("site", "scanner")
HARMONISATION_WORDS = ("raw", "harmonis", "naive")


@dataclass(frozen=True)
class Pair:
    """One row of the main table and the same row of a variant."""

    main: dict[str, Any]
    other: dict[str, Any]
    main_detected: bool
    other_detected: bool

    @property
    def is_tested(self) -> bool:
        """Whether both have a p-value: without one there is no conclusion to set beside."""
        return not (is_missing(decisive_p(self.main)) or is_missing(decisive_p(self.other)))

    @property
    def same_sign(self) -> bool:
        """Whether both estimates point the same way."""
        return (self.main["estimate"] < 0) == (self.other["estimate"] < 0)

    @property
    def agrees(self) -> bool:
        """Whether both detect an effect of the same sign, or neither detects one."""
        if self.main_detected != self.other_detected:
            return False
        return self.same_sign or not self.main_detected

    @property
    def contradicts(self) -> bool:
        """Whether both detect an effect, of opposite signs."""
        return self.main_detected and self.other_detected and not self.same_sign


@dataclass(frozen=True)
class Variant:
    """One sensitivity analysis.

    Attributes
    ----------
    label
        What is done differently, in words.
    topic
        ``site``, ``harmonisation`` or ``other``.
    pairs
        Rows estimated both in the main analysis and here.
    reason
        Why rows have no estimate here; empty where all have.
    """

    label: str
    topic: str
    pairs: tuple[Pair, ...]
    reason: str = ""

    @property
    def tested(self) -> tuple[Pair, ...]:
        """Pairs with a test on both sides; only these have conclusions."""
        return tuple(pair for pair in self.pairs if pair.is_tested)

    @property
    def n_agree(self) -> int:
        """Rows with the same conclusion."""
        return sum(pair.agrees for pair in self.tested)

    @property
    def n_contradict(self) -> int:
        """Rows with opposite conclusions."""
        return sum(pair.contradicts for pair in self.tested)


def variants_of(files: ContrastFiles) -> tuple[Variant, ...]:
    """Return the sensitivity analyses of a contrast, in the order of their table."""
    main = {_key(row): row for row in estimated(files.contrast)}
    labels = list(dict.fromkeys(files.sensitivity["variant"]))
    variants = []
    for label in labels:
        table = files.sensitivity[files.sensitivity["variant"] == label]
        pairs = tuple(
            Pair(
                main[_key(row)],
                row,
                detected(main[_key(row)], files.alpha),
                detected(row, files.alpha),
            )
            for row in estimated(table)
            if _key(row) in main
        )
        variants.append(Variant(label, topic_of(label), pairs, _reason(files, table)))
    return tuple(variants)


def topic_of(label: str) -> str:
    """Return what a variant is about, from the first of the known words in its label."""
    folded = label.casefold()
    if any(word in folded for word in HARMONISATION_WORDS):
        return "harmonisation"
    return "site" if folded.startswith(SITE_WORDS) else "other"


def _reason(files: ContrastFiles, table: pd.DataFrame) -> str:
    """Why rows of a variant have no estimate, in a few words."""
    reasons = list(dict.fromkeys(table.loc[table["estimate"].isna(), "status"]))
    settings = files.spec["contrast"].get("settings")
    compares_sites = isinstance(settings, Mapping) and "site" in variables_of(settings)
    if reasons and compares_sites and (table["variant"] == SITE_RANDOM).all():
        return "sites are compared here, and a random effect has no comparison of its levels"
    return some([str(reason).rstrip(".") for reason in reasons])


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["region"], row["comparison"]
