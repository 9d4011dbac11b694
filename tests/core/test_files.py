"""Files written whole or not at all."""

import errno

import pytest

from multipet.core import files
from multipet.core.problems import UserError


def test_canonical_json_does_not_depend_on_order_or_number_type():
    one = files.canonical_json({"b": 1.0, "a": [2, {"d": "é", "c": None}]})
    two = files.canonical_json({"a": (2.0, {"c": None, "d": "é"}), "b": 1})
    assert one == two
    assert "é" in one


def test_canonical_json_refuses_nan():
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.canonical_json({"a": float("nan")})


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        files.write_text(path, "\ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_one_line_and_leaves_the_old_file(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UserError) as caught:
        files.write_text(path, "new")
    assert str(caught.value) == f"{path}: cannot be written: No space left on device"
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_unchanged_content_is_not_written_again(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    assert files.write_text_if_changed(path, "x")
    before = path.stat().st_mtime_ns
    assert not files.write_text_if_changed(path, "x")
    assert path.stat().st_mtime_ns == before
    assert files.write_text_if_changed(path, "y")


def test_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256_of(tmp_path / "a").startswith("ba7816bf8f01cfea")
