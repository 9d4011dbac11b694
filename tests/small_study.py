"""A small study for the tests of the ingest: config as it reaches the package, tables as text."""

from pathlib import Path
from typing import Any

from multipet.config.delivered import (
    Combination,
    MeasuredVariable,
    Participants,
    RegionChoice,
    SiteSettings,
)
from multipet.config.part import Part, typed
from multipet.config.part import plain as builtin
from multipet.config.specs import PoolStudy
from multipet.config.study import ValueChecks

MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "-", ".", "#N/A"]


def small_study(**changes: Any) -> PoolStudy:
    """Config of a study with age and sex; ``changes`` replace whole sections."""
    study = {
        "study": {
            "tracer": "",
            "outcome": {"column": "bp_nd", "unit": "1", "scale": "log"},
            "participants_span_sites": False,
        },
        "variables": {
            "age": {"kind": "number", "unit": "years", "minimum": 18, "maximum": 100},
            "sex": {"kind": "level", "unit": "", "levels": ["F", "M"]},
        },
        "participants": None,
        "regions": {"keep": [], "combine": {}},
        "checks": {
            "non_positive": {"action": "exclude"},
            "tiny_value": {"action": "exclude", "ratio": 0.001},
            "impossible_value": {"action": "stop", "deviations": 1000},
            "outlier_value": {"action": "note", "mads": 10},
            "site_scale": {"action": "stop", "ratio": 10},
        },
    }
    return typed(PoolStudy, {**study, **{n: _builtin(part) for n, part in changes.items()}})


def _builtin(part: Any) -> Any:
    """A section as dicts and lists, whether its entries are typed or not."""
    if isinstance(part, Part):
        return builtin(part)
    return {n: _builtin(v) for n, v in part.items()} if isinstance(part, dict) else part


def variables_with(**variables: dict[str, Any]) -> dict[str, MeasuredVariable]:
    """Variables by name; they have no unit unless it is given."""
    return {n: typed(MeasuredVariable, {"unit": "", **one}) for n, one in variables.items()}


def regions_with(keep: Any = (), combine: Any = None) -> RegionChoice:
    """Regions to keep, and combinations, of which ``weights`` is ``none`` unless it is given."""
    return RegionChoice(keep=tuple(keep), combine=combined_with(**(combine or {})))


def combined_with(**wholes: dict[str, Any]) -> dict[str, Combination]:
    """Combinations by name; ``weights`` is ``none`` unless it is given."""
    return {n: typed(Combination, {"weights": "none", **one}) for n, one in wholes.items()}


def checks_with(**changes: Any) -> ValueChecks:
    """The checks of ``small_study``; ``changes`` replace some."""
    return typed(ValueChecks, {**builtin(small_study().checks), **changes})


def site_entry(path: Path, **settings: Any) -> SiteSettings:
    """Entry of a site with the defaults filled in; wide with prefix ``bp_`` unless changed."""
    regions = {"prefix": "", "suffix": "", "names": {}, "ignore": []}
    entry = {
        "format": "wide_table",
        "path": str(path),
        "sheet": "",
        "decimal": "auto",
        "columns": {},
        "constants": {},
        "values": {},
        "select": {},
        "missing": MISSING,
        "volumes": {"prefix": "", "suffix": "", **settings.pop("volumes", {})},
        "regions": {**regions, **settings.pop("regions", {"prefix": "bp_"})},
    }
    return typed(SiteSettings, {**entry, **settings})


def people_entry(path: Path, **settings: Any) -> Participants:
    """Entry of the participants table with the defaults filled in."""
    entry = {"path": str(path), "sheet": "", "decimal": "auto", "columns": {}, "values": {}}
    return typed(Participants, {**entry, "select": {}, "missing": MISSING, **settings})


def written(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """Write a table and return where it is."""
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def checks_of(findings: Any) -> dict[str, int]:
    """How often each check fired."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.check] = counts.get(finding.check, 0) + 1
    return counts


def plain(values: Any) -> list[float | None]:
    """Values as a list, missing ones ``None``."""
    return [None if value != value else value for value in values.tolist()]
