"""A user's mistake in one line."""

from multipet.core.problems import Problem, UserError, did_you_mean, listed


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


def test_what_does_not_print_is_written_out_and_long_lines_are_cut():
    assert str(Problem("a.csv", "has \x1b[2J and \u202eevil")) == (
        "a.csv: has \\x1b[2J and \\u202eevil"
    )
    line = str(Problem("a.csv", '"' + "x" * 50_000 + '" is no level', "did you mean y?"))
    assert len(line) < 1100
    assert line.startswith('a.csv: "xxx') and line.endswith("is no level; did you mean y?")
