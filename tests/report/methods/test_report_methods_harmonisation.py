"""What a methods text says of harmonisation: what was configured, and whose p-values know it."""

from dataclasses import replace

import pytest
import report_mock as mock

from multipet.report.methods.references import BEER, FREEDMAN, JOHNSON
from multipet.report.methods.sites import METHODS, harmonisation_text


def files_with(**settings):
    files = mock.harmonised()
    model = files.spec["model"]
    used = {**model["harmonisation"], **settings}
    return replace(files, spec={**files.spec, "model": {**model, "harmonisation": used}})


def calibrated(files, way):
    inference = {**files.spec["inference"], "calibration": {"draws": 2000, "seed": 7}}
    spec = {**files.spec, "inference": inference}
    return replace(files, spec=spec, contrast=files.contrast.assign(p_method=way))


def test_raw_values():
    text, cited = harmonisation_text(mock.slope())
    assert text == "Values were not harmonised before modelling."
    assert cited == []


def test_every_method_has_a_name():
    for method in METHODS:
        text, _ = harmonisation_text(files_with(method=method))
        assert "the method “" not in text


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


def test_naive_p_values_are_called_so():
    text, cited = harmonisation_text(files_with())
    assert text.endswith("its p-values are naive.")
    assert FREEDMAN not in cited


@pytest.mark.parametrize(
    ("way", "words"), [("permutation", "changed places"), ("bootstrap", "were drawn")]
)
def test_calibrated_p_values(way, words):
    text, cited = harmonisation_text(calibrated(files_with(), way))
    assert "naive" not in text
    assert words in text
    assert "2000 times" in text
    assert "(seed 7)" in text
    assert (FREEDMAN in cited) == (way == "permutation")
    assert JOHNSON in cited


def test_repeated_scans_cite_their_paper():
    assert BEER in harmonisation_text(files_with(method="longitudinal_combat"))[1]


def test_given_equations_need_no_calibration():
    text, cited = harmonisation_text(files_with(method="linear_scale"))
    assert text.endswith("Nothing in it was estimated from these data.")
    assert "preserving" not in text
    assert cited == []
