"""The spec of every job: the part of the config that it depends on, and a code fingerprint.

A job's inputs are its data and its spec, so that Snakemake reruns it when, and only when,
something changes that it depends on.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from multipet.config.comparison_names import shown_names
from multipet.config.comparisons import centre_factors, kind_of, variables_of
from multipet.config.fingerprint import fingerprint
from multipet.files import canonical_json, sha256_of, write_text_if_changed
from multipet.formulas.formula_text import fixed_terms

Values = Mapping[str, Any]
SCRIPTS = Path(__file__).parents[2]


def write_specs(values: Values, folder: Path) -> None:
    """Write ``<folder>/<rule>/<id>.json`` for every job, each only where it changed."""
    for (rule, name), settings in specs(values).items():
        spec = {**settings, "fingerprint": fingerprint(SCRIPTS / f"{rule}.py")}
        write_text_if_changed(folder / rule / f"{name}.json", canonical_json(spec))


def specs(values: Values) -> dict[tuple[str, str], dict[str, Any]]:
    """Settings of every job by rule and id, from a checked config with defaults."""
    jobs: dict[tuple[str, str], dict[str, Any]] = {}
    for site in values["sites"]:
        jobs["tidy_site", site] = _tidy(values, site)
    jobs["pool_sites", "all"] = _study(values)
    for name in used_harmonisations(values):
        jobs["harmonise", name] = _harmonise(values, name)
    for name in values["models"]:
        jobs["fit_model", name] = _fit(values, name)
        jobs["diagnose_model", name] = _diagnose(values, name)
    for name in values["contrasts"]:
        jobs["estimate_contrast", name] = _estimate(values, name)
        jobs["draw_contrast", name] = _draw(values, name)
        jobs["report_contrast", name] = _report(values, name)
    jobs["report_index", "all"] = _index(values)
    return jobs


def used_harmonisations(values: Values) -> list[str]:
    """Harmonisations that a model names, in the order of the config."""
    used = {model["harmonisation"] for model in values["models"].values()}
    return [name for name in values["harmonisation"] if name in used]


def ingest_study(values: Values) -> dict[str, Any]:
    """What reading the tables needs of the config: no labels, no models."""
    return {
        "study": {
            "outcome": {
                key: values["study"]["outcome"][key] for key in ("column", "unit", "scale")
            },
            "participants_span_sites": values["study"]["participants_span_sites"],
        },
        "variables": {n: _without(v, "label", "labels") for n, v in values["variables"].items()},
        "participants": values["participants"],
        "regions": _without(values["regions"], "labels"),
        "checks": values["checks"],
    }


def _tidy(values: Values, site: str) -> dict[str, Any]:
    study = _without(ingest_study(values), "regions", "checks")
    return {
        "site": site,
        "settings": _without(values["sites"][site], "label"),
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


def _harmonise(values: Values, name: str) -> dict[str, Any]:
    settings = dict(values["harmonisation"][name])
    if settings["preserve"] == "auto":
        users = [m for m in values["models"].values() if m["harmonisation"] == name]
        terms = [term for model in users for term in fixed_terms(model["formula"])]
        settings["preserve"] = " + ".join(dict.fromkeys(terms)) or "1"
    settings["tested"] = _tested(values, name)
    return {"id": name, "settings": settings, "scale": values["study"]["outcome"]["scale"]}


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


def _fit(values: Values, name: str) -> dict[str, Any]:
    model = values["models"][name]
    contrasts = [c for c in values["contrasts"].values() if c["model"] == name]
    return {
        "model": name,
        **{key: model[key] for key in ("formula", "site", "scanner", "residual", "regions")},
        "site_means": _site_means(model),
        "harmonisation": _harmonisation(values, name),
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


def _harmonisation(values: Values, model: str) -> dict[str, Any] | None:
    name = values["models"][model]["harmonisation"]
    return None if name == "none" else {"id": name, **_harmonise(values, name)["settings"]}


def _estimate(values: Values, name: str) -> dict[str, Any]:
    contrast = values["contrasts"][name]
    return {
        "contrast": name,
        "regions": values["models"][contrast["model"]]["regions"],
        "site_means": _site_means(values["models"][contrast["model"]]),
        "settings": _without(contrast, "title", "prespecified"),
        "variables": {n: _without(v, "label", "labels") for n, v in values["variables"].items()},
        "sites": list(values["sites"]),
        "scale": values["study"]["outcome"]["scale"],
        "inference": values["inference"],
        "checks": {n: values["checks"][n] for n in ("confounded_site", "heterogeneity")},
        "harmonisation": _harmonisation(values, contrast["model"]),
    }


def _draw(values: Values, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "title": _title(values, name),
        "region_labels": values["regions"]["labels"],
        "site_labels": {site: e["label"] for site, e in values["sites"].items() if e["label"]},
        "contrast": _without(values["contrasts"][name], "title", "prespecified"),
        "variables": {n: _without(v, "label") for n, v in values["variables"].items()},
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
            "harmonisation": _harmonisation(values, contrast["model"]),
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
        "inference": values["inference"],
        "checks": values["checks"],
        "participant_ids": values["report"]["participant_ids"],
    }


def _index(values: Values) -> dict[str, Any]:
    return {
        "study": {**values["study"], "outcome": _outcome(values)},
        "contrasts": list(values["contrasts"]),
        "sites": {site: entry["label"] or site for site, entry in values["sites"].items()},
        "variables": values["variables"],
        "region_labels": values["regions"]["labels"],
        "combined_regions": values["regions"]["combine"],
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


def _without(mapping: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key not in keys}
