"""Conditional modes and their SDs."""

from pathlib import Path

import numpy as np
import pytest
from lme4_reference import REFERENCE, cases, read_case

from multipet.mixed_model import fit_model

WITH_SDS = sorted(path for path in cases() if path.parent == REFERENCE / "lme4")


@pytest.mark.parametrize("path", WITH_SDS, ids=lambda path: path.stem)
def test_modes_and_sds_match_lme4(path: Path) -> None:
    numbers, table = read_case(path)
    fit = fit_model(numbers["formula"], table, numbers["reml"])
    found = fit.random_effects.set_index(["factor", "level", "effect"])
    for factor, rows in numbers["ranef"].items():
        effects = [name for name in rows[0] if name not in ("level", "_row", "condsd")]
        effects = [name for name in effects if not name.startswith("condsd.")]
        for row in rows:
            for k, effect in enumerate(effects):
                mine = found.loc[(factor, row["level"], effect)]
                assert mine["mode"] == pytest.approx(row[effect], abs=1e-5 * fit.sigma, rel=1e-5)
                sd = row.get("condsd", row.get(f"condsd.{k + 1}"))
                if isinstance(sd, int | float):  # R gives none where a factor has two terms
                    assert mine["sd"] == pytest.approx(sd, rel=1e-5)


def test_modes_of_every_further_case() -> None:
    for path in cases():
        numbers, table = read_case(path)
        if "modes" not in numbers or numbers["singular"]:
            continue
        fit = fit_model(numbers["formula"], table, numbers["reml"])
        for factor, expected in numbers["modes"].items():
            rows = fit.random_effects[fit.random_effects["factor"] == factor]
            rows = rows.pivot(index="level", columns="effect", values="mode")
            rows = rows.loc[expected["levels"]]
            np.testing.assert_allclose(
                np.sort(rows.to_numpy(), axis=1),
                np.sort(np.array(expected["modes"]), axis=1),
                atol=1e-5 * fit.sigma,
            )


def test_sds_are_those_of_the_dense_posterior() -> None:
    _, table = read_case(REFERENCE / "lme4" / "multisite_nested.json")
    fit = fit_model("bp ~ age + (1 + age || scanner) + (1 | subject)", table)
    Z, spread = [], []
    for term, factor in zip(fit.design.terms, fit.lambda_blocks, strict=True):
        Z.append(np.eye(len(term.levels))[term.index] * term.Z)
        spread.append(np.full(len(term.levels), factor[0, 0] ** 2))
    Z, D = np.hstack(Z), np.concatenate(spread)
    V = np.eye(len(Z)) + (Z * D) @ Z.T
    posterior = np.diag(D) - (D[:, None] * Z.T) @ np.linalg.solve(V, Z * D)
    expected = fit.sigma * np.sqrt(np.diag(posterior))
    found = np.concatenate([sds.ravel() for sds in fit.mode_sds])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
