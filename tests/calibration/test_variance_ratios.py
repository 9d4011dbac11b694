"""Starts from a grid: the criterion there, and where searches from them end."""

import numpy as np
import pytest
from calibration_cases import REGIONS, scan_rows

from multipet.calibration.variance_ratios import grid_start
from multipet.mixed_model import evaluate_at, fit_regions
from multipet.mixed_model.wald import WaldDesign, wald_statistics

FORMULAS = (
    "group + age + (1 | site)",
    "group + age + (1 | site) + (1 | participant_id)",
    "group + age + (1 | site) + (1 | day) + (1 | participant_id)",
)


def table_of():
    table = scan_rows(people=60, visits=2)
    return table.assign(day=[f"d{k % 7}" for k in range(len(table))])


def design_of(formula, table):
    return WaldDesign.of(fit_regions(formula, table, REGIONS[:1])[0].design)


def null_draws(table, design, share):
    """Outcomes of noise, and of people that differ."""
    rng = np.random.default_rng(4)
    n, person = len(table), table["participant_id"].astype("category").cat.codes.to_numpy()
    outcomes = rng.normal(size=(n, 150))
    outcomes += share * rng.normal(size=(person.max() + 1, 150))[person]
    return outcomes[design.design.rows]


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_best_point_has_the_least_criterion(formula):
    table = table_of()
    design = design_of(formula, table)
    start = grid_start(design.products)
    Y = table[list(REGIONS)].to_numpy()
    for name, theta in zip(REGIONS, start(Y), strict=True):

        def criterion(point, name=name):
            raw = point / [scale.item() for scale in design.products.scales]
            return evaluate_at(formula, table, name, raw).criterion

        assert criterion(theta) == min(map(criterion, start.points))


@pytest.mark.parametrize("share", [0.0, 0.8])
@pytest.mark.parametrize("formula", FORMULAS)
def test_statistics_are_those_of_several_starts(formula, share):
    table = table_of()
    design = design_of(formula, table)
    Y = null_draws(table, design, share)
    row = np.eye(design.design.X.shape[1])[1]
    estimate, error = wald_statistics(design, Y, row, start=grid_start(design.products))
    expected, expected_error = wald_statistics(design, Y, row)
    np.testing.assert_allclose(estimate, expected, atol=1e-6)
    np.testing.assert_allclose(error, expected_error, rtol=1e-6)


def test_no_grid_without_random_terms_or_with_many():
    table = table_of()
    assert grid_start(design_of("group + age", table).products) is None
    many = FORMULAS[2] + " + (1 | session)"
    assert grid_start(design_of(many, table).products) is None
