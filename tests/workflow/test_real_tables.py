"""Published tables as they were delivered: what is dirty in them is found."""

import os
from pathlib import Path

import pytest
from places import ROOT
from small_study import checks_of, site_entry, small_study

from multipet.config.jobs import ingest_study
from multipet.config.loading import load_config
from multipet.config.study import study_of
from multipet.ingest.pooling import pool
from multipet.ingest.site_table import read_site

CHECKOUT = ROOT
SHARED = Path(os.environ.get("MULTIPET_SHARED", CHECKOUT.parent / "shared"))
DATA = SHARED / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the published tables are not here")
# the example configs look for the tables beside the checkout
needs_neighbour = pytest.mark.skipif(
    not (CHECKOUT.parent / "shared" / "data").is_dir(), reason="no published tables beside it"
)


def ingested(name):
    values = load_config([CHECKOUT / "config" / "examples" / name], {}).values
    whole = study_of(values)
    study = ingest_study(whole)
    tables = [read_site(site, entry, study) for site, entry in whole.sites.items()]
    pooled = pool(tables, study)
    found = {site: {} for site in values["sites"]}
    for finding in [*(f for t in tables for f in t.findings), *pooled.findings]:
        counts = found[finding.site]
        counts[finding.check] = counts.get(finding.check, 0) + 1
    return pooled, found


@needs_neighbour
def test_fallypride_of_two_centres():
    pooled, found = ingested("fallypride.yaml")
    assert len(pooled.scans) == 132
    assert len(pooled.regions) == 33
    absent = {"no_session": 1, "no_scanner": 1, "region_not_kept": 1, "column_not_read": 1}
    # counted with pandas: cells of the 33 regions that are NA, 0, or below 0.001 of the median
    assert found["SV"] == {**absent, "missing_value": 116, "non_positive": 103, "tiny_value": 4}
    assert found["DND"] == {**absent, "missing_value": 81, "tiny_value": 25}
    tiny = {f.value: f for f in pooled.findings if f.check == "tiny_value"}
    assert (tiny["4.09e-97"].participant_id, tiny["4.09e-97"].region) == ("DND011", "FL_precen_G")
    assert {f.action for f in pooled.findings if f.check == "non_positive"} == {"noted"}


@needs_neighbour
def test_raclopride_of_two_scanners():
    pooled, found = ingested("raclopride.yaml")
    assert len(pooled.scans) == 36
    assert found == {"nih": {"not_selected": 1, "no_session": 1, "column_not_read": 1}}
    scanners = [scan.scanner for scan in pooled.scans]
    assert {name: scanners.count(name) for name in set(scanners)} == {
        "nih/HRRT": 17,
        "nih/PET/CT 2": 19,
    }
    assert all(len(column) == 36 and None not in column for column in pooled.regions.values())


@needs_data
def test_region_names_with_commas():
    """The union of both centres, long: 33 regions of 132 people, names as people write them."""
    entry = site_entry(
        DATA / "fallypride" / "SV_DND_long_web.csv",
        format="long_table",
        columns={
            "participant_id": "Subject",
            "age": "Age",
            "sex": "Sex",
            "region": "name",
            "value": "BPnd",
        },
        select={"Study": ["SV"]},
        regions={},
    )
    table = read_site("SV", entry, small_study())
    assert len(table.scans) == 84
    assert "Anterior temporal lobe, medial" in table.regions
    assert len(table.regions) == 33
    # on a log scale every zero is left out and listed
    pooled = pool([table], small_study())
    assert checks_of(pooled.findings)["non_positive"] == 103
    assert {f.action for f in pooled.findings if f.check == "non_positive"} == {"excluded"}
    assert min(v for column in pooled.regions.values() for v in column if v is not None) > 0
