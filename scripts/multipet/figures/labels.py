"""What readers see in place of the names in the tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from multipet.config.delivered import DrawnVariable
from multipet.config.kinds import compared_levels, shown_names
from multipet.config.models import ContrastSettings
from multipet.config.page_specs import DrawHarmonisationSpec, DrawSpec
from multipet.core.symbols import is_symbol
from multipet.figures.style import BLUE, Look, looks
from multipet.ingest.scan_notes import NO_SCANNER

FACTORS = {"participant_id": "subject"}


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Readable names and the outcome's scale.

    Attributes
    ----------
    outcome, unit, scale
        ``BP_ND``, its unit (``1`` where it has none), ``log`` or ``identity``.
    alpha, confidence
        Level of the tests, and of the intervals.
    regions, sites
        Label of each region and site; one without a label is shown by its name.
    variables, contrast
        The config's variables (levels and their labels) and the contrast that is drawn.
    adjusts
        Whether p-values are adjusted.
    participant_ids
        Whether people are shown by their ids, and not by a number.
    site_order, scanner_order
        All sites and scanners of the study, so that each looks the same in every figure.
    """

    outcome: str
    unit: str = "1"
    scale: str = "identity"
    alpha: float = 0.05
    confidence: float = 0.95
    regions: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, DrawnVariable] = field(default_factory=dict)
    contrast: ContrastSettings | None = None
    adjusts: bool = True
    participant_ids: bool = False
    site_order: tuple[str, ...] = ()
    scanner_order: tuple[str, ...] = ()

    @property
    def symbol(self) -> str:
        """The outcome where it is a symbol with a subscript, as ``BP_ND``; else empty."""
        return self.outcome if is_symbol(self.outcome) else ""

    @property
    def is_log(self) -> bool:
        """Whether models are fitted on the logarithm, and effects shown in percent."""
        return self.scale == "log"

    @property
    def effect(self) -> str:
        """Name of the effect axis: ``BP_ND, %``."""
        return f"{self.outcome}, %" if self.is_log else self._with_unit(self.outcome)

    @property
    def analysis(self) -> str:
        """Name of an axis on the analysis scale: ``log BP_ND``."""
        return f"log {self.outcome}" if self.is_log else self._with_unit(self.outcome)

    @property
    def interval(self) -> str:
        """``95 % interval``."""
        return f"{100 * self.confidence:g} % interval"

    @property
    def p(self) -> str:
        """Name of the p-value that decides."""
        return "adjusted p" if self.adjusts else "p"

    def region(self, name: str) -> str:
        """Label of a region."""
        return str(self.regions.get(name, name))

    def site(self, name: str) -> str:
        """Label of a site."""
        return str(self.sites.get(name, name))

    def scanner(self, name: str) -> str:
        """Label of a scanner; ``turku/HRRT`` is shown as ``Turku HRRT``."""
        site, _, camera = name.partition("/")
        return f"{self.site(site)} {'' if camera == NO_SCANNER else camera}".strip()

    def comparison(self, name: str) -> str:
        """A comparison with the labels of its levels: ``patients − controls``."""
        return self._comparisons.get(name, name)

    @cached_property
    def _comparisons(self) -> dict[str, str]:
        if self.contrast is None:
            return {}
        known = {
            "site": self.site_order,
            "scanner": self.scanner_order,
            "region": tuple(self.regions),
            **{name: one.levels or () for name, one in self.variables.items()},
        }
        levels = compared_levels(self.contrast, known)
        return shown_names(self.contrast, levels, self.variables, self.level)

    def site_look(self, name: str) -> Look:
        """Colour and marker of a site, and of its scanners where those are too many."""
        return looks(self.site_order).get(name, Look(BLUE, "o"))

    def order(self, factor: str, levels: Iterable[str]) -> list[str]:
        """Sort levels as the study has them; those it does not know come last."""
        known = {"site": self.site_order, "scanner": self.scanner_order}.get(factor, ())
        place = {level: i for i, level in enumerate(known)}
        return sorted(levels, key=lambda level: place.get(level, len(place)))

    def level(self, factor: str, name: str) -> str:
        """Label of a level of a factor."""
        readers = {"site": self.site, "scanner": self.scanner, "region": self.region}
        if factor in readers:
            return readers[factor](name)
        variable = self.variables.get(factor)
        return variable.labels.get(name, name) if variable else name

    def names(self, factor: str, levels: Sequence[str]) -> list[str]:
        """Labels of the levels of a grouping factor; people by a number where ids are hidden."""
        if "participant_id" in factor.split(":") and not self.participant_ids:
            return [f"person {i}" for i in range(1, len(levels) + 1)]
        return [self.level(factor, level) for level in levels]

    def factor(self, name: str, effect: str = "(Intercept)") -> str:
        """Label of a grouping factor, with its slope where it is one: ``site: age``."""
        readable = FACTORS.get(name, name)
        return readable if effect == "(Intercept)" else f"{readable}: {effect}"

    def factors(self, table: pd.DataFrame) -> str:
        """Labels of the grouping factors that ``table`` has, in words."""
        return ", ".join(self.factor(name) for name in table["factor"].unique())

    def _with_unit(self, text: str) -> str:
        return text if self.unit in ("", "1") else f"{text}, {self.unit}"


def labels_from(spec: DrawSpec | DrawHarmonisationSpec) -> Labels:
    """Labels from the spec of a drawing step."""
    labels = Labels(
        outcome=spec.outcome.label or spec.outcome.column,
        unit=spec.outcome.unit,
        scale=spec.outcome.scale,
        alpha=spec.alpha,
        regions=spec.region_labels,
        sites=spec.site_labels,
        variables=spec.variables,
    )
    if isinstance(spec, DrawHarmonisationSpec):
        return labels
    return replace(
        labels,
        confidence=spec.confidence,
        contrast=spec.contrast,
        adjusts=spec.adjust != "none",
        participant_ids=spec.participant_ids,
    )


def variable_axis(name: str, labels: Labels) -> str:
    """Label of a number with its unit: ``age, years``."""
    unit = labels.variables[name].unit if name in labels.variables else ""
    return f"{name}, {unit}" if unit not in ("", "1") else name


def outcome_axis(labels: Labels) -> str:
    """The outcome in its own unit, also where it is analysed on the log scale."""
    return replace(labels, scale="identity").analysis


def analysis_axis(labels: Labels) -> str:
    """An axis on the analysis scale that is ticked in the outcome's own unit."""
    return f"{outcome_axis(labels)} (log scale)" if labels.is_log else labels.analysis
