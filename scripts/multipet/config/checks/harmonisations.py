"""Cross checks of the harmonisations: what is asked for exists, and goes with the method."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multipet.config.checks.models import undeclared
from multipet.config.config_file import ConfigFile, Key
from multipet.config.methods import METHODS, misplaced, takers
from multipet.config.schema import with_defaults
from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.formulas.formula import parse_formula


def batch_columns(settings: Mapping[str, Any]) -> list[str]:
    """Columns whose combinations are the batches of a harmonisation."""
    batch = settings["batch"]
    return [batch] if isinstance(batch, str) else list(batch)


def removed_factors(settings: Mapping[str, Any]) -> set[str]:
    """Factors whose differences a harmonisation takes out, in part or whole.

    Site and scanner always: whatever the batch is, it mostly follows them. None where the
    data do not tell what is taken out.
    """
    if not METHODS[settings["method"]].removes_batches:
        return set()
    return {*batch_columns(settings), "site", "scanner"}


def harmonisation_problems(config: ConfigFile) -> Iterator[Problem]:
    """Every problem of the harmonisations."""
    for name, settings in config.values["harmonisation"].items():
        key = ("harmonisation", name)
        yield from _batch(config, (*key, "batch"), settings)
        yield from _options(config, key, settings)
        if settings["preserve"] != "auto":
            yield from _preserve(config, (*key, "preserve"), settings)
        yield from _fit_on(config, (*key, "fit_on"), settings)
        reference, sites = settings["reference"], config.values["sites"]
        if reference and batch_columns(settings) == ["site"] and reference not in sites:
            hint = did_you_mean(reference, sites)
            yield config.problem((*key, "reference"), f'no site "{reference}"', hint)


def _batch(config: ConfigFile, key: Key, settings: Mapping[str, Any]) -> Iterator[Problem]:
    variables = config.values["variables"]
    levels = [name for name, entry in variables.items() if entry["kind"] == "level"]
    for name in batch_columns(settings):
        if variables.get(name, {}).get("kind") == "number":
            yield config.problem(key, f"{name} is a number, batches have levels")
        elif name not in {"site", "scanner", *levels}:
            hint = did_you_mean(name, ["site", "scanner", *levels])
            yield config.problem(key, f'"{name}" is neither site nor scanner nor a variable', hint)


def _options(config: ConfigFile, key: Key, settings: Mapping[str, Any]) -> Iterator[Problem]:
    method = settings["method"]
    for name in misplaced(method, _set_options(method, settings)):
        hint = f"take it out; it goes with {listed(takers(name))}"
        yield config.problem((*key, name), f"does nothing with method {method}", hint)
    needed = METHODS[method].needs
    if needed in settings and not settings[needed]:
        yield config.problem((*key, "method"), f"{method} wants the key {needed}")
    if settings["parameters"] and not Path(settings["parameters"]).is_file():
        yield config.problem((*key, "parameters"), f'no file "{settings["parameters"]}"')


def _set_options(method: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Keys that are not at the schema's default."""
    bare = with_defaults({"harmonisation": {"bare": {"method": method}}})["harmonisation"]["bare"]
    return (name for name, value in settings.items() if value != bare[name])


def _preserve(config: ConfigFile, key: Key, settings: Mapping[str, Any]) -> Iterator[Problem]:
    if METHODS[settings["method"]].is_given:
        message = f"does nothing with method {settings['method']}"
        yield config.problem(key, message, "take it out")
        return
    try:
        formula = parse_formula(settings["preserve"])
    except UserError as error:
        yield from (config.problem(key, p.message, p.hint) for p in error.problems)
        return
    if formula.random:
        yield config.problem(key, "has a random effect", "name covariates only: age + sex")
    yield from undeclared(config, key, formula.variables, list(config.values["variables"]))
    for name in sorted(set(settings["spline"]) - set(formula.variables)):
        hint = did_you_mean(name, formula.variables)
        yield config.problem((*key[:-1], "spline"), f'"{name}" is not preserved', hint)


def _fit_on(config: ConfigFile, key: Key, settings: Mapping[str, Any]) -> Iterator[Problem]:
    variables = config.values["variables"]
    for name, levels in settings["fit_on"].items():
        entry = variables.get(name)
        if entry is None or entry["kind"] != "level":
            known = [n for n, e in variables.items() if e["kind"] == "level"]
            hint = did_you_mean(name, known)
            yield config.problem((*key, name), f'"{name}" is no variable with levels', hint)
            continue
        for position, level in enumerate(levels):
            if level not in entry["levels"]:
                hint = did_you_mean(level, entry["levels"])
                message = f'{name} has no level "{level}"'
                yield config.problem((*key, name, position), message, hint)
