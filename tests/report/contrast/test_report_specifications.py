"""Tables of all specifications: conclusions, reasons, and every estimate."""

from dataclasses import replace

import pandas as pd
import report_mock as mock
import robustness_mock

from multipet.report.chips.other_analyses import NAIVE, variants_of
from multipet.report.contrast.robustness import MOST_ESTIMATES, analyses_table, estimates_table


def texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_an_analysis_a_row_with_what_is_different():
    (row,) = texts(analyses_table(mock.slope()))
    assert row == ["site fixed", "site as a fixed effect", "4 of 4", "–"]


def test_covariate_sets_are_analyses_with_their_formula():
    files = mock.slope()
    rows = files.contrast.to_dict("records")
    sets = robustness_mock.covariate_sets(rows, "with group × age", "age * group + sex")
    files = replace(files, robust=replace(files.robust, covariate_sets=sets))
    assert texts(analyses_table(files))[1] == [
        "with group × age", "fixed effects: age * group + sex", "4 of 4", "–"
    ]  # fmt: skip


def test_rows_with_another_conclusion_are_named():
    files = mock.slope()
    lost = files.sensitivity.copy()
    lost.loc[0, ["p_value", "p_adjusted"]] = 0.4
    lost.loc[1, "estimate"] = -lost.loc[1, "estimate"]
    (row,) = texts(analyses_table(replace(files, sensitivity=lost)))
    assert row[2:] == ["2 of 4", "Caudate and Putamen (opposite sign)"]


def test_naive_p_values_are_no_conclusion_and_said_in_words():
    files = mock.harmonised()
    rows = files.contrast.to_dict("records")
    naive = robustness_mock.naive(rows, "site fixed")
    files = replace(files, sensitivity=pd.concat([files.sensitivity, naive], ignore_index=True))
    variant = variants_of(files)[1]
    assert (variant.tested, variant.reason) == ((), NAIVE)
    assert texts(analyses_table(files))[1] == ["site fixed", "site as a fixed effect", "–", NAIVE]


def test_a_comparison_of_sites_says_why_a_random_site_has_none():
    files = mock.pairwise()
    none = files.contrast.assign(variant="site random", estimate=float("nan"), status="x")
    files = replace(files, sensitivity=none[files.sensitivity.columns])
    ((*_, why),) = texts(analyses_table(files))
    assert why.startswith("sites are compared here")


def test_of_too_many_estimates_those_of_the_smallest_p():
    files = mock.many_regions()
    assert len(files.robust.specifications) > MOST_ESTIMATES
    table = estimates_table(files)
    strongest = files.contrast.loc[files.contrast["p_value"].idxmin(), "region"]
    assert {row[0].value for row in table.rows} == {strongest}
    assert f"has all {len(files.robust.specifications)}" in table.caption


def test_estimates_name_what_is_left_out_as_readers_know_it():
    names = {row[1].text for row in estimates_table(mock.slope()).rows}
    assert {"main analysis", "site fixed", "without Yale", "without Turku HRRT"} <= names


def test_nothing_done_otherwise_has_no_table():
    files = replace(mock.null_difference(), robust=robustness_mock.robust([]))
    assert analyses_table(files) is None
    assert estimates_table(files) is None
