"""What a failed run left without a report."""

from multipet.core.failure import NEVER_BEGAN, NO_WORD
from multipet.report.index.unfinished import failures_of, lines, unfinished


def step(folder, name: str, log: str | None, ready: bool = False) -> dict:
    """A step that is not done; ``log`` None where it never began."""
    path = folder / f"{name}.log"
    if log is not None:
        path.write_text(log)
    return {"step": name, "log": str(path), "ready": ready}


def test_the_step_that_says_why_is_the_one_to_blame(tmp_path):
    """In a cluster job of two steps the first may be done, and lost with the second."""
    way = [step(tmp_path, "fit", "", ready=True), step(tmp_path, "check", "ERROR it is wrong\n")]
    (found,) = failures_of([*way, step(tmp_path, "report", None)], 0)
    assert (found.step, found.reasons) == ("check", ("it is wrong",))


def test_where_none_does_it_is_the_first(tmp_path):
    way = [step(tmp_path, "fit", "", ready=True), step(tmp_path, "report", None)]
    assert [one.reasons for one in failures_of(way, 0)] == [(NO_WORD,)]
    way = [step(tmp_path, "draw", None, ready=True), step(tmp_path, "report", None)]
    assert [one.reasons for one in failures_of(way, 0)] == [(NEVER_BEGAN,)]


def test_a_failure_is_printed_once(tmp_path):
    fit = step(tmp_path, "Fit model main", "ERROR it is wrong\n", ready=True)
    lost = unfinished({"a": [fit]}, {"a": "Age"}, 0)
    assert [one.title for one in lost] == ["Age"]
    assert list(lines(lost, failures_of([fit], 0))) == [
        "No report of contrast a:",
        "  Fit model main",
        "    it is wrong",
        f"    log: {tmp_path}/Fit model main.log",
    ]
    assert next(lines((), failures_of([fit], 0))) == "Not done:"
