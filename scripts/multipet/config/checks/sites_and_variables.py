"""Cross checks of a config: does every name that it uses exist, and does it make sense?"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multipet.config.checks.contrasts import contrast_problems
from multipet.config.checks.harmonisations import harmonisation_problems
from multipet.config.checks.models import model_problems
from multipet.config.checks.preservation import preservation_problems
from multipet.config.config_file import ConfigFile, Key, dotted
from multipet.config.delivered import Site
from multipet.config.part import typed
from multipet.core.image import read_image
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.ingest.delivered_table import FORMULA, RESERVED, is_formula
from multipet.ingest.readers.registry import READERS

#: Columns that every table has; no variable may take their names.
OWN_COLUMNS = ("participant_id", "session", "site", "scanner", "region", "value", "volume", "row")
#: Those that a participants table may have.
PERSON_COLUMNS = ("participant_id", "session", "site", "scanner")
#: Ids whose results would take the place of other files.
TAKEN = {("sites", "pooled"), ("contrasts", "index"), ("harmonisation", "none")}
EXCEL = (".xlsx", ".xlsm")


def config_problems(config: ConfigFile) -> list[Problem]:
    """Every problem that the config alone can show, tables unread."""
    problems = [
        *_ids(config),
        *_variables(config),
        *_sites(config),
        *_participants(config),
        *_regions(config),
        *harmonisation_problems(config),
        *model_problems(config),
        *contrast_problems(config),
        *_logo(config),
    ]
    return problems or list(preservation_problems(config))


def _logo(config: ConfigFile) -> Iterator[Problem]:
    logo = config.values["report"]["logo"]
    if logo and not Path(logo).is_file():
        yield no_file(config, ("report", "logo"), Path(logo))
    elif logo:
        try:
            read_image(logo)
        except UserError as error:
            yield from (
                config.problem(("report", "logo"), p.message, p.hint) for p in error.problems
            )


def _ids(config: ConfigFile) -> Iterator[Problem]:
    """Ids become file names: two that differ by case alone would be one file on some disks."""
    for section in ("sites", "harmonisation", "models", "contrasts"):
        seen: dict[str, str] = {}
        for name in config.values[section]:
            other = seen.setdefault(name.casefold(), name)
            if other != name:
                yield config.problem((section, name), f'differs from "{other}" by case alone')
            if (section, name.casefold()) in TAKEN:
                yield config.problem((section, name), "is the name of a file of multipet's own")
    pages = {f"harmonisation_{name}".casefold() for name in config.values["harmonisation"]}
    for name in config.values["contrasts"]:
        if name.casefold() in pages:
            message = "would have the page of that harmonisation"
            yield config.problem(("contrasts", name), message, "give it another name")


def _variables(config: ConfigFile) -> Iterator[Problem]:
    for name, variable in config.values["variables"].items():
        key = ("variables", name)
        if name in OWN_COLUMNS:
            yield config.problem(key, "is the name of one of multipet's own columns")
        if variable["kind"] == "level":
            yield from _level_variable(config, key, variable)
        elif unused := [k for k in ("levels",) if k in variable]:
            yield config.problem((*key, unused[0]), "belongs to kind: level, this is a number")
        elif variable.get("minimum", 0) > variable.get("maximum", float("inf")):
            yield config.problem(key, "has a minimum above its maximum")


def _level_variable(config: ConfigFile, key: Key, variable: dict[str, Any]) -> Iterator[Problem]:
    if "levels" not in variable:
        yield config.problem(key, "has no levels", "list them in order, the reference first")
        return
    for limit in ("minimum", "maximum", "unit"):
        if variable.get(limit):
            yield config.problem((*key, limit), "belongs to kind: number, this has levels")
    for level in variable["labels"]:
        if level not in variable["levels"]:
            hint = did_you_mean(level, variable["levels"])
            yield config.problem((*key, "labels", level), "is no level of this variable", hint)
    hint = "give it another name, and say under values how sites write it"
    for level in variable["levels"]:
        if level in RESERVED:
            yield config.problem(
                (*key, "levels"), f'level "{level}" would be read as missing', hint
            )
        if is_formula(level):
            yield config.problem((*key, "levels"), f'level "{level}" {FORMULA}', hint)
    names = {(*key, "labels", n): variable["labels"].get(n, n) for n in variable["levels"]}
    yield from same_labels(config, names)


def same_labels(config: ConfigFile, labels: Mapping[Key, str]) -> Iterator[Problem]:
    """Two things that reports would call the same; ``labels`` is their keys and labels."""
    seen: dict[str, Key] = {}
    for key, label in labels.items():
        other = seen.setdefault(" ".join(label.split()), key)
        if other != key:
            message = f'is called "{label}", and so is {dotted(other)}'
            yield config.problem(key, message, "give each a label of its own")


def _sites(config: ConfigFile) -> Iterator[Problem]:
    sites = config.values["sites"]
    names = {("sites", name, "label"): site["label"] or name for name, site in sites.items()}
    yield from same_labels(config, names)
    for name, site in sites.items():
        key = ("sites", name)
        yield from _table(config, key, site)
        for part in ("columns", "constants", "values"):
            if "site" in site[part]:
                message = "is not read: every row of a site's table is of that site"
                hint = "to take one site's rows of a shared file, use select: {Center: [...]}"
                yield config.problem((*key, part, "site"), message, hint)
        for part, message, hint in READERS[site["format"]].misfits(typed(Site, site)):
            yield config.problem((*key, *part), message, hint)


def _participants(config: ConfigFile) -> Iterator[Problem]:
    people = config.values["participants"]
    if people:
        yield from _table(config, ("participants",), people)


def _table(config: ConfigFile, key: Key, table: dict[str, Any]) -> Iterator[Problem]:
    """What every table entry has: a file that exists, known columns, declared levels."""
    if not Path(table["path"]).is_file():
        yield no_file(config, (*key, "path"), Path(table["path"]))
    if table["sheet"] and Path(table["path"]).suffix.lower() not in EXCEL:
        yield config.problem((*key, "sheet"), "only Excel files have sheets")
    variables = config.values["variables"]
    people = key == ("participants",)
    allowed = [*(PERSON_COLUMNS if people else OWN_COLUMNS[:-1]), *variables]
    for part in ("columns", "constants"):
        for name in table.get(part, {}):
            if name not in allowed:
                hint = did_you_mean(name, allowed)
                yield config.problem((*key, part, name), "is no column or variable of ours", hint)
    for name, recodes in table["values"].items():
        yield from _recodes(config, (*key, "values", name), name, recodes)


def _recodes(config: ConfigFile, key: Key, name: str, recodes: dict[str, str]) -> Iterator[Problem]:
    variables = config.values["variables"]
    if name == "site":
        for written, site in recodes.items():
            if site not in config.values["sites"]:
                hint = did_you_mean(site, config.values["sites"])
                yield config.problem((*key, written), f'there is no site "{site}"', hint)
    if name in ("session", "scanner", "site"):
        return
    if name not in variables or variables[name]["kind"] != "level":
        levelled = [v for v, entry in variables.items() if entry["kind"] == "level"]
        yield config.problem(key, "is no level variable", did_you_mean(name, levelled))
        return
    levels = variables[name].get("levels", [])
    for written, level in recodes.items():
        if level not in levels:
            message = f'"{level}" is no level of {name}'
            yield config.problem((*key, written), message, did_you_mean(level, levels))


def _regions(config: ConfigFile) -> Iterator[Problem]:
    regions = config.values["regions"]
    for name, entry in regions["combine"].items():
        key = ("regions", "combine", name)
        if name in RESERVED or is_formula(name):
            message = "names nothing" if name in RESERVED else FORMULA
            yield config.problem(key, f'"{name}" {message}', "give the whole another name")
        if name in entry["parts"]:
            yield config.problem(key, "is a part of itself", "give the whole a name of its own")
        for other, whole in regions["combine"].items():
            if other != name and other in entry["parts"]:
                yield config.problem(
                    key, f'has the part "{other}", itself combined of {whole["parts"]}'
                )


def no_file(config: ConfigFile, key: Key, path: Path) -> Problem:
    """A table that is not there, its path relative to the config that names it, as written."""
    place = config.places.get(key)
    relative = place is not None and not path.is_absolute()
    shown = Path(os.path.relpath(path, place.file.parent)) if relative else path
    if path.is_dir():
        return config.problem(key, f"{shown} is a folder", "name the table in it")
    message = f"no file {shown}" + (f" (relative to {place.file.name})" if relative else "")
    if not path.parent.is_dir():
        return config.problem(key, message, f"there is no folder {shown.parent}")
    beside = [str(shown.parent / file.name) for file in sorted(path.parent.iterdir())]
    return config.problem(key, message, did_you_mean(str(shown), beside))
