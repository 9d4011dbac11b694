"""A finding and its row."""

import dataclasses

import pytest

from multipet.core.columns import FINDINGS, names
from multipet.core.findings import Finding, finding_rows


def test_a_row_has_the_columns_of_the_glossary():
    finding = Finding(stage="tidy", check="c", action="noted", message="m", row="7")
    (row,) = finding_rows([finding])
    assert sorted(row) == sorted(names(FINDINGS))
    assert (row["row"], row["site"], row["message"]) == ("7", "", "m")


def test_rows_keep_their_order():
    findings = [Finding(stage="s", check=c, action="noted", message="m") for c in "bac"]
    assert [row["check"] for row in finding_rows(iter(findings))] == ["b", "a", "c"]
    assert finding_rows([]) == []


def test_a_finding_cannot_be_changed():
    finding = Finding(stage="tidy", check="c", action="noted", message="m")
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.message = "other"


def test_parts_are_named_and_the_message_is_required():
    with pytest.raises(TypeError):
        Finding("tidy", "c", "noted", "m")
    with pytest.raises(TypeError):
        Finding(stage="tidy", check="c", action="noted")
