"""Which rows the figures of a harmonisation draw."""

import harmonised_study as hs
import pytest

from multipet.figures.harmonisation.components import scores_drawn, shown_covariate
from multipet.figures.harmonisation.differences import drawn_tests
from multipet.figures.harmonisation.effects import effects_drawn
from multipet.figures.harmonisation.repeats import repeats_drawn
from multipet.figures.harmonisation.shifts import priors_drawn, shifts_drawn


@pytest.fixture(scope="module")
def tables():
    return hs.checks(hs.many_regions(12, 5)).tables


def test_regions_that_differ_most_come_first(tables):
    drawn = drawn_tests(tables["batch_tests"], 4)
    means = drawn[(drawn["test"] == "mean") & (drawn["stage"] == "before")]
    assert means["size"].is_monotonic_decreasing and len(means) == 4
    assert set(drawn["test"]) == {"mean", "brown_forsythe"}
    every = tables["batch_tests"]
    largest = every[(every["test"] == "mean") & (every["stage"] == "before")]["size"].max()
    assert means["size"].iloc[0] == largest


def test_heat_map_keeps_the_largest_shifts(tables):
    drawn = shifts_drawn(tables["shifts"], 5, 3)
    assert (drawn["region"].nunique(), drawn["batch"].nunique()) == (5, 3)
    every = tables["shifts"]
    far = every.loc[every["shift"].abs().idxmax()]
    assert far["region"] in set(drawn["region"]) and far["batch"] in set(drawn["batch"])


def test_batches_far_from_their_prior_are_kept(tables):
    drawn = priors_drawn(tables["prior_curves"], tables["priors"], 2)
    worst = tables["priors"].sort_values("distance")["batch"].iloc[-1]
    assert worst in set(drawn["batch"]) and drawn["batch"].nunique() == 2


def test_scores_side_by_side_with_means(tables):
    drawn = scores_drawn(tables["components"], "age")
    assert drawn["kind"].value_counts().to_dict() == {"scan": 480, "mean": 10}
    chosen = (drawn["stage"] == "after") & (drawn["batch"] == "site01")
    means = drawn[chosen & (drawn["kind"] == "mean")]["second"].iloc[0]
    assert means == pytest.approx(drawn[chosen & (drawn["kind"] == "scan")]["second"].mean())


def test_the_covariate_that_is_shown(tables):
    assert shown_covariate(tables["component_shares"], ["group"]) == "group"
    assert shown_covariate(tables["component_shares"], []) == "age"
    assert shown_covariate(tables["component_shares"].iloc[:0], []) == ""


def test_few_covariates_and_repeats(tables):
    assert effects_drawn(tables["covariate_effects"], 1)["column"].unique().tolist() == ["age"]
    repeats = hs.checks().tables["repeats"]
    assert repeats_drawn(repeats, 1)["region"].nunique() == 1
