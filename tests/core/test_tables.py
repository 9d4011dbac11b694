"""Tables go to disk and come back the same."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.columns import Column
from multipet.core.files import read_json, sha256_of
from multipet.core.problems import UserError
from multipet.core.tables import read_table, write_table

COLUMNS = (
    Column("participant_id", "who", kind="text"),
    Column("site", "where", kind="level"),
    Column("value", "what", unit="1"),
)


def frame():
    return pd.DataFrame(
        {
            "participant_id": ["007", "1e5", 'a "quoted"\tid'],
            "site": pd.Categorical(["NA", "yale", None], categories=["yale", "NA", "empty"]),
            "value": [0.1 + 0.2, np.nan, 3.0],
        }
    )


def test_round_trip_keeps_ids_levels_and_digits(tmp_path):
    write_table(tmp_path / "t.tsv", frame(), COLUMNS)
    back = read_table(tmp_path / "t.tsv")
    assert list(back["participant_id"]) == list(frame()["participant_id"])
    assert list(back["site"].cat.categories) == ["yale", "NA", "empty"]
    assert back["site"].isna().tolist() == [False, False, True]
    assert back["site"][0] == "NA"
    assert back["value"][0] == 0.1 + 0.2
    assert np.isnan(back["value"][1])


def test_same_table_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_table(tmp_path / f"{name}.tsv", frame(), COLUMNS)
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_dictionary_beside_it(tmp_path):
    write_table(tmp_path / "t.tsv", frame(), COLUMNS)
    entries = {e["name"]: e for e in read_json(tmp_path / "t.json")["columns"]}
    assert entries["value"] == {"name": "value", "meaning": "what", "kind": "number", "unit": "1"}
    assert entries["site"]["levels"] == ["yale", "NA", "empty"]


def test_other_columns_are_refused(tmp_path):
    with pytest.raises(ValueError, match="wanted"):
        write_table(tmp_path / "t.tsv", frame().assign(more=1), COLUMNS)
    assert not (tmp_path / "t.tsv").exists()


def test_empty_table(tmp_path):
    write_table(tmp_path / "t.tsv", frame().iloc[:0], COLUMNS)
    assert len(read_table(tmp_path / "t.tsv")) == 0


@pytest.mark.parametrize("more", [[], ["a\rb"]])
def test_texts_and_levels_come_back_as_they_were(tmp_path, more):
    texts = ["007", "1e5", "a\nb", "NA", "nan", " x", "x ", "#c", "TRUE", "1.0", '"', "a,b", *more]
    levels = pd.Categorical(texts[::-1], categories=texts)
    columns = (Column("word", "text", kind="text"), Column("level", "level", kind="level"))
    write_table(tmp_path / "t.tsv", pd.DataFrame({"word": texts, "level": levels}), columns)
    back = read_table(tmp_path / "t.tsv")
    assert back["word"].tolist() == texts
    assert back["level"].tolist() == texts[::-1]
    assert back["level"].cat.categories.tolist() == texts


def test_numbers_come_back_to_the_last_digit(tmp_path):
    random = np.random.default_rng(1).integers(0, 2**63, 2000).view(float)
    values = [*random[np.isfinite(random)], 5e-324, 1e308, 2.0**53, 2.0**53 - 1, 1 / 3, np.inf]
    write_table(tmp_path / "t.tsv", pd.DataFrame({"v": values}), (Column("v", "what"),))
    assert read_table(tmp_path / "t.tsv")["v"].tolist() == values


def test_numbers_are_written_with_all_their_digits_and_no_more(tmp_path):
    values = [3.0, -0.0, 2.0**53, 0.1 + 0.2, 1e22, np.nan]
    write_table(tmp_path / "t.tsv", pd.DataFrame({"v": values}), (Column("v", "what"),))
    lines = (tmp_path / "t.tsv").read_text().split()
    assert lines == ["v", "3", "0", "9007199254740992.0", "0.30000000000000004", "1e+22", "n/a"]


DAMAGES = {
    "rows lost": ("t.tsv", lambda text: "".join(text.splitlines(keepends=True)[:2])),
    "cut in a row": ("t.tsv", lambda text: text[:-4]),
    "emptied": ("t.tsv", lambda text: ""),
    "a digit": ("t.tsv", lambda text: text.replace("007", "008")),
    "order of levels": ("t.json", lambda text: text.replace("yale", "x").replace("NA", "yale")),
    "dictionary cut": ("t.json", lambda text: text[:50]),
    "dictionary emptied": ("t.json", lambda text: ""),
    "dictionary of another kind": ("t.json", lambda text: "[]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_is_told_and_removed(tmp_path, damage):
    write_table(tmp_path / "t.tsv", frame(), COLUMNS)
    name, change = DAMAGES[damage]
    text = (tmp_path / name).read_text()
    (tmp_path / name).write_text(change(text))
    assert change(text) != text
    with pytest.raises(UserError, match=r"t\.tsv: is not what was written.*run the same command"):
        read_table(tmp_path / "t.tsv")
    assert list(tmp_path.iterdir()) == []


def test_the_dictionary_holds_rows_and_checksum(tmp_path):
    write_table(tmp_path / "t.tsv", frame(), COLUMNS)
    described = read_json(tmp_path / "t.json")
    assert described["rows"] == 3
    assert described["sha256"] == sha256_of(tmp_path / "t.tsv")
