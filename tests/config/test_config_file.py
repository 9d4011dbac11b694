"""YAML read with its lines, its traps refused."""

import os

import pytest

from multipet.config.config_file import ConfigFile, dotted, merge, read_config_file
from multipet.core.problems import UserError


def read(tmp_path, text, name="study.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_config_file(path)


def refusal(tmp_path, text):
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    return [str(problem) for problem in caught.value.problems]


def test_values_and_lines(tmp_path):
    config = read(tmp_path, "a: 1\nb:\n  c: [x, y]\n  d: {e: true}\n")
    assert config.values == {"a": 1, "b": {"c": ["x", "y"], "d": {"e": True}}}
    assert config.place(("b", "d", "e")).line == 4
    assert config.place(("b", "c", 1)).line == 3
    assert config.place(("b", "nothing", "here")).line == 2


def test_byte_order_mark_is_no_key(tmp_path):
    assert read(tmp_path, "\ufeffa: 1\n").values == {"a": 1}


def test_a_date_stays_text(tmp_path):
    assert read(tmp_path, "a: 2026-01-02\n").values == {"a": "2026-01-02"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "study.yaml:3: a: is given twice, first in line 1"),
        ("sites:\n  NO: 1\n", 'study.yaml:2: sites: key NO is not text; quote it: "NO"'),
        ("007: x\n", 'study.yaml:1: (top level): key 007 is not text; quote it: "007"'),
        ("a: &x [*x]\n", "study.yaml:1: a[0]: refers to itself"),
        ("- a\n", "study.yaml: holds no keys; see config/config.yaml"),
        ("a: [1, 2\n", "study.yaml:2: is not YAML"),
        ("a:\n\tb: 1\n", "study.yaml:2: has a tab, which YAML does not allow; put spaces in its"),
        ("a: 1\n\tb: 1\n", "study.yaml:2: has a tab"),
    ],
)
def test_traps_are_refused_in_one_line(tmp_path, text, said):
    found = refusal(tmp_path, text)
    assert any(line.startswith(said) for line in found), found
    assert all("\n" not in line for line in found)


def test_a_tag_runs_nothing(tmp_path):
    found = refusal(tmp_path, "a: !!python/name:os.system ''\n")
    assert "is not understood" in found[0]


def test_binary_and_missing_files(tmp_path):
    path = tmp_path / "x.yaml"
    with pytest.raises(UserError, match="cannot be read"):
        read_config_file(path)
    path.write_bytes(b"\xff\xfe\x00\x01\x9f")
    with pytest.raises(UserError, match="is not text"):
        read_config_file(path)


def test_merge_wins_key_by_key(tmp_path):
    lab = read(tmp_path, "checks: {few: 4, far: 5}\nmodels: {a: [1, 2]}\n", "lab.yaml")
    study = read(tmp_path, "checks:\n  few: 6\nmodels: {a: [3]}\n", "study.yaml")
    both = merge([lab, study])
    assert both.values == {"checks": {"few": 6, "far": 5}, "models": {"a": [3]}}
    assert both.place(("checks", "few")).file.name == "study.yaml"
    assert both.place(("checks", "far")).file.name == "lab.yaml"
    assert lab.values["checks"] == {"few": 4, "far": 5}


def test_problem_without_a_file():
    problem = ConfigFile({"a": 1}).problem(("a",), "is wrong", "try b")
    assert str(problem) == "config: a: is wrong; try b"


def test_dotted():
    assert dotted(("contrasts", "x", "combination", 0, "at")) == "contrasts.x.combination[0].at"


def test_aliases_of_aliases_are_refused_at_once(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    (tmp_path / "study.yaml").write_text("\n".join(lines))
    with pytest.raises(UserError, match=r"study\.yaml: has more than 100,000 values"):
        read_config_file(tmp_path / "study.yaml")


@pytest.mark.parametrize("depth", [500, 5000])
def test_a_config_nested_without_end_is_one_line(tmp_path, depth):
    (tmp_path / "study.yaml").write_text("a: " + "[" * depth + "]" * depth)
    with pytest.raises(UserError, match=r"study\.yaml: has lists or keys nested far too deeply"):
        read_config_file(tmp_path / "study.yaml")


def test_a_config_of_gigabytes_is_not_read(tmp_path):
    (tmp_path / "study.yaml").write_text("a: 1\n")
    os.truncate(tmp_path / "study.yaml", 2 * 1024**3)
    with pytest.raises(UserError, match="is far too large for a config"):
        read_config_file(tmp_path / "study.yaml")
