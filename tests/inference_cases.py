"""Reference cases of reference/inference, as fits at the θ that R found."""

import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from multipet.mixed_model import evaluate_at, fit_model

LME4 = Path(__file__).parent / "reference" / "lme4"
FOLDER = Path(__file__).parent / "reference" / "inference"
CASES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
CLASSICS = tuple(sorted(path.stem for path in LME4.glob("*.json") if path.stem != "sleepstudy_lm"))
REGULAR = tuple(name for name in CASES if name != "singular")


@cache
def case(name: str) -> SimpleNamespace:
    """``table``, ``fit`` and R's ``reference`` of one case."""
    reference = json.loads((FOLDER / f"{name}.json").read_text())
    table = pd.read_csv(FOLDER / f"{name}.csv")
    outcome, formula = reference["formula"].split(" ~ ")
    return SimpleNamespace(
        table=table, reference=reference, fit=fit_at(formula, table, outcome, reference["theta"])
    )


@cache
def classic(name: str) -> SimpleNamespace:
    """A case of reference/lme4, fitted from scratch, with R's numbers."""
    reference = json.loads((LME4 / f"{name}.json").read_text())
    table = pd.read_csv(LME4 / f"{name.split('_')[0]}.csv")
    fit = fit_model(reference["formula"], table, reml=reference["reml"])
    return SimpleNamespace(fit=fit, reference=reference)


def fit_at(formula: str, table: pd.DataFrame, outcome: str, theta: Any, reml: bool = True) -> Any:
    """The model at a given θ; a single number where there is one."""
    return evaluate_at(formula, table, outcome, theta if isinstance(theta, list) else [theta], reml)


def weights_of(fit: Any, row: list[float]) -> dict[str, float]:
    """Weights by name from R's row."""
    return dict(zip(fit.design.coefficients, row, strict=True))
