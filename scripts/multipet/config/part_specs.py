"""The specs of the jobs that harmonise and calibrate, and of those that an atlas brings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipet.config.checks.harmonisations import GIVEN, removed_factors
from multipet.config.kinds import centre_factors, variables_of
from multipet.core.files import sha256_of
from multipet.formulas.formula import fixed_terms

Values = Mapping[str, Any]


def harmonise_spec(values: Values, name: str) -> dict[str, Any]:
    """Spec of one harmonisation: its settings with ``auto`` resolved, and what is tested on it."""
    settings = resolved_settings(values, name)
    spec = {"id": name, "settings": settings, "scale": values["study"]["outcome"]["scale"]}
    if settings["parameters"]:
        spec["sha256"] = [sha256_of(settings["parameters"])]
    return spec


def harmonisation_of(values: Values, model: str) -> dict[str, Any] | None:
    """Settings of the harmonisation that a model names, if any."""
    name = values["models"][model]["harmonisation"]
    return None if name == "none" else {"id": name, **resolved_settings(values, name)}


def resolved_settings(values: Values, name: str) -> dict[str, Any]:
    """Settings of a harmonisation, with the formula that it preserves and what is ``tested``.

    ``auto`` preserves the fixed terms of the models that use it; of all, where none does.
    """
    settings = dict(values["harmonisation"][name])
    if settings["method"] in GIVEN:
        settings["preserve"] = "1"
    elif settings["preserve"] == "auto":
        models = list(values["models"].values())
        users = [model for model in models if model["harmonisation"] == name] or models
        terms = [term for model in users for term in fixed_terms(model["formula"])]
        settings["preserve"] = " + ".join(dict.fromkeys(terms)) or "1"
    settings["tested"] = _tested(values, name)
    return settings


def calibrated_contrasts(values: Values) -> list[str]:
    """Contrasts that have an answer from harmonised values."""
    return [name for name in values["contrasts"] if shown_harmonisations(values, name)]


def shown_harmonisations(values: Values, contrast: str) -> list[str]:
    """Harmonisations that a contrast is answered with: its model's own first.

    Then every other that leaves in place what the contrast compares and preserves all fixed
    terms of its model. Only the own one in a joint model.
    """
    settings = values["contrasts"][contrast]
    model = values["models"][settings["model"]]
    own = model["harmonisation"]
    shown = [] if own == "none" else [own]
    if centre_factors(settings) or model["regions"] == "joint":
        return shown
    needed, compared = set(fixed_terms(model["formula"])), variables_of(settings)
    for name, entry in values["harmonisation"].items():
        kept = set(fixed_terms(resolved_settings(values, name)["preserve"]))
        unharmed = entry["method"] in GIVEN or needed <= kept
        if name != own and entry["method"] != "covbat" and unharmed:
            shown += [] if compared & removed_factors(entry) else [name]
    return shown


def check_spec(values: Values, name: str) -> dict[str, Any]:
    """Spec of the checks before and after one harmonisation."""
    return {**harmonise_spec(values, name), "alpha": values["inference"]["alpha"]}


def page_spec(values: Values, name: str, outcome: Mapping[str, str]) -> dict[str, Any]:
    """Spec of the figures and of the page of one harmonisation, ``outcome`` with its label."""
    study, sites = values["study"], values["sites"]
    models = values["models"]
    return {
        **check_spec(values, name),
        "study": {"title": study["title"], "tracer": study["tracer"], "outcome": outcome},
        "outcome": outcome,
        "sites": {site: {"label": entry["label"] or site} for site, entry in sites.items()},
        "site_labels": {site: e["label"] for site, e in sites.items() if e["label"]},
        "variables": values["variables"],
        "region_labels": values["regions"]["labels"],
        "participant_ids": values["report"]["participant_ids"],
        **logo_spec(values),
        "used_by": [
            {"id": id, "title": contrast["title"] or id}
            for id, contrast in values["contrasts"].items()
            if models[contrast["model"]]["harmonisation"] == name
        ],
    }


def logo_spec(values: Values) -> dict[str, Any]:
    """What a page needs to show the lab's logo; the checksum tells when it changed."""
    report = values["report"]
    if not report["logo"]:
        return {"logo": None}
    logo = {"path": report["logo"], "alt": report["logo_alt"]}
    return {"logo": {**logo, "sha256": sha256_of(report["logo"])}}


def calibrate_spec(values: Values, name: str) -> dict[str, Any]:
    """Spec of the calibration of one contrast."""
    contrast = values["contrasts"][name]
    model = values["models"][contrast["model"]]
    return {
        "contrast": name,
        "regions": model["regions"],
        "residual": model["residual"],
        "site_means": model["formula"] if model["site_means"] else "",
        "settings": without(contrast, "title", "prespecified"),
        "variables": {n: without(v, "label", "labels") for n, v in values["variables"].items()},
        "scale": values["study"]["outcome"]["scale"],
        "inference": values["inference"],
        "own": model["harmonisation"],
        "harmonisations": [
            {"id": shown, **resolved_settings(values, shown)}
            for shown in shown_harmonisations(values, name)
        ],
    }


def without(mapping: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Copy of ``mapping`` that lacks ``keys``."""
    return {key: value for key, value in mapping.items() if key not in keys}


def _tested(values: Values, harmonisation: str) -> list[str]:
    """Covariates that contrasts on values of ``harmonisation`` compare."""
    models = values["models"]
    users = [
        contrast
        for contrast in values["contrasts"].values()
        if models[contrast["model"]]["harmonisation"] == harmonisation
    ]
    compared = {name for contrast in users for name in variables_of(contrast)}
    return sorted(compared - {"site", "scanner", "region"})


MODEL = ("formula", "site", "scanner", "site_means", "residual", "regions", "harmonisation")


def atlas_files(values: Values) -> list[str]:
    """Paths of the atlas's image and table; none where the config has no atlas."""
    atlas = values["regions"]["atlas"]
    return [atlas["image"], atlas["table"]] if atlas else []


def atlas_name(values: Values) -> str:
    """What reports call the atlas."""
    atlas = values["regions"]["atlas"]
    return (atlas["label"] or f"the atlas {Path(atlas['image']).name}") if atlas else ""


def outline_spec(values: Values) -> dict[str, Any]:
    """Settings of the step outline_atlas."""
    atlas = values["regions"]["atlas"]
    return {
        "atlas": {key: atlas[key] for key in ("image", "table", "columns", "names")},
        "sha256": [sha256_of(path) for path in atlas_files(values)],
    }


def maps_spec(values: Values, contrast: str, title: str) -> dict[str, Any]:
    """Settings of the step write_maps for one contrast, ``title`` its title in reports."""
    study, inference = values["study"], values["inference"]
    model = values["contrasts"][contrast]["model"]
    outcome = study["outcome"]
    return {
        "id": contrast,
        "title": title,
        "atlas": outline_spec(values)["atlas"],
        "outcome": {
            "label": outcome["label"] or outcome["column"],
            "unit": outcome["unit"],
            "scale": outcome["scale"],
        },
        "model": {"id": model, **{key: values["models"][model][key] for key in MODEL}},
        "inference": {key: inference[key] for key in ("df", "adjust", "alpha")},
        "sources": [
            *({"File": Path(path).name, "SHA256": sha256_of(path)} for path in atlas_files(values)),
            {"File": "contrast.tsv"},
        ],
    }
