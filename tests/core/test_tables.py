"""Tables go to disk and come back the same."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.columns import Column
from multipet.core.files import read_json
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
