"""Reference fits of lme4 for the tests: which there are, their data and their numbers."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

REFERENCE = Path(__file__).parent / "reference"


def cases() -> list[Path]:
    """JSON files of fits with random terms."""
    found = [*(REFERENCE / "lme4").glob("*.json"), *(REFERENCE / "lme4_more").glob("*.json")]
    left_out = {"sleepstudy_lm", "stress"}
    return sorted(path for path in found if path.stem not in left_out)


def read_case(path: Path) -> tuple[dict, pd.DataFrame]:
    """The numbers of one fit and the table it was fitted to."""
    numbers = json.loads(path.read_text(encoding="utf-8"))
    name = numbers.get("data", path.stem.split("_")[0])
    return numbers, pd.read_csv(path.parent / f"{name}.csv")


def fixed_effects(numbers: dict) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and standard errors."""
    if "fixed" in numbers:
        rows = numbers["fixed"].values()
        return np.array([r["estimate"] for r in rows]), np.array([r["se"] for r in rows])
    return np.atleast_1d(numbers["estimate"]), np.atleast_1d(numbers["se"])


def theta(numbers: dict) -> np.ndarray:
    """Relative covariance parameters in lme4's order."""
    return np.array(list(numbers["theta"].values()))


def multisite() -> pd.DataFrame:
    """The simulated study of eight sites."""
    return pd.read_csv(REFERENCE / "lme4" / "multisite.csv")
