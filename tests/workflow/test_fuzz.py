"""A hundred mutants of a study (the script fuzz/run_fuzz.py makes as many as you like)."""

import pytest
from fuzz.judge import unclear, verdict
from fuzz.mutants import BASE, MUTATORS, RARE, Mutant, base, mutants

from multipet.core.problems import Problem

pytestmark = pytest.mark.slow

GOOD = {"refused", "accepted"}


@pytest.mark.parametrize("seed", range(5))
def test_mutants_are_refused_in_clear_lines_or_accepted(tmp_path, seed):
    for recipe in mutants(20, seed + 100):
        mutant = recipe()
        assert verdict(mutant, tmp_path) in GOOD, mutant.told


@pytest.mark.parametrize("mutator", RARE, ids=lambda one: one.__name__)
def test_configs_that_would_never_be_read_to_the_end_are_refused_at_once(tmp_path, mutator):
    import random

    assert verdict(mutator(base(), random.Random(3)), tmp_path) == "refused"


def test_the_study_itself_is_accepted(tmp_path):
    assert verdict(base().mutant("nothing"), tmp_path) == "accepted"
    assert len(MUTATORS) > 10 and "harmonised" in BASE["models"]


def test_the_judge_sees_faults(tmp_path, monkeypatch):
    def broken(*_, **__):
        (tmp_path / "escape").touch()
        raise KeyError("x")

    monkeypatch.setattr("fuzz.judge.prepare_study", broken)
    assert "wrote outside" in verdict(Mutant("", b"", {}), tmp_path)
    (tmp_path / "escape").unlink()
    monkeypatch.setattr("fuzz.judge.prepare_study", lambda *_, **__: 1 / 0)
    assert "ZeroDivisionError" in verdict(Mutant("", b"", {}), tmp_path)
    assert unclear([]) and unclear(["x" * 2000 + ": y"]) and unclear(["a: \x1b[2J"])
    assert not unclear([str(Problem("a.csv", "a\nb\x1b[2J\u202e"))])
