"""Files that a page carries: the same content, and JSON that reads as a table."""

import base64
import json

import numpy as np
import pandas as pd
import report_mock as mock

from multipet.report.html.embedded import data_uri, table_json


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
