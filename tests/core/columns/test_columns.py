"""The glossary of columns."""

import pytest

from multipet.core import columns

TABLES = {
    name: value
    for name, value in vars(columns).items()
    if name.isupper() and isinstance(value, tuple)
}


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_explained_once(name):
    table = TABLES[name]
    assert all(column.meaning for column in table)
    assert len(set(columns.names(table))) == len(table)


def test_contrast_columns_begin_as_promised():
    promised = (
        "contrast region estimate standard_error df df_method t p_value ci_low ci_high "
        "p_adjusted n_subjects n_scans n_sites"
    )
    assert set(promised.split()) <= set(columns.names(columns.CONTRAST))
