"""The table of site x scanner: who was scanned, and what is missing."""

import index_mock
import pandas as pd
from report_study import spec as study_spec

from multipet.analysis.model.study_overview import study_overview
from multipet.report.index.data import data_counts, data_table

SPEC = study_spec("report_index", "all", variables__group__label="diagnosis")


def test_counts_in_words():
    words = data_counts(study_overview(index_mock.pooled()))
    assert words == "17 people, 17 scans, 4 sites, 6 scanners, 2 regions"


def test_a_row_a_scanner_with_levels_ages_and_gaps():
    table = data_table(SPEC, study_overview(index_mock.pooled()))
    assert [heading.text for heading in table.headings] == [
        "Site", "Scanner", "People", "Scans", "diagnosis: controls", "diagnosis: patients",
        "age, mean (SD)", "age, range", "Missing values", "No age",
    ]  # fmt: skip
    texts = [[cell.text for cell in row] for row in table.rows]
    assert texts[0][:6] == ["Turku", "HRRT", "3", "3", "2", "1"]
    assert texts[0][6:] == ["37.0 (7.00)", "30.0 to 44.0", "1 (17\N{NO-BREAK SPACE}%)", "0"]
    assert texts[1][2:4] == ["2", "2"]
    assert texts[3][-1] == "1"


def test_scanners_without_names_have_no_column():
    pooled = index_mock.pooled()
    sites = pooled["site"].cat.categories
    pooled["scanner"] = (pooled["site"].astype(str) + "/unspecified").astype("category")
    overview = study_overview(pooled)
    assert "scanner" not in data_counts(overview)
    assert data_table(SPEC, overview).rows[0][0].text == "Turku"
    assert len(data_table(SPEC, overview).rows) == len(sites)


def test_who_is_on_two_scanners_is_told():
    pooled = index_mock.pooled()
    again = pooled[pooled["scanner"] == "yale/Vision"].assign(session="2")
    again["participant_id"] = again["participant_id"].str.replace("Vision", "HRRT")
    pooled = pooled[pooled["scanner"] != "yale/Vision"]
    once = data_table(SPEC, study_overview(pooled))
    assert "several scanners" not in once.caption
    both = pd.concat([pooled, again])
    assert "several scanners" in data_table(SPEC, study_overview(both)).caption
