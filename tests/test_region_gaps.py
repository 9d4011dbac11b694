from small_study import checks_of

from multipet.notes import Notes
from multipet.region_gaps import note_missing_parts, note_missing_region, note_missing_values
from multipet.regions import RegionValues
from multipet.tidy_table import Scan, SiteTable

COMBINE = {"caudate": {"parts": ["caudate_l", "caudate_r"]}}


def table(**columns):
    count = len(next(iter(columns.values())))
    scans = tuple(Scan(str(i), "1", "turku", f"turku/{i}", (), i + 2) for i in range(count))
    regions = {name: RegionValues(values) for name, values in columns.items()}
    rows = {name: tuple(range(2, 2 + count)) for name in columns}
    return SiteTable("turku", (), scans, regions, rows)


def test_cells_scans_and_regions_are_told_once_each():
    delivered = table(a=(1.0, None, None), b=(None, None, None), c=(1.0, 1.0, None))
    notes = Notes("pool")
    assert note_missing_values(delivered, {"a", "b", "c"}, notes) == {2}
    assert [(f.check, f.region, f.row) for f in notes.findings] == [
        ("scan_without_values", "", "4"),
        ("missing_value", "a", "3"),
        ("region_without_values", "b", ""),
        ("scanner_without_values", "", ""),
    ]


def test_unused_regions_are_one_line_and_not_searched():
    notes = Notes("pool")
    note_missing_values(table(a=(1.0,), x=(None,), y=(None,)), {"a"}, notes)
    assert checks_of(notes.findings) == {"region_not_kept": 1}
    assert notes.findings[0].message.endswith(": x, y")


def test_a_scan_without_the_row_of_a_long_table():
    delivered = table(a=(1.0, None), b=(1.0, 1.0))
    delivered.rows["a"] = (2, None)
    notes = Notes("pool")
    note_missing_values(delivered, {"a", "b"}, notes)
    (finding,) = notes.findings
    assert (finding.message, finding.row) == ("no row of this region for the scan", "")


def test_missing_parts_skip_empty_scans():
    delivered = table(caudate_l=(1.0, None, None), caudate_r=(None, None, 1.0))
    parts = {name: one.values for name, one in delivered.regions.items()}
    notes = Notes("pool")
    note_missing_parts(delivered, "caudate", parts, {1}, notes)
    assert [f.message for f in notes.findings] == [
        "caudate was not computed: no caudate_r",
        "caudate was not computed: no caudate_l",
    ]


def test_a_region_that_a_site_lacks():
    notes = Notes("pool")
    note_missing_region(table(caudate_l=(1.0,)), "caudate", COMBINE, notes)
    note_missing_region(table(putamen=(1.0,)), "caudate", COMBINE, notes)
    assert [f.message for f in notes.findings] == [
        "turku delivers only caudate_l of caudate; it is missing there",
        "turku does not deliver caudate; it is missing there",
    ]
