import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import SCRIPTS
from small_study import checks_of, people_entry, plain, site_entry, small_study, written

from multipet.core.problems import UserError
from multipet.ingest.pooling import pool
from multipet.ingest.scans import read_site_file, write_site
from multipet.ingest.site_table import read_site

HEADER = "participant_id,session,scanner,age,sex,bp_caudate_l,bp_caudate_r"
LONG_HEADER = "participant_id,session,scanner,age,sex,region,bp_nd"


def read(path, study=None, **entry):
    return read_site("turku", site_entry(path, **entry), study or small_study())


def problems_of(path, study=None, **entry):
    with pytest.raises(UserError) as error:
        read(path, study, **entry)
    return [str(problem) for problem in error.value.problems]


def test_wide_table(tmp_path):
    path = written(tmp_path / "turku.csv", HEADER, "007,1,HRRT,33.2,F,2.5,2.7", "NA,2,,40,M,,1e-97")
    table = read(path)
    first, second = table.scans
    assert (first.participant_id, first.session, first.scanner) == ("007", "1", "turku/HRRT")
    assert first.covariates == (33.2, "F")
    assert (second.participant_id, second.scanner) == ("NA", "turku/unspecified")
    assert plain(table.regions["caudate_l"].values) == [2.5, None]
    assert plain(table.regions["caudate_r"].values) == [2.7, 1e-97]
    assert table.rows["caudate_l"] == (2, 3)
    assert checks_of(table.findings) == {"missing_scanner": 1}


def test_long_table_with_another_order_of_rows(tmp_path):
    path = written(
        tmp_path / "turku.csv",
        LONG_HEADER,
        "b,1,HRRT,40,M,PUT,3.1",
        'a,1,HRRT,33,F,"lobe, medial",0.5',
        "b,1,HRRT,40,M,CAU,2.5",
    )
    regions = {"names": {"CAU": "caudate", "PUT": "putamen"}}
    table = read(path, format="long_table", regions=regions)
    assert [scan.participant_id for scan in table.scans] == ["b", "a"]
    assert list(table.regions) == ["putamen", "lobe, medial", "caudate"]
    assert plain(table.regions["caudate"].values) == [2.5, None]
    assert table.rows["caudate"] == (4, None)
    write_site(tmp_path / "tidy.tsv", table, small_study())
    rows = [line.split("\t")[:6] for line in (tmp_path / "tidy.tsv").read_text().splitlines()]
    assert rows[1:] == [
        ["b", "1", "turku", "turku/HRRT", "putamen", "3.1"],
        ["b", "1", "turku", "turku/HRRT", "caudate", "2.5"],
        ["a", "1", "turku", "turku/HRRT", "lobe, medial", "0.5"],
    ]
    assert table.columns[-3:] == ("age", "sex", "row")


def test_session_and_scanner_that_are_not_there_are_told(tmp_path):
    path = written(tmp_path / "t.csv", "participant_id,Scanner,age,sex,bp_caudate", "1,x,33,F,2.5")
    table = read(path)
    assert table.scans[0].session == "1"
    assert table.scans[0].scanner == "turku/unspecified"
    told = {finding.check: finding.message for finding in table.findings}
    assert 'its column "Scanner" is not mapped' in told["no_scanner"]
    assert "no_session" in told
    fixed = read(path, constants={"session": "baseline", "scanner": "HRRT"})
    assert (fixed.scans[0].session, fixed.scans[0].scanner) == ("baseline", "turku/HRRT")
    assert [finding.check for finding in fixed.findings] == ["column_not_read"]


def test_missing_covariates_and_spellings_are_findings(tmp_path):
    path = written(
        tmp_path / "t.csv",
        HEADER,
        "1,1,HRRT,NA,,2,2",
        "2,1,hr-rt ,33,F,2,2",
        "2,1,hr-rt,33,F,2.0,2",
    )
    table = read(path)
    assert checks_of(table.findings) == {
        "duplicate_row": 1,
        "missing_covariate": 1,
        "scanner_spelled_twice": 1,
    }
    assert [scan.scanner for scan in table.scans] == ["turku/HRRT", "turku/hr-rt"]


def test_volumes_stand_beside_values(tmp_path):
    path = written(
        tmp_path / "t.csv",
        "participant_id,session,scanner,age,sex,bp_caudate,vol_caudate",
        "1,1,HRRT,33,F,2.5,4100",
    )
    table = read(path, volumes={"prefix": "vol_"})
    assert plain(table.regions["caudate"].volumes) == [4100.0]
    write_site(tmp_path / "tidy.tsv", table, small_study())
    assert (tmp_path / "tidy.tsv").read_text().splitlines()[1].split("\t")[5:7] == ["2.5", "4100"]


BAD_TABLES = {
    "not_a_number": (
        [HEADER, "1,1,H,33,F,2,6x"],
        'turku.csv, row 2, column "bp_caudate_r": "6x" is not a number',
    ),
    "header_only": ([HEADER], "turku.csv: has a header but no rows"),
    "duplicate_header": ([HEADER + ",age", "1,1,H,33,F,2,2,3"], '2 columns are called "age"'),
    "no_id_column": (
        [HEADER.replace("participant_id", "participant"), "1,1,H,33,F,2,2"],
        'no column for "participant_id"; map it under `columns`; did you mean "participant"?',
    ),
    "no_region_column": (
        [HEADER.replace("bp_", "BP_"), "1,1,H,33,F,2,2"],
        'no region column (prefix "bp_"); the columns are BP_caudate_l, BP_caudate_r',
    ),
    "unknown_level": (
        [HEADER, "1,1,H,33,2,2,2"],
        'column "sex": "2" is not a level of sex (F, M); say what it means: values: {sex: {"2": …',
    ),
    "outside_range": ([HEADER, "1,1,H,3.3,F,2,2"], 'age "3.3" is outside its range, 18 to 100'),
    "empty_id": ([HEADER, " ,1,H,33,F,2,2"], 'row 2, column "participant_id": is empty'),
    "reserved_id": ([HEADER, "n/a,1,H,33,F,2,2"], 'is "n/a", which names nothing'),
    "empty_session": ([HEADER, "1,,H,33,F,2,2"], 'values: {session: {"": …}}'),
    "conflicting_rows": (
        [HEADER, "1,1,H,33,F,2,2", "1,1,H,33,F,2,3"],
        'turku.csv, rows 2 and 3: two rows of the scan of "1", session "1", differ: caudate_r 2 '
        "and 3",
    ),
    "two_ages": (
        [HEADER, "1,1,H,33,F,2,2", "1,1,H,34,F,2,2"],
        'scan of "1", session "1", has age 33 and 34',
    ),
    "two_scanners": (
        [HEADER, "1,1,H,33,F,2,2", "1,1,G,33,F,2,2"],
        'has scanner "H" and "G"; correct one, or give the scans sessions of their own',
    ),
    "no_covariate": (
        [HEADER.replace("age", "Age"), "1,1,H,33,F,2,2"],
        'no column for "age"; map it under `columns`; did you mean "Age"?',
    ),
    "binary": (["PK\x03\x04"], "it is an Excel workbook"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_table_is_one_line(tmp_path, name):
    lines, message = BAD_TABLES[name]
    path = written(tmp_path / "turku.csv", *lines)
    (line,) = problems_of(path)
    assert line.startswith("turku.csv")
    assert message in line
    assert "\n" not in line


def test_mistakes_of_a_table_are_told_together(tmp_path):
    path = written(
        tmp_path / "turku.csv", HEADER, "1,1,H,x,F,2,2", ",1,H,33,male,2,2", "3,,H,33,F,2,low"
    )
    assert len(problems_of(path)) == 5


def test_many_mistakes_are_counted(tmp_path):
    rows = [f"{row},1,H,33,F,2,x{row}" for row in range(30)]
    told = problems_of(written(tmp_path / "turku.csv", HEADER, *rows))
    assert len(told) == 21
    assert told[-1] == "turku.csv: … and 10 more"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,1,H,33,F,CAU,3", 'rows 2 and 4: two rows of the scan of "a", session "1", differ'),
        ("a,1,H,33,F,,3", 'row 4, column "region": is empty'),
        ("a,1,H,35,F,THA,3", 'rows 2 and 4: scan of "a", session "1", has age 33 and 35'),
        ("a,1,H,33,F,caudate,3", '"CAU" and "caudate" are both region "caudate"'),
    ],
)
def test_bad_long_table(tmp_path, row, message):
    lines = [LONG_HEADER, "a,1,H,33,F,CAU,2.5", "a,1,H,33,F,PUT,3.1", row]
    path = written(tmp_path / "turku.csv", *lines)
    (line,) = problems_of(path, format="long_table", regions={"names": {"CAU": "caudate"}})
    assert message in line


def test_repeated_long_row_is_dropped(tmp_path):
    path = written(tmp_path / "t.csv", LONG_HEADER, *["a,1,H,33,F,CAU,2.5"] * 2)
    table = read(path, format="long_table", regions={})
    assert [(f.check, f.action, f.row) for f in table.findings] == [
        ("duplicate_row", "dropped", "3")
    ]


def test_volume_of_nothing_is_a_problem(tmp_path):
    path = written(tmp_path / "turku.csv", HEADER + ",vol_caudate_l", "1,1,H,33,F,2,2,0")
    (line,) = problems_of(path, volumes={"prefix": "vol_"})
    assert 'column "vol_caudate_l": volume 0 is not above 0' in line


def test_covariates_come_from_participants(tmp_path):
    people = written(tmp_path / "participants.tsv", "participant_id\tage\tsex", "007\t33\tF")
    path = written(tmp_path / "t.csv", "participant_id,session,scanner,bp_caudate", "007,1,H,2.5")
    table = read(path, small_study(participants=people_entry(people)))
    assert table.scans[0].covariates == (33.0, "F")
    assert table.findings == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(order=st.permutations(range(6)))
def test_order_of_rows_changes_no_value(tmp_path, order):
    rows = [f"{i:03},1,HRRT,{30 + i},F,{2 + i / 10},{3 + i / 10}" for i in range(6)]
    path = written(tmp_path / "t.csv", HEADER, *(rows[i] for i in order))
    table = read(path)
    values = zip(table.scans, table.regions["caudate_l"].values, strict=True)
    assert {scan.participant_id: value for scan, value in values} == {
        f"{i:03}": 2 + i / 10 for i in range(6)
    }
    assert [scan.participant_id for scan in table.scans] == [f"{i:03}" for i in order]


def test_reading_small_text_tables_imports_numpy_alone():
    code = (
        "import multipet.ingest.site_table, multipet.ingest.pooling, sys;"
        "print([m for m in ('pandas', 'openpyxl', 'scipy') if m in sys.modules])"
    )
    scripts = SCRIPTS
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(scripts)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


LONG = {"format": "long_table", "regions": {"prefix": "", "suffix": "", "names": {}}}


def test_a_scan_of_ignored_regions_alone_is_told_once_in_check_and_run(tmp_path):
    rows = ("a,1,H,33,F,CAU,2.5", "b,1,H,,M,WM,0.1", "b,2,H,40,M,CAU,2.6", "b,2,H,40,M,WM,0.2")
    path = written(tmp_path / "t.csv", LONG_HEADER, *rows)
    table = read(path, **{**LONG, "regions": {**LONG["regions"], "ignore": ["WM"]}})
    assert [(s.participant_id, s.session) for s in table.scans] == [("a", "1"), ("b", "2")]
    assert plain(table.regions["CAU"].values) == [2.5, 2.6]
    assert table.rows["CAU"] == (2, 4)
    (finding,) = (f for f in table.findings if f.check == "scan_without_values")
    assert (finding.stage, finding.action, finding.row) == ("tidy", "missing", "3")
    assert (finding.participant_id, finding.session) == ("b", "1")
    assert checks_of(table.findings) == {"region_not_kept": 1, "scan_without_values": 1}
    study = small_study()
    write_site(tmp_path / "tidy.tsv", table, study)
    reread = read_site_file(tmp_path / "tidy.tsv", ["age", "sex"])
    first, second = (pool([one], study) for one in (table, reread))
    assert (first.scans, first.findings) == (second.scans, second.findings)
    assert plain(first.regions["CAU"]) == plain(second.regions["CAU"])
    assert checks_of(pool([table], study).findings) == {}


def test_a_long_table_of_ignored_regions_alone_is_refused(tmp_path):
    path = written(tmp_path / "t.csv", LONG_HEADER, "a,1,H,33,F,WM,2.5")
    entry = {**LONG, "regions": {**LONG["regions"], "ignore": ["WM"]}}
    (line,) = problems_of(path, **entry)
    assert line.startswith("t.csv: regions.ignore leaves out every row")


@pytest.mark.parametrize("name", ["n/a", ""])
def test_a_region_that_names_nothing_is_refused(tmp_path, name):
    path = written(tmp_path / "t.csv", LONG_HEADER, "a,1,H,33,F,CAU,2.5", "a,1,H,33,F,PUT,3")
    (line,) = problems_of(path, **{**LONG, "regions": {"names": {"CAU": name}}})
    assert line.startswith(f't.csv: "CAU" is a region called "{name}", which names nothing')
    wide = written(tmp_path / "w.csv", HEADER + ",bp_n/a", "1,1,H,33,F,2,2,3")
    (line,) = problems_of(wide)
    assert '"bp_n/a" is a region called "n/a", which names nothing' in line
    ignored = {"prefix": "bp_", "suffix": "", "names": {}, "ignore": ["n/a"]}
    assert "n/a" not in read(wide, regions=ignored).regions
