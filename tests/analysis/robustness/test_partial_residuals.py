"""Points and lines of the plots by site."""

import numpy as np
import pandas as pd
import pytest
from study_run import ask, contrast_spec, fit_spec, fitted, pooled_scans

from multipet.analysis.contrast.effect_by_site import effects_by_site
from multipet.analysis.robustness.effect_views import effect_views, smallest_p
from multipet.analysis.robustness.partial_lines import NOT_ESTIMATED, partial_lines_table
from multipet.analysis.robustness.partial_residuals import partial_residuals_table
from multipet.core.columns import names
from multipet.core.columns.robustness import PARTIAL_LINES, PARTIAL_RESIDUALS

AGE = {"slope": {"age": 10}}
GROUP = {"difference": {"group": ["patient", "control"]}}
PLAIN = {"formula": "age + group", "site": "fixed", "scanner": "none"}
BOTH = {
    "combination": [
        {"weight": 1, "slope": {"age": 10}, "at": {"group": "patient"}},
        {"weight": -1, "slope": {"age": 10}, "at": {"group": "control"}},
    ]
}


class Plot:
    def __init__(self, pooled, settings, most=6, **how):
        run = fitted(fit_spec(**how), [pooled])
        regions = how.get("regions", "separate")
        spec = contrast_spec(settings, regions=regions)
        self.question, self.found = ask(spec, run)
        self.parts = effects_by_site(self.question, self.found, run.table)
        shown = smallest_p(self.found, most)
        self.views = effect_views(self.question, shown, self.parts, run.table)
        self.points = partial_residuals_table(self.views, run.table)
        self.lines = partial_lines_table(self.views, run.table, self.question.inference)

    def effect(self, region, site):
        part = next(p for p in self.parts if p.answer.region == region)
        return next(s for s in part.sites if s.site == site).estimate


def slopes(points):
    return {
        key: np.polyfit(part["x"], part["partial"], 1)[0]
        for key, part in points.groupby(["region", "site"], observed=True)
    }


def test_of_least_squares_the_points_of_a_site_have_its_slope():
    """Age crossed with site: the residuals of a site are orthogonal to its age."""
    plot = Plot(pooled_scans(), AGE, **PLAIN)
    assert list(plot.points.columns) == names(PARTIAL_RESIDUALS)
    assert list(plot.lines.columns) == names(PARTIAL_LINES)
    for (region, site), slope in slopes(plot.points).items():
        assert slope == pytest.approx(plot.effect(region, site).estimate / 10)
        line = plot.lines[(plot.lines["region"] == region) & (plot.lines["site"] == site)]
        own = np.polyfit(line["x"], line["fitted"], 1)
        assert own[0] == pytest.approx(slope)
        points = plot.points[(plot.points["region"] == region) & (plot.points["site"] == site)]
        assert np.polyval(own, points["x"]).mean() == pytest.approx(points["partial"].mean())


def test_of_least_squares_the_points_of_a_level_have_its_mean():
    plot = Plot(pooled_scans(), GROUP, **PLAIN)
    keys = ["region", "site", "x_level"]
    means = plot.points.groupby(keys, observed=True)["partial"].mean()
    for row in plot.lines.itertuples():
        assert means[row.region, row.site, row.x_level] == pytest.approx(row.fitted)
    assert plot.lines["x_level"].tolist()[:2] == ["control", "patient"]


@pytest.mark.parametrize("settings", [AGE, GROUP, BOTH])
def test_lines_have_the_effects_of_the_sites_and_of_all(settings):
    formula = "age * group + (1 | participant_id)" if settings is BOTH else None
    plot = Plot(pooled_scans(), settings, **({"formula": formula} if formula else {}))
    unit = 10 if settings is AGE else 1
    for answer in plot.found:
        for site, line in plot.lines[plot.lines["region"] == answer.region].groupby("site"):
            first, last = line.iloc[0], line.iloc[-1]
            step = (last["x"] - first["x"]) / unit
            own, whole = plot.effect(answer.region, site), answer.estimate
            assert last["fitted"] - first["fitted"] == pytest.approx(step * own.estimate)
            assert last["common"] - first["common"] == pytest.approx(step * whole.estimate)
            # both ends of the band together are the site's interval
            width = sum(row["high"] - row["fitted"] for row in (first, last))
            assert width == pytest.approx(abs(step) * own.margin)


def test_people_stay_in_the_points_of_what_lies_between_them():
    pooled = pooled_scans(people=16)
    between = Plot(pooled, GROUP)
    pooled["visit"] = pd.Categorical("v" + pooled["session"], ["v1", "v2"])
    how = {"formula": "age + visit + (1 | participant_id)"}
    within = Plot(pooled, {"difference": {"visit": ["v2", "v1"]}}, **how)
    # both are drawn from the same scans: people (SD 0.4) with what a scan adds (SD 0.3)
    assert spread(between) > 1.3 * spread(within)


def spread(plot):
    return plot.points.groupby(["region", "x", "site"], observed=True)["partial"].std().mean()


def test_sites_and_scanners_are_taken_out():
    pooled = pooled_scans()
    shifted = pooled.assign(value=pooled["value"] + 5.0 * (pooled["scanner"] == "s0/b"))
    points = Plot(shifted, AGE).points
    at_s0 = points[points["site"] == "s0"]
    means = at_s0.groupby("scanner", observed=True)["partial"].mean()
    assert abs(means["s0/a"] - means["s0/b"]) < 1


def test_a_site_without_one_level_has_the_other_alone():
    pooled = pooled_scans()
    pooled = pooled[~((pooled["site"] == "s1") & (pooled["group"] == "patient"))]
    plot = Plot(pooled.reset_index(drop=True), GROUP)
    own = plot.lines[(plot.lines["site"] == "s1") & (plot.lines["region"] == "caudate")]
    assert own["x_level"].tolist() == ["control", "patient"]
    assert own["status"].tolist() == ["ok", NOT_ESTIMATED]
    assert np.isnan(own["fitted"].iloc[1])
    points = plot.points[plot.points["site"] == "s1"]
    assert set(points["x_level"]) == {"control"}


def test_sites_compared_are_one_plot_without_a_line_each():
    how = {"site": "fixed", "scanner": "none"}
    plot = Plot(pooled_scans(), {"difference": {"site": ["s1", "s2"]}}, **how)
    assert set(plot.lines["site"]) == {""}
    assert set(plot.points["site"]) == {"s1", "s2"}
    assert plot.lines["x_level"].tolist()[:2] == ["s2", "s1"]


def test_a_slope_at_a_level_shows_that_level():
    how = {"formula": "age * group + (1 | participant_id)"}
    plot = Plot(pooled_scans(), {**AGE, "at": {"group": "patient"}}, **how)
    assert len(plot.points) == 2 * 48
    odd = plot.points["participant_id"].str.split("p").str[1].astype(int) % 2
    assert set(odd) == {1}


def test_a_joint_model_shows_the_region_of_the_answer():
    how = {"formula": "region * group + age + (1 | participant_id)", "regions": "joint"}
    plot = Plot(pooled_scans(), GROUP, most=1, **how)
    assert len(plot.points) == 96
    assert plot.points["region"].nunique() == 1


def test_units_do_not_matter():
    pooled = pooled_scans()
    plot, other = Plot(pooled, AGE), Plot(pooled.assign(value=pooled["value"] * 100), AGE)
    keys = ["region", "site", "x"]
    ours = plot.points.sort_values([*keys, "partial"])["partial"].to_numpy()
    same = other.points.sort_values([*keys, "partial"])["partial"].to_numpy()
    assert same / 100 == pytest.approx(ours, rel=1e-4)


def test_nothing_to_show_is_an_empty_table():
    plot = Plot(pooled_scans(), AGE, most=0)
    assert list(plot.points.columns) == names(PARTIAL_RESIDUALS)
    assert list(plot.lines.columns) == names(PARTIAL_LINES)
    assert len(plot.points) == len(plot.lines) == 0
