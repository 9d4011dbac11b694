"""A small study for the tests of the ingest: config as it reaches the package, tables as text."""

from pathlib import Path
from typing import Any

MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "-", ".", "#N/A"]


def small_study(**changes: Any) -> dict[str, Any]:
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
    return {**study, **changes}


def site_entry(path: Path, **settings: Any) -> dict[str, Any]:
    """Entry of a site with the defaults filled in; wide with prefix ``bp_`` unless changed."""
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
        "regions": {"prefix": "bp_", "suffix": "", "names": {}, "ignore": []},
        "volumes": {"prefix": "", "suffix": ""},
    }
    return {**entry, **settings}


def people_entry(path: Path, **settings: Any) -> dict[str, Any]:
    """Entry of the participants table with the defaults filled in."""
    entry = {"path": str(path), "sheet": "", "decimal": "auto", "columns": {}, "values": {}}
    return {**entry, "select": {}, "missing": MISSING, **settings}


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
