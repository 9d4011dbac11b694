"""Parts of a model: which outcomes share a design, and where their values are."""

import numpy as np
import pytest
from calibration_cases import FORMULA, REGIONS, group_question, scan_rows

from multipet.analysis.contrast.estimates import contrast_estimates
from multipet.calibration.model_part import separate_parts
from multipet.mixed_model import fit_regions


def parts_of(table, residual_by=None):
    fits = fit_regions(FORMULA, table, REGIONS, residual_by=residual_by)
    return separate_parts(contrast_estimates(group_question(table), fits, table), REGIONS)


def test_outcomes_of_the_same_rows_are_one_part():
    table = scan_rows()
    assert [len(part.estimates) for part in parts_of(table)] == [4]
    table.loc[3, ["putamen", "cortex"]] = np.nan
    parts = parts_of(table)
    assert [[a.region for a in part.estimates] for part in parts] == [
        ["caudate", "thalamus"],
        ["putamen", "cortex"],
    ]
    assert parts[1].region.tolist() == [[1, 3]]
    assert 3 not in parts[1].scan


def test_statistics_are_those_of_the_fits():
    table = scan_rows()
    table.loc[3, ["putamen", "cortex"]] = np.nan
    values = table[list(REGIONS)].to_numpy()
    for part in parts_of(table):
        estimate, error = part.statistics(np.stack([values, 2 * values]))
        for k, answer in enumerate(part.estimates):
            fit = answer.fit
            np.testing.assert_allclose(estimate[:, k], [fit.beta[1], 2 * fit.beta[1]], rtol=1e-6)
            se = np.sqrt(fit.vcov[1, 1])
            np.testing.assert_allclose(error[:, k], [se, 2 * se], rtol=1e-6)


def test_the_spread_by_scanner_is_left_out():
    part = parts_of(scan_rows(), residual_by="site")[0]
    assert part.design.design.residual is None
    assert part.weights.shape == (1, 3)
    assert part.weights[0] == pytest.approx([0, 1, 0])
