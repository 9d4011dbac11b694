"""The people who move a contrast, and what is said of them."""

import numpy as np
import pytest
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.robustness.influence_table import (
    MOST,
    influence_findings,
    influence_table,
    limit,
)
from multipet.core.columns import names
from multipet.core.columns.robustness import INFLUENCE

GROUP = {"difference": {"group": ["patient", "control"]}}


def table_of(pooled, **how):
    run = fitted(fit_spec(**how), [pooled])
    _, found = ask(contrast_spec(GROUP), run)
    return influence_table(found, run.table), found


@pytest.fixture(scope="module")
def odd():
    """One patient of two scans with values far off in one region."""
    pooled = pooled_scans(people=14)
    hers = (pooled["participant_id"] == "s2p5") & (pooled["region"] == "putamen")
    pooled.loc[hers, "value"] += 6
    return pooled


def test_the_largest_come_first_and_most_are_counted_only(odd):
    table, _ = table_of(odd)
    assert list(table.columns) == names(INFLUENCE)
    for _, rows in table.groupby("region"):
        assert len(rows) == MOST
        assert (rows["dfbeta"].abs().diff().dropna() <= 0).all()
        assert set(rows["n_subjects"]) == {56.0}


def test_an_odd_person_is_found_and_her_id_stands_apart(odd):
    table, found = table_of(odd)
    first = table[table["region"] == "putamen"].iloc[0]
    assert (first["participant_id"], first["site"], first["n_scans"]) == ("s2p5", "s2", 2)
    answer = next(a for a in found if a.region == "putamen")
    shift = answer.estimate.estimate - first["estimate_without"]
    assert first["dfbeta"] == pytest.approx(shift / answer.estimate.standard_error)
    (finding,) = influence_findings(table)
    assert (finding.check, finding.participant_id) == ("influential_subject", "s2p5")
    assert (finding.region, finding.site) == ("putamen", "s2")
    assert "s2p5" not in finding.message + finding.value
    assert "1 of 2 regions" in finding.message


def test_without_odd_people_nothing_is_found():
    table, _ = table_of(pooled_scans(people=14))
    assert influence_findings(table) == []


@pytest.mark.parametrize(("people", "expected"), [(9, 1.0), (36, 0.5), (900, 0.5)])
def test_limit(people, expected):
    assert limit(people) == pytest.approx(expected)


def test_failed_regions_have_no_rows():
    pooled = pooled_scans()
    pooled.loc[pooled["region"] == "putamen", "value"] = 1.0
    table, _ = table_of(pooled)
    assert set(table["region"]) == {"caudate"}


def test_a_joint_model_has_one_row_a_person_and_region():
    how = {"formula": "region * group + (1 | participant_id)", "regions": "joint"}
    run = fitted(fit_spec(**how), [pooled_scans()])
    _, found = ask(contrast_spec(GROUP, regions="joint"), run)
    table = influence_table(found, run.table)
    assert set(table["region"]) == {"caudate", "putamen"}
    assert set(table["n_scans"]) == {2.0}
    assert np.isfinite(table["dfbeta"]).all()
