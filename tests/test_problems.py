"""A user's mistake in one line."""

from multipet.problems import Problem, UserError, did_you_mean, listed


def test_a_problem_is_one_line():
    problem = Problem("a.csv, row 3", "is\nwrong", "try\n\nthis")
    assert str(problem) == "a.csv, row 3: is wrong; try this"


def test_did_you_mean():
    assert did_you_mean("gruop", ["age", "group", "sex"]) == 'did you mean "group"?'
    assert did_you_mean("GROUP", ["group"]) == 'did you mean "group"?'
    assert did_you_mean("zzz", ["age", "sex"]) == "allowed: age, sex"
    assert did_you_mean("zzz", []) == ""


def test_listed_counts_the_rest():
    assert listed("abc", most=2) == "a, b … (1 more)"


def test_user_error_takes_one_or_many():
    one = Problem("a", "b")
    assert UserError(one).problems == (one,)
    assert str(UserError([one, one])) == "a: b\na: b"
