"""Small hard fits: no criterion above the best that lme4 finds (reference/stress)."""

import json
import runpy
from collections.abc import Callable

import numpy as np
import pytest
from lme4_reference import REFERENCE

from multipet.mixed_model import fit_model
from multipet.mixed_model.fit import MixedFit

STRESS = REFERENCE / "stress"
KINDS = 12
ALLOWED = 1e-4


@pytest.fixture(scope="module")
def expected() -> list[dict]:
    """lme4's numbers, one set each."""
    return json.loads((STRESS / "stress.json").read_text(encoding="utf-8"))["sets"]


@pytest.fixture(scope="module")
def sets() -> list:
    """The data, from their seed."""
    return list(runpy.run_path(str(STRESS / "stress_sets.py"))["stress_sets"]())


@pytest.fixture(scope="module")
def fits(sets: list) -> list[MixedFit]:
    return [fit_model(one.formula, one.table, one.reml) for one in sets]


def test_data_are_those_that_lme4_was_given(sets: list, expected: list[dict]) -> None:
    assert len(sets) == len(expected) >= 300
    totals = [one.table["bp"].sum() for one in sets]
    np.testing.assert_allclose(totals, [one["bp_total"] for one in expected], atol=1e-5)
    assert len({one["kind"] for one in expected}) == KINDS
    assert 0.3 < np.mean([one["singular"] for one in expected]) < 0.7


def test_no_fit_is_worse_than_the_best_of_lme4s_optimisers(
    fits: list[MixedFit], expected: list[dict], record_property: Callable[[str, int], None]
) -> None:
    ours = np.array([fit.criterion for fit in fits])
    best, raw, default = (
        np.array([one[key] for one in expected], dtype=float)
        for key in ("best", "best_raw", "default")
    )
    worse = ours - best
    for name, count in {
        "below the best of all": np.sum(worse < -ALLOWED),
        "below the best on the data as they are": np.sum(ours - raw < -ALLOWED),
        "below lmer() without settings": np.sum(ours - default < -ALLOWED),
    }.items():
        record_property(name, int(count))
        print(f"{name}: {count} of {len(ours)}")
    k = int(worse.argmax())
    assert worse[k] <= ALLOWED, f"set {k}, {expected[k]['kind']}: {worse[k]:.2g} above lme4"


def test_every_fit_says_that_it_converged(fits: list[MixedFit]) -> None:
    notes = [finding for fit in fits for finding in fit.findings]
    assert not [finding for finding in notes if finding.check == "not_converged"]
    assert max(fit.converged.gradient_norm for fit in fits) < 1e-3
