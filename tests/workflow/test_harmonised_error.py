"""The benchmark of harmonisation chains, in small."""

import numpy as np
import pytest
from places import ROOT

BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def benchmark_module(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import harmonised_error

    return harmonised_error


def test_designs(benchmark_module):
    rng = np.random.default_rng(1)
    for kind, shares in benchmark_module.PATIENTS.items():
        table = benchmark_module.design_table(kind, 4, rng)
        by_site = (table["group"] == "patient").groupby(table["site"], observed=True).mean()
        np.testing.assert_allclose(by_site, np.resize(shares, 4), atol=0.05)
    assert benchmark_module.between_sites(table) == pytest.approx(0.81, abs=0.03)


def test_a_section_has_all_chains(benchmark_module):
    text = benchmark_module.section("80/20", 6, 2, 2)
    assert text.count("\n| 4 |") == text.count("\n| 8 |") == 9
    assert "2Φ" in text and "calibrated" in text


def test_rate_counts_studies_and_not_regions(benchmark_module):
    p_values = np.repeat([[0.01], [0.5], [0.5], [0.5]], 4, axis=1)
    rate = benchmark_module.Rate.of("x", p_values)
    assert rate.rejected == 0.25 and rate.n == 4
    assert rate.error == pytest.approx(0.25)
    assert rate.verdict == "holds"
