from small_study import plain, regions_with, small_study

from multipet.ingest.notes import Notes
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable, floats
from multipet.ingest.values import ValueJudge


def table(name, *values):
    scans = tuple(Scan(str(i), "1", name, f"{name}/H", (), i + 2) for i in range(len(values)))
    rows = {"caudate": tuple(range(2, 2 + len(values)))}
    return SiteTable(name, (), scans, {"caudate": RegionValues(values)}, rows)


def test_exclusion_leaves_the_delivered_table_alone():
    delivered = table("turku", 2.0, 0.0, 2.2)
    notes = Notes("pool")
    (kept,) = ValueJudge(small_study(), notes).exclude_impossible([delivered], {"caudate"})
    assert plain(kept["caudate"].values) == [2.0, None, 2.2]
    assert plain(delivered.regions["caudate"].values) == [2.0, 0.0, 2.2]
    (finding,) = notes.findings
    assert (finding.action, finding.participant_id, finding.row) == ("excluded", "1", "3")


def test_regions_out_of_use_are_not_judged():
    notes = Notes("pool")
    (kept,) = ValueJudge(small_study(), notes).exclude_impossible([table("turku", 0.0)], set())
    assert kept == {}
    assert notes.findings == []


def test_tiny_is_judged_by_the_region_over_all_sites():
    tables = [table("turku", 2.0, 2.1, 2.2), table("yale", 1e-9)]
    notes = Notes("pool")
    _, yale = ValueJudge(small_study(), notes).exclude_impossible(tables, {"caudate"})
    assert plain(yale["caudate"].values) == [None]
    assert [(f.check, f.site) for f in notes.findings] == [("tiny_value", "yale")]


def test_an_odd_combination_names_its_parts_and_their_rows():
    left = (2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2946.0)
    delivered = table("turku", *left)
    regions = {"caudate_l": RegionValues(left), "caudate_r": RegionValues((2.0,) * 7)}
    rows = {
        name: tuple(range(first, first + 7)) for name, first in zip(regions, (2, 9), strict=True)
    }
    delivered = SiteTable("turku", (), delivered.scans, regions, rows)
    combine = {"caudate": {"parts": list(regions)}}
    notes = Notes("pool")
    judge = ValueJudge(small_study(regions=regions_with(combine=combine)), notes)
    judge.outliers(delivered, "caudate", floats([(value + 2) / 2 for value in left]))
    (finding,) = notes.findings
    assert (finding.check, finding.row) == ("outlier_value", "8, 15")
    assert finding.message.endswith("; it is made from caudate_l 2946, caudate_r 2")
