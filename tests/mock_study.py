"""A made-up study with known variances, solved exactly: stand-ins for fits and their tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr

from multipet.core.columns import BY_SITE, CONTRAST, names

SDS = {"site": 0.04, "scanner": 0.06, "participant_id": 0.1}
RESIDUAL_SD = 0.06
CAMERAS = {
    "turku": ("HRRT", "Discovery 690"),
    "aarhus": ("HRRT",),
    "yale": ("HRRT", "Biograph mCT", "HR+"),
    "vancouver": ("HRRT",),
}


@dataclass(frozen=True, eq=False)
class KnownFit:
    """What ``MixedFit`` holds, with the variances known instead of estimated."""

    outcome: str
    coefficients: tuple[str, ...]
    fitted: np.ndarray
    residuals: np.ndarray
    scaled_residuals: np.ndarray
    rows: np.ndarray
    levels: dict[str, int]
    random_effects: pd.DataFrame
    variance_components: pd.DataFrame
    fixed_effects_fitted: np.ndarray


def scan_table(regions: list[str], people: int = 160, seed: int = 1) -> pd.DataFrame:
    """Scans of ``people`` (a third of them twice) at four sites with seven scanners."""
    rng = np.random.default_rng(seed)
    cameras = [(site, f"{site}/{name}") for site, own in CAMERAS.items() for name in own]
    rows = []
    for person in range(people):
        place = rng.integers(len(cameras))
        age, group = rng.uniform(20, 80), str(rng.choice(["control", "patient"]))
        for session in range(1, 2 + (person % 3 == 0)):
            site, scanner = cameras[place]
            rows.append((f"{person:03d}", str(session), site, scanner, age, group))
    table = pd.DataFrame(
        rows, columns=["participant_id", "session", "site", "scanner", "age", "group"]
    )
    table["site"] = pd.Categorical(table["site"], list(CAMERAS))
    table["scanner"] = pd.Categorical(table["scanner"], [name for _, name in cameras])
    for region in regions:
        table[region] = _outcome(table, rng)
    return table


def solve(table: pd.DataFrame, outcome: str, factors: tuple[str, ...] = tuple(SDS)) -> KnownFit:
    """Solve Henderson's mixed-model equations of ``1 + age + group`` at the true variances."""
    used = table[outcome].notna().to_numpy()
    data = table[used].reset_index(drop=True)
    X = np.column_stack([np.ones(len(data)), data["age"], data["group"] == "patient"]).astype(float)
    dummies = {f: pd.get_dummies(data[f].astype("str")).astype(float) for f in factors}
    Z = np.column_stack([X[:, :0], *dummies.values()])
    penalty = [(RESIDUAL_SD / SDS[f]) ** 2 for f in factors for _ in dummies[f]]
    W = np.column_stack([X, Z])
    left = W.T @ W + np.diag(np.concatenate([np.zeros(X.shape[1]), penalty]))
    solution = np.linalg.solve(left, W.T @ data[outcome].to_numpy())
    spread = RESIDUAL_SD * np.sqrt(np.diag(np.linalg.inv(left)))
    residuals = data[outcome].to_numpy() - W @ solution
    effects = [(f, "(Intercept)", level) for f in factors for level in dummies[f]]
    modes = pd.DataFrame(effects, columns=["factor", "effect", "level"])
    variances = [(f, "(Intercept)", "", SDS[f] ** 2, SDS[f]) for f in factors]
    variances.append(("Residual", "", "", RESIDUAL_SD**2, RESIDUAL_SD))
    return KnownFit(
        outcome=outcome,
        coefficients=("(Intercept)", "age", "group[patient]"),
        fitted=W @ solution,
        residuals=residuals,
        scaled_residuals=residuals / RESIDUAL_SD,
        rows=np.flatnonzero(used),
        levels={f: dummies[f].shape[1] for f in factors},
        random_effects=modes.assign(mode=solution[X.shape[1] :], sd=spread[X.shape[1] :]),
        variance_components=pd.DataFrame(
            variances, columns=["term", "effect1", "effect2", "variance", "sd"]
        ),
        fixed_effects_fitted=X @ solution[: X.shape[1]],
    )


def contrast_rows(
    regions: list[str], comparisons: tuple[str, ...] = ("patients − controls",), seed: int = 2
) -> pd.DataFrame:
    """Contrast table of invented effects around −4 %, on the log scale."""
    rng = np.random.default_rng(seed)
    rows = []
    for comparison in comparisons:
        for region in regions:
            estimate, error = rng.normal(-0.04, 0.035), rng.uniform(0.012, 0.02)
            ends = {"ci_low": estimate - 2 * error, "ci_high": estimate + 2 * error}
            p = 2 * stdtr(150, -abs(estimate / error))
            row = {"contrast": "demo", "region": region, "comparison": comparison, **ends}
            row |= {"estimate": estimate, "standard_error": error, "df": 150.0, "p_value": p}
            row |= {"df_method": "kenward-roger", "t": estimate / error, "status": "ok"}
            row |= {"p_adjusted": min(1.0, 1.5 * p)}
            row |= {"n_subjects": 160.0, "n_scans": 214.0, "n_sites": 4.0}
            for name, value in zip(("", "_low", "_high"), (estimate, *ends.values()), strict=True):
                row[f"percent{name}"] = 100 * np.expm1(value)
            rows.append(row)
    return pd.DataFrame(rows).reindex(columns=names(CONTRAST))


def by_site_rows(regions: list[str], sites: tuple[str, ...] = ("turku", "yale")) -> pd.DataFrame:
    """Invented effects at each site, on the log scale; the last has none."""
    contrast = contrast_rows(regions)
    parts = [contrast.assign(site=site, n_scans=50.0, n_subjects=40.0) for site in sites]
    table = pd.concat(parts).sort_values("region", kind="stable", ignore_index=True)
    last = len(table) - 1
    table.loc[last, ["estimate", "percent", "percent_low", "percent_high"]] = np.nan
    table.loc[last, "status"] = "The site has no scans of group patient."
    return table.reindex(columns=names(BY_SITE))


def _outcome(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    value = 1.0 - 0.004 * (table["age"] - 50) - 0.05 * (table["group"] == "patient")
    for factor, sd in SDS.items():
        levels = table[factor].astype("str")
        modes = {level: rng.normal(0, sd) for level in levels.unique()}
        value = value + levels.map(modes)
    noise = {s: rng.uniform(0.8, 1.3) * RESIDUAL_SD for s in table["scanner"].cat.categories}
    return (
        value + rng.normal(size=len(table)) * table["scanner"].astype("str").map(noise)
    ).to_numpy()
