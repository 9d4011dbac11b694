"""Grouping factors of the models against the scans: is there anything to group?"""

from collections.abc import Iterator, Sequence
from typing import Any

from multipet.config.config_file import ConfigFile
from multipet.formulas.formula import RandomPart, parse_formula
from multipet.formulas.formula_text import random_text
from multipet.ingest.pooling import Pooled
from multipet.problems import Problem


def grouping_problems(config: ConfigFile, pooled: Pooled) -> Iterator[Problem]:
    """Random effects of separate models that have a level for every scan.

    Such an effect and the residual are one: no data can tell how much of the variance is
    whose.

    Parameters
    ----------
    config
        The config with its defaults.
    pooled
        The scans of all sites.
    """
    columns = pooled_columns(config, pooled)
    for name, model in config.values["models"].items():
        if model["regions"] == "joint":
            continue
        formula = parse_formula(model["formula"])
        rows = _usable(pooled, [columns[variable] for variable in formula.variables])
        for part in formula.random:
            levels = {tuple(columns[factor][row] for factor in part.grouping) for row in rows}
            if rows and len(levels) == len(rows):
                hint = "take it out"
                yield config.problem(("models", name, "formula"), _message(part), hint)


def pooled_columns(config: ConfigFile, pooled: Pooled) -> dict[str, list[Any]]:
    """Columns that a formula may name, one cell a scan, ``None`` where missing."""
    own = ("participant_id", "session", "site", "scanner")
    columns = {name: [getattr(scan, name) for scan in pooled.scans] for name in own}
    for position, name in enumerate(config.values["variables"]):
        columns[name] = [scan.covariates[position] for scan in pooled.scans]
    return columns


def _usable(pooled: Pooled, columns: Sequence[Sequence[Any]]) -> list[int]:
    """Scans with every covariate and a value in some region."""
    return [
        row
        for row in range(len(pooled.scans))
        if all(column[row] is not None for column in columns)
        and any(values[row] is not None for values in pooled.regions.values())
    ]


def _message(part: RandomPart) -> str:
    who = "everyone" if part.grouping == ("participant_id",) else "every level"
    effect = random_text(part)
    return f"{who} has one scan, so that {effect} cannot be told from the residual"
