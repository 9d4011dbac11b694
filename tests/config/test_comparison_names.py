"""Comparisons with the labels of their levels."""

from multipet.config.kinds import shown_names

LABELS = {"patient": "patients", "control": "controls", "F": "women", "a": "Aarhus", "t": "Turku"}
VARIABLES = {"age": {"unit": "years"}}


def named(contrast, levels=None):
    return shown_names(contrast, levels or {}, VARIABLES, lambda _, v: LABELS.get(v, v))


def test_difference_with_a_setting():
    contrast = {"difference": {"group": ["patient", "control"]}, "at": {"sex": "F", "age": 40}}
    assert named(contrast) == {
        "patient − control at age 40, sex F": "patients − controls at age 40, sex women"
    }


def test_slope_has_no_levels():
    assert named({"slope": {"age": 10}}) == {"age, per 10 years": "age, per 10 years"}


def test_pairwise_in_either_order():
    assert named({"pairwise": "site"}, {"site": ["a", "t"]}) == {
        "a − t": "Aarhus − Turku", "t − a": "Turku − Aarhus"
    }  # fmt: skip


def test_combination():
    terms = [
        {"weight": 1, "slope": {"age": 10}, "at": {"group": "patient"}},
        {"weight": -1, "slope": {"age": 10}, "at": {"group": "control"}},
    ]
    assert list(named({"combination": terms}).values()) == [
        "(age, per 10 years at group patients) − (age, per 10 years at group controls)"
    ]
