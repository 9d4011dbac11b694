import hashlib

from small_study import people_entry, site_entry, small_study, written

from multipet.ingest.site_table import read_site
from multipet.ingest.source_record import source_of


def test_files_and_counts(tmp_path):
    people = written(tmp_path / "p.tsv", "participant_id\tage\tsex", "1\t33\tF")
    header = "participant_id,session,scanner,bp_caudate,bp_putamen"
    path = written(tmp_path / "turku.csv", header, "1,1,H,2,3", "1,2,H,2,3")
    study, entry = small_study(participants=people_entry(people)), site_entry(path)
    record = source_of(read_site("turku", entry, study), entry, study)
    assert (record["n_scans"], record["n_subjects"], record["n_regions"]) == (2, 1, 2)
    assert [file["name"] for file in record["files"]] == ["turku.csv", "p.tsv"]
    assert record["files"][0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_rows_add_up(tmp_path):
    header = "participant_id,session,scanner,use,bp_caudate,bp_putamen"
    rows = ("1,1,H,yes,2,3", "1,2,H,yes,2,3", "1,2,H,yes,2,3", "2,1,H,no,2,3", "3,1,H,no,2,3")
    path = written(tmp_path / "turku.csv", header, *rows)
    study, entry = small_study(variables={}), site_entry(path, select={"use": ["yes"]})
    record = source_of(read_site("turku", entry, study), entry, study)
    assert record["rows"] == {"delivered": 5, "not_selected": 2, "repeated": 1, "read": 2}
    assert record["n_scans_read"] == record["n_scans"] == 2
