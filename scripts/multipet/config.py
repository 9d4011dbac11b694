"""A study's config: read, merged, checked and with its defaults filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from multipet.config_checks import config_problems
from multipet.config_file import ConfigFile, merge, read_config_file
from multipet.problems import UserError
from multipet.schema import schema_problems, with_defaults


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
        Defaults filled in; the paths of tables absolute: a relative path is relative to
        the file that holds it.

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
    config = _with_absolute_paths(replace(config, values=with_defaults(config.values)))
    problems = config_problems(config)
    if problems:
        raise UserError(problems)
    return config


def _with_absolute_paths(config: ConfigFile) -> ConfigFile:
    values = config.values
    sites = {
        name: {**site, "path": _absolute(config, ("sites", name, "path"), site["path"])}
        for name, site in values["sites"].items()
    }
    people = values["participants"]
    if people:
        path = _absolute(config, ("participants", "path"), people["path"])
        people = {**people, "path": path}
    return replace(config, values={**values, "sites": sites, "participants": people})


def _absolute(config: ConfigFile, key: tuple[str, ...], path: str) -> str:
    place = config.places.get(key)
    folder = place.file.parent if place else Path()
    return str((folder / path).absolute())
