import pytest
from small_study import small_study
from specs_of import changed

from multipet.ingest.ids import note_changing_levels, tell_people_apart
from multipet.ingest.notes import Notes
from multipet.ingest.participants import Participants
from multipet.ingest.tidy_table import Scan, SiteTable


def site(name, *people):
    scans = tuple(
        Scan(person, str(session), name, f"{name}/H", (33.0, sex), 2)
        for session, (person, sex) in enumerate(people, start=1)
    )
    return SiteTable(name, ("age", "sex"), scans, {}, {})


def spanning(value):
    return changed(small_study(), study__participants_span_sites=value)


TABLES = [site("turku", ("1", "F"), ("2", "F")), site("yale", ("1", "M"), ("3", "F"))]


def test_one_id_at_two_sites_is_two_people():
    notes = Notes("pool")
    scans = tell_people_apart(TABLES, spanning(False), None, notes)
    assert [scan.participant_id for scan in scans] == ["turku:1", "2", "yale:1", "3"]
    (finding,) = notes.findings
    assert (finding.check, finding.value) == ("shared_id", "1")
    assert "turku and yale" in finding.message


def test_travelling_people_keep_their_id():
    notes = Notes("pool")
    scans = tell_people_apart(TABLES, spanning(True), None, notes)
    assert [scan.participant_id for scan in scans] == ["1", "2", "1", "3"]
    note_changing_levels(scans, small_study().variables, notes)
    assert [(f.check, f.participant_id, f.value) for f in notes.findings] == [
        ("changing_level", "1", "F, M")
    ]


@pytest.mark.parametrize(
    ("keys", "count"), [(("participant_id",), 1), (("participant_id", "site"), 0)]
)
def test_participants_must_say_whose_a_shared_id_is(keys, count):
    notes = Notes("pool")
    people = Participants("participants.tsv", keys, {}, {}, ("age",))
    tell_people_apart(TABLES, spanning(False), people, notes)
    assert len(notes.problems) == count


def test_a_made_id_that_exists_is_a_problem():
    notes = Notes("pool")
    tables = [site("turku", ("1", "F"), ("turku:1", "F")), site("yale", ("1", "M"))]
    tell_people_apart(tables, spanning(False), None, notes)
    assert len(notes.problems) == 1
