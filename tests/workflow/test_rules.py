"""Every rule says what it needs, in one and the same way."""

import re

import pytest
from places import ROOT

RULES = ROOT / "rules"
FOUND = {
    name: body
    for file in sorted(RULES.glob("*.smk"))
    for name, body in re.findall(
        r"^rule (\w+):\n((?:(?:    .*)?\n)+)", file.read_text(encoding="utf-8"), re.MULTILINE
    )
}


def test_the_rules_are_found():
    assert {"tidy_site", "fit_model", "report_index"} <= set(FOUND)


@pytest.mark.parametrize("name", FOUND)
def test_a_rule_states_what_it_needs(name):
    body = FOUND[name]
    for stated in ("threads: ", f'mem_mb=memory("{name}")', f'runtime=minutes("{name}")'):
        assert stated in body
    assert f'localrule: beside("{name}")' in body or "localrule: True" in body
    assert ("group:" in body) == (f'group_of("{name}")' in body)


@pytest.mark.parametrize("name", FOUND)
def test_a_rule_leaves_a_log_and_what_it_cost_of_one_name(name):
    (log,) = re.findall(r'"results/logs/(.*)\.log"', FOUND[name])
    (benchmark,) = re.findall(r'"results/benchmarks/(.*)\.tsv"', FOUND[name])
    assert log == benchmark
    assert log.startswith(name)
    assert "2> {log:q}" in FOUND[name]


@pytest.mark.parametrize("name", FOUND)
def test_a_rule_says_what_it_does_in_a_line(name):
    (message,) = re.findall(r'    message:\n        f?"(.*)"\n', FOUND[name])
    assert re.match(r"[A-Z]\w+ ", message)
