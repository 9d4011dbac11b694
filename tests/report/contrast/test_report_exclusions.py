"""Findings grouped for the reader, without the people's ids."""

import ast
from pathlib import Path

import pytest
import report_mock as mock

import multipet
from multipet.report.contrast.exclusions import (
    failures,
    grouped,
    ingest_groups,
    without_repeats,
)
from multipet.report.contrast.privacy import HIDDEN, hide_id
from multipet.report.explanations import explanations


def test_groups_count_and_hide():
    groups = ingest_groups(mock.slope())
    assert [(g.check, g.n) for g in groups] == [
        ("duplicate_row", 1), ("missing_value", 1), ("missing_covariate", 1)
    ]  # fmt: skip
    assert groups[0].messages == ((f'same values as row 17 (id "{HIDDEN}")', ""),)


def test_missing_parts_are_not_listed_beside_their_region():
    files = mock.slope()
    of_scan = {"site": "yale", "participant_id": "Y03", "session": "1", "action": "missing"}
    noted = [
        mock.finding(check="missing_value", region="caudate_r", **of_scan),
        mock.finding(check="missing_part", region="caudate", **of_scan),
        mock.finding(check="missing_value", region="putamen_r", **of_scan),
    ]
    parts = {"caudate": {"parts": ["caudate_l", "caudate_r"]}}
    kept = without_repeats(noted, mock.respec(files, regions__combine=parts).spec)
    assert [(row["check"], row["region"]) for row in kept] == [
        ("missing_part", "caudate"), ("missing_value", "putamen_r")
    ]  # fmt: skip


def test_messages_carry_their_regions_and_one_finding_is_singular():
    files = mock.slope()
    zero = "the variance of site is estimated as 0"
    found = [
        mock.finding(check="singular_fit", action="noted", region=region, message=zero)
        for region in ("caudate", "thalamus")
    ]
    (group,) = grouped(files, found, "x")
    assert group.messages == ((zero, "Caudate and Thalamus"),)
    assert grouped(files, found[:1], "x")[0].table.caption == "1 finding."


@pytest.mark.parametrize(
    ("text", "id_", "hidden"),
    [
        ("row 12 of 1", "1", f"row 12 of {HIDDEN}"),
        ("sub-01 and sub-011", "sub-01", f"{HIDDEN} and sub-011"),
        ("a.c abc", "a.c", f"{HIDDEN} abc"),
        ("nothing", "", "nothing"),
    ],
)
def test_an_id_is_hidden_as_a_word_of_its_own(text, id_, hidden):
    assert hide_id(text, id_) == hidden


def test_failures_are_listed_once():
    table = failures(mock.many_regions())
    assert [row[0].text for row in table.rows] == ["brainstem"]
    assert failures(mock.slope()) is None


def checks_in(path):
    """Names of checks that a module passes on as ``check="…"`` or to ``finding("…", …)``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = [k.value for k in node.keywords if k.arg == "check" and name == "Finding"]
        given += (
            node.args[:1] if name in {"finding", "about_scan", "of_region", "Suspicion"} else []
        )
        given += node.args[1:2] if name in {"of_batch", "of_scans", "_finding"} else []
        yield from (v.value for v in given if isinstance(v, ast.Constant))


def test_every_check_has_an_explanation():
    modules = Path(multipet.__file__).parent.rglob("*.py")
    named = {check for path in modules for check in checks_in(path)}
    assert len(named) > 20
    assert named - set(explanations()) == set()
