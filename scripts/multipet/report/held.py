"""What a contrast does not compare is held: at which values, in a sentence."""

from collections.abc import Iterator, Mapping
from typing import Any

from multipet.config.comparisons import KINDS, variables_of
from multipet.formulas.expression import names_in
from multipet.formulas.formula import parse_formula
from multipet.report.contrast_files import ContrastFiles
from multipet.report.formatting import listed


def held_sentence(files: ContrastFiles) -> str:
    """Covariates that the contrast does not name and how they are held; empty without any."""
    named = set(_named(files.spec["contrast"].get("settings")))
    numbers, levels = [], []
    for name in _covariates(files):
        kind = files.spec["variables"][name]["kind"]
        if name not in named:
            (numbers if kind == "number" else levels).append(files.variable_label(name))
    parts = []
    if numbers:
        parts.append(f"{listed(numbers)} at {'its' if len(numbers) == 1 else 'their'} mean")
    if levels:
        parts.append(f"{listed(levels)} averaged over levels with equal weights")
    return f"What is not compared is held: {'; '.join(parts)}." if parts else ""


def _named(settings: Any) -> Iterator[str]:
    """Variables that a contrast compares or is taken at."""
    if not isinstance(settings, Mapping) or not set(KINDS) & set(settings):
        return
    yield from variables_of(settings)
    yield from settings.get("at", {})
    for term in settings.get("combination", ()):
        yield from term.get("at", {})


def _covariates(files: ContrastFiles) -> list[str]:
    """Configured variables among the fixed effects, in the order of the formula."""
    terms = parse_formula(files.spec["model"]["formula"]).fixed
    found = dict.fromkeys(name for term in terms for node in term for name in names_in(node))
    known = files.spec.get("variables", {})
    return [name for name in found if known.get(name, {}).get("kind")]
