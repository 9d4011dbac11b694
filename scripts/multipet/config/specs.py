"""The spec of every job: the part of the config that it depends on, and a code fingerprint.

A job's inputs are its data and its spec, so that Snakemake reruns it when, and only when,
something changes that it depends on.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from multipet.config.kinds import centre_factors, kind_of, shown_names
from multipet.config.part_specs import (
    atlas_files,
    atlas_name,
    calibrate_spec,
    calibrated_contrasts,
    check_spec,
    harmonisation_of,
    harmonise_spec,
    logo_spec,
    maps_spec,
    outline_spec,
    page_spec,
    without,
)
from multipet.config.reduced_config import other_inputs, reduced_config
from multipet.core.files import sha256_of

Values = Mapping[str, Any]


def specs(values: Values) -> dict[tuple[str, str], dict[str, Any]]:
    """Settings of every job by rule and id, from a checked config with defaults."""
    jobs: dict[tuple[str, str], dict[str, Any]] = {}
    for site in values["sites"]:
        jobs["tidy_site", site] = _tidy(values, site)
    jobs["pool_sites", "all"] = _study(values)
    for name in values["harmonisation"]:
        jobs["harmonise", name] = harmonise_spec(values, name)
        jobs["check_harmonisation", name] = check_spec(values, name)
        page = page_spec(values, name, _outcome(values))
        unseen = ("study", "sites", "used_by", "participant_ids", "logo")
        jobs["draw_harmonisation", name] = without(page, *unseen)
        jobs["report_harmonisation", name] = page
    for name in values["models"]:
        jobs["fit_model", name] = _fit(values, name)
        jobs["diagnose_model", name] = _diagnose(values, name)
    for name in calibrated_contrasts(values):
        jobs["calibrate_contrast", name] = calibrate_spec(values, name)
    for name in values["contrasts"]:
        jobs["estimate_contrast", name] = _estimate(values, name)
        jobs["robustness_contrast", name] = _robustness(values, name)
        jobs["draw_contrast", name] = _draw(values, name)
        jobs["draw_robustness", name] = _draw(values, name)
        jobs["report_contrast", name] = _report(values, name)
    if atlas_files(values):
        jobs["outline_atlas", "all"] = outline_spec(values)
        for name in values["contrasts"]:
            jobs["write_maps", name] = maps_spec(values, name, _title(values, name))
    jobs["report_index", "all"] = _index(values)
    return jobs


def ingest_study(values: Values) -> dict[str, Any]:
    """What reading the tables needs of the config: no labels, no models."""
    return {
        "study": {
            "outcome": {
                key: values["study"]["outcome"][key] for key in ("column", "unit", "scale")
            },
            "participants_span_sites": values["study"]["participants_span_sites"],
        },
        "variables": {n: without(v, "label", "labels") for n, v in values["variables"].items()},
        "participants": values["participants"],
        "regions": without(values["regions"], "labels", "atlas"),
        "checks": values["checks"],
    }


def _tidy(values: Values, site: str) -> dict[str, Any]:
    study = without(ingest_study(values), "regions", "checks")
    return {
        "site": site,
        "settings": without(values["sites"][site], "label"),
        "study": study,
        "sha256": [sha256_of(values["sites"][site]["path"]), *_participants_sha256(values)],
    }


def _participants_sha256(values: Values) -> list[str]:
    """Checksums tell a changed table from a touched one, and from one restored with an old date."""
    people = values["participants"]
    return [sha256_of(people["path"])] if people else []


def _study(values: Values) -> dict[str, Any]:
    names = ("non_positive", "tiny_value", "outlier_value", "site_scale")
    checks = {name: values["checks"][name] for name in names}
    return {
        "sites": list(values["sites"]),
        "study": {**ingest_study(values), "checks": checks},
        "sha256": _participants_sha256(values),
    }


def _fit(values: Values, name: str) -> dict[str, Any]:
    model = values["models"][name]
    contrasts = [c for c in values["contrasts"].values() if c["model"] == name]
    return {
        "model": name,
        **{key: model[key] for key in ("formula", "site", "scanner", "residual", "regions")},
        "site_means": _site_means(model),
        "harmonisation": harmonisation_of(values, name),
        "scale": values["study"]["outcome"]["scale"],
        "compared": sorted({f for contrast in contrasts for f in centre_factors(contrast)}),
        "few_levels": values["checks"]["few_levels"],
        "df": values["inference"]["df"],
    }


def _diagnose(values: Values, name: str) -> dict[str, Any]:
    scale, model = values["study"]["outcome"]["scale"], values["models"][name]
    inference = values["inference"]
    return {
        "model": name,
        "regions": model["regions"],
        "scale": scale,
        "site_means": _site_means(model),
        "confidence": inference["confidence"] if inference["profile_intervals"] else None,
    }


def _site_means(model: Values) -> str:
    """The formula whose covariates get site means; empty where they are not asked for."""
    return model["formula"] if model["site_means"] else ""


def _estimate(values: Values, name: str) -> dict[str, Any]:
    contrast = values["contrasts"][name]
    return {
        "contrast": name,
        "regions": values["models"][contrast["model"]]["regions"],
        "site_means": _site_means(values["models"][contrast["model"]]),
        "settings": without(contrast, "title", "prespecified"),
        "variables": {n: without(v, "label", "labels") for n, v in values["variables"].items()},
        "sites": list(values["sites"]),
        "scale": values["study"]["outcome"]["scale"],
        "inference": _inference(values, name),
        "calibrated": name in calibrated_contrasts(values),
        "checks": {n: values["checks"][n] for n in ("confounded_site", "heterogeneity")},
        "harmonisation": harmonisation_of(values, contrast["model"]),
    }


def _robustness(values: Values, name: str) -> dict[str, Any]:
    model = values["models"][values["contrasts"][name]["model"]]
    return {
        **without(_estimate(values, name), "checks", "calibrated"),
        **{key: model[key] for key in ("residual", "sensitivity")},
        "few_levels": values["checks"]["few_levels"],
    }


def _inference(values: Values, contrast: str) -> dict[str, Any]:
    """Without the calibration where a contrast has none, which then does not rerun for it."""
    inference = values["inference"]
    calibrated = contrast in calibrated_contrasts(values)
    return inference if calibrated else without(inference, "calibration")


def _draw(values: Values, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "title": _title(values, name),
        "region_labels": values["regions"]["labels"],
        "atlas": atlas_name(values),
        "site_labels": {site: e["label"] for site, e in values["sites"].items() if e["label"]},
        "contrast": without(values["contrasts"][name], "title", "prespecified"),
        "variables": {n: without(v, "label") for n, v in values["variables"].items()},
        "outcome": _outcome(values),
        "alpha": values["inference"]["alpha"],
        "adjust": values["inference"]["adjust"],
        "confidence": values["inference"]["confidence"],
        "participant_ids": values["report"]["participant_ids"],
    }


def _report(values: Values, name: str) -> dict[str, Any]:
    contrast = values["contrasts"][name]
    model = values["models"][contrast["model"]]
    return {
        "contrast": {
            "id": name,
            "title": _title(values, name),
            "prespecified": contrast["prespecified"],
            "kind": kind_of(contrast),
            "question": _question(values, name),
            "settings": contrast,
        },
        "model": {
            "id": contrast["model"],
            **model,
            "harmonisation": harmonisation_of(values, contrast["model"]),
            "reml": True,
        },
        "study": {
            "title": values["study"]["title"],
            "tracer": values["study"]["tracer"],
            "outcome": _outcome(values),
        },
        "sites": {
            site: {"label": entry["label"] or site, "file": Path(entry["path"]).name}
            for site, entry in values["sites"].items()
        },
        "variables": values["variables"],
        "region_labels": values["regions"]["labels"],
        "combined_regions": values["regions"]["combine"],
        "inference": _inference(values, name),
        "checks": values["checks"],
        "participant_ids": values["report"]["participant_ids"],
        **_settings(values, name),
        "other_inputs": other_inputs(values, name),
        **logo_spec(values),
    }


def _settings(values: Values, name: str) -> dict[str, Any]:
    """The config of one contrast, and the order of the parts whose order tells in its numbers."""
    config = reduced_config(values, name)
    return {
        "config": config,
        "order": {key: list(config[key]) for key in ("sites", "harmonisation")},
    }


def _index(values: Values) -> dict[str, Any]:
    return {
        "study": {**values["study"], "outcome": _outcome(values)},
        "contrasts": list(values["contrasts"]),
        "sites": {site: entry["label"] or site for site, entry in values["sites"].items()},
        "variables": values["variables"],
        "region_labels": values["regions"]["labels"],
        "combined_regions": values["regions"]["combine"],
        **logo_spec(values),
    }


def _outcome(values: Values) -> dict[str, str]:
    outcome = values["study"]["outcome"]
    return {**outcome, "label": outcome["label"] or outcome["column"]}


def _title(values: Values, name: str) -> str:
    return values["contrasts"][name]["title"] or _question(values, name)


def _question(values: Values, name: str) -> str:
    contrast = values["contrasts"][name]
    if kind_of(contrast) == "pairwise":
        return f"every pair of {contrast['pairwise']}s"
    names = shown_names(contrast, {}, values["variables"], partial(_level_label, values))
    return next(iter(names.values()))


def _level_label(values: Values, variable: str, level: Any) -> str:
    """Level as readers know it."""
    if variable == "site":
        return (values["sites"].get(level) or {}).get("label") or str(level)
    if variable == "region":
        return values["regions"]["labels"].get(level, str(level))
    return ((values["variables"].get(variable) or {}).get("labels") or {}).get(level, str(level))
