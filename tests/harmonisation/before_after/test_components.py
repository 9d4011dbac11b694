"""Principal components before and after."""

import harmonised_study as hs
import numpy as np
import pytest

from multipet.harmonisation.before_after.components import (
    complete_part,
    component_tables,
    principal_components,
)


def test_components_are_those_of_the_correlation_matrix():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5))
    scores, shares = principal_components(values)
    standard = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    singular = np.linalg.svd(standard, compute_uv=False)
    np.testing.assert_allclose(shares, (singular**2 / np.sum(singular**2))[:3])
    np.testing.assert_allclose(np.linalg.norm(scores, axis=0), singular[:3])
    again, _ = principal_components(values * [1, 10, 100, 1, 1] + 7)
    np.testing.assert_allclose(again, scores, atol=1e-9)


def test_batch_explains_less_after_and_the_signs_agree():
    data = hs.study(hs.without_site(hs.reference_pooled()))
    scores, shares = component_tables(data, complete_part(data))
    found = shares.set_index(["stage", "component", "term"])["r_squared"]
    assert found["before", 1, "batch"] > 0.2 > found["after", 1, "batch"]
    wide = scores.pivot(
        index=["participant_id", "session"], columns=["stage", "component"], values="score"
    )
    for component in (1, 2, 3):
        assert wide["before", component].corr(wide["after", component]) > 0
    assert set(found.index.get_level_values("term")) == {"batch", "age", "group"}


def test_what_is_left_out():
    before = hs.many_regions(12, 3)
    first = before["region"] == "region_0"
    before.loc[first & (before["site"] == "site00"), "value"] = np.nan  # absent in a batch
    of_person = before["participant_id"] == "p7"
    before.loc[of_person & before["region"].isin(["region_1", "region_2"]), "value"] = np.nan
    one = (before["participant_id"] == "p8") & (before["region"] == "region_3")
    before.loc[one, "value"] = np.nan
    before.loc[before["region"] == "region_4", "value"] = 1.0
    data = hs.study(before=before)
    part = complete_part(data)
    assert part.regions.tolist() == [False, True, True, True, False, *[True] * 7]
    assert part.scans.sum() == 239 and not part.scans[7]
    assert part.n_filled == 1
    scores, _ = component_tables(data, part)
    assert scores["score"].notna().all()


def test_one_region_has_no_components():
    before = hs.reference_pooled()
    one = before[before["region"] == "r0"].reset_index(drop=True)
    one["region"] = one["region"].cat.remove_unused_categories()
    data = hs.study(before=one)
    scores, shares = component_tables(data, complete_part(data))
    assert scores.empty and shares.empty
    assert list(scores.columns)[-2:] == ["age", "group"]


def test_partial_share_does_not_exceed_one():
    data = hs.study()
    _, shares = component_tables(data, complete_part(data))
    assert shares[["r_squared", "r_squared_partial"]].stack().between(0, 1).all()
    total = shares[shares["stage"] == "before"].groupby("component")["share"].first().sum()
    assert total == pytest.approx(1)
