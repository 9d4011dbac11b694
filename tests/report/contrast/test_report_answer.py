"""The answer sentence of every kind of contrast."""

from dataclasses import replace

import numpy as np
import pytest
import report_mock as mock

from multipet.core.columns import CONTRAST
from multipet.report.contrast.answer import answer_of
from multipet.report.contrast.page import key_figures
from multipet.report.html.text import plain

NEVER = ("no effect", "cause", "because of", "due to", "leads to", "significant")


def sentence(files):
    return plain(answer_of(files).sentences).replace("\xa0", " ")


def test_slope():
    assert sentence(mock.slope()) == (
        "BP_ND was lower with higher age in 3 of 4 regions (caudate, putamen and thalamus) after "
        "adjustment for 4 tests (Benjamini–Hochberg, 5 %). The largest of these slopes was −5.08 % "
        "per 10 years in caudate (95 % CI −6.12 to −4.03; −0.434 SD)."
    )


def test_null_says_what_it_excludes():
    text = sentence(mock.null_difference())
    assert text.startswith(
        "No difference in BP_ND between women and men was detected in any of the 4"
    )
    assert "intervals exclude differences below −3.28 % or above +5.44 %. With this design" in text
    assert text.endswith(
        "a true difference of 4.32 to 4.90 %, depending on region, would be found with 80 % power "
        "(unadjusted)."
    )


def test_pairwise_counts_comparisons():
    files = mock.pairwise()
    found = (files.contrast["p_adjusted"] < 0.05).sum()
    assert sentence(files).startswith(f"{found} of 24 comparisons differed in BP_ND")


def test_both_directions_and_unit():
    text = sentence(mock.many_regions())
    assert "lower in patients than in controls in 22 and higher in 1 of 32 regions" in text
    assert "−0.447 mL/cm3 in right superior frontal" in text
    assert "One region could not be tested (see Exclusions and failures)." in text


def combined(*terms):
    """The files of the slope for a combination of ``terms``."""
    contrast = {"model": "main", "title": "Is a above b?", "combination": list(terms)}
    return mock.respec(mock.slope(), contrasts__age_per_decade=contrast)


def test_combination():
    files = combined(
        {"weight": 1, "at": {"group": "patient", "sex": "F"}},
        {"weight": -1, "at": {"group": "control", "sex": "M"}},
    )
    assert sentence(files).startswith(
        "“Is a above b?” The estimate for BP_ND was below zero in 3 of 4 regions"
    )


def test_a_difference_of_slopes_is_told_as_one():
    slope = {"slope": {"age": 10}}
    files = combined(
        {"weight": -1, **slope, "at": {"group": "control"}},
        {"weight": 1, **slope, "at": {"group": "patient"}},
    )
    assert sentence(files).startswith(
        "The change of BP_ND with age was lower in patients than in controls in 3 of 4 regions"
    )
    null = files.contrast.assign(p_value=0.4, p_adjusted=0.6)
    text = sentence(replace(files, contrast=null))
    assert text.startswith(
        "No difference between patients and controls in the change of BP_ND with age was detected"
    )
    assert "% per 10 years, depending on region" in text


def test_pairwise_null_has_no_envelope_and_tells_adjusted_p_from_intervals():
    files = mock.pairwise()
    text = sentence(replace(files, contrast=files.contrast.assign(p_value=0.4, p_adjusted=0.6)))
    assert "exclude" not in text
    assert "not adjusted; " in text
    assert "adjusted p = .600" in text
    assert "Of the 24 intervals (95 %, not adjusted) the narrowest spans" in text
    assert text.endswith("cannot be ruled out.")


def test_comparisons_are_named_by_labels():
    files = mock.pairwise()
    assert files.comparison_label("yale − vancouver") == "Yale − Vancouver"
    assert files.comparison_label("vancouver − yale") == "Vancouver − Yale"
    assert " − vancouver" not in sentence(files)
    groups = mock.many_regions()
    assert groups.comparison_label("patient − control") == "patients − controls"
    assert groups.comparison_label("something else") == "something else"


def test_sd_units_say_what_they_are():
    spans = answer_of(mock.slope()).sentences
    assert next(span.meaning for span in spans if span.text == "SD").startswith("SD of one scan")


def test_one_region_is_named_and_not_adjusted():
    files = mock.slope()
    one = replace(files, contrast=files.contrast.iloc[:1])
    assert sentence(one).startswith("BP_ND was lower with higher age in caudate. The slope was")


def test_p_values_that_do_not_count_the_harmonisation_are_said_to_but_not_the_raw_ones():
    files = mock.harmonised()
    said = "do not count that the values were harmonised"
    assert said in sentence(files)
    assert said not in plain(answer_of(files, files.sensitivity).sentences)


def test_calibrated_p_values_count_it():
    files = mock.harmonised()
    calibrated = files.contrast.assign(p_method="permutation", p_naive=files.contrast["p_value"])
    assert "do not count" not in sentence(replace(files, contrast=calibrated))


def test_nothing_tested():
    files = mock.slope()
    rows = files.contrast.assign(
        p_value=np.nan, p_adjusted=np.nan, status="not testable with 2 sites"
    )
    text = sentence(replace(files, contrast=rows))
    assert text.startswith("There is no test: not testable with 2 sites.")
    assert "detected" not in text
    empty = replace(files, contrast=mock.table([], CONTRAST))
    assert sentence(empty) == "There is no answer."


@pytest.mark.parametrize("name", [name for name in mock.STUDIES if name != "hostile"])
def test_answers_are_never_causal(name):
    text = sentence(mock.STUDIES[name]()).casefold()
    assert not [word for word in NEVER if word in text]


def test_key_figures():
    files = mock.slope()
    values = [figure.value for figure in key_figures(files, answer_of(files))]
    assert values == ["3 of 4", "−5.08\xa0%", "232", "4"]


def at(files, **where):
    name = files.spec.contrast.id
    more = mock.MANY if name == "patients_minus_controls" else {}
    return mock.respec(files, **{f"contrasts__{name}__at": where}, **more)


def test_the_answer_says_where_it_is_taken():
    assert "lower with higher age at sex women in 3 of 4 regions" in sentence(
        at(mock.slope(), sex="F")
    )
    assert "between women and men at age 50 years, group patients was detected in" in sentence(
        at(mock.null_difference(), group="patient", age=50)
    )
    assert "than in controls at sex men in 22 and higher in 1" in sentence(
        at(mock.many_regions(), sex="M")
    )
    pairs = at(mock.pairwise(), sex="F")
    assert "24 comparisons differed in BP_ND at sex women" in sentence(pairs)
    none = replace(pairs, contrast=pairs.contrast.assign(p_value=0.4, p_adjusted=0.6))
    assert "differed detectably in BP_ND at sex women" in sentence(none)


def test_levels_are_printed_as_configured():
    files = mock.respec(mock.slope(), inference={"confidence": 0.975, "alpha": 0.025})
    text = sentence(files)
    assert "97.5 % CI" in text
    assert "Benjamini–Hochberg, 2.5 %" in text
    label = plain(key_figures(files, answer_of(files))[0].label).replace("\xa0", " ")
    assert label.endswith("adjusted p < .025")
