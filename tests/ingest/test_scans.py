import numpy as np
import pandas as pd
import pytest

from multipet.ingest.scans import scan_table


def pooled():
    rows = [
        ("007", "1", "turku", "turku/H", "putamen", 3.0, 33.0, "F"),
        ("007", "1", "turku", "turku/H", "caudate", 2.0, 33.0, "F"),
        ("007", "1", "yale", "yale/G", "caudate", np.nan, 34.0, "F"),
        ("2", "1", "turku", "turku/H", "caudate", 2.5, np.nan, "M"),
    ]
    names = ["participant_id", "session", "site", "scanner", "region", "value", "age", "sex"]
    frame = pd.DataFrame(rows, columns=names)
    levels = {
        "site": ["turku", "yale"],
        "scanner": ["turku/H", "yale/G"],
        "region": ["caudate", "putamen"],
        "sex": ["M", "F"],
    }
    for name, words in levels.items():
        frame[name] = pd.Categorical(frame[name], categories=words)
    return frame


def test_one_row_a_scan_and_one_column_a_region():
    scans = scan_table(pooled(), "identity")
    assert list(scans.columns) == [
        *["participant_id", "session", "site", "scanner", "age", "sex"],
        *["caudate", "putamen"],
    ]
    assert list(scans["participant_id"]) == ["007", "007", "2"]
    assert list(scans["site"]) == ["turku", "yale", "turku"]
    np.testing.assert_array_equal(scans["caudate"], [2.0, np.nan, 2.5])
    np.testing.assert_array_equal(scans["putamen"], [3.0, np.nan, np.nan])
    assert list(scans["sex"].cat.categories) == ["M", "F"]


def test_log_scale():
    scans = scan_table(pooled(), "log")
    np.testing.assert_allclose(scans["caudate"], np.log([2.0, np.nan, 2.5]))


def test_order_of_rows_moves_no_value():
    table = pooled()
    turned = scan_table(table.iloc[::-1].reset_index(drop=True), "identity")
    assert list(turned["participant_id"]) == ["2", "007", "007"]
    np.testing.assert_array_equal(turned["caudate"], [2.5, np.nan, 2.0])


def test_a_region_twice_is_refused():
    table = pooled()
    with pytest.raises(ValueError, match="twice"):
        scan_table(pd.concat([table, table.iloc[:1]], ignore_index=True), "identity")


def test_zero_has_no_logarithm():
    with pytest.raises(ValueError, match="1 values of 0 or less"):
        scan_table(pooled().replace({"value": {2.0: 0.0}}), "log")
