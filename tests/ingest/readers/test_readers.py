import pytest
from small_study import site_entry, small_study, written

from multipet.config.schema import load_schema
from multipet.ingest.delivered_table import DeliveredTable
from multipet.ingest.notes import Notes
from multipet.ingest.readers.long import long_regions
from multipet.ingest.readers.registry import READERS, formats_in_words
from multipet.ingest.readers.wide import wide_regions


def wide(headers, **site):
    cells = dict.fromkeys(headers, ("1", "2"))
    table = DeliveredTable("turku.csv", (2, 3), {}, {"participant_id": "bp_id"}, cells)
    notes = Notes("tidy", "turku")
    return wide_regions(table, site_entry("turku.csv", **site), notes), notes


def test_columns_used_otherwise_are_no_regions():
    found, notes = wide(["bp_id", "bp_caudate"], regions={"prefix": "bp_"})
    assert {region: cells.value for region, cells in found.items()} == {"caudate": "bp_caudate"}
    assert list(found["caudate"].positions) == [0, 1]
    assert notes.problems == []


@pytest.mark.parametrize(
    ("regions", "volumes"),
    [
        ({"prefix": "roi_"}, {"prefix": "roi_", "suffix": "_vol"}),
        ({"prefix": "roi_", "suffix": ""}, {"prefix": "", "suffix": "_vol_mm3"}),
    ],
)
def test_volumes_are_told_from_values(regions, volumes):
    volume = f"roi_caudate{volumes['suffix']}"
    if not volumes["prefix"]:
        volume = volume.removeprefix("roi_")
    found, notes = wide(["roi_caudate", volume], regions=regions, volumes=volumes)
    assert [(name, cells.volume) for name, cells in found.items()] == [("caudate", volume)]
    assert notes.problems == []


def test_values_with_the_longer_prefix_stay_values():
    found, _ = wide(["vt_caudate", "v_caudate"], regions={"prefix": "vt_"}, volumes={"prefix": "v"})
    assert found["caudate"].value == "vt_caudate"


def test_no_region_column_lists_the_header():
    _, notes = wide(["ID", "caudate"], regions={"prefix": "bp_"})
    assert str(notes.problems[0]) == (
        'turku.csv: no region column (prefix "bp_"); the columns are ID, caudate'
    )


def test_two_columns_of_one_region():
    _, notes = wide(
        ["bp_cau", "bp_caudate"], regions={"prefix": "bp_", "names": {"cau": "caudate"}}
    )
    assert 'columns "bp_cau" and "bp_caudate" are both region "caudate"' in str(notes.problems[0])


def test_a_named_column_must_be_there():
    _, notes = wide(["bp_caudat"], regions={"prefix": "bp_", "names": {"caudate": "c"}})
    assert 'no region column "bp_caudate" (in regions.names)' in str(notes.problems[0])


def long(names, cells, ignore=()):
    rows = tuple(range(2, 2 + len(cells)))
    table = DeliveredTable("a.tsv", rows, {"region": cells}, {"region": "roi"}, {})
    notes = Notes("tidy", "aarhus")
    site = site_entry("a.tsv", regions={"names": names, "ignore": ignore})
    return long_regions(table, site, notes), notes


def test_rows_of_a_long_table():
    found, notes = long({"CAU": "caudate"}, ["CAU", "PUT", "CAU"])
    assert {name: list(one.positions) for name, one in found.items()} == {
        "caudate": [0, 2],
        "PUT": [1],
    }
    assert (notes.problems, notes.findings) == ([], [])


def test_empty_region_and_two_names_of_one_region_are_problems():
    _, notes = long({"CAU": "caudate"}, ["CAU", "", "caudate"])
    told = [str(problem) for problem in notes.problems]
    assert told[0] == (
        'a.tsv, row 3, column "roi": is empty; fill it in, or remove the row if it is a note '
        "or a total"
    )
    assert '"CAU" and "caudate" are both region "caudate"' in told[1]


def test_names_that_no_row_has_are_noted():
    _, notes = long({"CAU": "caudate", "PUT": "putamen"}, ["CAU"])
    assert [(f.check, f.value) for f in notes.findings] == [("unused_region_name", "PUT")]


@pytest.mark.parametrize("ignored", ["CAU", "caudate"])
def test_a_region_of_a_long_table_is_ignored_by_either_name(ignored):
    found, notes = long({"CAU": "caudate"}, ["CAU", "PUT", "CAU"], [ignored])
    assert {name: list(one.positions) for name, one in found.items()} == {"PUT": [1]}
    (finding,) = notes.findings
    assert (finding.check, finding.action, finding.value) == ("region_not_kept", "dropped", "2")
    assert finding.message == "2 rows of a.tsv left out by regions.ignore: CAU"


@pytest.mark.parametrize("ignored", ["bp_CAU", "caudate"])
def test_a_region_of_a_wide_table_is_ignored_by_either_name(ignored):
    regions = {"prefix": "bp_", "names": {"CAU": "caudate"}, "ignore": [ignored]}
    found, notes = wide(["bp_CAU", "bp_PUT"], regions=regions)
    assert {name: one.delivered for name, one in found.items()} == {"PUT": "PUT"}
    assert notes.problems == []
    assert notes.findings[0].message == "1 column of turku.csv left out by regions.ignore: bp_CAU"


def test_regions_know_their_delivered_names():
    found, _ = wide(["bp_CAU", "L_Put"], regions={"prefix": "bp_", "names": {"L_Put": "putamen"}})
    assert {n: one.delivered for n, one in found.items()} == {"CAU": "CAU", "putamen": "L_Put"}
    found, _ = long({"Put-L": "putamen_l"}, ["Put-L"])
    assert found["putamen_l"].delivered == "Put-L"


def test_columns_not_read(tmp_path):
    path = written(tmp_path / "turku.csv", "ID,bp_CAU,bp_note,L_Put,MRI", "a,1,1,1,1")
    regions = {"prefix": "bp_", "suffix": "", "names": {}, "ignore": ["note", "MRI"]}
    site = site_entry(path, columns={"participant_id": "ID"}, regions=regions)
    notes = Notes("tidy", "turku")
    delivery = READERS["wide_table"].read(site, small_study(variables={}), notes)
    assert delivery.unread == ("L_Put",)
    assert notes.findings[-1].message == (
        "turku.csv has a column that the config does not read: L_Put"
    )


def test_the_schema_and_the_readers_name_the_same_formats():
    site = load_schema()["properties"]["sites"]["additionalProperties"]
    assert site["properties"]["format"]["enum"] == list(READERS)
    assert site["properties"]["format"]["description"] == formats_in_words()
