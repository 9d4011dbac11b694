"""Contrasts of random small designs: what can be told, against exact arithmetic."""

import numpy as np
import pytest
from random_designs import cases, exact_variance, indicator_columns, spanned

from multipet.inference.contrast_level import variation
from multipet.inference.estimability.contrast_row import by_name, of_kept
from multipet.inference.estimability.untold import why_not


def asked(case):
    return any(case.weights)


@pytest.mark.parametrize("seed", range(5))
def test_estimable_is_what_the_rows_span(seed):
    told = [(case.row.estimable, spanned(case.X, case.weights)) for case in cases(seed, 100)]
    assert all(found == exact for found, exact in told)
    assert 5 < sum(not found for found, _ in told) < 60


@pytest.mark.parametrize("factor", ["site", "scanner", "person"])
def test_identifiable_is_what_the_rows_span_beside_the_factor(factor):
    found = []
    for case in filter(asked, cases(11, 150)):
        if case.row.estimable:
            labels = case.table[factor].astype(str).to_numpy()
            columns = np.array(indicator_columns(labels)).T.tolist()
            wide = [x + d for x, d in zip(case.X, columns, strict=True)]
            exact = spanned(wide, [*case.weights, *[0] * len(columns[0])])
            found.append(exact)
            assert variation(case.row, labels).identifiable == exact
    assert 5 < sum(found) < len(found) - 5


def test_share_between_is_exact():
    for case in filter(asked, cases(21, 60)):
        labels = case.table["site"].astype(str).to_numpy()
        if case.row.estimable:
            columns, dummies = np.array(case.X).T.tolist(), indicator_columns(labels)
            before = exact_variance(columns, case.weights)
            assert case.row.variance == pytest.approx(float(before), rel=1e-7)
            found = variation(case.row, labels)
            if found.identifiable:
                after = exact_variance([*columns, *dummies], [*case.weights, *[0] * len(dummies)])
                assert found.share == pytest.approx(float(1 - before / after), abs=1e-8)
                assert found.variance_inflation == pytest.approx(float(after / before), rel=1e-6)


def test_the_order_of_sites_does_not_matter():
    for one, other in zip(cases(31, 100), cases(31, 100, order=-1), strict=True):
        assert one.row.estimable == other.row.estimable
        if one.row.estimable:
            assert one.row.variance == pytest.approx(other.row.variance, rel=1e-8, abs=1e-12)


def test_weights_of_an_estimable_row_are_usable_again():
    for case in cases(41, 100):
        if case.row.estimable:
            for again in (
                by_name(case.design, case.row.weights),
                of_kept(case.design, case.row.kept),
            ):
                assert again.estimable
                np.testing.assert_allclose(again.kept, case.row.kept)
                np.testing.assert_allclose(again.dropped, case.row.dropped, atol=1e-6)


def test_a_reason_names_levels_not_coefficients():
    reasons = [why_not(case.row) for case in cases(51, 150) if not case.row.estimable]
    assert len(reasons) > 20
    assert not [reason for reason in reasons if "[" in reason or not reason]
