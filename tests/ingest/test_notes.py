import pytest

from multipet.core.problems import Problem, UserError
from multipet.ingest.notes import Notes, capped


def test_problems_beyond_the_cap_are_counted():
    problems = [Problem(f"t.csv, row {row}", "is empty") for row in range(25)]
    told = [str(problem) for problem in capped(problems)]
    assert len(told) == 21
    assert told[-1] == "t.csv: … and 5 more"
    assert capped(problems[:20]) == problems[:20]


def test_nothing_is_raised_without_problems():
    notes = Notes("tidy", "turku")
    notes.finding("missing_value", "missing", "no value", row=14)
    notes.stop_on_problems()
    (finding,) = notes.findings
    assert (finding.stage, finding.site, finding.row, finding.region) == ("tidy", "turku", "14", "")


def test_problems_are_raised_together():
    notes = Notes("tidy")
    notes.problem("a.csv", "is empty")
    notes.problem("b.csv", "is empty")
    with pytest.raises(UserError) as error:
        notes.stop_on_problems()
    assert len(error.value.problems) == 2
