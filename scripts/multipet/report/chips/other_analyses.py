"""Other analyses set beside the main one: where they keep its conclusion."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from multipet.config.kinds import variables_of
from multipet.config.methods import METHODS
from multipet.core.columns import contrast as names
from multipet.report.chips.chip import Verdict, named
from multipet.report.contrast.effect import decisive_p, detected, estimated
from multipet.report.contrast.files import ContrastFiles
from multipet.report.html.text import is_missing, p_value, some

SITE, HARMONISATION, OTHER = "site", "harmonisation", "other"
HARMONISED = names.harmonised("")
#: What an analysis is about, by its name; those of other harmonisations begin with HARMONISED.
TOPICS = {
    names.SITE_FIXED: SITE,
    names.SITE_RANDOM: SITE,
    names.SITE_MEANS: SITE,
    names.SITE_MEANS_ADDED: SITE,
    names.RAW_VALUES: HARMONISATION,
    names.on_raw_values(names.SITE_MEANS_ADDED): HARMONISATION,
}
NAIVE = (
    "on harmonised values its p-values would not count the harmonisation, and nothing calibrates "
    "them here, so that it has no conclusion"
)
#: How a conclusion changes there: "Caudate is no longer significant …".
WAYS = {
    names.SITE_FIXED: "with site fixed",
    names.SITE_RANDOM: "with site random",
    names.SITE_MEANS: "in a t test on site means",
    names.SITE_MEANS_ADDED: "with site means added",
    names.RAW_VALUES: "on raw values",
    names.on_raw_values(names.SITE_MEANS_ADDED): "on raw values with site means added",
}


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
        ``SITE``, ``HARMONISATION`` or ``OTHER``.
    pairs
        Rows estimated both in the main analysis and here.
    reason
        Why rows have no estimate or no test here; empty where all have.
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

    @property
    def differing(self) -> tuple[Pair, ...]:
        """Pairs with another conclusion here."""
        return tuple(pair for pair in self.tested if not pair.agrees)


@lru_cache(maxsize=1)
def variants_of(files: ContrastFiles) -> tuple[Variant, ...]:
    """Return the sensitivity analyses of a contrast, in the order of their table."""
    return _variants(files, files.sensitivity, "variant")


def covariate_variants(files: ContrastFiles) -> tuple[Variant, ...]:
    """Return the analyses with other covariates, in the order of the config."""
    return _variants(files, files.robust.covariate_sets, "covariates")


def topic_of(label: str) -> str:
    """Return what an analysis is about."""
    return HARMONISATION if label.startswith(HARMONISED) else TOPICS.get(label, OTHER)


def _variants(files: ContrastFiles, table: pd.DataFrame, column: str) -> tuple[Variant, ...]:
    main = {_key(row): row for row in estimated(files.contrast)}
    parts = {label: table[table[column] == label] for label in dict.fromkeys(table[column])}
    return tuple(
        Variant(
            label,
            topic_of(label) if column == "variant" else OTHER,
            tuple(
                Pair(main[_key(row)], row, _detected(files, main[_key(row)]), _detected(files, row))
                for row in estimated(part)
                if _key(row) in main
            ),
            _reason(files, label, part),
        )
        for label, part in parts.items()
    )


def _detected(files: ContrastFiles, row: dict[str, Any]) -> bool:
    return detected(row, files.alpha)


def _reason(files: ContrastFiles, label: str, table: pd.DataFrame) -> str:
    """Why rows of an analysis have no estimate or no test, in a few words."""
    reasons = list(dict.fromkeys(table.loc[table["estimate"].isna(), "status"]))
    compares_sites = "site" in variables_of(files.spec.contrast.settings)
    if reasons and compares_sites and label == names.SITE_RANDOM:
        return "sites are compared here, and a random effect has no comparison of its levels"
    if (table["p_value"].isna() & table["p_naive"].notna()).any():
        return NAIVE
    return some([str(reason).rstrip(".") for reason in reasons])


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["region"], row["comparison"]


def compared(files: ContrastFiles, topic: str) -> Verdict | None:
    """Whether the other analyses about ``topic`` have the same conclusions; None without any."""
    about = [v for v in variants_of(files) if v.topic == topic and v.tested]
    if not about:
        return None
    worst = min(about, key=lambda variant: variant.n_agree / len(variant.tested))
    share = f"same conclusion in {worst.n_agree} of {files.counted(len(worst.tested))}"
    every = "" if len(about) == 1 else f"; {len(about)} other analyses"
    opposite = next((variant for variant in about if variant.n_contradict), None)
    if opposite:
        where = _where(files, [pair for pair in opposite.tested if pair.contradicts])
        return Verdict("stop", share + every, f"Opposite sign in {where} {_way(files, opposite)}")
    if not worst.differing:
        return Verdict("ok", share + every)
    return Verdict("look", _change(files, worst) + share + every, _changed(files, worst))


def _changed(files: ContrastFiles, variant: Variant) -> str:
    """What becomes of the conclusion, where: ``Caudate is no longer significant after ComBat``."""
    lost = [pair for pair in variant.differing if pair.main_detected]
    pairs = lost or list(variant.differing)
    many = "are" if len(pairs) > 1 else "is"
    verb = f"{many} no longer" if lost else ("become" if len(pairs) > 1 else "becomes")
    return f"{_where(files, pairs)} {verb} significant {_way(files, variant)}"


def _change(files: ContrastFiles, variant: Variant) -> str:
    """Both p-values of a single change."""
    if len(variant.differing) > 1:
        return ""
    (pair,) = variant.differing
    there, here = (p_value(decisive_p(row), files.alpha) for row in (pair.other, pair.main))
    return f"p {there} instead of {here}; "


def _where(files: ContrastFiles, pairs: list[Pair]) -> str:
    if files.is_pairwise and len(pairs) > 1:
        return f"{len(pairs)} comparisons"
    where = named(files, {pair.main["region"] for pair in pairs})
    compared = files.comparison_label(pairs[0].main["comparison"])
    return f"{where} ({compared})" if files.is_pairwise else where


def _way(files: ContrastFiles, variant: Variant) -> str:
    if not variant.label.startswith(HARMONISED):
        return WAYS[variant.label]
    other = files.spec.config["harmonisation"][variant.label.removeprefix(HARMONISED)]
    return f"after {METHODS[other['method']].label}"
