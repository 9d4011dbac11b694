"""Files that a page carries: the same content, and JSON that reads as a table."""

import base64
import json

import numpy as np
import pandas as pd
import report_mock as mock

from multipet.report.html.embedded import data_uri, defused, table_json


def test_a_file_comes_out_as_it_went_in():
    text = "region\t−4.2 %\nCaudate\t🧠\n"
    head, _, content = data_uri(text, "tsv").partition(",")
    assert head == "data:text/tab-separated-values;charset=utf-8;base64"
    assert base64.b64decode(content).decode("utf-8") == text
    assert data_uri("", "tsv") == ""


def test_json_by_columns_reads_as_the_table():
    table = mock.many_regions().contrast
    read = pd.DataFrame(json.loads(table_json(table)))
    assert list(read.columns) == list(table.columns)
    assert (read["region"] == table["region"]).all()
    for column in ("estimate", "p_value", "percent"):
        assert np.array_equal(read[column].astype(float), table[column], equal_nan=True)


def test_a_spreadsheet_runs_no_cell_of_a_table():
    head = "region\tcomparison\testimate\n"
    bad = [
        "=cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(1)",
        "＝1+1",
        "－1",
        "＠a",
        "＋1",
    ]
    table = head + "".join(f"{cell}\t{cell} − b\t-1.5e-08\n" for cell in bad)
    cells = [line.split("\t") for line in defused(table).splitlines()]
    assert cells[1:] == [[f"'{cell}", f"'{cell} − b", "-1.5e-08"] for cell in bad]
    assert defused(head + "caudate\t−a\t-0.5\n") == head + "caudate\t−a\t-0.5\n"
    assert defused("=a\tb\n") == "'=a\tb\n"
