"""Limits against minima that scipy finds from many places."""

import numpy as np
import pandas as pd
import pytest
from inference_cases import case
from scipy import optimize

from multipet.inference import profile_intervals, profile_parameters
from multipet.inference.approximations import dense_products
from multipet.inference.profile.likelihood import Likelihood
from multipet.mixed_model import fit_regions

ONE = np.zeros(1, dtype=int)
CHI2 = 3.841458820694124
PROFILED = ("few_sites", "nested", "singular", "slope_by_site")


def least(function, held, value, sigma, is_angle):
    """Least criterion with one parameter held, or none, from seeded places."""
    free = np.delete(np.arange(len(is_angle)), [] if held is None else held)
    rng = np.random.default_rng(3)

    def objective(x):
        point = np.full(len(is_angle), 0.0 if held is None else value)
        point[free] = np.where(is_angle[free], x, sigma * x)
        criterion, gradient, _ = function.evaluate(point[None], ONE)
        return criterion[0], gradient[0, free] * np.where(is_angle[free], 1.0, sigma)

    starts = np.where(is_angle, rng.uniform(-1.5, 1.5, (12, len(is_angle))), 1.0)
    starts = starts * np.where(is_angle, 1.0, rng.uniform(0.1, 2, starts.shape))
    found = [optimize.minimize(objective, one[free], jac=True, method="BFGS") for one in starts]
    return min(one.fun for one in found)


@pytest.mark.parametrize("name", PROFILED)
def test_the_criterion_has_risen_by_the_quantile_at_each_limit(name):
    fit = case(name).fit
    function = Likelihood(dense_products([fit]))
    is_angle = function.is_angle
    best = least(function, None, 0.0, fit.sigma, is_angle)
    (found,) = profile_intervals([fit])
    for k, interval in enumerate(found.values()):
        for limit in (interval.low, interval.high):
            value = np.arcsin(limit) if is_angle[k] else limit
            rise = least(function, k, value, fit.sigma, is_angle) - best
            at_edge = abs(limit) == 1 if is_angle[k] else limit == 0
            assert rise < CHI2 if at_edge else rise == pytest.approx(CHI2, abs=2e-5)


def simulated(n, regions, gaps=0.0):
    """People of five sites, seen four times, with slopes of age by person."""
    rng = np.random.default_rng(11)
    person = np.repeat(np.arange(n // 4), 4)
    site = person % 5
    table = pd.DataFrame({"age": rng.uniform(20, 80, n), "site": site, "person": person})
    table = table.astype({"site": "string", "person": "string"})
    values = rng.normal(size=(n, regions)) + rng.normal(size=(5, regions))[site]
    values += rng.normal(size=(n // 4, regions))[person]
    values += 0.03 * rng.normal(size=(n // 4, regions))[person] * table[["age"]].to_numpy()
    values[rng.random(values.shape) < gaps] = np.nan
    names = [f"r{k}" for k in range(regions)]
    return table.join(pd.DataFrame(values, columns=names)), names


FORMULAS = ("age + (1 | site) + (1 | person)", "age + (1 + age | person) + (1 | site)")


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("gaps", [0.0, 0.05])
def test_many_regions_are_as_one_by_one(formula, gaps):
    table, names = simulated(120, 5, gaps)
    fits = fit_regions(formula, table, names)
    together = profile_intervals(fits)
    for fit, found in zip(fits, together, strict=True):
        (alone,) = profile_intervals([fit])
        for name, interval in found.items():
            limits = (alone[name].low, alone[name].high)
            assert (interval.low, interval.high) == pytest.approx(limits, rel=1e-7, abs=1e-9)
            assert interval.low <= interval.estimate <= interval.high


def test_only_what_is_asked_for_and_nothing_of_fits_that_are_refused():
    table, names = simulated(120, 2)
    fits = fit_regions("age + (1 | site)", table, names)
    (found, _) = profile_intervals(fits, parameters=["sigma"])
    assert list(found) == ["sigma"]
    assert set(profile_parameters(fits[0])) >= {"sigma", "sd_(Intercept)|site", "age"}
    assert profile_intervals(fit_regions("age", table, names)) == [{}, {}]
