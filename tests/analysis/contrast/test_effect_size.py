"""The SD that an effect is divided by, from the variances themselves."""

import numpy as np
import pytest
from study_run import fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.table import within_site_sd
from multipet.mixed_model.fit import MixedFit


def fit_of(formula: str, pooled=None, **how) -> MixedFit:
    how = {"site": "none", "scanner": "none", **how}
    pooled = pooled_scans() if pooled is None else pooled
    return fitted(fit_spec(formula=formula, **how), [pooled]).fits[0]


def variances(fit: MixedFit) -> dict[str, float]:
    rows = fit.variance_components.query("effect2 == ''")
    return dict(zip(rows["term"] + rows["effect1"], rows["variance"], strict=True))


def test_people_and_residual_count():
    fit = fit_of("age + (1 | participant_id)")
    found = variances(fit)
    assert found["participant_id(Intercept)"] > 0.05
    assert within_site_sd(fit) == pytest.approx(np.sqrt(sum(found.values())))


def test_site_and_scanner_do_not_count():
    fit = fit_of("age + (1 | participant_id)", site="random", scanner="random")
    found = variances(fit)
    people = found["participant_id(Intercept)"] + found["Residual"]
    assert within_site_sd(fit) == pytest.approx(np.sqrt(people))


def test_site_in_the_formula_does_not_count_either():
    pooled = pooled_scans(sites=8)
    fit = fit_of("age + (1 + age | site)", pooled)
    assert within_site_sd(fit) == pytest.approx(fit.sigma)


def test_without_random_effects_it_is_the_residual_sd():
    fit = fit_of("age + group")
    residual = np.sqrt(np.sum(fit.residuals**2) / (96 - 3))
    assert within_site_sd(fit) == pytest.approx(residual)


def test_random_slopes_count_at_the_ages_seen():
    pooled = pooled_scans(sites=8)
    pooled = pooled.assign(reader=[f"reader {k // 12 % 7}" for k in range(len(pooled))])
    slopes = dict(zip(pooled["reader"].unique(), np.linspace(-0.02, 0.03, 7), strict=True))
    pooled["value"] += pooled["reader"].map(slopes) * pooled["age"]
    fit = fit_of("age + (1 + age | reader)", pooled)
    rows = fit.variance_components.set_index(["effect1", "effect2"])["variance"]
    covariance = np.array(
        [
            [rows["(Intercept)", ""], rows["(Intercept)", "age"]],
            [rows["(Intercept)", "age"], rows["age", ""]],
        ]
    )
    age = fit.design.X[:, fit.coefficients.index("age")]
    of_scan = [np.array([1, a]) @ covariance @ np.array([1, a]) for a in age]
    assert within_site_sd(fit) == pytest.approx(np.sqrt(np.mean(of_scan) + fit.sigma**2))


def test_it_has_the_unit_of_the_outcome():
    pooled = pooled_scans()
    small, large = (
        fit_of("age + (1 | participant_id)", pooled.assign(value=pooled["value"] * factor))
        for factor in (1, 100)
    )
    assert within_site_sd(large) == pytest.approx(100 * within_site_sd(small), rel=1e-4)


def test_it_recovers_the_sd_of_a_large_study():
    fit = fit_of("age + group + (1 | participant_id)", pooled_scans(people=400), site="fixed")
    assert within_site_sd(fit) == pytest.approx(np.hypot(0.4, 0.3), rel=0.05)
