from small_study import checks_of

from multipet.ingest.notes import Notes
from multipet.ingest.scan_notes import note_scans
from multipet.ingest.tidy_table import Scan, SiteTable


def noted(*scanners, names_scanners=True, age=33.0):
    scans = tuple(
        Scan(str(i), "1", "turku", f"turku/{label}", (age,), i + 2)
        for i, label in enumerate(scanners)
    )
    notes = Notes("tidy", "turku")
    note_scans(SiteTable("turku", ("age",), scans, {}, {}), names_scanners, notes)
    return notes.findings


def test_alike_scanner_names_are_one_finding():
    findings = noted("HRRT", "hrrt", "HR-RT", "GE")
    assert checks_of(findings) == {"scanner_spelled_twice": 1}
    assert '"HRRT" (1 scan), "hrrt" (1 scan), "HR-RT" (1 scan)' in findings[0].message


def test_names_of_signs_alone_are_not_alike():
    assert noted("+", "-") == []


def test_missing_scanner_is_told_only_where_the_site_names_scanners():
    assert checks_of(noted("HRRT", "unspecified")) == {"missing_scanner": 1}
    assert noted("unspecified", names_scanners=False) == []


def test_missing_covariate_names_it_and_its_row():
    (finding,) = noted("HRRT", age=None)
    assert (finding.check, finding.action, finding.value, finding.row) == (
        "missing_covariate",
        "missing",
        "age",
        "2",
    )
