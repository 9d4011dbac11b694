"""At which values what is not compared is held, in a sentence."""

from dataclasses import replace

import pytest
import report_mock as mock

from multipet.report.contrast.question import held_sentence

HELD = "What is not compared is held: "


def asked(settings, formula="age * group + sex + (1 | participant_id)"):
    files = mock.slope()
    contrast = files.spec["contrast"] | {"settings": settings}
    model = files.spec["model"] | {"formula": formula}
    return replace(files, spec=files.spec | {"contrast": contrast, "model": model})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"slope": {"age": 10}, "at": {}},
            "group and sex averaged over levels with equal weights.",
        ),
        (
            {"difference": {"group": ["patient", "control"]}, "at": {"sex": "F"}},
            "age at its mean.",
        ),
        (
            {"pairwise": "site", "at": {}},
            "age at its mean; group and sex averaged over levels with equal weights.",
        ),
        (
            {
                "combination": [
                    {"weight": 1, "slope": {"age": 10}, "at": {"group": "patient"}},
                    {"weight": -1, "slope": {"age": 10}, "at": {"group": "control"}},
                ],
                "at": {},
            },
            "sex averaged over levels with equal weights.",
        ),
    ],
)
def test_every_covariate_that_the_contrast_does_not_name(settings, said):
    assert held_sentence(asked(settings)) == HELD + said


def test_nothing_else_in_the_model_has_no_sentence():
    assert held_sentence(asked({"slope": {"age": 10}, "at": {}}, "log(age)")) == ""


def test_a_number_within_a_function_counts():
    files = asked({"difference": {"group": ["patient", "control"]}, "at": {}}, "log(age) + group")
    assert held_sentence(files) == f"{HELD}age at its mean."
