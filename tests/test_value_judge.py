from small_study import small_study

from multipet.notes import Notes
from multipet.regions import RegionValues
from multipet.tidy_table import Scan, SiteTable
from multipet.value_judge import ValueJudge


def table(name, *values):
    scans = tuple(Scan(str(i), "1", name, f"{name}/H", (), i + 2) for i in range(len(values)))
    rows = {"caudate": tuple(range(2, 2 + len(values)))}
    return SiteTable(name, (), scans, {"caudate": RegionValues(values)}, rows)


def test_exclusion_leaves_the_delivered_table_alone():
    delivered = table("turku", 2.0, 0.0, 2.2)
    notes = Notes("pool")
    (kept,) = ValueJudge(small_study(), notes).exclude_impossible([delivered], {"caudate"})
    assert list(kept["caudate"].values) == [2.0, None, 2.2]
    assert delivered.regions["caudate"].values == (2.0, 0.0, 2.2)
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
    assert list(yale["caudate"].values) == [None]
    assert [(f.check, f.site) for f in notes.findings] == [("tiny_value", "yale")]
