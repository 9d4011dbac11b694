"""The part of a config that one contrast needs, and the files that it names."""

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from multipet.config.kinds import centre_factors
from multipet.config.loading import with_paths
from multipet.config.methods import GIVEN
from multipet.config.part import plain
from multipet.config.resolved import atlas_files, shown_harmonisations, used_harmonisation
from multipet.config.study import Study
from multipet.core.files import sha256_of


def other_inputs(study: Study, contrast: str) -> tuple[dict[str, str], ...]:
    """Atlas and saved parameters that a contrast's answer or report is made from.

    Returns
    -------
    tuple of dict
        ``for`` (what it is read for), ``name`` without its folder, and ``sha256``.
    """
    shown = shown_harmonisations(study, contrast)
    saved = [study.harmonisation[name].parameters for name in shown]
    files = [("brain map", path) for path in atlas_files(study)]
    files += [("harmonisation", path) for path in saved if path]
    return tuple({"for": use, "name": Path(p).name, "sha256": sha256_of(p)} for use, p in files)


def reduced_config(study: Study, contrast: str) -> dict[str, Any]:
    """A config with all its defaults that answers this one contrast, as YAML has it.

    Parameters
    ----------
    study
        The whole study.
    contrast
        Its id.

    Returns
    -------
    dict
        Other models, contrasts and harmonisations left out; what they decide here is written
        out: how site and scanner enter, and what a harmonisation preserves. Tables are named
        without their folders: they are to lie beside the config; those of one name lie in a
        folder a site.
    """
    model, shown = study.contrasts[contrast].model, shown_harmonisations(study, contrast)
    values = plain(study)
    kept = {
        **values,
        "harmonisation": {name: _harmonisation(study, name) for name in shown},
        "models": {model: _model(study, model)},
        "contrasts": {contrast: values["contrasts"][contrast]},
        "report": {**values["report"], "logo": ""},
    }
    places = _places(values)
    return with_paths(kept, lambda key, path: places[path])


def _harmonisation(study: Study, name: str) -> dict[str, Any]:
    """A harmonisation that preserves what it does here, whichever models are left."""
    settings = study.harmonisation[name]
    if settings.method in GIVEN:
        return plain(settings)
    return {**plain(settings), "preserve": used_harmonisation(study, name).preserve}


def _model(study: Study, name: str) -> dict[str, Any]:
    """A model whose site and scanner enter as they do here, whichever contrasts are left."""
    model = plain(study.models[name])
    contrasts = [contrast for contrast in study.contrasts.values() if contrast.model == name]
    compared = {factor for contrast in contrasts for factor in centre_factors(contrast)}
    decided = {"scanner": "random"} if "site" in compared else {}
    decided |= dict.fromkeys(sorted(compared), "fixed")
    return {**model, **{key: used for key, used in decided.items() if model[key] == "auto"}}


def _places(values: Mapping[str, Any]) -> dict[str, str]:
    """Where a second person keeps each file, by its path here."""
    owners: dict[str, str] = {}
    # a site's table is owned by the site, the participants table by nobody but itself
    with_paths(values, lambda key, path: owners.setdefault(path, str(key[-2])))
    names = [PurePath(path).name for path in owners]
    return {
        path: name if names.count(name) == 1 else f"{owner}/{name}"
        for (path, owner), name in zip(owners.items(), names, strict=True)
    }
