"""Tables as they come: what would change an answer in silence stops, or is told; twins are not."""

import datetime as dt
import zipfile

import openpyxl
import pytest
from small_study import (
    checks_of,
    people_entry,
    regions_with,
    site_entry,
    small_study,
    variables_with,
    written,
)
from specs_of import changed

from multipet.config.study import MeasuredOutcome
from multipet.core.problems import UserError
from multipet.ingest.ids import alike
from multipet.ingest.notes import Notes
from multipet.ingest.participants import read_participants
from multipet.ingest.pooling import pool
from multipet.ingest.regions import refuse_other_spellings
from multipet.ingest.site_table import read_site
from multipet.ingest.tidy_table import SiteTable

HEADER = "participant_id,session,scanner,age,sex,bp_caudate"
VALUES = ("2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.2")


def study(**changes):
    outcome = MeasuredOutcome(column="bp", unit="1", scale="identity")
    return changed(small_study(), study__outcome=outcome, **changes)


def rows(values=VALUES, ids=None, more=""):
    names = ids or [f"a{at}" for at in range(len(values))]
    return [f"{who},1,H,33,F,{value}{more}" for who, value in zip(names, values, strict=True)]


def read(folder, *lines, header=HEADER, settings=None, **entry):
    path = written(folder / "turku.csv", header, *lines)
    return read_site("turku", site_entry(path, **entry), settings or study())


def told(folder, *lines, **options):
    """Everything that stops the reading and pooling of a table."""
    with pytest.raises(UserError) as error:
        settings = options.get("settings") or study()
        pool([read(folder, *lines, **options)], settings)
    return str(error.value)


@pytest.mark.parametrize("code", ["-9999", "-4", "99", "999", "8888"])
def test_codes_for_missing_stop_and_name_the_key(tmp_path, code):
    line = told(tmp_path, *rows([*VALUES, code]))
    assert f'row 9, region "caudate": {code} looks like a code for missing' in line
    assert f'add "{code}" to sites.turku.missing' in line


@pytest.mark.parametrize("value", ["2946", "1e308", "-1e308", "3e31"])
def test_values_that_nobody_has_stop(tmp_path, value):
    assert "cannot be a measured value" in told(tmp_path, *rows([*VALUES, value]))


@pytest.mark.parametrize("value", ["9.5", "0", "-0.4"])
def test_odd_values_are_noted_and_stay(tmp_path, value):
    pooled = pool([read(tmp_path, *rows([*VALUES, value]))], study())
    assert pooled.regions["caudate"][-1] == float(value)


def test_a_code_among_values_as_large_is_a_value(tmp_path):
    values = ["95", "97", "99", "101", "103", "98", "88"]
    assert pool([read(tmp_path, *rows(values))], study()).findings == ()


def test_values_at_the_end_of_the_range_are_told_as_a_unit(tmp_path):
    tables = []
    for name, value in (("turku", "5e-324"), ("yale", "2.5"), ("oslo", "2.4")):
        path = written(tmp_path / f"{name}.csv", HEADER, *rows([value] * 6))
        tables.append(read_site(name, site_entry(path), study()))
    with pytest.raises(UserError, match="about 1e-300 times those of the other sites"):
        pool(tables, study())


DOSE = variables_with(dose={"kind": "number", "unit": "MBq"})


def doses(folder, *cells):
    lines = [f"p{at};{cell}" for at, cell in enumerate(cells)]
    path = written(folder / "p.csv", "participant_id;dose", *lines)
    return read_participants(small_study(variables=DOSE, participants=people_entry(path)))


@pytest.mark.parametrize("cells", [("1,024", "985"), ("12,500", "985", "NA"), ("998", "1,000")])
def test_a_comma_that_may_part_thousands_is_asked_about(tmp_path, cells):
    with pytest.raises(UserError, match=r"may be \d+\.\d+ or \d+: others of the column are whole"):
        doses(tmp_path, *cells)


@pytest.mark.parametrize("cells", [("1,024", "2,5"), ("0,985", "1"), ("1,024", "7"), ("1,024",)])
def test_decimal_commas_are_read(tmp_path, cells):
    assert [f.check for f in doses(tmp_path, *cells).findings] == ["decimal_comma"]


@pytest.mark.parametrize(
    "ids", [["07", "7"], ["sub-07", "07"], ["S001", "s1"], ["a b", "A\u00a0B"], ["x-01", "x–1"]]
)
def test_ids_that_are_alike_are_put_together(ids):
    assert alike(ids, "sub-") == [ids]


@pytest.mark.parametrize("ids", [["10", "1"], ["07", "70"], ["a1", "a10"], ["s0", "s00x"]])
def test_ids_that_differ_are_not(ids):
    assert alike(ids, "sub-") == []


def test_ids_alike_but_for_zeros_are_noted(tmp_path):
    findings = pool([read(tmp_path, *rows(ids=["07", "7", *"abcde"]))], study()).findings
    assert checks_of(findings) == {"alike_ids": 1}
    assert "differ in leading zeros, sub-, case" in findings[0].message
    assert pool([read(tmp_path, *rows())], study()).findings == ()


@pytest.mark.parametrize("who", ["1.20204E+11", "9.912140633506402e+16", "1,2E+15"])
def test_ids_that_lost_digits_stop(tmp_path, who):
    quoted = f'"{who}"'
    line = told(tmp_path, *rows(ids=[quoted, *"abcdef"]))
    assert "is a long number of which a spreadsheet keeps 15 digits at most" in line


@pytest.mark.parametrize("who", ["2026-09-01", "1-Sep", "Mar-02"])
def test_a_date_among_ids_stops(tmp_path, who):
    assert "is a date among names" in told(tmp_path, *rows(ids=[who, *"abcdef"]))


@pytest.mark.parametrize("who", ["12345678901234567", "E05", "may-b", "2026-0901"])
def test_ids_that_only_look_odd_are_read(tmp_path, who):
    assert read(tmp_path, *rows(ids=[who, *"abcdef"])).scans[0].participant_id == who


def workbook(path, *lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return book


def test_a_region_that_became_a_date_stops(tmp_path):
    path = tmp_path / "t.xlsx"
    workbook(path, ["participant_id", "age", "sex", dt.datetime(2026, 9, 1)], ["a", 33, "F", 2.5])
    entry = site_entry(path, regions={"names": {"2026-09-01": "2026-09-01"}})
    with pytest.raises(UserError, match='region "2026-09-01" is a date'):
        read_site("turku", entry, study())


def test_a_long_number_of_a_workbook_is_no_id(tmp_path):
    path = tmp_path / "t.xlsx"
    workbook(path, HEADER.split(","), [1234567890123456, "1", "H", 33, "F", 2.5])
    with pytest.raises(UserError, match="keeps 15 digits"):
        read_site("turku", site_entry(path), study())


def hidden(folder, hide):
    path = folder / "t.xlsx"
    lines = [line.split(",") for line in rows()]
    book = workbook(path, HEADER.split(","), *lines)
    hide(book)
    book.save(path)
    findings = read_site("turku", site_entry(path), study()).findings
    return [f.message for f in findings if f.check == "hidden_cells"]


def test_hidden_rows_columns_and_sheets_are_told(tmp_path):
    def rows_hidden(book):
        book.active.row_dimensions[3].hidden = book.active.row_dimensions[5].hidden = True

    def column_hidden(book):
        book.active.column_dimensions["F"].hidden = True

    def sheet_hidden(book):
        book.create_sheet("front")
        book["Sheet"].sheet_state = "hidden"

    assert "t.xlsx has 2 hidden rows (3, 5) in what was read" in hidden(tmp_path, rows_hidden)[0]
    assert "1 hidden column (F)" in hidden(tmp_path, column_hidden)[0]
    assert "a hidden sheet" in hidden(tmp_path, sheet_hidden)[0]


def test_hidden_rows_without_cells_are_not_told(tmp_path):
    def beyond(book):
        book.active.row_dimensions[50].hidden = True

    assert hidden(tmp_path, beyond) == []


def test_a_workbook_with_prefixed_names_is_looked_into(tmp_path):
    path, prefixed = tmp_path / "t.xlsx", tmp_path / "prefixed.xlsx"
    workbook(path, HEADER.split(","), ["a", "1", "H", 33, "F", "=1+1"])
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(prefixed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                for tag in (b"f", b"c", b"v", b"row", b"sheetData", b"worksheet"):
                    data = data.replace(b"<" + tag + b">", b"<x:" + tag + b">")
                    data = data.replace(b"<" + tag + b" ", b"<x:" + tag + b" ")
                    data = data.replace(b"</" + tag + b">", b"</x:" + tag + b">")
                data = data.replace(b"xmlns=", b"xmlns:x=")
            new.writestr(name, data)
    with pytest.raises(UserError, match="has no stored result"):
        read_site("turku", site_entry(prefixed), study())


@pytest.mark.parametrize(
    "lines",
    [
        ['a1,1,H,33,F,2.1,"ok', 'a2,2,H,33,F,2.2,22"', "a3,1,H,33,F,2.3,x"],
        ['a1,1,H,33,F,2.1,"ok', "a2,2,H,33,F,2.2,x", 'a3,1,H,33,F,2.3,"'],
        ['a1,"1,H,33,F,2.1,ok', 'a2,1",H,33,F,2.2,x'],
    ],
)
def test_a_quote_that_swallows_a_row_stops(tmp_path, lines):
    line = told(tmp_path, *lines, header=f"{HEADER},comment")
    assert "a cell holds" in line
    assert "is a quote not closed, or one too many?" in line


def test_comments_of_several_lines_are_read(tmp_path):
    lines = ['a1,1,H,33,F,2.1,"moved, a bit', 'then slept"', "a2,1,H,33,F,2.2,x"]
    assert len(read(tmp_path, *lines, header=f"{HEADER},comment").scans) == 2


LONG = "participant_id,session,scanner,age,sex,region,bp,measure,hemi"
CELLS = [
    ("caudate", "2.5", "BPnd", "L"),
    ("caudate", "0.9", "R1", "L"),
    ("caudate", "2.6", "BPnd", "R"),
]


@pytest.mark.parametrize("columns", [["measure"], ["hemi"], ["measure", "hemi"]])
def test_several_measures_are_one_line_that_names_the_column(tmp_path, columns):
    kept = {"measure": CELLS[:2], "hemi": [CELLS[0], CELLS[2]]}.get(columns[0], CELLS)
    kept = CELLS if len(columns) > 1 else kept
    lines = [f"{who},1,H,33,F,{','.join(cells)}" for who in "ab" for cells in kept]
    entry = {"format": "long_table", "regions": {}}
    line = told(tmp_path, *lines, header=LONG, **entry)
    assert len(line.splitlines()) == 1
    assert all(f'"{name}" (' in line for name in columns)
    assert "choose the rows to read, as select: {" in line


def test_one_contradiction_stays_one_of_two_rows(tmp_path):
    lines = ["a,1,H,33,F,caudate,2.5,BPnd,L", "a,1,H,33,F,caudate,2.6,BPnd,R"]
    line = told(tmp_path, *lines, header=LONG, format="long_table", regions={})
    assert "two rows of the scan" in line


@pytest.mark.parametrize(
    ("name", "odd"),
    [("frontal “BA9”", "LEFT DOUBLE"), ("left\u00a0caudate", "NO-BREAK"), ("a–b", "EN DASH")],
)
def test_characters_that_look_alike_are_shown_by_name(name, odd):
    straight = {"frontal “BA9”": 'frontal "BA9"', "a–b": "a-b"}.get(name, "left caudate")
    sites = {"a": straight, "b": name}
    tables = [SiteTable(site, (), (), {region: None}, {}) for site, region in sites.items()]
    notes = Notes("pool")
    refuse_other_spellings(tables, regions_with(), notes)
    assert odd in str(notes.problems[0])
    assert "\\u" in str(notes.problems[0])


@pytest.mark.parametrize("session", ["-2+3+cmd|' /C calc'!A0", "=1+1", "＝cmd", "-(1)"])
def test_names_that_a_spreadsheet_would_run_are_refused(tmp_path, session):
    line = told(tmp_path, f"a,{session},H,33,F,2.5")
    assert "begins like a formula" in line


@pytest.mark.parametrize("session", ["-1", "-2.5e3", "-.5", "1-2"])
def test_negative_numbers_are_names(tmp_path, session):
    assert read(tmp_path, f"a,{session},H,33,F,2.5").scans[0].session == session


def test_findings_hold_nothing_that_a_spreadsheet_would_run(tmp_path):
    header = f"{HEADER},=cmd|' /C calc'!A0"
    (finding,) = read(tmp_path, *rows(more=",ok"), header=header).findings
    assert (finding.check, finding.value[:5]) == ("column_not_read", "'=cmd")


def meaning(folder, header, cells, tracer=""):
    lines = [f"a{at},1,H,33,F,2.{at},{cell}" for at, cell in enumerate(cells)]
    table = read(folder, *lines, header=f"{HEADER},{header}", settings=study(study__tracer=tracer))
    return [f.check for f in table.findings if f.check != "column_not_read"]


@pytest.mark.parametrize(
    ("cells", "tracer"),
    [
        (["PIB", "[11C]PiB", "AV45"], "[11C]PiB"),
        (["FBB", "FBP"], ""),
        (["18FAV45", "AV45"], "[11C]PiB"),
    ],
)
def test_several_tracers_are_noted(tmp_path, cells, tracer):
    assert meaning(tmp_path, "TRACER", cells, tracer) == ["several_tracers"]


@pytest.mark.parametrize(
    ("cells", "tracer"),
    [(["PIB", "[11C]PiB", "C11-PIB"], "[11C]PiB"), (["FBP", "AV45"], "[18F]florbetapir")],
)
def test_one_tracer_spelled_in_many_ways_is_one(tmp_path, cells, tracer):
    assert meaning(tmp_path, "tracer", cells, tracer) == []


def test_a_column_that_tells_good_scans_from_others_is_noted(tmp_path):
    assert meaning(tmp_path, "qc_flag", ["2", "0", "2"]) == ["qc_column"]
    assert meaning(tmp_path, "use", ["yes", "no"]) == ["qc_column"]
    assert meaning(tmp_path, "qc_flag", ["2", "2"]) == []


def scanners(folder, people, header="participant_id,session,age,sex,bp_caudate", camera=""):
    path = written(folder / "p.csv", "participant_id,cam", *people)
    entry = people_entry(path, columns={"scanner": "cam"})
    settings = study(participants=entry)
    lines = [f"{who},1,33,F,2.5{camera}" for who in "ab"]
    table = read(folder, *lines, header=header, settings=settings)
    return [scan.scanner for scan in table.scans], [f.check for f in table.findings]


def test_the_scanner_is_taken_from_the_participants_table(tmp_path):
    assert scanners(tmp_path, ["a,HRRT", "b,mCT"]) == (["turku/HRRT", "turku/mCT"], [])
    some = scanners(tmp_path, ["a,HRRT", "b,"])
    assert some == (["turku/HRRT", "turku/unspecified"], ["missing_scanner"])


def test_scanners_that_contradict_the_participants_table_stop(tmp_path):
    header = "participant_id,session,age,sex,bp_caudate,scanner"
    with pytest.raises(UserError, match=r'scanner is "GE" here and "HRRT" in p\.csv, row 2'):
        scanners(tmp_path, ["a,HRRT", "b,GE"], header=header, camera=",GE")


def references(folder, region, *values):
    header = HEADER.replace("caudate", region)
    findings = pool([read(folder, *rows(values), header=header)], study()).findings
    return [f.check for f in findings]


@pytest.mark.parametrize("region", ["WHOLECEREBELLUM", "Whole_Cerebellum", "SUMMARY"])
def test_references_and_means_among_the_regions_are_noted(tmp_path, region):
    assert references(tmp_path, region, "0.8", "1.25", "1.1") == ["reference_region"]


@pytest.mark.parametrize(
    ("region", "values"),
    [("whole_cerebellum", ("1", "1.0", "1")), ("cerebellum", ("0.8", "1.25")), ("sum", ("1", "2"))],
)
def test_regions_and_references_of_1_are_not(tmp_path, region, values):
    assert references(tmp_path, region, *values) == []
