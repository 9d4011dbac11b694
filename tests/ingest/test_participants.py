import pytest
from small_study import people_entry, small_study, written

from multipet.core.problems import UserError
from multipet.ingest.participants import read_participants


def study_with(tmp_path, *lines, **entry):
    path = written(tmp_path / "participants.tsv", *(line.replace(" ", "\t") for line in lines))
    return small_study(participants=people_entry(path, **entry))


def test_no_participants_table():
    assert read_participants(small_study()) is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("id age sex", "1 33 F"), 'no column for "participant_id"'),
        (("participant_id age sex", "1 x F"), '"x" is not a number'),
        (("participant_id site age sex", "1  33 F"), 'row 2, column "site": is empty'),
        (
            ("participant_id age sex", "1 33 F", "1 34 F"),
            'rows 2 and 3: two rows for participant_id "1" with age 33 and 34',
        ),
    ],
)
def test_bad_participants_table(tmp_path, lines, message):
    with pytest.raises(UserError) as error:
        read_participants(study_with(tmp_path, *lines))
    (problem,) = error.value.problems
    assert str(problem).startswith("participants.tsv") and message in str(problem)


def test_repeated_row_is_dropped(tmp_path):
    people = read_participants(study_with(tmp_path, "participant_id age sex", "1 33 F", "1 33 F"))
    assert [(f.check, f.row, f.participant_id) for f in people.findings] == [
        ("duplicate_row", "3", "1")
    ]
