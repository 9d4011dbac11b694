"""Of many regions, those with the smallest p; and a caption that says so."""

import report_mock as mock

from multipet.report.contrast.files import rows
from multipet.report.contrast.model_checks import residual_table
from multipet.report.contrast.regions import MOST_REGIONS, in_strongest, rest_in_words


def test_few_regions_are_all_there():
    files = mock.slope()
    table = rows(files.residual_checks)
    assert in_strongest(files, table) == table
    assert rest_in_words(files, table, "x.tsv") == ""


def test_of_many_those_with_the_smallest_p_in_the_order_of_the_table():
    files = mock.many_regions()
    table = rows(files.contrast)
    kept = in_strongest(files, table)
    assert len(kept) == MOST_REGIONS < len(table)
    left_out = [row["p_value"] for row in table if row not in kept]
    assert max(row["p_value"] for row in kept) <= min(p for p in left_out if p == p)
    assert [row for row in table if row in kept] == kept


def test_the_caption_names_the_file_that_has_them_all():
    table = residual_table(mock.many_regions())
    assert len(table.rows) == MOST_REGIONS
    assert table.caption.endswith(
        "Here: 30 of 33 regions, those with the smallest p; residual_checks.tsv has all."
    )
