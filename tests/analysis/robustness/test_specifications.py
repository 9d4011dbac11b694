"""All ways in which a contrast was estimated, with their choices."""

import pandas as pd
import pytest

from multipet.analysis.robustness.specifications import specifications_table
from multipet.core.columns import CONTRAST, SENSITIVITY, names
from multipet.core.columns.robustness import COVARIATE_SETS, LEFT_OUT, SPECIFICATIONS

PLAN = {"site": {"used": "random"}}
REGIONS = ("caudate", "putamen")


def rows(columns, **cells):
    made = [
        {"region": region, "comparison": "a − b", "estimate": i, "status": "ok", **cells}
        for i, region in enumerate(REGIONS)
    ]
    return pd.DataFrame(made).reindex(columns=names(columns))


@pytest.fixture
def table():
    variants = ["site fixed", "raw values", "site means added", "harmonised: spline"]
    sensitivity = pd.concat([rows(SENSITIVITY, variant=v) for v in variants], ignore_index=True)
    left = [rows(LEFT_OUT, factor="site", left_out="s1"), rows(LEFT_OUT, factor="scanner",
            left_out="s1/a", note="odd")]  # fmt: skip
    sets = rows(COVARIATE_SETS, covariates="without_sex", n_scans=7.0)
    return specifications_table(
        PLAN, "combat", rows(CONTRAST), sensitivity, pd.concat(left, ignore_index=True), sets
    )


def test_every_answer_is_one_row_and_the_main_one_first(table):
    assert list(table.columns) == names(SPECIFICATIONS)
    assert len(table) == 2 * 8
    first = table[table["region"] == "caudate"]
    assert first["specification"].iloc[0] == "main"
    assert table["region"].tolist() == ["caudate"] * 8 + ["putamen"] * 8
    assert set(first["estimate"]) == {0}


def test_each_differs_from_the_main_one_in_its_own_choice(table):
    choices = ["site", "harmonisation", "covariates", "left_out", "method", "level"]
    own = table[table["region"] == "putamen"].set_index("specification")[choices]
    assert own.loc["main"].tolist() == ["random", "combat", "as planned", "nothing",
                                        "as planned", ""]  # fmt: skip
    changed = {
        name: {c: row[c] for c in choices if row[c] != own.loc["main", c]}
        for name, row in own.iterrows()
    }
    assert changed == {
        "main": {},
        "site fixed": {"site": "fixed"},
        "raw values": {"harmonisation": "none"},
        "site means added": {"method": "site means added"},
        "harmonised: spline": {"harmonisation": "spline"},
        "without_sex": {"covariates": "without_sex"},
        "without s1": {"left_out": "site", "level": "s1"},
        "without s1/a": {"left_out": "scanner", "level": "s1/a"},
    }


def test_missing_texts_are_empty(table):
    texts = [column.name for column in SPECIFICATIONS if column.kind == "text"]
    assert table[texts].notna().all(axis=None)
    assert set(table["note"]) == {"", "odd"}


def test_what_is_there_already_is_not_repeated():
    sensitivity = pd.concat(
        [rows(SENSITIVITY, variant="raw values"), rows(SENSITIVITY, variant="harmonised: none")]
    )
    empty = pd.DataFrame(columns=names(LEFT_OUT))
    sets = pd.DataFrame(columns=names(COVARIATE_SETS))
    table = specifications_table(PLAN, "combat", rows(CONTRAST), sensitivity, empty, sets)
    assert table["specification"].tolist() == ["main", "raw values"] * 2


def test_the_main_answers_alone_are_a_table_too():
    empty = [pd.DataFrame(columns=names(c)) for c in (SENSITIVITY, LEFT_OUT, COVARIATE_SETS)]
    table = specifications_table(PLAN, "none", rows(CONTRAST), *empty)
    assert table["specification"].tolist() == ["main", "main"]
