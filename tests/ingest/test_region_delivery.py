"""Which site can give which region."""

import pytest
from small_study import regions_with

from multipet.ingest.missing import check_delivered
from multipet.ingest.notes import Notes
from multipet.ingest.tidy_table import RegionValues, SiteTable

COMBINE = {
    "caudate": {"parts": ["caudate_l", "caudate_r"]},
    "putamen": {"parts": ["putamen_l", "putamen_r"]},
}


def site(name, *regions, unread=(), **sources):
    """A table of ``regions`` and of ``sources``: our name = as delivered."""
    columns = {region: RegionValues(()) for region in [*regions, *sources]}
    return SiteTable(name, (), (), columns, {}, sources=sources, unread=unread)


def told(*tables, keep=(), combine=COMBINE):
    notes = Notes("pool")
    check_delivered(tables, regions_with(keep, combine), notes)
    return [str(problem) for problem in notes.problems]


@pytest.mark.parametrize(
    ("regions", "keep", "message"),
    [
        (["caudate_l", "caudate_r"], ["thalmus"], 'no site delivers region "thalmus"'),
        (["CAU_L"], ["caudate"], 'no site delivers region "caudate", nor its part "caudate_l"'),
        (["caudate", "caudate_l"], ["caudate"], "and its parts too (caudate_l)"),
    ],
)
def test_regions_that_cannot_be_given(regions, keep, message):
    (line,) = told(site("a", *regions), keep=keep)
    assert message in line


def test_an_unknown_region_is_told_of_combinations_too():
    parts = [part for one in COMBINE.values() for part in one["parts"]]
    (line,) = told(site("a", *parts), keep=["striatum"])
    assert line.endswith("allowed: caudate, putamen, caudate_l, caudate_r, putamen_l, putamen_r")
    assert told(site("a", *parts), keep=["caudat"])[0].endswith('did you mean "caudate"?')


def test_one_site_with_the_whole_and_one_with_the_parts_is_fine():
    assert told(site("a", "caudate_l", "caudate_r"), site("b", "caudate")) == []


def test_a_forgotten_name_of_a_long_table():
    oslo = site("oslo", "putamen_l", "putamen_r")
    sources = {"putamen_r": "Put-R", "Put-L": "Put-L"}
    (line,) = told(oslo, site("berlin", **sources), keep=["putamen"])
    assert line == (
        "sites.berlin.regions: the table has putamen_r and not putamen_l: putamen, the mean of "
        "these, would be missing in every scan of berlin; "
        'did you mean sites.berlin.regions.names: {"Put-L": putamen_l}? '
        "Or, if the site truly has no putamen_l, set sites.berlin.regions.ignore: [putamen_r]"
    )


def test_a_forgotten_column_of_a_wide_table():
    berlin = site("berlin", unread=("MRI_ok", "L_Put"), putamen_r="R_Put")
    (line,) = told(berlin, site("oslo", "putamen_l", "putamen_r"))
    assert 'did you mean sites.berlin.regions.names: {"L_Put": putamen_l}?' in line


def test_nothing_near_lists_what_is_not_read():
    berlin = site("berlin", "putamen_r", unread=("MRI_ok", "x"))
    (line,) = told(berlin, site("oslo", "putamen_l", "putamen_r"))
    assert "list it under sites.berlin.regions.names; nothing reads MRI_ok, x; if the" in line
    (line,) = told(site("berlin", "putamen_r"))
    assert "nothing reads" not in line


def test_a_misspelled_part_is_one_problem_and_not_one_a_site():
    combine = {"putamen": {"parts": ["putamen_l", "putamn_r"]}}
    sites = [site(name, "putamen_l", "putamen_r") for name in ("berlin", "oslo")]
    assert told(*sites, combine=combine, keep=["putamen"]) == [
        'regions.combine.putamen: no site delivers its part putamn_r; did you mean "putamen_r"?'
    ]


def test_a_combination_that_the_study_does_not_keep_may_lack_a_part():
    assert told(site("a", "caudate_l", "caudate_r", "putamen_l"), keep=["caudate"]) == []
