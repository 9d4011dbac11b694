"""A page without ids names no person, no day of a scan and no file of a person."""

import base64
import re
from dataclasses import replace

import report_mock as mock
import yaml
from report_study import report_spec
from specs_of import changed

from multipet.report.contrast.page import contrast_html, contrast_page
from multipet.report.contrast.privacy import hidden_settings, hide_dates, hide_people
from multipet.report.contrast.provenance import provenance_of

IDS = [f"qid{n:02d}" for n in range(12)]
DATES = ["2019-03-02", "2021-05-06"]
ENTRY = {
    "format": "wide_table",
    "path": "sub-qid03_2019-03-02.csv",
    "columns": {"participant_id": "ID", "session": "Visit"},
    "regions": {"prefix": "bp_"},
    "select": {"ID": [*IDS, IDS[0]], "Visit": DATES, "qc": ["1"]},
    "values": {
        "session": dict(zip(DATES, "12", strict=True)),
        "participant_id": {"qid04": "qid05"},
        "sex": {"f": "F"},
    },
}
PEOPLE = {"path": "people.csv", "select": {"participant_id": IDS}, "values": {"sex": {"m": "M"}}}
CONSTANTS = {
    "format": "wide_table",
    "path": "yale.csv",
    "regions": {"prefix": "bp_"},
    "constants": {"participant_id": "qid07", "session": "02.03.2019", "scanner": "HRRT"},
}


def spec_of(shown):
    """The spec of a contrast of that study, its paths without folders as the workflow has them."""
    spec = report_spec("age_per_decade", report__participant_ids=shown)
    own = {"values": {}, "select": {}, "constants": {}, "columns": {}}
    sites = {**spec.config["sites"], "turku": own | ENTRY, "yale": own | CONSTANTS}
    return changed(spec, config={**spec.config, "sites": sites, "participants": own | PEOPLE})


def files_of(shown):
    names = [{"name": ENTRY["path"], "sha256": "1" * 64}]
    return replace(mock.slope(), spec=spec_of(shown), sources={"turku": names})


def carried(html):
    """A page with everything that its links hold."""
    parts = re.findall(r"data:[\w/+.-]+(?:;charset=utf-8)?;base64,([A-Za-z0-9+/=]+)", html)
    return "\n".join([html, *(base64.b64decode(part).decode("utf-8", "replace") for part in parts)])


def test_nothing_of_a_person_stands_on_the_page_or_in_what_it_carries():
    text = carried(contrast_html(contrast_page(files_of(shown=False))))
    assert [word for word in (*IDS, *DATES, "02.03.2019") if word in text] == []
    assert "12 ids hidden" in text and "2 dates hidden" in text
    assert "put your own in their place" in text


def test_a_lab_that_shows_ids_has_settings_that_run():
    text = carried(contrast_html(contrast_page(files_of(shown=True))))
    assert all(word in text for word in (*IDS, *DATES, "02.03.2019"))
    assert "put your own in their place" not in text


def test_only_people_and_days_are_hidden():
    config = spec_of(shown=False).config
    hidden = hidden_settings(config)
    turku, yale = hidden["sites"]["turku"], hidden["sites"]["yale"]
    assert turku["path"] == "sub-(id hidden)_(date hidden).csv"
    assert turku["select"] == {"ID": "(12 ids hidden)", "Visit": "(2 dates hidden)", "qc": ["1"]}
    assert turku["values"] == {
        "session": "(2 dates hidden)", "participant_id": "(1 id hidden)", "sex": {"f": "F"}
    }  # fmt: skip
    assert yale["constants"] == {
        "participant_id": "(1 id hidden)", "session": "(date hidden)", "scanner": "HRRT"
    }  # fmt: skip
    assert hidden["participants"]["select"] == {"participant_id": "(12 ids hidden)"}
    for key in config.keys() - {"sites", "participants"}:
        assert hidden[key] == config[key]
    for site in ("aarhus", "vancouver"):
        assert hidden["sites"][site] == config["sites"][site]


def test_settings_without_people_are_those_that_ran():
    files = mock.slope()
    provenance = provenance_of(files)
    assert not provenance.is_masked
    assert yaml.safe_load(provenance.config) == files.spec.config


def test_days_are_told_from_other_numbers():
    for day in (
        "2019-03-02",
        "20190302",
        "02.03.2019",
        "2/3/2019",
        "2 Mar 2019",
        "2019-03-02T10:31",
    ):
        assert hide_dates(f"scan of {day}, kept") == "scan of (date hidden), kept"
    for text in ("0.20190302", "12345678", "20.1 to 77.4", "2019", "1-2", "10.1002/2019", "ses-01"):
        assert hide_dates(text) == text


def test_file_names_keep_what_is_not_a_person():
    assert hide_people("turku_qid01.csv", {"qid01"}) == "turku_(id hidden).csv"
    assert hide_people("sub-*_bp.tsv", ()) == "sub-*_bp.tsv"
    assert hide_people("qid011.csv", {"qid01"}) == "qid011.csv"
