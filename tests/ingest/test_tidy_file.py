import json

import pytest
from small_study import plain, site_entry, small_study, written

from multipet.core.columns import FINDINGS, SCAN_REGION, names
from multipet.core.findings import Finding
from multipet.core.findings_file import read_findings, write_findings
from multipet.core.tables import MISSING, read_table
from multipet.ingest.pooling import pool
from multipet.ingest.scans import read_site_file, write_pooled, write_site
from multipet.ingest.site_table import read_site

ROWS = (
    "participant_id,session,scanner,age,sex,region,bp_nd,volume",
    "007,1,HRRT,33.2,F,caudate,2.5123456789012345,4100",
    "007,2,,34,F,caudate,,4100",
    "NA,1,n/a,NA,M,putamen,1e-97,",
)


@pytest.fixture
def table(tmp_path):
    path = written(tmp_path / "NA.csv", *ROWS)
    return read_site("NA", site_entry(path, format="long_table", regions={}), small_study())


def test_a_tidy_table_comes_back_as_it_was(tmp_path, table):
    write_site(tmp_path / "NA.tsv", table, small_study())
    back = read_site_file(tmp_path / "NA.tsv", ["age", "sex"])
    assert back.scans == table.scans
    assert back.rows == table.rows
    assert {name: plain(one.values) for name, one in back.regions.items()} == {
        name: plain(one.values) for name, one in table.regions.items()
    }
    assert plain(back.regions["caudate"].volumes) == [4100.0, 4100.0, None]
    assert (back.site, back.variables) == ("NA", ("age", "sex"))
    described = json.loads((tmp_path / "NA.json").read_text())["columns"]
    assert [column["name"] for column in described] == list(table.columns)


def test_pooled_table_has_every_scan_with_every_region(tmp_path, table):
    pooled = pool([table], small_study())
    write_pooled(tmp_path / "pooled.tsv", pooled, small_study(), ["NA"])
    frame = read_table(tmp_path / "pooled.tsv")
    assert list(frame.columns) == [*names(SCAN_REGION), "age", "sex"]
    assert len(frame) == 6
    assert list(frame["participant_id"].unique()) == ["007", "NA"]
    assert list(frame["site"].cat.categories) == ["NA"]
    assert list(frame["scanner"].cat.categories) == ["NA/HRRT", "NA/unspecified", "NA/n/a"]
    assert list(frame["region"].cat.categories) == ["caudate", "putamen"]
    assert list(frame["sex"].cat.categories) == ["F", "M"]
    assert frame["value"].notna().sum() == 2
    assert frame.loc[0, "value"] == 2.5123456789012345


def test_findings_come_back(tmp_path):
    finding = Finding(
        stage="tidy", check="missing_value", action="missing", message="no value", row="14"
    )
    write_findings(tmp_path / "f.tsv", [finding])
    assert read_findings(tmp_path / "f.tsv") == [finding]
    write_findings(tmp_path / "none.tsv", [])
    assert read_findings(tmp_path / "none.tsv") == []
    assert list(read_table(tmp_path / "none.tsv").columns) == names(FINDINGS)


def test_reserved_ids_are_those_that_files_cannot_hold():
    from multipet.ingest.delivered_table import RESERVED

    assert set(RESERVED) == {"", MISSING}
