"""Small unbalanced multi-site designs at random, and exact answers to what they can tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from multipet.core.problems import UserError
from multipet.formulas.formula import parse_formula
from multipet.inference.estimability.contrast_row import ContrastRow, of_columns
from multipet.mixed_model.design import Design, build_design
from multipet.mixed_model.variables import read_variable

PRIME = 2**61 - 1
FORMULAS = (
    "age + group + site",
    "age * group + site",
    "group * site",
    "site * age + group",
    "group * genotype * sex + site",
    "age + year + I(year^2) + group + site",
    "site + group + age:group",
    "age + session * group + site",
    "age + session + scanner",
    "session + age + group",
    "age * group",
    "age + I(age^2) + I(age^3) + sex",
    "sex + group:site",
    "0 + group + age",
    "region * group + age + site",
    "region + region:age + site",
)
NUMBERS = ("age", "year")


@dataclass(frozen=True, eq=False)
class Case:
    """A design, the table it is of, its exact columns as numbers of Python, and a contrast."""

    table: pd.DataFrame
    design: Design
    X: list[list[int]]
    row: ContrastRow
    weights: list[Fraction]


def cases(seed: int, n: int, order: int = 1) -> Iterator[Case]:
    """``n`` random cases; sites are listed backwards where ``order`` is −1."""
    rng = np.random.default_rng(seed)
    found = 0
    while found < n:
        formula = str(rng.choice(FORMULAS))
        table = _table(rng, formula, order)
        settings = [_settings(rng, table), _settings(rng, table)]
        try:
            design = build_design(parse_formula(formula), table, np.arange(len(table)))
        except UserError:  # one level only, or more columns than rows
            continue
        found += 1
        yield _case(table, design, *settings)


def spanned(rows: Sequence[Sequence[int | Fraction]], row: Sequence[int | Fraction]) -> bool:
    """Whether ``row`` is a combination of ``rows``: Gaussian elimination modulo a large prime."""
    pivots: dict[int, list[int]] = {}
    for one in rows:
        left = _reduced(pivots, one)
        first = next((k for k, value in enumerate(left) if value), None)
        if first is not None:
            inverse = pow(left[first], -1, PRIME)
            pivots[first] = [value * inverse % PRIME for value in left]
    return not any(_reduced(pivots, row))


def exact_variance(columns: Sequence[Sequence[int]], row: Sequence[Fraction]) -> Fraction:
    """row (XᵀX)⁻ rowᵀ of an estimable row, in fractions."""
    gram = [[sum(a * b for a, b in zip(x, z, strict=True)) for z in columns] for x in columns]
    system = [[Fraction(v) for v in line] + [w] for line, w in zip(gram, row, strict=True)]
    used: dict[int, int] = {}
    for column in range(len(columns)):
        pivot = next(
            (k for k in range(len(system)) if k not in used.values() and system[k][column]), None
        )
        if pivot is None:
            continue
        used[column] = pivot
        for k, line in enumerate(system):
            if k != pivot and line[column]:
                factor = line[column] / system[pivot][column]
                system[k] = [a - factor * b for a, b in zip(line, system[pivot], strict=True)]
    solution = {column: system[k][-1] / system[k][column] for column, k in used.items()}
    return sum((row[column] * value for column, value in solution.items()), Fraction(0))


def indicator_columns(labels: Sequence[object]) -> list[list[int]]:
    """One column a level."""
    return [[int(label == level) for label in labels] for level in sorted(set(labels))]


def _reduced(pivots: dict[int, list[int]], row: Sequence[int | Fraction]) -> list[int]:
    left = [_modular(value) for value in row]
    for first, pivot in sorted(pivots.items()):
        if left[first]:
            factor = left[first]
            left = [(a - factor * b) % PRIME for a, b in zip(left, pivot, strict=True)]
    return left


def _modular(value: int | Fraction) -> int:
    exact = Fraction(value)
    return exact.numerator * pow(exact.denominator, -1, PRIME) % PRIME


def _table(rng: np.random.Generator, formula: str, order: int) -> pd.DataFrame:
    people, sites = int(rng.integers(8, 22)), int(rng.integers(2, 5))
    site = rng.integers(0, sites, people)
    groups = int(rng.integers(2, 4))
    group = rng.integers(0, groups, people)
    if rng.random() < 0.4:  # a group that is nowhere else, or whole sites of one group
        group = np.where(site < rng.integers(1, 3), site % groups, group)
    age = rng.integers(55, 80, people)
    if rng.random() < 0.2:
        age = np.where(site == 0, 60, age)
    frame = pd.DataFrame(
        {
            "person": [f"p{k}" for k in range(people)],
            "site": [f"site{k}" for k in site],
            "group": [("control", "patient", "carrier")[k] for k in group],
            "genotype": rng.choice(["HAB", "MAB", "LAB"], people),
            "sex": rng.choice(["F", "M"], people),
            "age": age,
            "year": rng.integers(2012, 2025, people),
        }
    )
    frame = frame.merge(pd.DataFrame({"session": ["baseline", "month12"]}), how="cross")
    seen = rng.random(len(frame)) < rng.uniform(0.4, 1)
    frame = frame[seen & ~((frame["site"] == "site1") & (frame["session"] == "month12"))]
    old = (frame["session"] == "baseline") if rng.random() < 0.4 else rng.random(len(frame)) < 0.5
    frame["scanner"] = frame["site"] + np.where(old, "/HRRT", "/Vision")
    if "region" in formula:
        frame = frame.merge(pd.DataFrame({"region": ["caudate", "putamen"]}), how="cross")
    levels = sorted(frame["site"].unique())[::order]
    frame["site"] = pd.Categorical(frame["site"], levels)
    return frame.reset_index(drop=True)


def _settings(rng: np.random.Generator, table: pd.DataFrame) -> dict[str, str | int]:
    """Levels and numbers at random; a factor that is left out is averaged."""
    chosen: dict[str, str | int] = {"age": int(rng.integers(55, 80)), "year": 2018}
    for name in ("group", "site", "sex", "session", "genotype", "scanner", "region"):
        if name in table and len(table) and rng.random() < 0.4:
            chosen[name] = str(rng.choice(sorted(table[name].astype(str).unique())))
    return chosen


def _case(table: pd.DataFrame, design: Design, *settings: dict[str, str | int]) -> Case:
    matrix = design.fixed.matrix
    values = {name: read_variable(name, table[name])[1] for name in matrix.variables}
    X = [[int(value) for value in line] for line in matrix.columns(values)]
    chosen = [{k: v for k, v in one.items() if k in matrix.variables} for one in settings]
    if "age" in chosen[0] and len(table) % 2:  # a slope, or a difference of levels
        chosen[1] = {**chosen[0], "age": chosen[0]["age"] + 1}
    for name in {"session", "region"} & set(matrix.variables):  # within people
        if len(table) % 3 == 0:
            chosen = [{**chosen[0], name: level} for level in matrix.variables[name].levels]
    row = matrix.row(chosen[0]) - matrix.row(chosen[1])
    exact = [Fraction(float(value)).limit_denominator(1000) for value in row]
    return Case(table, design, X, of_columns(design, row), exact)
