"""Regions that sites spell in two ways."""

import pytest
from small_study import regions_with

from multipet.ingest.notes import Notes
from multipet.ingest.regions import refuse_other_spellings
from multipet.ingest.tidy_table import RegionValues, SiteTable


def told(keep=(), combine=None, **sites: list[str]) -> list[str]:
    tables = [
        SiteTable(site, (), (), {name: RegionValues(()) for name in regions}, {})
        for site, regions in sites.items()
    ]
    notes = Notes("pool")
    refuse_other_spellings(tables, regions_with(keep, combine), notes)
    return [str(problem) for problem in notes.problems]


def test_the_spelling_of_most_sites_is_proposed():
    (line,) = told(a=["Caudate", "putamen"], b=["caudate", "putamen"], c=["caudate"])
    assert line == (
        'sites.a.regions: region "Caudate" is "caudate" at b; one region? '
        'sites.a.regions.names: {"Caudate": "caudate"}; if not, rename one of them'
    )


@pytest.mark.parametrize("other", ["caudate L", "Caudate-l", "CAUDATE_L", "caudate.l"])
def test_case_and_separators(other):
    assert len(told(a=["caudate_l"], b=[other])) == 1


@pytest.mark.parametrize("other", ["caudate_r", "caudatel", "caudate_l2", "l_caudate"])
def test_other_names_are_other_regions(other):
    assert told(a=["caudate_l"], b=[other]) == []


def test_the_spelling_of_the_config_wins():
    (line,) = told(keep=["Caudate"], a=["Caudate"], b=["caudate"], c=["caudate"])[:1]
    assert line.startswith('sites.b.regions: region "caudate" is "Caudate" at a')
    combine = {"striatum": {"parts": ["Caudate", "Putamen"]}}
    lines = told(combine=combine, a=["Caudate", "Putamen"], b=["caudate", "Putamen"])
    assert [line.split(":")[0] for line in lines] == ["sites.b.regions"]


def test_both_spellings_at_one_site_are_two_regions():
    assert told(a=["S1", "s1"], b=["s1"]) == []


def test_regions_that_are_not_used_do_not_matter():
    assert told(keep=["putamen"], a=["putamen", "Caudate"], b=["putamen", "caudate"]) == []
