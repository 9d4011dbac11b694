"""Cross checks of the harmonisations: what is asked for exists, and goes with the method."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from multipet.config.checks.models import undeclared
from multipet.config.checks.preservation import preserved_by
from multipet.config.config_file import ConfigFile, Key
from multipet.config.methods import METHODS, misplaced, takers
from multipet.config.schema import with_defaults
from multipet.core.files import read_json
from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.formulas.expression import names_in
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
    if settings["parameters"]:
        yield from _saved(config, (*key, "parameters"), settings["parameters"])


def _saved(config: ConfigFile, key: Key, path: str) -> Iterator[Problem]:
    """Is the file one of saved parameters? Whether they fit the values is seen with the values."""
    if not Path(path).is_file():
        yield config.problem(key, f'no file "{path}"')
        return
    try:
        parameters = read_json(path)
    except (OSError, ValueError):
        parameters = None
    if not isinstance(parameters, dict) or not {"method", "log"} <= parameters.keys():
        hint = "give results/harmonised/<harmonisation>.parameters.json of an earlier run"
        yield config.problem(key, f'"{path}" holds no parameters of a harmonisation', hint)


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
    allowed = [*config.values["variables"], "session"]
    yield from undeclared(config, key, formula.variables, allowed)
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


def impossible_problems(
    config: ConfigFile, columns: Mapping[str, Sequence[Any]]
) -> Iterator[Problem]:
    """Harmonisations that the delivered tables make impossible.

    Parameters
    ----------
    config
        The config with its defaults.
    columns
        Of the scans of all sites, by name; ``None`` where a scan has no value.
    """
    for name, settings in config.values["harmonisation"].items():
        if not METHODS[settings["method"]].is_given:
            preserve = preserve_formula(config.values["models"], name, settings)
            for problem in _impossible(settings, preserve, columns):
                key = ("harmonisation", name, problem.where)
                yield config.problem(key, problem.message, problem.hint)


def preserve_formula(models: Mapping[str, Any], name: str, settings: Mapping[str, Any]) -> str:
    """What a harmonisation preserves, ``auto`` spelled out.

    That is the fixed terms of the models that use it; of all, where none does.
    """
    if METHODS[settings["method"]].is_given:
        return "1"
    if settings["preserve"] != "auto":
        return settings["preserve"]
    users = [model for model in models.values() if model["harmonisation"] == name]
    formulas = [model["formula"] for model in users or models.values()]
    return preserved_by(formulas, batch_columns(settings))


def _impossible(
    settings: Mapping[str, Any], preserve: str, columns: Mapping[str, Sequence[Any]]
) -> Iterator[Problem]:
    factors, subset = batch_columns(settings), settings["fit_on"]
    batch = [" + ".join(map(str, each)) for each in zip(*map(columns.get, factors), strict=True)]
    unknown = sum(None in cells for cells in zip(*map(columns.get, factors), strict=True))
    if unknown:
        message = f"{' + '.join(factors)} is not known of {unknown} scans"
        yield Problem("batch", message, "say which batch they are of")
        return
    covariates = [columns[name] for name in parse_formula(preserve).variables]
    rows = [row for row in range(len(batch)) if all(c[row] is not None for c in covariates)]
    fitted = Counter(
        batch[row] for row in rows if all(columns[f][row] in own for f, own in subset.items())
    )
    counts = {label: (fitted[label], n) for label, n in Counter(batch).items()}
    yield from batch_problems(" + ".join(factors), counts, bool(subset))
    if "subjects" in METHODS[settings["method"]].estimates:
        scans = Counter(columns["participant_id"][row] for row in rows)
        if max(scans.values(), default=0) < 2:
            message = "nobody has two scans: nothing tells a person's level from noise"
            yield Problem("method", message, "use combat")
    if not subset:
        yield from _nested(
            preserve,
            " + ".join(factors),
            [batch[row] for row in rows],
            {name: [c[row] for row in rows] for name, c in columns.items()},
        )


def batch_problems(
    name: str, counts: Mapping[str, tuple[int, int]], subset: bool
) -> Iterator[Problem]:
    """Batches that cannot be harmonised at all.

    Parameters
    ----------
    name
        How messages call the batch: ``site + scanner``.
    counts
        Of each batch, scans that batch effects are estimated from, and all of its scans.
    subset
        Whether the former are of a subset that the user chose.
    """
    if len(counts) < 2:
        message = f'{name} has one batch, "{next(iter(counts))}": nothing to harmonise'
        yield Problem("batch", message, "take out the harmonisation, or choose another column")
        return
    inside = "in the subset " if subset else ""
    for label, (n, total) in counts.items():
        if n < 2:
            of = f" {inside}with every preserved covariate, of {total}" if n < total else ""
            message = f'batch "{label}" of {name} has {n} scan{"" if n == 1 else "s"}{of}'
            hint = "a batch effect needs at least 2 scans: leave the batch out, or join batches"
            yield Problem("fit_on" if subset else "batch", message, hint)


def nested_problem(column: str, batch: str, where: str) -> Problem:
    """A covariate that does not vary within any batch."""
    message = (
        f'"{column}" is nested in {batch}: all scans of a batch have the same value, so that its '
        "effect cannot be told from the batches' and would be removed with them"
    )
    hint = (
        "model the raw values with site as a random effect (harmonisation: none), "
        "or harmonise batches within which it varies"
    )
    return Problem(where, message, hint)


def _nested(
    preserve: str,
    factors: str,
    batch: Sequence[str],
    columns: Mapping[str, Sequence[Any]],
) -> Iterator[Problem]:
    """Preserved covariates that do not vary within any batch, ``columns`` of complete scans."""
    alone = [term[0] for term in parse_formula(preserve).fixed if len(term) == 1]
    for name in dict.fromkeys(name for node in alone for name in names_in(node)):
        if batch and len(set(zip(batch, columns[name], strict=True))) == len(set(batch)):
            yield nested_problem(name, factors, "preserve")
