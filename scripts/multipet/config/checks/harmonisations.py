"""Cross checks of the harmonisations: what is asked for exists, and goes with the method."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multipet.config.checks.models import undeclared
from multipet.config.config_file import ConfigFile, Key
from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.formulas.formula import parse_formula

#: Methods that take nothing from the data: no covariates to preserve, nothing to calibrate.
GIVEN = ("linear_scale", "saved")
#: Keys that mean something to some methods only.
ONLY_OF = {
    "prior": ("combat", "combat_spline", "location"),
    "fit_on": ("combat", "combat_no_eb", "location", "combat_spline"),
    "spline": ("combat_spline",),
    "variance": ("longitudinal_combat",),
    "equations": ("linear_scale",),
    "parameters": ("saved",),
    "new_batches": ("saved",),
}
DEFAULTS = {
    "prior": "parametric",
    "fit_on": {},
    "spline": [],
    "variance": "reml",
    "equations": {},
    "parameters": "",
    "new_batches": "error",
}
NEEDED = {"linear_scale": "equations", "saved": "parameters"}
FITTED_ONLY = {"reference": ""}


def batch_columns(settings: Mapping[str, Any]) -> list[str]:
    """Columns whose combinations are the batches of a harmonisation."""
    batch = settings["batch"]
    return [batch] if isinstance(batch, str) else list(batch)


def removed_factors(settings: Mapping[str, Any]) -> set[str]:
    """Factors whose differences a harmonisation takes out, in part or whole.

    Site and scanner always: whatever the batch is, it mostly follows them. None where the
    data do not tell what is taken out.
    """
    if settings["method"] == "linear_scale":
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
    for name, methods in ONLY_OF.items():
        if settings[name] != DEFAULTS[name] and method not in methods:
            hint = f"take it out; it goes with {listed(methods)}"
            yield config.problem((*key, name), f"does nothing with method {method}", hint)
    for name, nothing in FITTED_ONLY.items():
        if settings[name] != nothing and method in GIVEN:
            message = f"does nothing with method {method}"
            yield config.problem((*key, name), message, "take it out")
    needed = NEEDED.get(method)
    if needed and not settings[needed]:
        yield config.problem((*key, "method"), f"{method} wants the key {needed}")
    if settings["parameters"] and not Path(settings["parameters"]).is_file():
        yield config.problem((*key, "parameters"), f'no file "{settings["parameters"]}"')


def _preserve(config: ConfigFile, key: Key, settings: Mapping[str, Any]) -> Iterator[Problem]:
    if settings["method"] in GIVEN:
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
