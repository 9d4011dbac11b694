from small_study import checks_of

from multipet.ingest.missing import note_missing_parts, note_missing_region, note_missing_values
from multipet.ingest.notes import Notes
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable

ABC = {"a", "b", "c"}


def table(**columns):
    count = len(next(iter(columns.values())))
    scans = tuple(Scan(str(i), "1", "turku", f"turku/{i}", (), i + 2) for i in range(count))
    regions = {name: RegionValues(values) for name, values in columns.items()}
    rows = {name: tuple(range(2, 2 + count)) for name in columns}
    return SiteTable("turku", (), scans, regions, rows)


def test_cells_scans_and_regions_are_told_once_each():
    delivered = table(a=(1.0, None, None), b=(None, None, None), c=(1.0, 1.0, None))
    notes = Notes("pool")
    assert note_missing_values(delivered, ABC, ABC, notes) == {2}
    assert [(f.check, f.region, f.row) for f in notes.findings] == [
        ("scan_without_values", "", "4"),
        ("missing_value", "a", "3"),
        ("region_without_values", "b", ""),
        ("scanner_without_values", "", ""),
    ]


def test_idle_scanners_are_told_by_their_scans():
    scans = [Scan(str(i), "1", "turku", f"turku/{'AAB'[i]}", (), i + 2) for i in range(3)]
    values = RegionValues((None, None, None))
    delivered = SiteTable("turku", (), tuple(scans), {"a": values}, {"a": (2, 3, 4)})
    notes = Notes("pool")
    note_missing_values(delivered, {"a"}, {"a"}, notes)
    assert [f.message for f in notes.findings if f.check == "scanner_without_values"] == [
        'none of the 2 scans on "turku/A" has a value',
        'the one scan on "turku/B" has no value',
    ]


def test_unused_regions_are_one_line_and_not_searched():
    notes = Notes("pool")
    note_missing_values(table(a=(1.0,), x=(None,), y=(None,)), {"a"}, {"a"}, notes)
    assert checks_of(notes.findings) == {"region_not_kept": 1}
    assert notes.findings[0].message.endswith(": x, y")


def test_a_scan_without_the_row_of_a_long_table():
    delivered = table(a=(1.0, None), b=(1.0, 1.0))
    delivered.rows["a"] = (2, None)
    notes = Notes("pool")
    note_missing_values(delivered, ABC, ABC, notes)
    (finding,) = notes.findings
    assert (finding.message, finding.row) == ("no row of this region for the scan", "")


def test_a_cell_that_only_a_combination_uses_is_told_with_the_combination():
    delivered = table(
        caudate_l=(1.0, None, 1.0), caudate_r=(1.0, 1.0, 1.0), putamen=(1.0, 1.0, None)
    )
    notes = Notes("pool")
    note_missing_values(delivered, set(delivered.regions), {"caudate", "putamen"}, notes)
    assert [(f.check, f.region, f.row) for f in notes.findings] == [
        ("missing_value", "putamen", "4")
    ]


def parts_told(delivered, empty=frozenset(), weighted=False, **kept):
    notes = Notes("pool")
    parts = {**delivered.regions, **kept}
    note_missing_parts(delivered, "caudate", parts, empty, notes, weighted=weighted)
    assert {finding.region for finding in notes.findings} <= {"caudate"}
    return [(finding.check, finding.message, finding.row) for finding in notes.findings]


def test_missing_parts_skip_empty_scans():
    delivered = table(caudate_l=(1.0, None, None), caudate_r=(None, None, 1.0))
    assert parts_told(delivered, {1}) == [
        ("missing_part", "caudate was not computed: no value of caudate_r", "2"),
        ("missing_part", "caudate was not computed: no value of caudate_l", "4"),
    ]


def test_missing_parts_give_the_rows_of_the_parts():
    delivered = table(caudate_l=(1.0, None, None, 1.0), caudate_r=(1.0, 1.0, None, None))
    delivered.rows["caudate_l"] = (2, 12, 13, 14)
    delivered.rows["caudate_r"] = (5, 25, 26, None)
    start = "caudate was not computed: "
    assert parts_told(delivered, {}) == [
        ("missing_part", start + "no value of caudate_l", "12"),
        ("missing_part", start + "no value of caudate_l, no value of caudate_r", "13, 26"),
        ("missing_part", start + "no row of caudate_r", ""),
    ]


def test_an_excluded_part_and_a_missing_volume_are_told_as_such():
    delivered = table(caudate_l=(1.0, 2.0), caudate_r=(1.0, 2.0))
    excluded = RegionValues((None, 2.0), (1.0, 1.0))
    unweighed = RegionValues((1.0, 2.0), (1.0, None))
    found = parts_told(delivered, {}, True, caudate_l=excluded, caudate_r=unweighed)
    assert [message for _, message, _ in found] == [
        "caudate was not computed: caudate_l was excluded",
        "caudate was not computed: no volume of caudate_r",
    ]


def test_a_part_without_any_value_is_one_finding():
    delivered = table(caudate_l=(1.0, 2.0), caudate_r=(None, None))
    message = "no scan of turku has a value of caudate_r: caudate is missing there"
    assert parts_told(delivered) == [("region_without_values", message, "")]


def test_a_region_that_a_site_lacks():
    notes = Notes("pool")
    note_missing_region(table(putamen=(1.0,)), "caudate", notes)
    (finding,) = notes.findings
    assert finding.message == "turku does not deliver caudate; it is missing there"
