import pytest
from small_study import (
    checks_of,
    checks_with,
    people_entry,
    plain,
    regions_with,
    site_entry,
    small_study,
    written,
)
from specs_of import changed

from multipet.core.problems import UserError
from multipet.ingest.participants import read_participants
from multipet.ingest.pooling import pool
from multipet.ingest.site_table import read_site

HEADER = "participant_id,session,scanner,age,sex,"
LEFT_RIGHT = {"caudate": {"parts": ["caudate_l", "caudate_r"]}}
KEEP = regions_with(["putamen", "caudate"], LEFT_RIGHT)


def site(tmp_path, name, regions, *values, study=None, **entry):
    columns = HEADER + ",".join(f"bp_{region}" for region in regions.split())
    rows = [f"{name}{i},1,H,33,F,{cells}" for i, cells in enumerate(values, start=1)]
    path = written(tmp_path / f"{name}.csv", columns, *rows)
    return read_site(name, site_entry(path, **entry), study or small_study())


def problems_of(tables, study, participants=None):
    with pytest.raises(UserError) as error:
        pool(tables, study, participants)
    return [str(problem) for problem in error.value.problems]


def all_plain(pooled):
    return {region: plain(values) for region, values in pooled.regions.items()}


def test_sites_that_deliver_differently_become_one(tmp_path):
    tables = [
        site(tmp_path, "turku", "caudate_l caudate_r putamen", "2,3,3.5", "2.2,,3.6"),
        site(tmp_path, "aarhus", "putamen caudate", "3.1,2.4"),
    ]
    pooled = pool(tables, small_study(regions=KEEP))
    assert list(pooled.regions) == ["putamen", "caudate"]
    assert all_plain(pooled) == {"putamen": [3.5, 3.6, 3.1], "caudate": [2.5, None, 2.4]}
    assert [(scan.site, scan.participant_id) for scan in pooled.scans] == [
        ("turku", "turku1"),
        ("turku", "turku2"),
        ("aarhus", "aarhus1"),
    ]
    assert [(f.check, f.region, f.row) for f in pooled.findings] == [
        ("missing_part", "caudate", "3"),
    ]


def test_regions_that_some_sites_lack_or_nobody_keeps(tmp_path):
    tables = [
        site(tmp_path, "turku", "putamen cerebellum", "3.5,0.1"),
        site(tmp_path, "aarhus", "putamen caudate", "3.1,2.4"),
    ]
    pooled = pool(tables, small_study(regions=KEEP))
    assert plain(pooled.regions["caudate"]) == [None, 2.4]
    told = {finding.check: finding.message for finding in pooled.findings}
    assert told["missing_region"] == "turku does not deliver caudate; it is missing there"
    assert told["region_not_kept"] == "regions that the study does not keep: cerebellum"


PARTIAL = "putamen caudate_l note"
IGNORING = {"prefix": "bp_", "suffix": "", "names": {}, "ignore": ["caudate_l", "bp_note"]}


def test_a_site_with_some_parts_of_a_region_stops_unless_it_says_so(tmp_path):
    whole = site(tmp_path, "aarhus", "putamen caudate", "3.1,2.4")
    partial = site(tmp_path, "turku", PARTIAL, "3.5,2.1,9", "3.5,2.1,9")
    (line,) = problems_of([partial, whole], small_study(regions=KEEP))
    assert line.startswith("sites.turku.regions: the table has caudate_l and not caudate_r")
    assert "set sites.turku.regions.ignore: [caudate_l]" in line
    partial = read_site(
        "turku", site_entry(tmp_path / "turku.csv", regions=IGNORING), small_study()
    )
    assert [(f.check, f.action, f.message) for f in partial.findings] == [
        (
            "region_not_kept",
            "dropped",
            "2 columns of turku.csv left out by regions.ignore: bp_caudate_l, bp_note",
        )
    ]
    pooled = pool([partial, whole], small_study(regions=KEEP))
    assert plain(pooled.regions["caudate"]) == [None, None, 2.4]
    assert checks_of(pooled.findings) == {"missing_region": 1}


def test_a_value_without_logarithm_is_excluded_and_takes_its_combination_with_it(tmp_path):
    tables = [site(tmp_path, "turku", "caudate_l caudate_r putamen", "0,2,3", "2,2,4e-97", "2,2,3")]
    study = small_study(regions=KEEP)
    pooled = pool(tables, study)
    assert all_plain(pooled) == {"putamen": [3.0, None, 3.0], "caudate": [None, 2.0, 2.0]}
    told = [(f.check, f.action, f.region, f.row, f.value) for f in pooled.findings]
    assert ("non_positive", "excluded", "caudate_l", "2", "0.0") in told
    assert ("tiny_value", "excluded", "putamen", "3", "4e-97") in told
    assert ("missing_part", "missing", "caudate", "2", "") in told
    noted = pool(tables, changed(study, study__outcome__scale="identity"))
    assert all_plain(noted) == {"putamen": [3.0, 4e-97, 3.0], "caudate": [1.0, 2.0, 2.0]}
    assert {f.action for f in noted.findings} == {"noted"}


@pytest.mark.parametrize(
    ("check", "settings", "cells"),
    [
        ("non_positive", {"action": "stop"}, "0"),
        ("tiny_value", {"action": "stop", "ratio": 0.001}, "4e-97"),
        ("outlier_value", {"action": "stop", "mads": 10}, "40"),
    ],
)
def test_checks_that_stop(tmp_path, check, settings, cells):
    values = ["2", "2.1", "2.2", "2.3", "2.4", cells]
    tables = [site(tmp_path, "turku", "caudate", *values)]
    study = small_study(checks=checks_with(**{check: settings}))
    (line,) = problems_of(tables, study)
    assert line.startswith('sites.turku, row 7, region "caudate": ')
    assert f"checks.{check}.action is stop" in line


def test_outliers_are_noted_or_excluded(tmp_path):
    tables = [site(tmp_path, "turku", "caudate", "2", "2.1", "2.2", "2.3", "2.4", "40")]
    noted = pool(tables, small_study())
    assert noted.regions["caudate"][-1] == 40.0
    assert [(f.check, f.action, f.row) for f in noted.findings] == [("outlier_value", "noted", "7")]
    checks = {"outlier_value": {"action": "exclude", "mads": 10}}
    excluded = pool(tables, small_study(checks=checks_with(**checks)))
    assert plain(excluded.regions["caudate"])[-1] is None
    ignored = pool(
        tables, small_study(checks=checks_with(outlier_value={"action": "ignore", "mads": 10}))
    )
    assert ignored.findings == ()


def test_a_site_in_another_unit_stops(tmp_path):
    tables = [
        site(tmp_path, "turku", "caudate", "2.5", "2.4"),
        site(tmp_path, "yale", "caudate", "2500", "2400"),
        site(tmp_path, "aarhus", "caudate", "2.6", "2.3"),
    ]
    (line,) = problems_of(tables, small_study())
    assert line.startswith("sites.yale: values are about 1e+03 times those of the other sites")
    noted = small_study(checks=checks_with(site_scale={"action": "note", "ratio": 10}))
    assert checks_of(pool(tables, noted).findings)["site_scale"] == 1


def test_scans_and_scanners_without_any_value(tmp_path):
    tables = [site(tmp_path, "turku", "caudate putamen", "2,3", ",NA")]
    pooled = pool(tables, small_study())
    assert checks_of(pooled.findings) == {"scan_without_values": 1}
    header, idle = HEADER + "bp_caudate", "2,1,PET3,33,F,"
    path = written(tmp_path / "idle.csv", header, "1,1,H,33,F,2", idle, idle.replace("2", "3", 1))
    table = read_site("idle", site_entry(path), small_study())
    assert checks_of(pool([table], small_study()).findings) == {
        "scan_without_values": 2,
        "scanner_without_values": 1,
    }


def test_region_that_is_empty_at_a_site_is_one_line(tmp_path):
    tables = [site(tmp_path, "turku", "caudate putamen", "2,", "2,")]
    pooled = pool(tables, small_study())
    assert checks_of(pooled.findings) == {"region_without_values": 1}


def test_volumes_weight_and_are_needed(tmp_path):
    combine = {"caudate": {"parts": ["caudate_l", "caudate_r"], "weights": "volume"}}
    study = small_study(regions=regions_with(["caudate"], combine))
    header = HEADER + "bp_caudate_l,bp_caudate_r,v_caudate_l,v_caudate_r"
    path = written(tmp_path / "t.csv", header, "1,1,H,33,F,2,4,3,1", "2,1,H,33,F,2,4,3,")
    table = read_site("turku", site_entry(path, volumes={"prefix": "v_"}), study)
    pooled = pool([table], study)
    assert plain(pooled.regions["caudate"]) == [2.5, None]
    assert pooled.findings[-1].message == "caudate was not computed: no volume of caudate_r"
    bare = site(tmp_path, "yale", "caudate_l caudate_r", "2,4")
    (line,) = problems_of([table, bare], study)
    assert line.startswith("sites.yale: no volumes of caudate_l, caudate_r")


def test_region_that_nobody_delivers(tmp_path):
    tables = [site(tmp_path, "turku", "caudate", "2.5")]
    study = small_study(regions=regions_with(["caudat"]))
    assert problems_of(tables, study) == [
        'regions: no site delivers region "caudat"; did you mean "caudate"?'
    ]


def test_people_without_scans_are_one_line(tmp_path):
    lines = ["participant_id\tage\tsex", "turku1\t33\tF", "x\t40\tM", "x\t40\tM"]
    study = small_study(participants=people_entry(written(tmp_path / "p.tsv", *lines)))
    tables = [site(tmp_path, "turku", "caudate", "2.5", study=study)]
    pooled = pool(tables, study, read_participants(study))
    assert checks_of(pooled.findings) == {"duplicate_row": 1, "participants_without_scan": 1}


def test_renaming_a_site_changes_no_value(tmp_path):
    values = ["2", "2.1", "2.2", "2.3", "0", "40"]
    tables = [site(tmp_path, name, "caudate", *values) for name in ("NA", "b")]
    first, second = (pool([table], small_study()) for table in tables)
    assert all_plain(first) == all_plain(second)
    assert [f.check for f in first.findings] == [f.check for f in second.findings]
