"""The fit under the null, and what is left to test."""

import numpy as np
import pandas as pd
import pytest
from calibration_cases import FORMULA, REGIONS, group_question, scan_rows

from multipet.analysis.contrast.estimates import contrast_estimates
from multipet.calibration.blocks import exchangeable_blocks
from multipet.calibration.model_part import separate_parts
from multipet.calibration.reduced_model import null_space, reduced_model
from multipet.mixed_model import fit_regions


def parts_of(table, formula=FORMULA, **settings):
    fits = fit_regions(formula, table, REGIONS)
    found = contrast_estimates(group_question(table, **settings), fits, table)
    return separate_parts(found, REGIONS)


def fitted_by_hand(table, columns):
    X = np.column_stack([pd.get_dummies(table["site"], dtype=float), *columns])
    Y = table[list(REGIONS)].to_numpy()
    return X @ np.linalg.lstsq(X, Y, rcond=None)[0]


def test_equals_least_squares_without_the_group_and_with_sites():
    table = scan_rows()
    parts, blocks = parts_of(table), exchangeable_blocks(table, ["site"])
    space = null_space(parts[0], blocks)
    model = reduced_model(table[list(REGIONS)].to_numpy(), parts, [space])
    by_hand = fitted_by_hand(table, [table["age"]])
    np.testing.assert_allclose(model.fitted, by_hand, atol=1e-10)
    np.testing.assert_allclose(model.fitted + model.residual, table[list(REGIONS)], atol=1e-12)
    np.testing.assert_allclose(model.leverage.sum(axis=0), 5)


@pytest.mark.parametrize(
    ("formula", "settings", "columns"),
    [
        ("group * age + (1 | site)", {"slope": {"age": 1}, "at": {"group": "patient"}}, "ga"),
        ("group + age + site", {}, "a"),
        ("group + poly(age, 2) + (1 | site)", {}, "aa"),
    ],
)
def test_any_row_of_weights(formula, settings, columns):
    """The direction that is tested is orthogonal to all that stays."""
    table = scan_rows()
    parts, blocks = parts_of(table, formula, **settings), exchangeable_blocks(table, ["site"])
    space = null_space(parts[0], blocks)
    stays = {"a": table["age"], "g": (table["group"] == "patient").astype(float)}
    assert space.leverage.sum() == pytest.approx(4 + len(columns))
    sites = pd.get_dummies(table["site"], dtype=float).to_numpy()
    assert np.abs(space.direction.T @ sites).max() < 1e-10
    if "g" not in columns:
        assert np.abs(space.direction.T @ stays["a"].to_numpy()).max() < 1e-8
    # dropping the direction and adding it again gives the full model's residual
    X = np.column_stack([parts[0].design.design.X, sites])
    Y = table[list(REGIONS)].to_numpy()
    full = X @ np.linalg.lstsq(X, Y, rcond=None)[0]
    d = space.direction / np.linalg.norm(space.direction)
    np.testing.assert_allclose(space.fitted(Y) + d @ (d.T @ Y), full, atol=1e-8)


def test_share_between_strata():
    balanced = scan_rows(share=0.5)
    part = parts_of(balanced)[0]
    assert null_space(part, exchangeable_blocks(balanced, ["site"])).between.max() < 0.02
    skewed = scan_rows(share=0.8)
    part = parts_of(skewed)[0]
    share = null_space(part, exchangeable_blocks(skewed, ["site"])).between.max()
    assert share == pytest.approx(0.36, abs=0.03)
    nested = exchangeable_blocks(skewed, ["site", "group"])
    assert null_space(part, nested).between.min() > 1 - 1e-9


def test_missing_cells_have_a_fit_of_their_own():
    table = scan_rows()
    table.loc[[0, 5], "putamen"] = np.nan
    parts, blocks = parts_of(table), exchangeable_blocks(table, ["site"])
    assert len(parts) == 2
    values = table[list(REGIONS)].to_numpy()
    model = reduced_model(values, parts, [null_space(part, blocks) for part in parts])
    alone = table.dropna().reset_index(drop=True)
    np.testing.assert_allclose(
        model.fitted[table.dropna().index, 1], fitted_by_hand(alone, [alone["age"]])[:, 1]
    )
    assert np.isnan(model.residual[[0, 5], 1]).all()


def test_unit_of_a_covariate_does_not_matter():
    table = scan_rows()
    blocks = exchangeable_blocks(table, ["site"])
    values = table[list(REGIONS)].to_numpy()
    small = table.assign(age=table["age"] * 1e-7)
    models = [
        reduced_model(values, parts, [null_space(parts[0], blocks)])
        for parts in (parts_of(table), parts_of(small))
    ]
    np.testing.assert_allclose(models[0].fitted, models[1].fitted, atol=1e-9)
