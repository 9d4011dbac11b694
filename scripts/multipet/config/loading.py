"""A study's config: read, merged, checked and with its defaults filled in."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from multipet.config.checks.sites_and_variables import config_problems
from multipet.config.config_file import ConfigFile, Key, merge, read_config_file
from multipet.config.schema import schema_problems, with_defaults
from multipet.core.problems import Problem, UserError, listed

#: Letters that no path of a study may have.
ODD = frozenset("{}<>")


def load_config(
    paths: Sequence[Path | str], overrides: Mapping[str, Any] | None = None
) -> ConfigFile:
    """Read and check a study's config.

    Parameters
    ----------
    paths
        YAML files; later ones win, key by key (a lab's standard, then a study).
    overrides
        Values given on the command line, which win over the files.

    Returns
    -------
    ConfigFile
        Defaults filled in. A relative path of a table is relative to the file that holds
        it; here it is as seen from the working directory.

    Raises
    ------
    UserError
        With every problem of the config at once.
    """
    config = merge([read_config_file(Path(path)) for path in paths])
    if overrides:
        config = merge([config, ConfigFile(dict(overrides))])
    problems = schema_problems(config)
    if problems:
        raise UserError(problems)
    values = with_paths(with_defaults(config.values), _from_here(config))
    config = replace(config, values=values)
    problems = [*_odd_paths(config), *config_problems(config)]
    if problems:
        raise UserError(problems)
    return config


def with_paths(values: Mapping[str, Any], moved: Callable[[Key, str], str]) -> dict[str, Any]:
    """Copy of a config's values with the path of every table and parameters file replaced.

    Parameters
    ----------
    values
        A config with its defaults.
    moved
        Takes the key of a path and the path, returns the new one.
    """
    sites = {
        name: {**site, "path": moved(("sites", name, "path"), site["path"])}
        for name, site in values["sites"].items()
    }
    people = values["participants"]
    if people:
        people = {**people, "path": moved(("participants", "path"), people["path"])}
    harmonisations = {
        name: entry
        | {"parameters": _moved(moved, ("harmonisation", name, "parameters"), entry["parameters"])}
        for name, entry in values["harmonisation"].items()
    }
    regions = values["regions"]
    if atlas := regions["atlas"]:
        parts = ("image", "table")
        paths = {part: moved(("regions", "atlas", part), atlas[part]) for part in parts}
        regions = {**regions, "atlas": {**atlas, **paths}}
    report = {**values["report"]}
    report["logo"] = _moved(moved, ("report", "logo"), report["logo"])
    return {
        **values,
        "report": report,
        "regions": regions,
        "sites": sites,
        "participants": people,
        "harmonisation": harmonisations,
    }


def _moved(moved: Callable[[Key, str], str], key: Key, path: str) -> str:
    return moved(key, path) if path else ""


def _odd_paths(config: ConfigFile) -> list[Problem]:
    """Paths with letters that Snakemake takes for names to be filled in."""
    odd: dict[Key, str] = {}

    def looked_at(key: Key, path: str) -> str:
        if not ODD.isdisjoint(path):
            odd[key] = path
        return path

    with_paths(config.values, looked_at)
    hint = "rename the file or its folder"
    return [
        config.problem(key, f'"{path}" has one of {listed(sorted(ODD))} in it, no path may', hint)
        for key, path in odd.items()
    ]


def _from_here(config: ConfigFile) -> Callable[[Key, str], str]:
    """Paths as seen from the working directory, so that a study can be moved as a whole."""

    def moved(key: Key, path: str) -> str:
        place = config.places.get(key)
        if place is None or Path(path).is_absolute():
            return path
        return os.path.relpath(place.file.parent / path)

    return moved
