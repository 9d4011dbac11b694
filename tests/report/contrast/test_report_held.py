"""At which values what is not compared is held, in a sentence."""

import pytest
import report_mock as mock

from multipet.report.contrast.question import held_sentence

HELD = "Effects are "


def asked(settings, formula="age * group + sex + (1 | participant_id)"):
    contrasts = {"age_per_decade": {"model": "main", **settings}}
    return mock.respec(mock.slope(), contrasts=contrasts, models__main__formula=formula)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"slope": {"age": 10}},
            "averaged equally over controls and patients and over women and men.",
        ),
        (
            {"difference": {"group": ["patient", "control"]}, "at": {"sex": "F"}},
            "at mean age.",
        ),
        (
            {"pairwise": "site"},
            "at mean age, averaged equally over controls and patients and over women and men.",
        ),
        (
            {
                "combination": [
                    {"weight": 1, "slope": {"age": 10}, "at": {"group": "patient"}},
                    {"weight": -1, "slope": {"age": 10}, "at": {"group": "control"}},
                ]
            },
            "averaged equally over women and men.",
        ),
    ],
)
def test_every_covariate_that_the_contrast_does_not_name(settings, said):
    assert held_sentence(asked(settings)) == HELD + said


def test_nothing_else_in_the_model_has_no_sentence():
    assert held_sentence(asked({"slope": {"age": 10}}, "log(age)")) == ""


def test_a_number_within_a_function_counts():
    files = asked({"difference": {"group": ["patient", "control"]}}, "log(age) + group")
    assert held_sentence(files) == f"{HELD}at mean age."
