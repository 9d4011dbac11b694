"""Cross checks of the models: formulas that parse and name what exists."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from multipet.config.config_file import ConfigFile, Key
from multipet.config.methods import METHODS
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.formulas.expression import Call, names_in
from multipet.formulas.formula import INTERCEPT, Formula, parse_formula

#: Columns that a formula may name besides the declared variables.
FACTORS = ("participant_id", "session", "site", "scanner")


def fixed_variables(formula: str) -> set[str] | None:
    """Variables of the fixed part; None where the formula does not parse."""
    try:
        return _fixed_names(parse_formula(formula))
    except UserError:
        return None


def model_problems(config: ConfigFile) -> Iterator[Problem]:
    """Every problem of the models."""
    for name, model in config.values["models"].items():
        key = ("models", name)
        yield from _formula(config, (*key, "formula"), model["formula"], model)
        for other, formula in model["sensitivity"].items():
            yield from _formula(config, (*key, "sensitivity", other), formula, model)
        wanted, declared = model["harmonisation"], config.values["harmonisation"]
        if wanted != "none" and wanted not in declared:
            hint = did_you_mean(wanted, ["none", *declared])
            yield config.problem((*key, "harmonisation"), f'no harmonisation "{wanted}"', hint)
        elif wanted != "none" and METHODS[method := declared[wanted]["method"]].export_only:
            hint = (
                f"{method} is for export (its table is written all the same): use combat in models"
            )
            yield config.problem((*key, "harmonisation"), f'"{wanted}" is {method}', hint)
        if model["site"] == "random" and model["scanner"] == "fixed":
            hint = "fixed scanners span their sites: set site: auto"
            yield config.problem((*key, "site"), "is random while scanner is fixed", hint)


def _formula(
    config: ConfigFile, key: Key, text: str, model: Mapping[str, Any]
) -> Iterator[Problem]:
    try:
        formula = parse_formula(text)
    except UserError as error:
        yield from (config.problem(key, p.message, p.hint) for p in error.problems)
        return
    if formula.outcome:
        hint = "write the right side only: study.outcome names the outcome"
        yield config.problem(key, f'has the outcome "{formula.outcome}"', hint)
    yield from _calls(config, key, formula)
    joint = model["regions"] == "joint"
    allowed = [*config.values["variables"], *FACTORS, *(["region"] if joint else [])]
    yield from undeclared(config, key, formula.variables, allowed)
    if joint and "region" not in formula.variables:
        yield config.problem(key, "does not name region", "a joint model has region in its formula")
    for factor in ("site", "scanner"):
        if model[factor] != "none" and _has_levels_of(formula, factor):
            hint = f"the key {factor}: adds it; take it out, or set {factor}: none"
            yield config.problem(key, f"names {factor} itself", hint)


def _fixed_names(formula: Formula) -> set[str]:
    return {name for term in formula.fixed for node in term for name in names_in(node)}


def _has_levels_of(formula: Formula, factor: str) -> bool:
    """Does the formula itself give every level of ``factor`` a mean of its own?"""
    intercepts = [part.grouping for part in formula.random if INTERCEPT in part.terms]
    return factor in _fixed_names(formula) or (factor,) in intercepts


def _calls(config: ConfigFile, key: Key, formula: Formula) -> Iterator[Problem]:
    """Functions that are not listed, or are asked of levels."""
    terms = [*formula.fixed, *(term for part in formula.random for term in part.terms)]
    calls = {node for term in terms for node in term if isinstance(node, Call)}
    if not calls:
        return
    from multipet.formulas.functions import check_functions

    variables = config.values["variables"]
    for call in sorted(calls, key=lambda call: call.text):
        for name in names_in(call):
            if variables.get(name, {}).get("kind") == "level":
                yield config.problem(key, f"{call.text} wants numbers, {name} has levels")
        try:
            check_functions([call], "")
        except UserError as error:
            yield from (config.problem(key, p.message, p.hint) for p in error.problems)


def undeclared(
    config: ConfigFile, key: Key, names: Iterable[str], allowed: Sequence[str]
) -> Iterator[Problem]:
    """Names that are not among the variables that ``key`` may use."""
    for name in sorted(set(names) - set(allowed)):
        hint = did_you_mean(name, allowed)
        if name == "region":
            hint = "region is a variable of joint models only (regions: joint)"
        yield config.problem(key, f'"{name}" is not declared under variables', hint)
