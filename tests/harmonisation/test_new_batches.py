"""Batches estimated against saved parameters."""

import json

import numpy as np
import pandas as pd
import places
import pytest

from multipet.core.files import canonical_json
from multipet.core.problems import UserError
from multipet.harmonisation import apply_parameters, harmonise

REFERENCE = places.REFERENCE / "harmonisation"
REGIONS = [f"r{k:02d}" for k in range(20)]
PRESERVE = "age + sex + group"


@pytest.fixture
def scans() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "cross_sectional.csv")


def known_part(scans, method="combat", preserve=PRESERVE, **options) -> dict:
    known = scans[scans["site"] != "C"]
    result = harmonise(known, REGIONS, "site", preserve, method, **options)
    return json.loads(canonical_json(result.parameters))


def added(scans, parameters, regions=REGIONS):
    return apply_parameters(scans, regions, parameters, new_batches="estimate")


def test_unshrunk_it_has_the_saved_mean_and_sd(scans):
    parameters = known_part(scans, "combat_no_eb")
    result = added(scans, parameters)
    own = (scans["site"] == "C").to_numpy()
    sd = np.array([parameters["regions"][r]["residual_sd"] for r in REGIONS])
    expected = np.array(
        [
            parameters["regions"][r]["grand_mean"] + scans[list(c)] @ list(c.values())
            for r in REGIONS
            for c in [parameters["regions"][r]["coefficients"]]
        ]
    ).T
    residuals = (result.table[REGIONS].to_numpy() - expected)[own] / sd
    np.testing.assert_allclose(residuals.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(residuals.std(axis=0, ddof=1), 1, rtol=1e-12)
    (finding,) = [f for f in result.findings if f.check == "new_batch_estimated"]
    assert (finding.site, finding.value) == ("C", str(own.sum()))


@pytest.mark.parametrize("options", [{}, {"prior": "nonparametric"}])
def test_shrunk_it_lies_near_a_joint_harmonisation(scans, options):
    result = added(scans, known_part(scans, reference="A", **options))
    joint = harmonise(scans, REGIONS, "site", PRESERVE, "combat", reference="A", **options)
    own = scans["site"] == "C"
    difference = (result.table.loc[own, REGIONS] - joint.table.loc[own, REGIONS]) / scans[
        REGIONS
    ].std()
    raw = (scans.loc[own, REGIONS] - joint.table.loc[own, REGIONS]) / scans[REGIONS].std()
    assert difference.pow(2).mean(axis=None) < 0.05 * raw.pow(2).mean(axis=None)


def test_the_other_batches_stay_as_they_were(scans):
    parameters = known_part(scans)
    known = scans[scans["site"] != "C"]
    alone = apply_parameters(known, REGIONS, parameters).table[REGIONS]
    assert abs(added(scans, parameters).table.loc[known.index, REGIONS] - alone).max(axis=None) == 0


@pytest.mark.parametrize("method", ["combat", "combat_no_eb", "location", "combat_spline"])
def test_its_parameters_can_be_saved_and_applied(scans, method):
    result = added(scans, known_part(scans, method))
    parameters = json.loads(canonical_json(result.parameters))
    assert parameters["batches"]["C"]["n_scans"] == 49
    again = apply_parameters(scans.iloc[[3, 100, 199]], REGIONS, parameters)
    expected = result.table[REGIONS].iloc[[3, 100, 199]]
    assert abs(again.table[REGIONS] - expected).max(axis=None) < 1e-12


def test_too_few_scans_are_refused(scans):
    parameters = known_part(scans)
    few = scans[scans["site"] == "C"].iloc[:19]
    with pytest.raises(UserError, match="its 19 usable scans are fewer than 20"):
        added(few, parameters)
    added(scans[scans["site"] == "C"].iloc[:20], parameters)


def test_too_few_regions_are_refused(scans):
    with pytest.raises(UserError, match='batch "C" has 1 region'):
        added(scans, known_part(scans), regions=["r00"])


def test_it_is_estimated_from_the_kind_of_scans_that_the_others_were(scans):
    parameters = known_part(scans, "combat_no_eb", fit_on={"group": 0})
    result = added(scans, parameters)
    controls = (scans["group"] == 0) & (scans["site"] == "C")
    alone = added(scans[controls], parameters)
    expected = alone.table[REGIONS]
    assert abs(result.table.loc[controls, REGIONS] - expected).max(axis=None) < 1e-12
    with pytest.raises(UserError, match="fewer than 20"):
        added(scans[~controls | (scans.index < 20)], parameters)


def test_scans_chosen_one_by_one_cannot_be_chosen_again(scans):
    mask = (scans.loc[scans["site"] != "C", "group"] == 0).to_numpy()
    with pytest.raises(UserError, match="chosen one by one"):
        added(scans, known_part(scans, fit_on=mask))


def test_constant_region_of_a_new_batch_is_missing(scans):
    parameters = known_part(scans)
    scans.loc[scans["site"] == "C", "r04"] = 1.0
    result = added(scans, parameters)
    assert (result.table["r04"].isna() == (scans["site"] == "C")).all()
    assert [f.region for f in result.findings if f.check == "constant_region_in_batch"] == ["r04"]


def test_longitudinal_harmonisation_adds_none(scans):
    scans["person"] = [f"p{k % 70}" for k in range(200)]
    parameters = known_part(scans, "longitudinal_combat", "age", subject="person")
    with pytest.raises(UserError, match="longitudinal_combat cannot add one"):
        added(scans, parameters)
