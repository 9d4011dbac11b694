"""Readable names, axis titles and the order of levels."""

from specs_of import changed, spec_of, variable_with

from multipet.config.models import ContrastSettings
from multipet.config.part import typed
from multipet.figures.labels import Labels, labels_from

SPEC = changed(
    spec_of("draw_contrast"),
    outcome__label="BP_ND",
    outcome__unit="1",
    outcome__scale="log",
    alpha=0.01,
    confidence=0.9,
    region_labels={"caudate": "Caudate"},
    site_labels={"turku": "Turku"},
    participant_ids=False,
)


def test_labels_of_a_log_outcome():
    labels = labels_from(SPEC)
    assert labels.effect == "BP_ND, %"
    assert labels.analysis == "log BP_ND"
    assert labels.interval == "90 % interval"
    assert labels.region("caudate") == "Caudate"
    assert labels.region("insula") == "insula"


def test_labels_of_an_outcome_with_a_unit():
    labels = Labels(outcome="VT", unit="mL/cm³")
    assert labels.effect == labels.analysis == "VT, mL/cm³"


def test_scanner_is_shown_with_its_site():
    labels = labels_from(SPEC)
    assert labels.scanner("turku/HRRT") == "Turku HRRT"
    assert labels.level("scanner", "turku/A/B") == "Turku A/B"
    assert labels.level("participant_id", "turku") == "turku"


def test_factors_by_the_fields_words():
    labels = labels_from(SPEC)
    assert labels.factor("participant_id") == "subject"
    assert labels.factor("site", "age") == "site: age"


def test_levels_in_the_order_of_the_study():
    labels = Labels(outcome="SUVR", site_order=("yale", "aarhus"))
    assert labels.order("site", ["aarhus", "new", "yale"]) == ["yale", "aarhus", "new"]
    assert labels.site_look("yale") != labels.site_look("aarhus")


def test_comparisons_are_shown_by_the_labels_of_their_levels():
    names = {"patient": "patients", "control": "controls"}
    group = variable_with(levels=["control", "patient"], labels=names)
    contrast = {"difference": {"group": ["patient", "control"]}, "at": {"site": "turku"}}
    settings = typed(ContrastSettings, {"model": "main", **contrast})
    labels = labels_from(changed(SPEC, contrast=settings, variables={"group": group}))
    assert labels.comparison("patient − control at site turku") == (
        "patients − controls at site Turku"
    )
    assert labels.comparison("another") == "another"
    settings = typed(ContrastSettings, {"model": "main", "pairwise": "site", "at": {}})
    pairs = Labels(outcome="x", contrast=settings, sites={"t": "T"}, site_order=("a", "t"))
    assert pairs.comparison("a − t") == "a − T"


def test_a_scanner_without_a_name_is_its_site():
    assert labels_from(SPEC).scanner("turku/unspecified") == "Turku"


def test_p_is_called_adjusted_only_where_it_is():
    assert labels_from(SPEC).p == "adjusted p"
    assert labels_from(changed(SPEC, adjust="none")).p == "p"


def test_ids_are_shown_only_where_asked_for():
    assert labels_from(SPEC).names("participant_id", ["007", "008"]) == ["person 1", "person 2"]
    shown = labels_from(changed(SPEC, participant_ids=True))
    assert shown.names("participant_id", ["007"]) == ["007"]
    assert labels_from(SPEC).names("site", ["turku"]) == ["Turku"]
