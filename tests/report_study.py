"""The study of the reports' tests: one config of four sites, and the specs that it gives."""

import copy
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from multipet.config.jobs import specs
from multipet.config.loading import load_config
from multipet.config.part import Part, plain, typed
from multipet.config.study import study_of
from multipet.core.files import canonical_json

REGIONS = {
    "caudate": "Caudate",
    "putamen": "Putamen",
    "accumbens": "Nucleus accumbens",
    "thalamus": "Thalamus",
}
SITES = {"turku": "Turku", "aarhus": "Aarhus", "yale": "Yale", "vancouver": "Vancouver"}
CONFIG: dict[str, Any] = {
    "study": {
        "title": "Age, sex, group and dopamine D2/3 receptor availability at four centres",
        "tracer": "[11C]raclopride",
        "outcome": {"column": "bp_nd", "label": "BP_ND", "unit": "1", "scale": "log"},
    },
    "variables": {
        "age": {"kind": "number", "unit": "years", "minimum": 18, "maximum": 100},
        "sex": {"kind": "level", "levels": ["F", "M"], "labels": {"F": "women", "M": "men"}},
        "group": {
            "kind": "level",
            "levels": ["control", "patient"],
            "labels": {"control": "controls", "patient": "patients"},
        },
    },
    "sites": {
        site: {
            "format": "wide_table",
            "path": f"{site}.csv",
            "label": label,
            "regions": {"prefix": "bp_"},
        }
        for site, label in SITES.items()
    },
    "regions": {"labels": REGIONS},
    "harmonisation": {
        "combat_scanner": {
            "method": "combat",
            "batch": "scanner",
            "preserve": "age + sex + group",
        },
    },
    "models": {
        "main": {"formula": "age + sex + group + (1 | participant_id)", "harmonisation": "none"},
        "harmonised": {
            "formula": "age + sex + group + (1 | participant_id)",
            "harmonisation": "combat_scanner",
        },
    },
    "contrasts": {
        "age_per_decade": {
            "model": "main",
            "title": "Age, per decade",
            "slope": {"age": 10},
            "prespecified": True,
        },
        "women_minus_men": {
            "model": "main",
            "title": "Women against men",
            "difference": {"sex": ["F", "M"]},
        },
        "between_sites": {
            "model": "main",
            "title": "Sites against each other",
            "pairwise": "site",
        },
        "patients_minus_controls": {
            "model": "main",
            "title": "Patients against controls",
            "difference": {"group": ["patient", "control"]},
            "prespecified": True,
        },
        "patients_harmonised": {
            "model": "harmonised",
            "title": "Patients against controls, after ComBat",
            "difference": {"group": ["patient", "control"]},
        },
    },
}
WIDE = "participant_id,session,scanner,age,sex,group,bp_caudate\n"


def report_spec(contrast: str, **changes: Any) -> Any:
    """Spec of a contrast's report; ``changes`` to the config, keys joined by two underscores."""
    return spec("report_contrast", contrast, **changes)


def spec(rule: str, job: str, **changes: Any) -> Any:
    """Spec of a job as the workflow writes it, from the study with ``changes``."""
    return _specs(json.dumps(changes))[rule, job]


@cache
def _specs(changes: str) -> dict[tuple[str, str], Part]:
    values = copy.deepcopy(CONFIG)
    for path, value in json.loads(changes).items():
        *above, last = path.split("__")
        target = values
        for key in above:
            target = target.setdefault(key, {})
        target[last] = value
    with TemporaryDirectory() as folder:
        for site in values["sites"]:
            Path(folder, f"{site}.csv").write_text(WIDE, encoding="utf-8")
        path = Path(folder, "study.yaml")
        path.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), "utf-8")
        jobs = specs(study_of(load_config([path]).values))
    return {
        job: typed(type(one), json.loads(canonical_json(plain(one)))) for job, one in jobs.items()
    }
