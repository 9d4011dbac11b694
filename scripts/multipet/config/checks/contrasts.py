"""Cross checks of the contrasts: known models, variables, levels; questions with an answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from multipet.config.checks.harmonisations import batch_columns, removed_factors
from multipet.config.checks.models import fixed_variables
from multipet.config.config_file import ConfigFile, Key
from multipet.config.kinds import KINDS, centre_factors, kind_of, variables_of
from multipet.core.problems import Problem, did_you_mean, listed


def contrast_problems(config: ConfigFile) -> Iterator[Problem]:
    """Every problem of the contrasts."""
    for name, contrast in config.values["contrasts"].items():
        key = ("contrasts", name)
        given = [kind for kind in KINDS if kind in contrast]
        if len(given) != 1:
            found = listed(given) or "none"
            yield config.problem(key, f"wants exactly one of {listed(KINDS)}; found {found}")
        elif contrast["model"] not in config.values["models"]:
            hint = did_you_mean(contrast["model"], config.values["models"])
            yield config.problem((*key, "model"), f'no model "{contrast["model"]}"', hint)
        elif fixed_variables(config.values["models"][contrast["model"]]["formula"]) is not None:
            yield from _terms(config, key, contrast)
            yield from _site_comparison(config, key, contrast)


def _terms(config: ConfigFile, key: Key, contrast: Mapping[str, Any]) -> Iterator[Problem]:
    known = _known(config, contrast["model"])
    kind = kind_of(contrast)
    yield from CHECKS[kind](config, (*key, kind), contrast[kind], known)
    yield from _settings(config, (*key, "at"), contrast["at"], known)
    if kind == "combination" and contrast["at"]:
        hint = "give each term its own at"
        yield config.problem((*key, "at"), "does not go with a combination", hint)
    # the slope of a curve is taken at a place; levels that are compared have none
    for name in sorted(
        variables_of(contrast) & set(contrast["at"]) - set(contrast.get("slope", ()))
    ):
        yield config.problem((*key, "at", name), "is what the contrast compares")


def _known(config: ConfigFile, model: str) -> dict[str, Any]:
    """Variables that a contrast of ``model`` can name, with their kind and levels.

    Levels are None where only the data know them.
    """
    values = config.values
    settings = values["models"][model]
    fixed = fixed_variables(settings["formula"]) or set()
    known = {name: values["variables"][name] for name in fixed if name in values["variables"]}
    if settings["site"] in {"auto", "fixed"}:
        known["site"] = {"kind": "level", "levels": list(values["sites"])}
    if settings["scanner"] in {"auto", "fixed"}:
        known["scanner"] = {"kind": "level", "levels": None}
    if "session" in fixed:
        known["session"] = {"kind": "level", "levels": None}
    if "region" in fixed:
        known["region"] = {"kind": "level", "levels": values["regions"]["keep"] or None}
    return known


def _variable(
    config: ConfigFile, key: Key, name: str, known: Mapping[str, Any]
) -> Iterator[Problem]:
    if name not in known:
        message = f'"{name}" is not among the fixed effects of the model'
        yield config.problem(key, message, did_you_mean(name, known))


def _slope(
    config: ConfigFile, key: Key, slope: Mapping[str, float], known: Mapping[str, Any]
) -> Iterator[Problem]:
    for name, amount in slope.items():
        yield from _variable(config, (*key, name), name, known)
        if known.get(name, {}).get("kind") == "level":
            hint = "use difference or pairwise"
            yield config.problem((*key, name), "has levels, so that it has no slope", hint)
        if amount <= 0:
            hint = "give a positive amount, e.g. 10"
            yield config.problem((*key, name), f"is a change over {amount:g}", hint)


def _difference(
    config: ConfigFile, key: Key, difference: Mapping[str, list[str]], known: Mapping[str, Any]
) -> Iterator[Problem]:
    for name, levels in difference.items():
        yield from _level_variable(config, (*key, name), name, known)
        for position, level in enumerate(levels):
            yield from _level(config, (*key, name, position), name, level, known)
        if levels[0] == levels[1]:
            yield config.problem((*key, name), f'compares "{levels[0]}" with itself')


def _level_variable(
    config: ConfigFile, key: Key, name: str, known: Mapping[str, Any]
) -> Iterator[Problem]:
    yield from _variable(config, key, name, known)
    if known.get(name, {}).get("kind") == "number":
        yield config.problem(key, f'"{name}" is a number, without levels', "use slope")


def _level(
    config: ConfigFile, key: Key, name: str, level: Any, known: Mapping[str, Any]
) -> Iterator[Problem]:
    entry = known.get(name, {})
    if name == "scanner":
        sites = config.values["sites"]
        site, slash, _ = str(level).partition("/")
        if not slash or site not in sites:
            hint = f'scanners are named site/label, e.g. "{next(iter(sites))}/HRRT"'
            yield config.problem(key, f'"{level}" is no scanner', hint)
    elif entry.get("levels") is not None and level not in entry["levels"]:
        hint = did_you_mean(str(level), entry["levels"])
        yield config.problem(key, f'{name} has no level "{level}"', hint)


def _settings(
    config: ConfigFile, key: Key, settings: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[Problem]:
    for name, value in settings.items():
        yield from _variable(config, (*key, name), name, known)
        kind = known.get(name, {}).get("kind")
        if kind == "level":
            yield from _level(config, (*key, name), name, value, known)
        elif kind == "number" and isinstance(value, str):
            yield config.problem((*key, name), f'"{value}" is not a number')


def _combination(
    config: ConfigFile, key: Key, terms: list[Mapping[str, Any]], known: Mapping[str, Any]
) -> Iterator[Problem]:
    for position, term in enumerate(terms):
        yield from _settings(config, (*key, position, "at"), term["at"], known)
        if "slope" in term:
            yield from _slope(config, (*key, position, "slope"), term["slope"], known)
        if term["weight"] == 0:
            yield config.problem((*key, position, "weight"), "is 0", "leave the term out")
    means = sum(term["weight"] for term in terms if "slope" not in term)
    if abs(means) > 1e-9:
        hint = "the weights of a comparison sum to 0"
        yield config.problem(key, f"has weights that sum to {means:g}", hint)


#: Kind of a contrast -> check of what is configured under its name.
CHECKS = {
    "slope": _slope,
    "difference": _difference,
    "pairwise": _level_variable,
    "combination": _combination,
}


def _site_comparison(
    config: ConfigFile, key: Key, contrast: Mapping[str, Any]
) -> Iterator[Problem]:
    """Comparing what was harmonised away, or what is no fixed effect, has no answer."""
    compared = sorted(centre_factors(contrast))
    model = config.values["models"][contrast["model"]]
    method = config.values["harmonisation"].get(model["harmonisation"])
    removed = removed_factors(method) & variables_of(contrast) if method else set()
    for factor in sorted(removed):
        batch = " and ".join(batch_columns(method))
        what = f"{factor}s" if factor in {"site", "scanner"} else f"levels of {factor}"
        yield config.problem(
            (*key, "model"),
            f"compares {what} on values harmonised over {batch}: it would test what was removed",
            "use a model with harmonisation: none",
        )
    for factor in compared:
        if factor in removed:
            continue
        if model[factor] in {"random", "none"}:
            hint = f"set models.{contrast['model']}.{factor}: fixed (or auto)"
            yield config.problem(
                (*key, "model"), f"names {factor}s, which this model has not as fixed", hint
            )
    if compared == ["site"] and model["scanner"] == "fixed":
        hint = "compare scanners, or let scanner be random or none"
        yield config.problem((*key, "model"), "compares sites beside fixed scanners", hint)
