"""Every rule says what it needs, in one and the same way, and hands files on by name."""

import re
from pathlib import Path

import pytest
from places import ROOT
from snakemake_run import WITH_HARMONISED, clone, snakemake
from study import config, write_study

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


@pytest.mark.parametrize("name", FOUND)
def test_a_rule_hands_on_every_file_by_its_name(name):
    command = FOUND[name].split("    shell:\n")[1].replace("2> {log:q}", "")
    files = re.findall(r"\{(?:input|output)[^}]*\}", command)
    named = re.findall(r"--(\w+) \{(?:input|output)\.\w+:q\}", command)
    assert len(files) == len(named)
    assert len(named) == len(set(named))
    assert "spec" in named


def turned(rules: str) -> str:
    """Rules with the entries of every input and output in the other order."""

    def turn(block: re.Match) -> str:
        entries = re.findall(r"        \S.*\n(?:(?:         .*|        [)\]}].*)\n)*", block[2])
        assert "".join(entries) == block[2]
        return block[1] + "".join(reversed(entries))

    return re.sub(r"(    (?:input|output):\n)((?:        .*\n)+)", turn, rules)


def commands(folder: Path, root: Path) -> list[list[str]]:
    """What each job would run: its options, each with its files, sorted."""
    done = snakemake(folder, "--dry-run", "--printshellcmds", "--forceall", root=root)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    lines = re.findall(r'python "\$MULTIPET_SCRIPTS"(/\w+\.py .*) 2> ', said)
    return sorted(sorted(re.sub(" +", " ", line).split(" --")) for line in lines)


def test_the_order_of_inputs_and_outputs_means_nothing(tmp_path):
    write_study(tmp_path, config(**WITH_HARMONISED), people=6)
    expected = commands(tmp_path, ROOT)
    root = clone(tmp_path / "copy")
    for file in (root / "rules").glob("*.smk"):
        text = file.read_text(encoding="utf-8")
        file.write_text(turned(text), encoding="utf-8")
        assert ("input:" not in text) or turned(text) != text
    assert len(expected) > 25
    assert commands(tmp_path, root) == expected
