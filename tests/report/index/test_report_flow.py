"""The way from delivered rows to models: every count adds up, over the study and by site."""

import index_mock
import pytest
from report_study import spec as study_spec

from multipet.report.index.data import flow_of

WITH_VALUE = {"turku": 5, "aarhus": 3, "yale": 6, "vancouver": 3}


def summary(model, n_scans, **sites):
    per_site = [{"site": site, "n_scans": n} for site, n in sites.items()]
    data = {"n_scans": n_scans, "n_subjects": n_scans - 1, "per_site": per_site}
    return {"model": model, "data": data}


def flow(*summaries, sources=None, with_value=None):
    spec = study_spec("report_index", "all")
    sources = index_mock.sources() if sources is None else sources
    return flow_of(spec, sources, with_value or WITH_VALUE, summaries)


def test_rows_and_scans_add_up():
    rows, scans, known = flow().steps
    assert (rows.n, scans.n, known.n) == (24, 18, 17)
    assert [(out.n, out.reason) for out in rows.left] == [
        (1, "repeated, dropped"), (5, "not selected")
    ]  # fmt: skip
    assert rows.n - sum(out.n for out in rows.left) == 18  # a row a scan in these tables
    assert scans.n - sum(out.n for out in scans.left) == known.n


def test_tables_with_several_rows_a_scan_say_so():
    sources = index_mock.sources()
    sources[1]["rows"] = {"delivered": 12, "not_selected": 0, "repeated": 0, "read": 12}
    step = flow(sources=sources).steps[1]
    assert step.what == "scans in 27 rows"
    assert "several rows" in step.note
    assert flow().steps[1].note == ""


def test_models_on_the_same_people_arrive_together():
    same = {"turku": 5, "aarhus": 3, "yale": 5, "vancouver": 3}
    arrivals = flow(
        summary("main", 16, **same), summary("other", 16, **same), summary("few", 3, aarhus=3)
    ).arrivals
    assert [(a.models, a.n_scans, a.n_subjects, a.left) for a in arrivals] == [
        (("main", "other"), 16, 15, 1), (("few",), 3, 2, 14)
    ]  # fmt: skip


def test_the_table_has_the_same_numbers_by_site():
    table = flow(summary("main", 3, aarhus=3)).table
    texts = [[cell.text for cell in row] for row in table.rows]
    assert texts[0] == ["Turku", "7", "1", "0", "6", "5", "0"]
    assert texts[-1] == ["All sites", "24", "1", "5", "18", "17", "3"]
    for column in range(1, 7):
        assert sum(int(row[column]) for row in texts[:-1]) == int(texts[-1][column])


def test_many_models_stay_out_of_the_table_not_of_the_diagram():
    found = flow(*(summary(f"m{i}", i, aarhus=i) for i in range(9)))
    assert len(found.arrivals) == 9
    assert len(found.table.headings) == 6 + 6


@pytest.mark.parametrize("sources", [[], [{"site": "turku", "files": []}]])
def test_no_flow_where_the_rows_are_not_known(sources):
    assert flow(sources=sources) is None
