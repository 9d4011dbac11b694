"""Findings written and read back."""

import json

import pytest

from multipet.core.columns import FINDINGS, names
from multipet.core.findings import Finding
from multipet.core.findings_file import read_findings, write_findings


def finding(**changes: str) -> Finding:
    parts = {"stage": "tidy", "check": "duplicate_row", "action": "dropped", "message": "Twice."}
    return Finding(**{**parts, **changes})


FULL = finding(site="turku", participant_id="007", session="1", region="thalamus", row="17")


def test_findings_come_back_as_they_were(tmp_path):
    findings = [FULL, finding(value="2.650"), finding(stage="pool"), FULL]
    write_findings(tmp_path / "findings.tsv", iter(findings))
    assert read_findings(tmp_path / "findings.tsv") == findings


def test_no_findings_are_a_table_with_its_header(tmp_path):
    write_findings(tmp_path / "findings.tsv", [])
    assert read_findings(tmp_path / "findings.tsv") == []
    assert (tmp_path / "findings.tsv").read_text() == "\t".join(names(FINDINGS)) + "\n"


def test_what_looks_like_a_number_stays_text(tmp_path):
    numbers = finding(participant_id="007", session="01", row="1", value="1e5")
    write_findings(tmp_path / "findings.tsv", [numbers])
    (read,) = read_findings(tmp_path / "findings.tsv")
    assert (read.participant_id, read.session, read.value) == ("007", "01", "1e5")


@pytest.mark.parametrize(
    "text",
    ["a\tb", "a\nb", "a\r\nb", 'q"x"', "'", "=1+1", "<script>", " both ", "−5 %", "\u2028", "NA"],
)
def test_any_text_comes_back(tmp_path, text):
    findings = [finding(message=text, value=text, participant_id=text), FULL]
    write_findings(tmp_path / "findings.tsv", findings)
    assert read_findings(tmp_path / "findings.tsv") == findings


def test_every_column_is_explained_beside_the_table(tmp_path):
    write_findings(tmp_path / "findings.tsv", [FULL])
    entries = json.loads((tmp_path / "findings.json").read_text())["columns"]
    assert [entry["name"] for entry in entries] == names(FINDINGS)
    assert all(entry["meaning"] for entry in entries)
