"""What a methods text says of harmonisation: what was configured, and whose p-values know it."""

from dataclasses import replace

import pytest
import report_mock as mock
from specs_of import changed

from multipet.report.methods.model import harmonisation_text


def files_with(**settings):
    files = mock.harmonised()
    named = {f"model__harmonisation__{name}": value for name, value in settings.items()}
    return replace(files, spec=changed(files.spec, **named))


def calibrated(files, way):
    return replace(files, contrast=files.contrast.assign(p_method=way))


def test_raw_values():
    text, cited = harmonisation_text(mock.slope())
    assert text == "Values were not harmonised before modelling."
    assert cited == ()


def test_options_are_told():
    text, _ = harmonisation_text(
        files_with(
            prior="nonparametric",
            reference="turku/HRRT",
            fit_on={"group": ["control"]},
            batch=["site", "scanner"],
        )
    )
    assert "over site and scanner by ComBat" in text
    assert "with turku/HRRT as the reference batch" in text
    assert "estimated from controls (group) alone" in text
    assert "preserving age + sex + group" in text
    assert "non-parametric prior" in text


def test_p_values_that_do_not_count_it_are_called_so():
    text, cited = harmonisation_text(files_with())
    assert text.endswith("does not account for that step, and p-values may be too small.")
    assert "freedman1983" not in cited


@pytest.mark.parametrize(
    ("way", "words"), [("permutation", "changed places"), ("bootstrap", "were drawn")]
)
def test_calibrated_p_values(way, words):
    text, cited = harmonisation_text(calibrated(files_with(), way))
    assert "too small" not in text
    assert words in text
    assert "2000 times" in text
    assert "(seed 1)" in text
    assert ("freedman1983" in cited) == (way == "permutation")
    assert "johnson2007" in cited


def test_repeated_scans_cite_their_paper():
    assert "beer2020" in harmonisation_text(files_with(method="longitudinal_combat"))[1]


def test_given_equations_need_no_calibration():
    text, cited = harmonisation_text(files_with(method="linear_scale"))
    assert text.endswith("Nothing in it was estimated from these data.")
    assert "preserving" not in text
    assert cited == ()
