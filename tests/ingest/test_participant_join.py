import pytest
from small_study import checks_of, people_entry, site_entry, small_study, written

from multipet.core.problems import UserError
from multipet.ingest.notes import Notes
from multipet.ingest.participants import participants_without_scan, read_participants
from multipet.ingest.site_table import read_site

SCANS = ("participant_id,session,scanner,bp_caudate", "007,1,H,2.5", "8,1,H,2.6")


def study_with(tmp_path, *lines, **entry):
    path = written(tmp_path / "participants.tsv", *(line.replace(" ", "\t") for line in lines))
    return small_study(participants=people_entry(path, **entry))


def join(tmp_path, study, *lines):
    path = written(tmp_path / "turku.csv", *(lines or SCANS))
    return read_site("turku", site_entry(path), study)


def problems_of(tmp_path, study, *lines):
    with pytest.raises(UserError) as error:
        join(tmp_path, study, *lines)
    return [str(problem) for problem in error.value.problems]


def test_site_and_session_are_used_where_the_table_has_them(tmp_path):
    study = study_with(
        tmp_path,
        "participant_id site session age sex",
        "007 turku 1 33 F",
        "007 yale 1 55 M",
        "8 turku 1 44 M",
        "8 turku 2 46 M",
    )
    table = join(tmp_path, study)
    assert [scan.covariates for scan in table.scans] == [(33.0, "F"), (44.0, "M")]
    people = read_participants(study)
    assert people.keys == ("participant_id", "session", "site")
    notes = Notes("pool")
    seen = [("007", "1", "turku"), ("8", "1", "turku")]
    participants_without_scan(people, seen, notes)
    (finding,) = notes.findings
    assert finding.value == "2"
    assert finding.message == "2 rows (3, 5) of participants.tsv belong to no scan"
    assert finding.participant_id == "007, 8"


def test_scan_without_a_row_is_listed_with_the_likely_reason(tmp_path):
    study = study_with(tmp_path, "participant_id age sex", "007 33 F", "sub-008 44 M")
    table = join(tmp_path, study)
    assert table.scans[1].covariates == (None, None)
    assert checks_of(table.findings) == {"unmatched_participant": 1, "missing_covariate": 1}
    assert table.findings[0].message.endswith("; the id in its row 3 is nearly the same")
    assert table.findings[0].participant_id == "8"


def test_a_site_with_its_own_covariates_needs_no_row(tmp_path):
    study = study_with(tmp_path, "participant_id age sex", "other 33 F")
    table = join(
        tmp_path, study, "participant_id,session,scanner,age,sex,bp_caudate", "1,1,H,40,M,2.5"
    )
    assert table.scans[0].covariates == (40.0, "M")
    assert table.findings == ()


def test_a_missing_covariate_is_filled_and_told(tmp_path):
    study = study_with(tmp_path, "participant_id age sex", "1 33 F")
    table = join(
        tmp_path, study, "participant_id,session,scanner,age,sex,bp_caudate", "1,1,H,NA,F,2.5"
    )
    assert table.scans[0].covariates == (33.0, "F")
    assert [(f.check, f.action, f.value) for f in table.findings] == [
        ("filled_from_participants", "joined", "33")
    ]


def test_contradiction_between_the_tables(tmp_path):
    study = study_with(tmp_path, "participant_id age sex", "1 33 F")
    lines = ("participant_id,session,scanner,age,sex,bp_caudate", "1,1,H,35,F,2.5")
    assert problems_of(tmp_path, study, *lines) == [
        'turku.csv, scan of "1", session "1": age is 35 here and 33 in participants.tsv, row 2; '
        "correct one of them"
    ]


def test_no_row_for_any_scan(tmp_path):
    study = study_with(tmp_path, "participant_id age sex", "A-1 33 F")
    (line,) = problems_of(tmp_path, study)
    assert line == (
        "turku.csv: no scan of it has a row in participants.tsv; "
        'participant_id is "007", "8" here and "A-1" there'
    )


def test_a_covariate_that_nobody_has(tmp_path):
    study = study_with(tmp_path, "participant_id Sex", "007 F", columns={"sex": "Sex"})
    (line,) = problems_of(tmp_path, study)
    assert '"age" is neither a column here nor in participants.tsv' in line
