"""A tiny study for tests: two small tables and a config, written to a folder."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

CONFIG: dict[str, Any] = {
    "study": {
        "title": "Tiny study",
        "tracer": "[11C]raclopride",
        "outcome": {"column": "bp_nd", "label": "BP_ND", "scale": "log"},
    },
    "variables": {
        "age": {"kind": "number", "unit": "years", "minimum": 18, "maximum": 100},
        "sex": {"kind": "level", "levels": ["F", "M"]},
        "group": {"kind": "level", "levels": ["control", "patient"]},
    },
    "sites": {
        name: {
            "format": "wide_table",
            "path": f"{name}.csv",
            "columns": {"participant_id": "ID"},
            "regions": {"prefix": "bp_"},
        }
        for name in ("turku", "aarhus")
    },
    "models": {
        "main": {"formula": "age + sex + group + (1 | participant_id)", "harmonisation": "none"},
    },
    "contrasts": {
        "age_per_decade": {"model": "main", "slope": {"age": 10}},
        "patients": {"model": "main", "difference": {"group": ["patient", "control"]}},
    },
}
REGIONS = {"caudate": 2.65, "putamen": 3.3}


def config(**changes: Any) -> dict[str, Any]:
    """A copy of the tiny config; ``changes`` replace values, keys joined by two underscores."""
    values = copy.deepcopy(CONFIG)
    for path, value in changes.items():
        *above, last = path.split("__")
        target = values
        for key in above:
            target = target.setdefault(key, {})
        if value is None:
            target.pop(last, None)
        else:
            target[last] = value
    return values


def write_study(folder: Path, values: dict[str, Any] | None = None, people: int = 24) -> Path:
    """Write config and tables; returns the config's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, site in enumerate(("turku", "aarhus")):
        (folder / f"{site}.csv").write_text(table_text(site, seed, people))
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(CONFIG if values is None else values, sort_keys=False))
    return path


def table_text(site: str, seed: int, people: int) -> str:
    """A wide table: two visits each, patients 8 % lower, 5 % less a decade."""
    random = np.random.default_rng(seed)
    rows = ["ID,session,scanner,age,sex,group," + ",".join(f"bp_{name}" for name in REGIONS)]
    for number in range(people):
        age, person = random.uniform(20, 80), random.normal(0, 0.1)
        group = ("control", "patient")[number % 3 == 0]
        for visit in (1, 2):
            noise = random.normal(0, 0.05, len(REGIONS))
            log = person - 0.05 * (age - 50) / 10 - 0.08 * (group == "patient") + noise
            values = np.array(list(REGIONS.values())) * np.exp(log)
            cells = [f"{site[0]}{number:03d}", f"{visit}", "HRRT", f"{age:.1f}", "FM"[number % 2]]
            rows.append(",".join([*cells, group, *(f"{value:.4f}" for value in values)]))
    return "\n".join(rows) + "\n"
