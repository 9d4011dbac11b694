"""Sites in another unit: in all regions, in one, in a covariate."""

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_study import checks_of, checks_with, small_study, variables_with

from multipet.ingest.notes import Notes
from multipet.ingest.site_scale import (
    apart,
    check_site_scale,
    note_covariate_scale,
    odd_sites,
    positive_median,
    site_ratios,
)
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable

BP = {
    "caudate": (2.4, 2.5, 2.6, 2.7),
    "putamen": (3.0, 3.1, 3.3, 3.2),
    "cortex": (0.3, 0.2, 0.4, 0.3),
}


def site(name, ages=(30, 40, 50, 60), **times) -> SiteTable:
    """A site with some regions multiplied."""
    scans = tuple(Scan(str(i), "1", name, f"{name}/H", (a,), i + 2) for i, a in enumerate(ages))
    regions = {
        region: RegionValues(tuple(value * times.get(region, 1) for value in values))
        for region, values in BP.items()
    }
    return SiteTable(name, ("age",), scans, regions, dict.fromkeys(BP, (2, 3, 4, 5)))


def problems(*sites, **checks) -> list[str]:
    study, notes = small_study(**checks), Notes("pool")
    check_site_scale(sites, BP, study, notes)
    return [str(problem) for problem in notes.problems]


def test_median_of_positive_values():
    assert positive_median([0.0, None, 2.0, 4.0]) == 3.0
    assert isnan(positive_median([None, 0.0]))


def test_one_odd_site_of_three_is_the_only_one():
    columns = dict(zip("abc", ([2.5], [2500.0], [2.4]), strict=True))
    assert odd_sites(site_ratios(columns), 10) == pytest.approx({"b": 1000})


def test_of_two_sites_one_is_named_and_alone_none():
    assert list(odd_sites(site_ratios({"turku": [2.5], "yale": [2500.0]}), 10)) == ["turku"]
    assert site_ratios({"turku": [2.5]}) == {}
    assert site_ratios({"turku": [2.5], "yale": [None, 0.0]}) == {}


def test_a_site_in_another_unit_is_one_line():
    (line,) = problems(site("a"), site("b", caudate=1000, putamen=1000, cortex=1000), site("c"))
    assert line.startswith("sites.b: values are about 1e+03 times those of the other sites")


@pytest.mark.parametrize("times", [100, 0.01])
def test_one_region_in_another_unit_is_told_by_its_name(times):
    (line,) = problems(site("a"), site("b", putamen=times), site("c"))
    told = "100" if times > 1 else "1/100"
    assert line.startswith(
        f'sites.b.regions: values of region "putamen" are about {told} times those of the other'
    )


def test_of_two_sites_with_an_odd_region_the_first_is_told():
    (line,) = problems(site("a"), site("b", putamen=100))
    assert line.startswith('sites.a.regions: values of region "putamen" are about 1/100 times')


def test_a_region_near_zero_is_not_told_from_its_median():
    noisy = {"a": [0.001, 0.2, 0.001, 0.15, 0.002], "b": [0.1, 0.2, 0.001, 0.15, 0.3]}
    assert odd_sites(site_ratios(noisy), 10)
    assert not apart(noisy, "a")


def test_the_action_is_that_of_the_check():
    notes, sites = Notes("pool"), (site("a"), site("b", putamen=100), site("c"))
    for action, found in (("note", {"site_scale": 1}), ("ignore", {})):
        noted = small_study(checks=checks_with(site_scale={"action": action, "ratio": 10}))
        notes = Notes("pool")
        check_site_scale(sites, BP, noted, notes)
        assert (notes.problems, checks_of(notes.findings)) == ([], found)


def test_a_noted_region_says_which():
    checks = checks_with(site_scale={"action": "note", "ratio": 10})
    notes = Notes("pool")
    check_site_scale(
        [site("a"), site("b", putamen=100), site("c")], BP, small_study(checks=checks), notes
    )
    (finding,) = notes.findings
    assert (finding.site, finding.region, finding.value) == ("b", "putamen", "100")


def test_age_in_months_at_one_site_is_noted():
    variables, notes = variables_with(age={"kind": "number"}), Notes("pool")
    months = [12 * age for age in (20, 25, 30, 35)]
    note_covariate_scale([site("a"), site("b", ages=months), site("c")], variables, notes)
    (finding,) = notes.findings
    assert (finding.check, finding.site) == ("covariate_scale", "b")
    assert finding.message == (
        "age is about 7.33 times that of the other sites: another unit, as months for years?"
    )


def test_covariates_that_only_differ_are_not_noted():
    variables, notes = variables_with(age={"kind": "number"}), Notes("pool")
    note_covariate_scale([site("a"), site("b", ages=(60, 70, 80, 90))], variables, notes)
    # a score that most have at 0 or 1 and some high: the medians are far apart, the people not
    scores = [site("a", ages=(1, 1, 1, 30)), site("b", ages=(1, 9, 20, 30))]
    note_covariate_scale(scores, variables, notes)
    assert notes.findings == []


@given(st.sampled_from(sorted(BP)), st.floats(1e-3, 1e3), st.permutations("abc"))
def test_a_common_unit_and_the_order_of_sites_do_not_matter(region, unit, order):
    columns = {name: [v * unit * (100 if name == "b" else 1) for v in BP[region]] for name in order}
    ratios = site_ratios(columns)
    assert odd_sites(ratios, 10) == pytest.approx({"b": 100})
    assert apart(columns, "b")
